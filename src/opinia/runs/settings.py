"""The sections of a training recipe, what each setting means and what it may be."""

from __future__ import annotations

from dataclasses import dataclass

from opinia.text.language import LANGUAGES, OTHER


@dataclass(frozen=True)
class TextRecipe:
    """How a text becomes ids.

    Args:
        max_tokens: size of the vocabulary, padding and unknown included.
        kind: how a text is split: ``"keras"`` as ``TextVectorization`` does, or ``"words"`` into words
            and marks.
        unlabelled: count the words of the unlabelled reviews, too.
        language: of the texts, as a code of ISO 639-1, or ``"other"``; empty looks at them. The model's card
            says it, and whoever asks whether a text is in the model's language. Of any but English, words
            that the vocabulary lacks are looked up without their diacritics.
    """

    max_tokens: int = 1000
    kind: str = "keras"
    unlabelled: bool = False
    language: str = ""


@dataclass(frozen=True)
class NetworkRecipe:
    """The shape of the network.

    Args:
        embedding: dimension of the embedding.
        units: LSTM units a direction and layer.
        layers: LSTMs of each direction, stacked; each direction reads by itself.
        dense: units of the hidden dense layer.
        pooling: what the dense layer sees of each direction: its ``"last"`` state, or that with the
            maximum and the mean over time (``"concat"``; Howard & Ruder 2018, section 3.3).
        separate_embeddings: each direction has an embedding of its own, as after pretraining.
        subwords: buckets of character n-grams that embeddings share in training, for languages of many
            forms (see :mod:`opinia.train.network.subwords`); 0 has none.
        word_dropout: share of the words that training replaces by the unknown word.
        embedding_dropout: share of the vocabulary dropped in a step, each word wherever it stands (Merity
            et al. 2018, section 4.3).
        input_dropout: share of an embedding's numbers dropped, the same ones at each word of a review.
        layer_dropout: the same between one layer and the next.
        weight_dropout: share of the recurrent weights dropped at each step.
        output_dropout: share of the numbers dropped before each dense layer.
        int8: the model file has embeddings and LSTMs in 8 bits.
    """

    embedding: int = 64
    units: int = 64
    layers: int = 1
    dense: int = 64
    pooling: str = "last"
    separate_embeddings: bool = False
    subwords: int = 0
    word_dropout: float = 0.0
    embedding_dropout: float = 0.0
    input_dropout: float = 0.0
    layer_dropout: float = 0.0
    weight_dropout: float = 0.0
    output_dropout: float = 0.0
    int8: bool = False


@dataclass(frozen=True)
class PretrainingRecipe:
    """How language models are trained, one a direction, from which the network starts.

    Args:
        epochs: passes over all reviews, train and unlabelled; 0 pretrains nothing.
        batch_size: streams of words side by side.
        bptt: words a step, back through which gradients flow (truncated backpropagation through time).
        learning_rate: Adam's largest step size, at the end of the warm-up.
        schedule: how it rises and falls: ``"linear"`` both ways, down to 0, or ``"one-cycle"`` along
            cosines, from a 25th and down to a 10,000th (Smith 2018).
        warmup: share of the steps over which it rises.
        embedding_dropout: share of the vocabulary dropped in a step (Merity et al. 2018, section 4.3).
        dropout: share of the numbers dropped before the first LSTM and after the last.
        layer_dropout: share of the numbers dropped between one LSTM and the next.
        weight_dropout: share of the recurrent weights dropped in a step.
        softmax: over the whole vocabulary, ``"full"``, or ``"sampled"``.
        negative_samples: words of the sampled softmax beside the step's own.
        candidates: most words of a sampled softmax on a GPU, where their number must be known beforehand;
            0 makes room for as many as a step can hold. On the CPU there are as many as it holds.
        seed: of the weights, the order of the reviews and the negative samples.
    """

    epochs: int = 0
    batch_size: int = 64
    bptt: int = 64
    learning_rate: float = 0.003
    schedule: str = "linear"
    warmup: float = 0.02
    embedding_dropout: float = 0.0
    dropout: float = 0.05
    layer_dropout: float = 0.0
    weight_dropout: float = 0.0
    softmax: str = "sampled"
    negative_samples: int = 400
    candidates: int = 0
    seed: int = 1


