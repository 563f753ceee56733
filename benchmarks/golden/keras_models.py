"""Write the golden files of models that Keras has saved: archives, texts, and Keras's own answers.

Run in the Keras environment (see ../README.md):

    python benchmarks/golden/keras_models.py FOLDER [NAME ...]

FOLDER keeps what was made, so that a model can be made alone. It packs ``tests/golden/keras_models.tar.xz``: for
each model of :data:`MODELS` the ``.keras`` file as Keras wrote it, ``NAME.npy`` with what the model makes of each
text alone, and ``NAME.json`` with the texts and with what the file leaves open. Weights are drawn at random,
larger than initial ones, so that answers differ. Where Keras has no answer to a text alone (without words it has
none for an LSTM), not-a-number stands.

On another backend (``KERAS_BACKEND=torch``) there is no TextVectorization: the same networks then read ids, their
words are told, and their names end in ``_ids``.
"""

from __future__ import annotations

import functools
import inspect
import io
import json
import lzma
import os
import random
import re
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np

IS_TEXT = keras.backend.backend() == "tensorflow"
if IS_TEXT:
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)

from awkward_texts import AWKWARD  # noqa: E402
from keras import layers as kl  # noqa: E402
from keras.src.legacy.preprocessing.text import text_to_word_sequence  # noqa: E402

GOLDEN = Path(__file__).resolve().parents[2] / "tests" / "golden"
NAME = "keras_models.tar.xz"
COUNT = 500
LONGEST = 120
"""Characters of an awkward text; longer ones are left out."""
LENGTHS = (1, 2, 3, 4, 6, 9, 13, 20, 36)
"""Words of a random text."""
PLAIN = ["good", "bad", "film", "the", "a", "was", "not", "very", "dull", "warm", "funny", "plot", "is", "and", "it",
         "dont", "its", "école", "zażółć", "愛", "br", "1990s", "1010", "end", "never", "again"]  # fmt: skip
LETTERS = list("etaoinshrdlu ,.!?é愛A")
GRAMS = [*PLAIN, "the film", "a film", "not very", "very good", "very dull", "was not", "film was not"]
CASED = ["Good", "bad", "film,", "film", "The", "the", "DULL!", "not", "a", "A", "it's", "its"]
INDEX = {word: number for number, word in enumerate([*PLAIN, "don't", "it's", "rest"], start=1)}


def make_texts() -> list[str]:
    """Return texts of our own: awkward ones, and random ones of known and unknown words.

    Random ones have one of few lengths, for texts of one length are given to Keras together.
    """
    generator = random.Random(77)
    texts = [text for text in AWKWARD if len(text) <= LONGEST]
    unknown = ("nobody", "knows", "Ünknown")
    while len(texts) < COUNT:
        words = []
        for _ in range(generator.choice(LENGTHS)):
            word = generator.choice(PLAIN if generator.random() < 0.8 else unknown)
            dice = generator.random()
            if dice < 0.05:
                word = word.upper()
            elif dice < 0.1:
                word = word.capitalize()
            elif dice < 0.2:
                word += generator.choice(",.!?'-")
            words.append("don't" if dice > 0.98 else word)
        texts.append(generator.choice((" ", " ", " ", "  ", "\n")).join(words))
    return texts


TEXTS_ALONE = frozenset(
    ("characters", "characters_padded", "lower_only", "strip_only", "as_written", "bigrams", "chosen_ngrams",
     "bag_of_words", "counts", "tf_idf", "looked_up", "looked_up_without_mask")
)  # fmt: skip
"""Models whose subject is how a text is split."""
MODELS: dict[str, tuple[Callable[[], keras.Model], dict[str, Any]]] = {}


def model(**told: Any) -> Callable[[Callable[[], keras.Model]], Callable[[], keras.Model]]:
    """Note a model, with what has to be told of it."""

    def note(build: Callable[[], keras.Model]) -> Callable[[], keras.Model]:
        MODELS[build.__name__] = build, told
        return build

    return note


class Outside:
    """Stands where a vectorizer would, on a backend that has none: ids come in."""

    words: tuple[str, ...] = ()
    length: int | None = None

    def __call__(self, inputs: Any) -> Any:
        """Return ids as they are."""
        return inputs


