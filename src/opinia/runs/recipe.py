"""A training recipe: what to build, how to train it, on which reviews. One TOML file each."""

from __future__ import annotations

import dataclasses
import difflib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from opinia.errors import RecipeError
from opinia.runs.settings import (
    CHOICES,
    COLLECTION,
    GROWING,
    LIMITS,
    NEED_UNLABELLED,
    OF_TABLES,
    OWN_TEXTS,
    RENAMED,
    SECTIONS,
    CascadeRecipe,
    DataRecipe,
    DistillationRecipe,
    LinearRecipe,
    NetworkRecipe,
    PretrainingRecipe,
    TextRecipe,
    TrainingRecipe,
)
from opinia.runs.shipped import find
from opinia.system.files import read_regular

MOST_BYTES = 64 << 10
MOST_DOTS = 200
MOST_DEPTH = 20


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result of a run; the default is the published network."""

    name: str = "seed"
    text: TextRecipe = field(default_factory=TextRecipe)
    network: NetworkRecipe = field(default_factory=NetworkRecipe)
    pretraining: PretrainingRecipe = field(default_factory=PretrainingRecipe)
    distillation: DistillationRecipe = field(default_factory=DistillationRecipe)
    linear: LinearRecipe = field(default_factory=LinearRecipe)
    training: TrainingRecipe = field(default_factory=TrainingRecipe)
    cascade: CascadeRecipe = field(default_factory=CascadeRecipe)
    data: DataRecipe = field(default_factory=DataRecipe)

    def __post_init__(self) -> None:
        for key, low, high in LIMITS:
            section, _, name = key.partition(".")
            value = getattr(getattr(self, section), name)
            if not (math.isfinite(value) and low <= value <= high):
                raise RecipeError(
                    f"{key} must be from {low:,} to {high:,}. Received: {value}",
                    hint=f"{_published(section)} {_default(section, name)}",
                )
        for key, allowed in CHOICES.items():
            section, _, name = key.partition(".")
            value = getattr(getattr(self, section), name)
            if value not in allowed:
                raise RecipeError(f"{key} must be one of {', '.join(allowed)}. Received: {value!r}")
        if self.pretraining.epochs and not self.network.separate_embeddings:
            raise RecipeError(
                "pretraining gives each direction an embedding of its own. Received: "
                "network.separate_embeddings = false",
                hint="set it to true, or pretraining.epochs to 0",
            )
        if self.network.subwords and (
            self.network.separate_embeddings or self.training.init_from or self.text.kind != "words"
        ):
            raise RecipeError(
                "network.subwords is for one embedding of words that begins at random. Received: "
                f"network.separate_embeddings = {str(self.network.separate_embeddings).lower()}, "
                f"training.init_from = {self.training.init_from!r}, text.kind = {self.text.kind!r}",
                hint="set network.subwords to 0, or leave these out and text.kind at 'words'",
            )
        if self.training.init_weight and not self.training.init_from:
            raise RecipeError(
                "training.init_weight needs training.init_from. Received: training.init_weight = "
                f"{self.training.init_weight}, and nothing to begin with",
                hint="name a model or a run there, or set training.init_weight to 0",
            )
        if self.data.final and (self.training.patience or self.training.schedule == "plateau"):
            raise RecipeError(
                "a final training has no validation to be patient with. Received: training.patience = "
                f"{self.training.patience}, training.schedule = {self.training.schedule!r}",
                hint="choose the number of epochs and another schedule before it",
            )
        if self.training.adaptive_temperature and (
            not self.training.calibrate or self.linear.ngrams or self.data.final
        ):
            raise RecipeError(
                "training.adaptive_temperature is a part of calibrating a network alone, on validation. "
                f"Received: training.calibrate = {str(self.training.calibrate).lower()}, "
                f"linear.ngrams = {self.linear.ngrams}, data.final = {self.data.final!r}",
                hint="set training.calibrate to true, and leave out the other two",
            )
        _check_data(self.data)
        if self.training.sentences and self.text.kind != "words":
            raise RecipeError(
                f"training.sentences needs text.kind = 'words'. Received: text.kind = {self.text.kind!r}",
                hint="it keeps the marks that end a sentence",
            )
        training = self.training
        needy = [name for name in NEED_UNLABELLED if getattr(training, name)]
        if bool(needy) != bool(training.unlabelled):
            raise RecipeError(
                "training.unlabelled and what is learnt from unlabelled reviews go together. Received: "
                f"training.unlabelled = {training.unlabelled}, and {', '.join(needy) or 'nothing'} above 0",
                hint=f"set training.unlabelled to 0, or one of {', '.join(NEED_UNLABELLED)} above it",
            )
        if training.soft_labels and not self.distillation.teaches:
            raise RecipeError(
                f"training.soft_labels needs a teacher. Received: {training.soft_labels}",
                hint="set distillation.ngrams or distillation.models",
            )
        if self.distillation.sentences and not (self.distillation.models and self.text.kind == "words"):
            raise RecipeError(
                "distillation.sentences needs distillation.models, and text.kind = 'words'. Received: "
                f"distillation.models = {list(self.distillation.models)}, text.kind = {self.text.kind!r}",
            )
        if not self.name or any(character in self.name for character in '/\\\0\n"'):
            raise RecipeError(f"name must be usable as the name of a folder. Received: {self.name!r}")

    def replace(self, values: Mapping[str, Any]) -> Recipe:
        """Return the recipe with some values changed.

        Args:
            values: new values under dotted keys, such as ``{"training.epochs": 20}``.

        Raises:
            RecipeError: a key is unknown or a value impossible.
        """
        tree = self.to_dict()
        for key, value in values.items():
            section, _, name = RENAMED.get(key, key).rpartition(".")
            if section not in tree and section:
                raise _unknown(section, tree)
            branch = tree[section] if section else tree
            if name not in branch or isinstance(branch[name], dict):
                raise _unknown(name, branch, section=section)
            branch[name] = value
        return recipe_from_dict(tree)

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe as nested dictionaries, in the layout of its TOML file."""
        return dataclasses.asdict(
            self, dict_factory=lambda pairs: {k: list(v) if isinstance(v, tuple) else v for k, v in pairs}
        )

    def to_toml(self) -> str:
        """Return the recipe as the text of a TOML file."""
        import tomli_w

        return tomli_w.dumps(self.to_dict())


