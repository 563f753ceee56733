"""What of a Keras model is about texts: its layers that split and look up, or ids whose words it lacks.

opinia gives padding the id 0, unknown words 1 and the vocabulary what follows, as ``TextVectorization`` does.
Other ids, such as those of ``keras.datasets.imdb``, are looked up in the graph.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opinia.errors import InputError, ModelFileError
from opinia.keras.archive import Archive
from opinia.keras.emit import INT64, Graph, Reading, Value
from opinia.keras.hdf5 import Hdf5Error
from opinia.keras.layer_config import Layer, Refusal
from opinia.text.tokenizer import UNKNOWN_ID, Tokenizer
from opinia.text.vectorization import MOST_TOKENS, TextRule

UNKNOWN = "[UNK]"
UNKNOWN_NAMES = (UNKNOWN, "<UNK>", "<unk>", "<OOV>", "<oov>", "OOV", "UNK")
PADDINGS = ("pre", "post")
START_ID, OUT_OF_VOCABULARY_ID, INDEX_FROM = 1, 2, 3
"""Of ``keras.datasets.imdb.load_data``."""
HOW = (
    "`opinia convert model.keras --vocabulary words.txt -o model.onnx` takes the words, one a line, as "
    "vectorizer.get_vocabulary() lists them, or word_index.json, an object of words and ids (with "
    "--index-from 3 for keras.datasets.imdb)"
)


@dataclass(frozen=True)
class Told:
    """What a Keras file may leave open, as the person who converts it says.

    Args:
        classes: names of the classes in the order of the outputs; None for negative and positive, or numbers.
        vocabulary: words in the order of their ids, or an id for each word; None for that of the file.
        index_from: is added to the ids of an object of words, as ``keras.datasets.imdb`` does: its ids below
            begin a text (1) and stand for words outside the vocabulary (2).
        start: put that beginning before each text, where ``index_from`` is given.
        standardize: how a text is standardised, one of :data:`opinia.text.vectorization.STANDARDS`; None for
            ``"lower_and_strip_punctuation"`` with a list of words and ``"tokenizer"`` with an object.
        length: of the ids that the network was fed, as ``maxlen`` of ``pad_sequences``; None for that of
            the file.
        padding: ``"pre"`` or ``"post"``; None for ``"post"`` with a list and ``"pre"`` with an object.
        truncating: which end of a longer text is cut off; None for the same as padding.
    """

    classes: Sequence[str] | None = None
    vocabulary: Sequence[str] | Mapping[str, int] | None = None
    index_from: int | None = None
    start: bool = True
    standardize: str | None = None
    length: int | None = None
    padding: str | None = None
    truncating: str | None = None

    @property
    def about_texts(self) -> bool:
        """Whether something is said of how texts become ids."""
        parts = (
            self.vocabulary,
            self.index_from,
            self.standardize,
            self.length,
            self.padding,
            self.truncating,
        )
        return any(part is not None for part in parts) or not self.start


@dataclass(frozen=True)
class Reader:
    """How a text becomes the ids of the network.

    Args:
        tokenizer: gives opinia's ids.
        ids: of the network, by opinia's; None where they are the same.
        length: that ids are padded to; None for none.
        padding: ``"pre"`` or ``"post"``.
        start: id before each text; None for none.
        counts: of the bag of words, where the layer makes one: ``"count"``, ``"multi_hot"`` or ``"tf_idf"``.
        width: numbers of that bag.
        weights: of each word in it.
        said: what was assumed of the text, for people.
    """

    tokenizer: Tokenizer
    ids: NDArray[np.int64] | None = None
    length: int | None = None
    padding: str = "post"
    start: int | None = None
    counts: str | None = None
    width: int = 0
    weights: NDArray[np.float32] | None = field(default=None, repr=False)
    said: str = ""

    def readings(self) -> tuple[Reading, ...]:
        """Return the ways of reading a text to be tried, the leaner first."""
        if self.length is None:
            return (Reading.ALONE,)
        return (Reading.PADDED,) if self.start is not None else (Reading.TRIMMED, Reading.PADDED)

    def feed(self, graph: Graph) -> Value:
        """Begin a graph with the ids of the network, or with the bag of words."""
        lengths, ids = "lengths", "ids"
        if self.ids is not None:
            ids = graph.add("Gather", [graph.constant("ids_of_keras", self.ids.astype(np.int32)), ids])
        if self.counts is not None:
            return self._bag(graph, ids)
        by_time = graph.add("Transpose", [ids], perm=[1, 0])
        if self.start is not None:
            row = graph.add(
                "Expand", [graph.constant("start", self.start, np.int32), self._row(graph, by_time)]
            )
            by_time = graph.add("Concat", [row, by_time], axis=0)
            lengths = graph.add("Add", [lengths, graph.constant("one_int32", 1, np.int32)])
        if graph.reading is Reading.PADDED:
            by_time = self._padded(graph, by_time, lengths)
        known = len(self.tokenizer) if self.ids is None else int(self.ids.max()) + 1
        used = () if self.ids is None else self.ids[UNKNOWN_ID + self.tokenizer.rule.drops_unknown :]
        value = Value(by_time, "ids", max(known, (self.start or 0) + 1), key=("unequal", by_time, 0.0))
        has_holes = bool(np.any(np.equal(used, 0)))
        if graph.reading is Reading.PADDED:
            value = replace(value, time=self.length, at_end=self.padding == "post" and not has_holes)
        else:
            value = replace(value, lengths=lengths)
        if graph.reading is Reading.PADDED or has_holes:
            zero = graph.constant("zero_int32", 0, np.int32)
            value = replace(value, mask=graph.add("Not", [graph.add("Equal", [by_time, zero])]))
        return value

    def _row(self, graph: Graph, by_time: str, count: int = 1) -> str:
        return graph.add("Concat", [graph.ints(count), graph.size(by_time, start=1, end=2)], axis=0)

    def _padded(self, graph: Graph, by_time: str, lengths: str) -> str:
        """Bring ids to one length, ``(length, batch)``, whatever length they came with."""
        length = self.length or 0
        zero = graph.constant("zero_int32", 0, np.int32)
        one = graph.constant("one_int64", 1, np.int64)
        whole = graph.add("Max", [graph.cast(lengths, INT64), one])
        limit = graph.constant(f"time_{length}", length, np.int64)
        keeps_last = self.tokenizer.rule.keeps == "last"
        if keeps_last:
            by_time = graph.add("ReverseSequence", [by_time, whole], time_axis=0, batch_axis=1)
        padding = graph.add("Expand", [zero, self._row(graph, by_time, length)])
        longer = graph.add("Concat", [by_time, padding], axis=0)
        cut = graph.add("Slice", [longer, graph.ints(0), graph.ints(length), graph.ints(0)])
        all_of_it = graph.add("Expand", [limit, graph.size(cut, start=1, end=2)])
        if keeps_last != (self.padding == "pre"):
            cut = graph.add(
                "ReverseSequence", [cut, graph.add("Min", [whole, limit])], time_axis=0, batch_axis=1
            )
        if self.padding == "pre":
            cut = graph.add("ReverseSequence", [cut, all_of_it], time_axis=0, batch_axis=1)
        return cut

    def _bag(self, graph: Graph, ids: str) -> Value:
        """Count words, ``(batch, width)``; a place behind takes what is no word."""
        by_time = graph.add("Transpose", [ids], perm=[1, 0])
        inside = graph.add("Transpose", [graph.valid(by_time, "lengths")], perm=[1, 0])
        places = graph.add("Where", [inside, ids, graph.constant("beyond", self.width, np.int32)])
        batch = graph.size(ids, start=0, end=1)
        shape = graph.add("Concat", [batch, graph.ints(self.width + 1)], axis=0)
        empty = graph.add("Expand", [graph.number(0), shape])
        ones = graph.add("Expand", [graph.number(1), graph.size(ids, start=0, end=2)])
        counts = graph.add("ScatterElements", [empty, places, ones], axis=1, reduction=b"add")
        counts = graph.add("Slice", [counts, graph.ints(0), graph.ints(self.width), graph.ints(1)])
        if self.counts == "multi_hot":
            counts = graph.add("Min", [counts, graph.number(1)])
        if self.weights is not None:
            counts = graph.add("Mul", [counts, graph.constant("idf", self.weights)])
        return Value(counts, "vector", self.width)


def of_vectorization(layer: Layer) -> Reader:
    """Read a ``TextVectorization`` layer."""
    config = layer.config
    standard = _choice(layer, "standardize", (*_STANDARDS, None), "lower_and_strip_punctuation")
    split = _choice(layer, "split", ("whitespace", "character", None), "whitespace")
    mode = _choice(layer, "output_mode", ("int", "multi_hot", "count", "tf_idf", "binary", "tf-idf"), "int")
    if config.get("ragged") or config.get("sparse"):
        raise Refusal.of(layer, "ragged=True or sparse=True", "ragged=False and sparse=False")
    if str(config.get("encoding", "utf-8")).lower() not in ("utf-8", "utf8"):
        raise Refusal.of(layer, f"encoding={str(config['encoding'])[:40]}", "utf-8")
    ngrams = config.get("ngrams")
    if type(ngrams) is int and ngrams >= 1:
        ngrams = list(range(1, min(ngrams, 100) + 1))
    length = config.get("output_sequence_length")
    bag = None if mode == "int" else {"binary": "multi_hot", "tf-idf": "tf_idf"}.get(str(mode), str(mode))
    try:
        rule = TextRule(
            standardize=standard or "none",
            split=split or "none",
            ngrams=tuple(ngrams or ()),
            length=length if bag is None else None,
        )
    except (ValueError, TypeError) as error:
        accepted = f"ngrams of up to 10 words, output_sequence_length of up to {MOST_TOKENS:,}"
        raise Refusal.of(layer, str(error), accepted) from error
    words = _vocabulary(layer, mask_token="" if bag is None else None)
    tokenizer = _tokenizer(layer.archive, words, rule)
    if bag is None:
        return Reader(tokenizer, length=length)
    width = len(words) + 1
    if config.get("pad_to_max_tokens"):
        width = max(width, layer.whole("max_tokens", most=1 << 20))
    ids = np.maximum(np.arange(len(tokenizer)) - 1, 0)
    weights = _idf(layer, width) if bag == "tf_idf" else None
    return Reader(tokenizer, ids=ids, counts=bag, width=width, weights=weights)


_STANDARDS = ("lower_and_strip_punctuation", "lower", "strip_punctuation")


def of_lookup(layer: Layer, told: Told, length: int | None) -> Reader:
    """Read a ``StringLookup`` layer, whose input was split outside of the model."""
    config = layer.config
    if told.standardize is None:
        raise ModelFileError(
            f"{layer.archive.name} begins with words that were split outside of it, and does not say how",
            hint="`opinia convert model.keras --standardize none -o model.onnx` splits at spaces alone; "
            "lower_and_strip_punctuation, lower, strip_punctuation and tokenizer standardise before",
        )
    for key, usual in (("output_mode", "int"), ("invert", False), ("sparse", False), ("num_oov_indices", 1)):
        if config.get(key, usual) != usual:
            raise Refusal.of(layer, f"{key}={str(config.get(key))[:40]}", f"{key}={usual}")
    mask = config.get("mask_token")
    if mask not in (None, ""):
        raise Refusal.of(layer, f"mask_token={str(mask)[:40]!r}", "None or an empty text")
    words = _vocabulary(layer, mask_token=mask)
    length = told.length or length
    rule = _rule(told, told.standardize, length, "post")
    tokenizer = _tokenizer(layer.archive, words, rule)
    ids = None if mask == "" else np.maximum(np.arange(len(tokenizer)) - 1, 0)
    padding = told.padding or "post"
    if length is not None and ids is not None:
        raise Refusal.of(layer, "padding that has the id of unknown words", "mask_token=''")
    return Reader(tokenizer, ids=ids, length=length, padding=padding)


def of_ids(archive: Archive, told: Told, length: int | None, rows: int) -> Reader:
    """Give words to a network that reads ids.

    Args:
        archive: the file.
        told: what the person says.
        length: that the file says its input has; None for any.
        rows: of the embedding; ids beyond are unknown words.
    """
    if told.vocabulary is None:
        raise ModelFileError(
            f"{archive.name} reads ids of words, and lacks the words: they were looked up outside of it",
            hint=HOW,
        )
    length = told.length or length
    if isinstance(told.vocabulary, Mapping):
        return _of_index(archive, told, told.vocabulary, length, rows)
    if told.index_from is not None:
        raise InputError("--index-from is for an object of words and ids (JSON), not for a list of words")
    words, special = list(told.vocabulary), 0
    if words[:2] == ["", UNKNOWN]:
        words, special = words[2:], 2
    elif words[:1] == [UNKNOWN]:
        words, special = words[1:], 1
    standard, padding = told.standardize or "lower_and_strip_punctuation", told.padding or "post"
    tokenizer = _tokenizer(archive, words, _rule(told, standard, length, "post"))
    if len(tokenizer) - (special == 1) > rows:
        raise InputError(
            f"the vocabulary has {len(tokenizer):,} words with padding and unknown, and the Embedding of "
            f"{archive.name} {rows:,} rows",
            hint="give the vocabulary that the model was trained with",
        )
    ids = np.maximum(np.arange(len(tokenizer)) - 1, 0) if special == 1 else None
    said = f"standardised by {standard}" + _said(length, padding, told)
    return Reader(tokenizer, ids=ids, length=length, padding=padding, said=said)


def _of_index(
    archive: Archive, told: Told, index: Mapping[str, int], length: int | None, rows: int
) -> Reader:
    shift = told.index_from or 0
    if not all(isinstance(word, str) and type(number) is int for word, number in index.items()):
        raise InputError("a vocabulary as an object has a whole number for each word")
    unknown: int | None = None
    if told.index_from is not None:
        if not 0 <= shift <= 1000:
            raise InputError(
                f"--index-from is from 0 to 1000; that of keras.datasets.imdb is 3. Received: {shift}"
            )
        unknown = OUT_OF_VOCABULARY_ID if shift > OUT_OF_VOCABULARY_ID else None
    else:
        unknown = next((index[name] for name in UNKNOWN_NAMES if name in index), None)
    ranked = sorted((number + shift, word) for word, number in index.items())
    known = [(number, word) for number, word in ranked if 0 < number < rows and number != unknown]
    if len({number for number, _ in known}) < len(known) or any(number < 0 for number, _ in ranked):
        raise InputError("two words of the vocabulary have one id, or an id is below 0")
    words = [word for _, word in known]
    standard, padding = told.standardize or "tokenizer", told.padding or "pre"
    rule = replace(_rule(told, standard, length, padding), drops_unknown=unknown is None)
    tokenizer = _tokenizer(archive, words, rule)
    ids = np.array([0, unknown or 0, *(number for number, _ in known)], np.int64)
    start = START_ID if told.index_from is not None and told.start and shift > START_ID else None
    said = f"standardised by {standard}" + _said(length, padding, told)
    said += f", unknown words {'left out' if unknown is None else f'as {unknown}'}"
    said += f", {start} before each text" if start is not None else ""
    return Reader(tokenizer, ids=ids, length=length, padding=padding, start=start, said=said)


def _said(length: int | None, padding: str, told: Told) -> str:
    if length is None:
        return ", not padded"
    return f", {length} ids, padding={padding!r}, truncating={told.truncating or padding!r}"


def _rule(told: Told, standard: str, length: int | None, padding: str) -> TextRule:
    for name, value in (("padding", told.padding), ("truncating", told.truncating)):
        if value not in (*PADDINGS, None):
            raise InputError(f"{name} is pre or post. Received: {value!r}")
    keeps = "last" if (told.truncating or told.padding or padding) == "pre" else "first"
    try:
        return TextRule(standardize=standard, length=length, keeps=keeps if length is not None else "first")
    except ValueError as error:
        raise InputError(str(error)) from error


def _choice(layer: Layer, key: str, known: tuple[Any, ...], usual: str) -> str | None:
    value = layer.config.get(key, usual)
    if not isinstance(value, str | None) or value not in known:
        shown = "a function" if isinstance(value, dict) else repr(value)[:40]
        raise Refusal.of(layer, f"{key} that is {shown}", ", ".join(str(each) for each in known))
    return value


def _vocabulary(layer: Layer, *, mask_token: str | None) -> list[str]:
    """Return the words of a layer that looks words up, without padding and unknown."""
    words = layer.config.get("vocabulary")
    if words is None:
        folder = layer.path
        assets = layer.archive.assets
        content = assets.get(f"{folder}/_lookup_layer/vocabulary.txt", assets.get(f"{folder}/vocabulary.txt"))
        if content is None:
            raise Refusal.of(
                layer, "a vocabulary that is not in the file", "a layer that was adapted, or given one"
            )
        try:
            words = content.decode().split("\n")
        except UnicodeDecodeError as error:
            raise Refusal.of(layer, "a vocabulary that is not UTF-8", "UTF-8") from error
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise Refusal.of(layer, "a vocabulary that is no list of words", "one that is in the file")
    unknown = layer.config.get("oov_token", UNKNOWN)
    special = [unknown] if mask_token is None else [mask_token, unknown]
    if words[: len(special)] == special:
        words = words[len(special) :]
    size = layer.config.get("vocabulary_size")
    is_padded = layer.config.get("pad_to_max_tokens") and layer.config.get("output_mode", "int") != "int"
    if type(size) is int and size != len(words) + len(special) and not is_padded:
        raise Refusal.of(
            layer,
            f"a vocabulary of {len(words) + len(special):,} words, where it says {size:,}",
            "words without line breaks",
        )
    if not words or "" in words:
        raise Refusal.of(layer, "a vocabulary with an empty word, or without words", "one with words")
    return words


def _idf(layer: Layer, width: int) -> NDArray[np.float32]:
    given = layer.config.get("idf_weights")
    if given is None:
        for place in (f"{layer.path}/_lookup_layer", layer.path):
            try:
                found = layer.archive.weights.array(f"{place}/vars/idf_weights")
            except Hdf5Error as error:
                raise Refusal.of(layer, f"idf weights ({error})", "what Keras saves") from error
            if found is not None:
                if found.shape != (width,):
                    raise Refusal.of(layer, f"idf weights of shape {found.shape}", f"({width},)")
                return found
    raise Refusal.of(layer, "idf weights that are not among its weights", "a layer that was adapted")


def _tokenizer(archive: Archive, words: Sequence[str], rule: TextRule) -> Tokenizer:
    kind = "keras" if rule.is_plain else "vectorization"
    try:
        "".join(words).encode()
        return Tokenizer(tuple(words), kind, rule=rule)
    except (ValueError, TypeError) as error:
        raise ModelFileError(f"the vocabulary of {archive.name} cannot be used: {error}") from error