def text_input(shape: tuple[int, ...] = (1,), name: str | None = None) -> Any:
    """Return the input of a model: a text, or ids on a backend without texts."""
    if IS_TEXT:
        return keras.Input(shape=shape, dtype="string", name=name)
    return keras.Input(shape=(Outside.length,), dtype="int32", name=name)


def vectorizer(words: list[str] | None = None, **options: Any) -> kl.TextVectorization | Outside:
    """Return a layer with a vocabulary, given or adapted."""
    if not IS_TEXT:
        Outside.words = tuple(words or PLAIN[:22])
        return Outside()
    if words is None:
        layer = kl.TextVectorization(max_tokens=24, **options)
        layer.adapt(tf.constant(make_texts()))
        return layer
    return kl.TextVectorization(vocabulary=words, **options)


def sequential(*layers: Any, loss: Any = "binary_crossentropy", string: bool = True) -> keras.Model:
    """Return a compiled sequential model."""
    first = [text_input()] if string else []
    made = keras.Sequential([*first, *(layer for layer in layers if not isinstance(layer, Outside))])
    made.compile(optimizer="adam", loss=loss)
    return made


LOGITS = keras.losses.BinaryCrossentropy(from_logits=True)


@model()
def published() -> keras.Model:
    """TensorFlow's tutorial "Text classification with an RNN"."""
    return sequential(
        vectorizer(), kl.Embedding(24, 6, mask_zero=True), kl.Bidirectional(kl.LSTM(5)),
        kl.Dense(5, activation="relu"), kl.Dense(1), loss=LOGITS,
    )  # fmt: skip


@model()
def published_stacked() -> keras.Model:
    """Its second network."""
    return sequential(
        vectorizer(), kl.Embedding(24, 6, mask_zero=True), kl.Bidirectional(kl.LSTM(5, return_sequences=True)),
        kl.Bidirectional(kl.LSTM(3)), kl.Dense(4, activation="relu"), kl.Dropout(0.5), kl.Dense(1), loss=LOGITS,
    )  # fmt: skip


@model()
def published_sigmoid_padded() -> keras.Model:
    """The published layers with one length and a sigmoid."""
    return sequential(
        vectorizer(PLAIN, output_sequence_length=12), kl.Embedding(28, 6, mask_zero=True),
        kl.Bidirectional(kl.LSTM(5)), kl.Dense(5, activation="relu"), kl.Dropout(0.3),
        kl.Dense(1, activation="sigmoid"),
    )  # fmt: skip


@model(vocabulary=INDEX, index_from=3, length=20)
def keras_io_imdb() -> keras.Model:
    """keras.io's "Bidirectional LSTM on IMDB": ids in, padded in front."""
    inputs = keras.Input(shape=(None,), dtype="int32")
    x = kl.Embedding(30, 8)(inputs)
    x = kl.Bidirectional(kl.LSTM(4, return_sequences=True))(x)
    x = kl.Bidirectional(kl.LSTM(4))(x)
    made = keras.Model(inputs, kl.Dense(1, activation="sigmoid")(x))
    made.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return made


@model(vocabulary=["", "[UNK]", *PLAIN], length=30)
def keras_io_from_scratch() -> keras.Model:
    """keras.io's "Text classification from scratch": convolutions over ids of a vectorizer outside."""
    inputs = keras.Input(shape=(None,), dtype="int64")
    x = kl.Embedding(40, 5)(inputs)
    x = kl.Dropout(0.5)(x)
    x = kl.Conv1D(6, 7, padding="valid", activation="relu", strides=3)(x)
    x = kl.Conv1D(6, 3, padding="valid", activation="relu", strides=3)(x)
    x = kl.GlobalMaxPooling1D()(x)
    x = kl.Dense(6, activation="relu")(x)
    made = keras.Model(inputs, kl.Dense(1, activation="sigmoid", name="predictions")(kl.Dropout(0.5)(x)))
    made.compile("adam", "binary_crossentropy")
    return made