@dataclass(frozen=True)
class DistillationRecipe:
    """Which teachers give the unlabelled reviews soft labels, to be learnt from beside the labelled ones.

    Args:
        ngrams: a logistic regression on n-grams teaches.
        ngram_weight: its weight in the mean logit, between 0 and 1; 0 gives it that of each other teacher.
        self_training: a network of the same recipe, trained on the labelled reviews alone and without an
            adversary, teaches.
        epochs: of that first network; the best of them by validation is asked.
        models: model files that teach, such as those of larger networks; trained on the same split,
            for they must not know validation.
        sentences: the models also judge one to three sentences of each unlabelled review, which are
            then learnt from as short reviews.
    """

    ngrams: bool = False
    ngram_weight: float = 0.0
    self_training: bool = False
    epochs: int = 4
    models: tuple[str, ...] = ()
    sentences: bool = False

    @property
    def teaches(self) -> bool:
        """Whether anybody gives soft labels."""
        return bool(self.ngrams or self.self_training or self.models)


@dataclass(frozen=True)
class LinearRecipe:
    """A linear model on n-grams whose logits are averaged with those of the network, in the model file.

    Args:
        ngrams: words, pairs and triples that it knows; 0 has no such model. Some share a slot with one
            that counts more, and are left out.
        weight: its weight in the mean of the logits, between 0 and 1.
    """

    ngrams: int = 0
    weight: float = 0.3


FIRST_STAGE_DENSE = 32
"""Units of the hidden layer of a cascade's small network."""


@dataclass(frozen=True)
class CascadeRecipe:
    """A small network in the same model file, asked first: what it is not sure of, the large one is asked.

    Args:
        units: of its LSTM, a direction; 0 has none.
        epochs: passes over the training reviews, to learn what the large network says of them.
        tolerance: accuracy on validation that it may cost.
    """

    units: int = 0
    epochs: int = 2
    tolerance: float = 0.0005


@dataclass(frozen=True)
class TrainingRecipe:
    """How the network is trained, with Adam on binary cross-entropy.

    Args:
        init_from: folder of a run of the same shape and split, or a model file, whose weights are begun
            with; none draws them, or takes them from the language models. Its separate embeddings may
            be wider: they are narrowed (see :mod:`opinia.train.network.weights`).
        init_weight: weight of what it began with in the weights that are validated and kept, below 1
            (Wortsman et al. 2022): what was known before is forgotten less.
        batch_size: labelled reviews a step.
        batch_words: most words of a step's labelled reviews, padding included: long reviews then stand in
            smaller batches; 0 sets no limit.
        epochs: passes over the training reviews.
        learning_rate: Adam's step size at the start.
        schedule: what becomes of the step size: ``"constant"``, ``"cosine"`` (down to 0 over all
            epochs), ``"linear"`` (up over the first tenth, then down to 0) or ``"plateau"`` (halved
            when ``val_loss`` has not fallen for two epochs).
        encoder_lr_scale: learning rate of embedding and LSTM, as a share of that of the dense layers.
        max_grad_norm: greatest norm of a gradient; 0 lets any pass.
        precision: of the products: ``"float32"``, or ``"bfloat16"`` (autocast).
        ema_decay: of the exponential moving average of the weights, which is evaluated and kept; 0 keeps
            the last weights.
        adversarial: size of the adversarial change of the words, as a share of their embeddings'
            norm (Miyato et al. 2017); 0 makes none.
        adversarial_weight: of the loss on reviews so changed.
        unlabelled: unlabelled reviews a step, as a multiple of the labelled ones; 0 has none. Where a
            teacher gives them soft labels, these are then learnt from with ``soft_labels``, and not
            as labelled reviews.
        virtual_adversarial: size of the change of unlabelled reviews' words that moves the answer most
            (section 3 there), in the same measure; 0 makes none.
        virtual_weight: of the divergence between the answers before and after it.
        entropy: weight of the entropy of the answers to unlabelled reviews (Grandvalet & Bengio 2004).
        soft_labels: weight of the cross-entropy with the teacher's labels on unlabelled reviews.
        sentences: weight of the loss on a few sentences cut from each review; 0 cuts none.
        class_weight: of the loss on labelled reviews: ``""`` weighs each alike, ``"balanced"`` each class.
        max_words: longer reviews are learnt from by their beginning and, mostly, their end; 0 takes
            them whole. Judging never shortens.
        calibrate: fit temperature and bias of the logits on validation, both classes weighing alike,
            the bias on sentences of its reviews, too; metrics on validation are of calibrated logits.
        adaptive_temperature: with ``calibrate``, fit a temperature for each text, too, on what the hidden
            layer makes of it: long reviews and short remarks are not equally sure of themselves (Tomani,
            Cremers & Buettner 2022). It turns no answer round.
        patience: stop after this many epochs without a better ``val_accuracy``; 0 never does.
        seed: of the initial weights and of the order of the reviews.
        threads: threads of PyTorch's operators; sums are taken in another order with another number.
    """

    init_from: str = ""
    init_weight: float = 0.0
    batch_size: int = 64
    batch_words: int = 0
    epochs: int = 10
    learning_rate: float = 0.001
    schedule: str = "constant"
    encoder_lr_scale: float = 1.0
    max_grad_norm: float = 0.0
    precision: str = "float32"
    ema_decay: float = 0.0
    adversarial: float = 0.0
    adversarial_weight: float = 1.0
    unlabelled: float = 0.0
    virtual_adversarial: float = 0.0
    virtual_weight: float = 1.0
    entropy: float = 0.0
    soft_labels: float = 0.0
    sentences: float = 0.0
    class_weight: str = ""
    max_words: int = 0
    calibrate: bool = False
    adaptive_temperature: bool = False
    patience: int = 0
    seed: int = 1
    threads: int = 2