def _check_data(data: DataRecipe) -> None:
    """Check that what is said of a table goes with a table."""
    told = [name for name in OF_TABLES if getattr(data, name)]
    if data.source in ("table", COLLECTION) and not data.table:
        raise RecipeError(
            f"data.source = {data.source!r} needs data.table", hint="such as data.table = 'reviews.csv'"
        )
    if data.source == COLLECTION:
        told.remove("table")
    if data.source != "table" and told:
        raise RecipeError(
            f"data.{told[0]} is for a table of your own. Received: data.source = {data.source!r}",
            hint="set data.source to 'table', and data.table to the file",
        )
    if data.source != "table" and (data.folds or data.fold or data.train_share != 1):
        raise RecipeError(
            "data.folds, data.fold and data.train_share are for a table of your own. Received: data.source = "
            f"{data.source!r}"
        )
    if data.folds == 1 or not (1 <= data.fold <= data.folds or data.fold == data.folds == 0):
        raise RecipeError(
            "data.folds is 2 or more, and data.fold one of them. Received: data.folds = "
            f"{data.folds}, data.fold = {data.fold}"
        )
    if data.folds and data.test:
        raise RecipeError(
            "each of data.folds is tested on in its turn, so there is no data.test beside them. Received: "
            f"{data.test!r}"
        )
    if data.source not in OWN_TEXTS and not data.validation:
        raise RecipeError(
            f"data.validation must be 1 or more where data.source = {data.source!r}. Received: 0",
            hint="the published network has 2,500",
        )
    if data.source in GROWING and data.final:
        raise RecipeError(
            "data.final is for the film reviews", hint="leave it out: the best epoch is kept as it is"
        )


def recipe_from_dict(values: Mapping[str, Any]) -> Recipe:
    """Build a recipe from nested dictionaries; what is left out has the published value.

    Raises:
        RecipeError: a key is unknown, or a value has the wrong type or is impossible.
    """
    arguments: dict[str, Any] = {}
    for key, value in with_current_names(values).items():
        if key == "name":
            arguments[key] = _checked(str, value, key)
        elif key in SECTIONS:
            if not isinstance(value, Mapping):
                raise RecipeError(f"{key} must be a table, written [{key}]. Received: {value!r}")
            arguments[key] = _section(key, value)
        else:
            raise _unknown(key, ("name", *SECTIONS))
    return Recipe(**arguments)