@model(vocabulary=["", "[UNK]", *PLAIN], length=9, padding="pre", truncating="post")
def ids_masked_in_front() -> keras.Model:
    """Ids padded in front and masked."""
    return sequential(
        keras.Input(shape=(9,)), kl.Embedding(28, 5, mask_zero=True), kl.LSTM(4, return_sequences=True),
        kl.GlobalMaxPooling1D(), kl.Dense(1, activation="sigmoid"), string=False,
    )  # fmt: skip


@model(vocabulary={**INDEX, "<OOV>": 29}, length=15, padding="post", truncating="pre")
def word_index_with_oov() -> keras.Model:
    """Ids of the older Tokenizer with a word for all unknown ones."""
    return sequential(
        keras.Input(shape=(None,)),
        kl.Embedding(30, 5),
        kl.GRU(4),
        kl.Dense(1, activation="sigmoid"),
        string=False,
    )


@model(vocabulary=INDEX)
def word_index_without_oov() -> keras.Model:
    """Ids of the older Tokenizer, which leaves unknown words out; any length."""
    return sequential(
        keras.Input(shape=(None,)), kl.Embedding(20, 5, mask_zero=True), kl.LSTM(4), kl.Dense(1, activation="sigmoid"),
        string=False,
    )  # fmt: skip


@model()
def exported() -> keras.Model:
    """A model of ids behind a vectorizer, as keras.io exports it end to end; nested."""
    inner = keras.Sequential(
        [keras.Input(shape=(None,), dtype="int64"), kl.Embedding(28, 5, mask_zero=True), kl.LSTM(4),
         kl.Dense(3, activation="tanh"), kl.Dense(1, activation="sigmoid")]
    )  # fmt: skip
    inputs = text_input()
    made = keras.Model(inputs, inner(vectorizer(PLAIN)(inputs)))
    made.compile("adam", "binary_crossentropy")
    return made


@model()
def masked_functional() -> keras.Model:
    """Masks through Dropout, LSTM, GRU, Concatenate and mean; a functional model speaks of them itself."""
    inputs = text_input((), "text")
    x = vectorizer(PLAIN, output_sequence_length=10)(inputs)
    x = kl.SpatialDropout1D(0.2)(kl.Embedding(28, 5, mask_zero=True)(x))
    one = kl.LSTM(4, return_sequences=True)(x)
    other = kl.Bidirectional(kl.GRU(3, return_sequences=True), merge_mode="sum")(x)
    x = kl.GlobalAveragePooling1D()(kl.Concatenate()([one, other]))
    made = keras.Model(inputs, kl.Dense(1, activation="sigmoid")(x))
    made.compile("adam", "binary_crossentropy")
    return made


@model()
def unmasked_free() -> keras.Model:
    """Without masks and padding; maximum and mean."""
    inputs = text_input()
    x = kl.Embedding(24, 5)(vectorizer()(inputs))
    x = kl.Bidirectional(kl.LSTM(4, return_sequences=True))(x)
    x = kl.Concatenate()([kl.GlobalMaxPooling1D()(x), kl.GlobalAveragePooling1D()(x)])
    x = kl.LayerNormalization()(x)
    made = keras.Model(inputs, kl.Dense(4, activation="softmax")(x))
    made.compile("adam", "sparse_categorical_crossentropy")
    return made


@model()
def unmasked_padded() -> keras.Model:
    """Padding that is read: its zeros are words to an LSTM."""
    return sequential(
        vectorizer(PLAIN, output_sequence_length=14), kl.Embedding(28, 5), kl.LSTM(4, return_sequences=True),
        kl.LSTM(4), kl.Dense(2, activation="softmax"), loss="sparse_categorical_crossentropy",
    )  # fmt: skip


@model()
def masked_then_maximum() -> keras.Model:
    """Masked outputs, once more and zeros, before a layer that knows no masks."""
    inputs = text_input()
    x = kl.Embedding(28, 5, mask_zero=True)(vectorizer(PLAIN, output_sequence_length=11)(inputs))
    again = kl.LSTM(4, return_sequences=True)(x)
    zeros = kl.GRU(4, return_sequences=True, zero_output_for_mask=True)(x)
    both = kl.Bidirectional(kl.SimpleRNN(3, return_sequences=True))(x)
    x = kl.Concatenate()([kl.GlobalMaxPooling1D()(each) for each in (again, zeros, both)])
    made = keras.Model(inputs, kl.Dense(1)(x))
    made.compile("adam", LOGITS)
    return made