@dataclass(frozen=True)
class DataRecipe:
    """Which texts the network is trained and validated on.

    Args:
        source: ``"imdb"``, ``"sample"`` for the built-in synthetic reviews, or ``"table"`` for a table of
            one's own, or ``"memory"`` for texts of one's own that a program holds, or ``"collection"`` for
            several sets in one file, with soft labels; see :mod:`opinia.data.collection`.
        table: the file, or the folder with a sub-folder a class; see :mod:`opinia.data.table`.
        text_column: of the table, or several with commas between, whose texts are joined; empty takes the
            obvious one.
        label_column: of the table; empty takes the obvious one.
        group_column: what a text of the table is about; rows of one group stand in one part. Empty makes
            each row a group.
        label_map: which labels of the table are which class, such as ``"1,2=negative; 4,5=positive"``;
            empty makes each label a class.
        test: another table, that is tested on; its texts are left out of the first. Empty has none.
        format: of both, such as ``"csv"``; empty looks at name and content.
        encoding: of a text table; empty finds it.
        delimiter: what stands between its cells; empty finds it.
        quoting: ``"double"``, ``"backslash"`` or ``"none"``; empty finds it.
        header: whether its first record names the columns, ``"yes"`` or ``"no"``; empty looks.
        validation: reviews cut from the training split, by movie; of texts of one's own by class and group,
            where 0 leaves the number to :func:`opinia.data.holdout.default_size`.
        folds: parts into which the texts of a table are divided for cross-validation; 0 does not.
        fold: which of them is tested on and left out of the others, from 1.
        train_share: of the texts of a table that are left beside validation, how many are learnt from, from
            above 0 to 1.
        split_seed: of the choice of movies; the same for runs that are compared.
        final: folder of a finished run of the same recipe, on which everything was chosen. Its training is
            repeated with the validation reviews taken in, and with its calibration; nothing is measured
            on them any more. Empty holds them out.
    """

    source: str = "imdb"
    table: str = ""
    text_column: str = ""
    label_column: str = ""
    group_column: str = ""
    label_map: str = ""
    test: str = ""
    format: str = ""
    encoding: str = ""
    delimiter: str = ""
    quoting: str = ""
    header: str = ""
    validation: int = 2500
    folds: int = 0
    fold: int = 0
    train_share: float = 1.0
    split_seed: int = 0
    final: str = ""