def with_current_names(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the nested dictionaries of a recipe, its settings under the names that they have today.

    Raises:
        RecipeError: a setting is there under its earlier and under its present name.
    """
    tree = {key: dict(value) if isinstance(value, Mapping) else value for key, value in values.items()}
    for earlier, present in RENAMED.items():
        section, _, name = earlier.partition(".")
        new_section, _, new_name = present.partition(".")
        if not isinstance(tree.get(section), dict) or name not in tree[section]:
            continue
        branch = tree.setdefault(new_section, {})
        if not isinstance(branch, dict):
            continue  # refused where sections are read
        if new_name in branch:
            raise RecipeError(
                f"{earlier} is the earlier name of {present}. Received both", hint=f"keep {present} alone"
            )
        branch[new_name] = tree[section].pop(name)
    if tree.get("teacher") == {}:
        del tree["teacher"]
    return tree


def read_recipe(path: str | PathLike[str]) -> Recipe:
    """Read a recipe from its TOML file.

    Args:
        path: the file, or the name of a recipe that comes with opinia, such as ``"small"``.

    Raises:
        RecipeError: the file is missing or not TOML, a key is unknown or a value impossible.
    """
    return recipe_from_dict(read_toml(find(path)))


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file of settings.

    Raises:
        RecipeError: the file is missing, not readable or not TOML, or larger or nested more deeply than
            settings ever are.
    """
    try:
        text = read_regular(path, most=MOST_BYTES).decode("utf-8")
        # Python's reader takes time in proportion to the square of a key's parts.
        if any(line.count(".") > MOST_DOTS for line in text.splitlines()):
            raise RecipeError(f"{path} has a line with more than {MOST_DOTS} dots, as no recipe has")
        values = tomllib.loads(text)
        if _depth(values) > MOST_DEPTH:
            raise RecursionError
    except OSError as error:
        raise RecipeError(f"{path} cannot be read: {error.strerror or error}") from error
    except RecursionError:
        raise RecipeError(f"{path} is nested too deeply for a recipe") from None
    except ValueError as error:  # also of a number or a date that TOML allows and Python does not
        raise RecipeError(f"{path} is not a TOML file: {error}") from error
    return values


def _depth(value: Any) -> int:
    """Return how many tables and lists stand inside each other, without a call for each."""
    depth, level = 0, [value]
    while level := [inner for outer in level for inner in _inside(outer)]:
        depth += 1
    return depth


def _inside(value: Any) -> list[Any]:
    values = value.values() if isinstance(value, dict) else value
    return [inner for inner in values if isinstance(inner, dict | list)]


def _section(section: str, values: Mapping[str, Any]) -> Any:
    kind = SECTIONS[section]
    types = {f.name: type(f.default) for f in dataclasses.fields(kind)}
    for key in values:
        if key not in types:
            raise _unknown(key, types, section=section)
    return kind(**{key: _checked(types[key], value, f"{section}.{key}") for key, value in values.items()})


def _checked(kind: type, value: object, key: str) -> Any:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind is tuple and isinstance(value, list | tuple) and all(isinstance(entry, str) for entry in value):
        return tuple(value)
    if type(value) is not kind:
        name = {
            int: "a whole number",
            float: "a number",
            str: "a text",
            bool: "true or false",
            tuple: "a list of texts",
        }[kind]
        raise RecipeError(f"{key} must be {name}. Received: {value!r}")
    return value


def _unknown(key: str, known: Mapping[str, Any] | tuple[str, ...], *, section: str = "") -> RecipeError:
    place = f" in [{section}]" if section else ""
    nearest = difflib.get_close_matches(key, list(known), n=1, cutoff=0.5)
    hint = f"did you mean {nearest[0]!r}?" if nearest else f"known are: {', '.join(known)}"
    return RecipeError(f"unknown key {key!r}{place}", hint=hint)


def _published(section: str) -> str:
    """Return whose a default is: the published recipe has those parts alone."""
    return "the published network has" if section in ("text", "network", "training") else "the default is"


def _default(section: str, name: str) -> Any:
    return getattr(SECTIONS[section](), name)


_ALWAYS = {
    "network": ("embedding", "units"),
    "training": ("batch_size", "epochs", "learning_rate", "seed"),
    "data": ("source",),
}


def told_settings(recipe: Recipe) -> dict[str, dict[str, Any]]:
    """Return what tells a run from others, by section: a few settings always, else those not default."""
    usual = Recipe().to_dict()
    told = {}
    for section, values in recipe.to_dict().items():
        if isinstance(values, dict):
            kept = {
                key: value
                for key, value in values.items()
                if value not in ("", [], ())
                and (key in _ALWAYS.get(section, ()) or value != usual[section].get(key))
            }
            if kept:
                told[section] = kept
    return told