@model()
def flattened() -> keras.Model:
    """Masked outputs laid side by side."""
    return sequential(
        vectorizer(PLAIN, output_sequence_length=6), kl.Embedding(28, 4, mask_zero=True),
        kl.LSTM(3, return_sequences=True), kl.Flatten(), kl.Dense(3, activation="softmax"),
        loss="categorical_crossentropy",
    )  # fmt: skip


@model()
def backwards() -> keras.Model:
    """Layers that read from the end, and hand their outputs on in that order."""
    inputs = text_input()
    x = kl.Embedding(28, 5)(vectorizer(PLAIN)(inputs))
    x = kl.LSTM(4, return_sequences=True, go_backwards=True)(x)
    x = kl.GRU(4, go_backwards=True)(x)
    made = keras.Model(inputs, kl.Dense(1, activation="sigmoid")(x))
    made.compile("adam", "binary_crossentropy")
    return made


@model()
def backwards_masked() -> keras.Model:
    """The same with masks and one length, before Flatten."""
    return sequential(
        vectorizer(PLAIN, output_sequence_length=7), kl.Embedding(28, 4, mask_zero=True),
        kl.GRU(3, return_sequences=True, go_backwards=True), kl.Flatten(), kl.Dense(1, activation="sigmoid"),
    )  # fmt: skip


@model()
def gru_before() -> keras.Model:
    """A GRU that resets before the product, without bias, with other activations."""
    return sequential(
        vectorizer(PLAIN), kl.Embedding(28, 5, mask_zero=True),
        kl.Bidirectional(kl.GRU(4, reset_after=False, return_sequences=True), merge_mode="mul"),
        kl.GRU(3, use_bias=False, activation="relu", recurrent_activation="hard_sigmoid"), kl.Dense(1), loss=LOGITS,
    )  # fmt: skip


@model()
def lstm_activations() -> keras.Model:
    """An LSTM with other activations, without bias, the mean of two directions."""
    return sequential(
        vectorizer(PLAIN), kl.Embedding(28, 5),
        kl.Bidirectional(
            kl.LSTM(4, activation="softsign", recurrent_activation="hard_sigmoid", use_bias=False),
            backward_layer=kl.LSTM(4, activation="elu", recurrent_activation="sigmoid", go_backwards=True),
            merge_mode="ave",
        ), kl.Dense(1), loss=LOGITS,
    )  # fmt: skip


@model()
def simple_rnns() -> keras.Model:
    """Simple recurrent layers of several activations."""
    return sequential(
        vectorizer(PLAIN), kl.Embedding(28, 5), kl.SimpleRNN(4, return_sequences=True, activation="relu"),
        kl.SimpleRNN(4, activation="linear", return_sequences=True, use_bias=False),
        kl.SimpleRNN(4, activation="leaky_relu"), kl.Dense(1, activation="sigmoid"),
    )  # fmt: skip


@model()
def cells() -> keras.Model:
    """RNN layers around cells."""
    return sequential(
        vectorizer(PLAIN), kl.Embedding(28, 5, mask_zero=True), kl.RNN(kl.LSTMCell(4), return_sequences=True),
        kl.Bidirectional(kl.RNN(kl.GRUCell(3))), kl.Dense(1, activation="sigmoid"),
    )  # fmt: skip


@model()
def normalised() -> keras.Model:
    """Normalisation on steps and on texts, with and without scale and centre."""
    return sequential(
        vectorizer(PLAIN), kl.Embedding(28, 5), kl.BatchNormalization(), kl.LSTM(4, return_sequences=True),
        kl.LayerNormalization(epsilon=1e-5, center=False), kl.GlobalAveragePooling1D(),
        kl.BatchNormalization(scale=False), kl.GaussianNoise(0.1), kl.Dense(1, activation="sigmoid"),
    )  # fmt: skip