SECTIONS = {
    "text": TextRecipe,
    "network": NetworkRecipe,
    "pretraining": PretrainingRecipe,
    "distillation": DistillationRecipe,
    "linear": LinearRecipe,
    "training": TrainingRecipe,
    "cascade": CascadeRecipe,
    "data": DataRecipe,
}
RENAMED = {
    "network.compact": "network.int8",
    "pretraining.passes": "pretraining.epochs",
    "pretraining.batch": "pretraining.batch_size",
    "pretraining.time": "pretraining.bptt",
    "pretraining.warm_up": "pretraining.warmup",
    "pretraining.random_words": "pretraining.negative_samples",
    "teacher.ngrams": "distillation.ngrams",
    "teacher.ngram_share": "distillation.ngram_weight",
    "teacher.first": "distillation.self_training",
    "teacher.epochs": "distillation.epochs",
    "teacher.models": "distillation.models",
    "teacher.sentences": "distillation.sentences",
    "linear.share": "linear.weight",
    "training.start": "training.init_from",
    "training.body_rate": "training.encoder_lr_scale",
    "training.clip": "training.max_grad_norm",
    "training.averaging": "training.ema_decay",
}
"""Earlier names of settings, which recipes, run folders and model cards may still have."""
LIMITS: tuple[tuple[str, float, float], ...] = (
    ("text.max_tokens", 3, 1_000_000),
    ("network.embedding", 1, 8192),
    ("network.units", 1, 8192),
    ("network.layers", 1, 8),
    ("network.dense", 1, 8192),
    ("network.subwords", 0, 2_000_000),
    ("network.word_dropout", 0, 0.9),
    ("network.embedding_dropout", 0, 0.9),
    ("network.input_dropout", 0, 0.9),
    ("network.layer_dropout", 0, 0.9),
    ("network.weight_dropout", 0, 0.9),
    ("network.output_dropout", 0, 0.9),
    ("pretraining.epochs", 0, 1000),
    ("pretraining.batch_size", 1, 65_536),
    ("pretraining.bptt", 1, 65_536),
    ("pretraining.learning_rate", 1e-9, 10.0),
    ("pretraining.warmup", 0.0001, 0.9),
    ("pretraining.embedding_dropout", 0, 0.9),
    ("pretraining.dropout", 0, 0.9),
    ("pretraining.layer_dropout", 0, 0.9),
    ("pretraining.weight_dropout", 0, 0.9),
    ("pretraining.negative_samples", 1, 1_000_000),
    ("pretraining.candidates", 0, 1_000_000),
    ("pretraining.seed", 0, 2**31 - 1),
    ("distillation.ngram_weight", 0.0, 1.0),
    ("distillation.epochs", 1, 10_000),
    ("linear.ngrams", 0, 50_000),
    ("linear.weight", 0.0, 1.0),
    ("cascade.units", 0, 8192),
    ("cascade.epochs", 1, 1000),
    ("cascade.tolerance", 0.0, 1.0),
    ("training.init_weight", 0.0, 0.99),
    ("training.batch_size", 1, 65_536),
    ("training.batch_words", 0, 100_000_000),
    ("training.epochs", 1, 10_000),
    ("training.learning_rate", 1e-9, 10.0),
    ("training.encoder_lr_scale", 0, 10.0),
    ("training.max_grad_norm", 0, 1e9),
    ("training.ema_decay", 0, 0.99999),
    ("training.adversarial", 0, 1),
    ("training.adversarial_weight", 0, 100),
    ("training.unlabelled", 0, 100),
    ("training.virtual_adversarial", 0, 1),
    ("training.virtual_weight", 0, 100),
    ("training.entropy", 0, 100),
    ("training.soft_labels", 0, 100),
    ("training.sentences", 0, 100),
    ("training.max_words", 0, 10_000_000),
    ("training.patience", 0, 10_000),
    ("training.seed", 0, 2**31 - 1),
    ("training.threads", 1, 1024),
    ("data.validation", 0, 10_000_000),
    ("data.folds", 0, 100),
    ("data.fold", 0, 100),
    ("data.train_share", 0.0001, 1),
    ("data.split_seed", 0, 2**31 - 1),
)
OWN_TEXTS = ("table", "memory")
"""Sources of texts of one's own."""
SPREAD = ("cosine", "linear")
"""Schedules that are spread over all epochs: with another number of them, each step has another size."""
COLLECTION = "collection"
"""Source of texts that were collected from several sets, with soft labels and their parts."""
GROWING = (*OWN_TEXTS, COLLECTION)
"""Sources whose trainings may begin with a model of fewer words."""
OF_TABLES = (
    *("table", "text_column", "label_column", "group_column", "label_map", "test"),
    *("format", "encoding", "delimiter", "quoting", "header"),
)
"""Settings of ``[data]`` that are for tables alone."""
NEED_UNLABELLED = ("virtual_adversarial", "entropy", "soft_labels")
"""What a training learns from unlabelled reviews that stand beside the labelled ones of a batch."""
CHOICES = {
    "text.kind": ("keras", "words"),
    "text.language": ("", *LANGUAGES, OTHER),
    "network.pooling": ("last", "concat"),
    "pretraining.schedule": ("linear", "one-cycle"),
    "pretraining.softmax": ("sampled", "full"),
    "training.schedule": ("constant", "cosine", "linear", "plateau"),
    "training.class_weight": ("", "balanced"),
    "training.precision": ("float32", "bfloat16"),
    "data.source": ("imdb", "sample", *GROWING),
    "data.quoting": ("", "double", "backslash", "none"),
    "data.header": ("", "yes", "no"),
}