@model()
def dense_activations() -> keras.Model:
    """A dense layer of each activation."""
    inputs = text_input()
    x = kl.GlobalAveragePooling1D()(kl.Embedding(28, 5, mask_zero=True)(vectorizer(PLAIN)(inputs)))
    names = ("relu", "elu", "selu", "gelu", "silu", "softplus", "softsign", "leaky_relu", "relu6", "hard_sigmoid",
             "hard_silu", "mish", "exponential", "tanh", "softmax", "log_softmax", "hard_tanh", "sigmoid")  # fmt: skip
    made = kl.Concatenate()([kl.Dense(3, activation=name)(x) for name in names])
    made = kl.Concatenate()([made, kl.LeakyReLU()(x), kl.ELU(0.7)(x), kl.ReLU(max_value=2.0)(x)])
    made = keras.Model(inputs, kl.Activation("sigmoid")(kl.Dense(1)(made)))
    made.compile("adam", "binary_crossentropy")
    return made


@model()
def merged() -> keras.Model:
    """Several ways to bring layers together, and one layer used twice."""
    inputs = text_input()
    x = kl.Embedding(28, 4, mask_zero=True)(vectorizer(PLAIN)(inputs))
    lstm, shared = kl.LSTM(4, return_sequences=True), kl.Dense(4, activation="tanh")
    x = kl.Add()([x, lstm(x)])
    x = kl.Multiply()([x, lstm(x)])
    a, b = kl.LSTM(4)(x), kl.GRU(4)(x)
    a, b = shared(a), shared(b)
    x = kl.Concatenate()(
        [kl.Average()([a, b]), kl.Maximum()([a, b]), kl.Minimum()([a, b]), kl.Subtract()([a, b])]
    )
    made = keras.Model(inputs, kl.Dense(1, activation="sigmoid")(x))
    made.compile("adam", "binary_crossentropy")
    return made


@model()
def convolved_free() -> keras.Model:
    """Convolutions over texts of any length."""
    return sequential(
        vectorizer(PLAIN), kl.Embedding(28, 5), kl.Conv1D(6, 4, padding="same", activation="relu"),
        kl.Conv1D(5, 3, padding="causal", dilation_rate=2), kl.LSTM(4, return_sequences=True),
        kl.Conv1D(4, 2, padding="same", use_bias=False), kl.GlobalMaxPooling1D(), kl.Dense(1, activation="sigmoid"),
    )  # fmt: skip


@model()
def convolved_padded() -> keras.Model:
    """Convolution and pooling over one length, before an LSTM."""
    return sequential(
        vectorizer(PLAIN, output_sequence_length=21), kl.Embedding(28, 5), kl.Conv1D(6, 5, activation="relu"),
        kl.MaxPooling1D(4), kl.Conv1D(6, 2, padding="same", strides=2), kl.MaxPooling1D(2, strides=1, padding="same"),
        kl.AveragePooling1D(2, strides=1), kl.LSTM(4), kl.Dense(1, activation="sigmoid"),
    )  # fmt: skip


@model()
def characters() -> keras.Model:
    """One character a token."""
    return sequential(
        vectorizer(LETTERS, split="character", standardize=None), kl.Embedding(24, 5, mask_zero=True), kl.LSTM(6),
        kl.Dense(1), loss=LOGITS,
    )  # fmt: skip


@model()
def characters_padded() -> keras.Model:
    """One character a token, lower case and without marks, cut at 40."""
    return sequential(
        vectorizer(LETTERS[:12], split="character", output_sequence_length=40), kl.Embedding(14, 4, mask_zero=True),
        kl.GRU(5), kl.Dense(1, activation="sigmoid"),
    )  # fmt: skip


@model()
def lower_only() -> keras.Model:
    """Lower case alone: marks stay at their words."""
    return sequential(
        vectorizer([*PLAIN, "film,", "don't"], standardize="lower"), kl.Embedding(30, 4), kl.GRU(4),
        kl.Dense(1, activation="sigmoid"),
    )  # fmt: skip


@model()
def strip_only() -> keras.Model:
    """Without marks, but as written."""
    return sequential(
        vectorizer(["Good", "good", "FILM", "film", "the", "The"], standardize="strip_punctuation"),
        kl.Embedding(8, 4), kl.GRU(4), kl.Dense(1, activation="sigmoid"),
    )  # fmt: skip


@model()
def as_written() -> keras.Model:
    """Split at spaces alone."""
    return sequential(
        vectorizer(CASED, standardize=None),
        kl.Embedding(14, 4),
        kl.LSTM(4),
        kl.Dense(1, activation="sigmoid"),
    )


@model()
def bigrams() -> keras.Model:
    """Words, pairs and triples of words, in Keras's order."""
    return sequential(
        vectorizer(GRAMS, ngrams=3),
        kl.Embedding(40, 4, mask_zero=True),
        kl.LSTM(4),
        kl.Dense(1, activation="sigmoid"),
    )


@model()
def chosen_ngrams() -> keras.Model:
    """Pairs before words, cut at 16."""
    return sequential(
        vectorizer(GRAMS, ngrams=(2, 1), output_sequence_length=16), kl.Embedding(40, 4), kl.GRU(4),
        kl.Dense(1, activation="sigmoid"),
    )  # fmt: skip


@model()
def bag_of_words() -> keras.Model:
    """Which words and pairs are there."""
    return sequential(
        vectorizer(GRAMS, ngrams=2, output_mode="multi_hot"), kl.Dense(5, activation="relu"),
        kl.Dense(1, activation="sigmoid"),
    )  # fmt: skip


@model()
def counts() -> keras.Model:
    """How often, padded to the most words."""
    return sequential(
        vectorizer(None, output_mode="count", pad_to_max_tokens=True), kl.Dense(3, activation="softmax"),
        loss="sparse_categorical_crossentropy",
    )  # fmt: skip


@model()
def tf_idf() -> keras.Model:
    """How often, by how rare."""
    return sequential(vectorizer(None, output_mode="tf_idf"), kl.Dense(1, activation="sigmoid"))


@model(standardize="none", length=12)
def looked_up() -> keras.Model:
    """Words that were split outside, and a StringLookup with a mask."""
    return sequential(
        keras.Input(shape=(12,), dtype="string"), kl.StringLookup(vocabulary=CASED, mask_token=""),
        kl.Embedding(14, 4, mask_zero=True), kl.LSTM(4), kl.Dense(1, activation="sigmoid"), string=False,
    )  # fmt: skip


@model(standardize="lower")
def looked_up_without_mask() -> keras.Model:
    """The same without: unknown words have the id 0, and an Embedding masks them."""
    return sequential(
        keras.Input(shape=(None,), dtype="string"), kl.StringLookup(vocabulary=CASED), kl.Embedding(13, 4, mask_zero=True),
        kl.Bidirectional(kl.LSTM(4, return_sequences=True)), kl.LSTM(3, return_sequences=True),
        kl.GlobalMaxPooling1D(), kl.Dense(1, activation="sigmoid"), string=False,
    )  # fmt: skip


@model(classes=["no", "some", "yes"])
def masking_layer() -> keras.Model:
    """Steps whose numbers are all the same count for nothing; no activation at the end."""
    inputs = text_input()
    x = kl.Embedding(28, 4, name="zeros")(vectorizer(PLAIN, output_sequence_length=13)(inputs))
    x = kl.Masking()(x)
    x = kl.LSTM(4, return_sequences=True)(x)
    x = kl.LSTM(3, go_backwards=True)(x)
    made = keras.Model(inputs, kl.Dense(3)(x))
    made.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return made


@model()
def time_distributed() -> keras.Model:
    """Layers that are applied to each step by themselves, with masks and without."""
    inputs = text_input()
    ids = vectorizer(PLAIN, output_sequence_length=8)(inputs)
    masked = kl.LSTM(4, return_sequences=True)(kl.Embedding(28, 5, mask_zero=True)(ids))
    masked = kl.TimeDistributed(kl.Dense(3, activation="relu"))(masked)
    plain = kl.LSTM(4, return_sequences=True)(kl.Embedding(28, 5)(ids))
    plain = kl.TimeDistributed(kl.Activation("tanh"))(kl.TimeDistributed(kl.Dropout(0.2))(plain))
    both = kl.Concatenate()([kl.GlobalAveragePooling1D()(masked), kl.Flatten()(plain)])
    made = keras.Model(inputs, kl.Dense(1, activation="sigmoid")(both))
    made.compile("adam", "binary_crossentropy")
    return made


@model(vocabulary={**INDEX, "<OOV>": 29}, length=20)
def mostly_embedding() -> keras.Model:
    """A file that is hardly more than its weights; padding is read."""
    return sequential(
        keras.Input(shape=(20,)), kl.Embedding(400, 64), kl.SpatialDropout1D(0.2),
        kl.LSTM(4, dropout=0.2, recurrent_dropout=0.2), kl.Dense(3, activation="softmax"),
        loss="categorical_crossentropy", string=False,
    )  # fmt: skip


@model()
def deeply_nested() -> keras.Model:
    """Models inside models, never compiled."""
    core = keras.Sequential([kl.LSTM(3, return_sequences=True), kl.Dense(3, activation="tanh")], name="core")
    inner_in = keras.Input(shape=(None, 4))
    inner = keras.Model(inner_in, kl.GlobalMaxPooling1D()(core(inner_in)), name="inner")
    inputs = text_input()
    return keras.Model(inputs, kl.Dense(1)(inner(kl.Embedding(28, 4)(vectorizer(PLAIN)(inputs)))))


def randomise(made: keras.Model, name: str) -> None:
    """Give a model larger weights than it began with."""
    generator = np.random.default_rng(sum(name.encode()))
    for variable in made.variables:
        shape, path = tuple(variable.shape), variable.path
        if variable.dtype != "float32" or "idf" in path:
            continue
        if "variance" in path:
            drawn = generator.uniform(0.3, 2.0, shape)
        elif "embeddings" in path:
            drawn = generator.normal(0.0, 0.9, shape)
            if "zeros" in path:
                drawn[::5] = 0.0
        elif len(shape) == 1 or "gamma" in path:
            drawn = generator.normal(0.3, 0.4, shape)
        else:
            drawn = generator.normal(0.0, 1.4 / np.sqrt(np.prod(shape[:-1])), shape)
        variable.assign(drawn.astype("float32"))


@functools.cache
def outside(vocabulary: tuple[str, ...]) -> kl.TextVectorization:
    """Return a vectorizer that stands outside of a model."""
    return kl.TextVectorization(vocabulary=list(vocabulary))


def fed(told: dict[str, Any], made: keras.Model, text: str) -> np.ndarray:
    """Return what a model without its words is fed for a text, as its user would make it."""
    vocabulary = told.get("vocabulary")
    if vocabulary is None:  # a StringLookup
        words = (text.encode().lower() if told["standardize"] == "lower" else text.encode()).split()
        length = told.get("length")
        words = words if length is None else (words + [b""] * length)[:length]
        return np.array([words], dtype=object)
    if isinstance(vocabulary, list):
        if IS_TEXT:
            ids = outside(tuple(vocabulary))(tf.constant([text])).numpy()[0].tolist()
        else:
            ids = [vocabulary.index(word) if word in vocabulary else 1 for word in text.split()]
        return np.array([padded(ids, told, "post")])
    rows = made.layers[0].input_dim if hasattr(made.layers[0], "input_dim") else made.layers[1].input_dim
    shift = told.get("index_from")
    words = text_to_word_sequence(text)
    if shift is not None:
        ids = [1] + [vocabulary[word] + shift if word in vocabulary else 2 for word in words]
        ids = [number if number < rows else 2 for number in ids]
    else:
        oov = vocabulary.get("<OOV>")
        ids = [vocabulary.get(word, oov) for word in words]
        ids = [number if number is not None and number < rows else oov for number in ids]
        ids = [number for number in ids if number is not None]
    return np.array([padded(ids, told, "pre")])


def padded(ids: list[int], told: dict[str, Any], padding: str) -> list[int]:
    """Pad and cut ids."""
    if told.get("length") is None:
        return ids
    padding = told.get("padding", padding)
    cut = told.get("truncating", padding)
    made = keras.utils.pad_sequences([ids], maxlen=told["length"], padding=padding, truncating=cut)
    return made[0].tolist()


def rows_of(made: keras.Model, told: dict[str, Any], texts: list[str]) -> tuple[list[Any], list[int]]:
    """Return what a model is fed for each text, and a number that is the same where none is padded by others."""
    rank = len(made.inputs[0].shape)
    if "vocabulary" in told or "standardize" in told:
        rows = [fed(told, made, text)[0] for text in texts]
        return rows, [0 if told.get("length") is not None else len(row) for row in rows]
    rows = [np.array(text.encode() if rank == 1 else [text.encode()], dtype=object) for text in texts]
    (layer,) = [each for each in made._flatten_layers() if isinstance(each, kl.TextVectorization)]
    config, ids = layer.get_config(), layer(tf.constant(texts)).numpy()
    # Masks make padding the same as none; only characters are so many that they are padded here.
    is_even = config["output_sequence_length"] is not None or config["output_mode"] != "int"
    is_even = is_even or config["split"] == "character"
    return rows, [0 if is_even else int(np.count_nonzero(row)) or -1 for row in ids]


def answers(made: keras.Model, told: dict[str, Any], texts: list[str]) -> np.ndarray:
    """Return what a model makes of each text as it would of that text alone.

    Texts of as many tokens are given together: none of them is padded then.
    """
    rows, lengths = rows_of(made, told, texts)
    found = np.full((len(texts), made.outputs[0].shape[-1]), np.nan, np.float32)
    for length in sorted(set(lengths) - {-1}):
        chosen = [i for i, each in enumerate(lengths) if each == length and np.size(rows[i])]
        if not chosen:
            continue
        stacked = np.stack([rows[i] for i in chosen])
        if IS_TEXT:
            is_string = made.inputs[0].dtype == "string"
            stacked = tf.constant(stacked.tolist(), tf.string if is_string else tf.int32)
        try:
            found[chosen] = keras.ops.convert_to_numpy(made(stacked, training=False))
        except (ValueError, IndexError, RuntimeError) as error:
            print(f"no answer to texts of {length} tokens: {type(error).__name__}")
    return found


def main(work: Path, names: list[str]) -> None:
    """Make the models that are named, or all that the folder lacks, and pack all that it has."""
    work.mkdir(parents=True, exist_ok=True)
    texts, ending = make_texts(), "" if IS_TEXT else "_ids"
    if not IS_TEXT:  # words with blanks between are the same tokens for each rule
        generator, known = random.Random(78), (*PLAIN, "nobody", "knows")
        texts = [" ".join(generator.choices(known, k=generator.choice(LENGTHS))) for _ in range(COUNT)]
    wanted = [name for name in MODELS if IS_TEXT or name not in TEXTS_ALONE]
    for name in names or [name for name in wanted if not (work / f"{name}{ending}.npy").exists()]:
        build, told = MODELS[name]
        keras.utils.clear_session()
        length = re.search(r"output_sequence_length=(\d+)", inspect.getsource(build))
        Outside.length = int(length[1]) if length else None
        made = build()
        if not IS_TEXT and "vocabulary" not in told:
            told = {
                **told,
                "vocabulary": ["", "[UNK]", *Outside.words],
                "padding": "post",
                "length": Outside.length,
            }
        randomise(made, name)
        path = work / f"{name}{ending}.keras"
        made.save(path)
        found = answers(made, told, texts)
        np.save(path.with_suffix(".npy"), found)
        made_by = f"keras {keras.__version__} on {keras.backend.backend()}"
        path.with_suffix(".json").write_text(json.dumps({"texts": texts, "told": told, "made_by": made_by}))
        values = found[~np.isnan(found).any(1)]
        print(
            f"{path.name}: {path.stat().st_size:,} bytes, {len(values)} answers, {values.std(0).max():.3f}",
            flush=True,
        )
    pack(work)


def pack(work: Path) -> None:
    """Pack all models of a folder."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path in sorted(work.iterdir()):
            entry = tarfile.TarInfo(path.name)
            entry.size = path.stat().st_size
            archive.addfile(entry, io.BytesIO(path.read_bytes()))
    (GOLDEN / NAME).write_bytes(lzma.compress(packed.getvalue(), preset=9))
    print(f"{NAME}: {(GOLDEN / NAME).stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
