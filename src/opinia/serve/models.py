"""The models that a server has loaded, by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opinia import shell
from opinia.errors import InputError
from opinia.model.bilingual import BilingualClassifier
from opinia.model.classifier import Classifier, load
from opinia.model.measured import measured
from opinia.model.parameters import parameters_of
from opinia.model.shipped import AUTO, DEFAULT_MODEL, shipped
from opinia.serve.failures import Refusal

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Models:
    """Classifiers by name.

    Args:
        classifiers: at least one; the first is the default.
    """

    classifiers: Mapping[str, Classifier]

    @property
    def default(self) -> str:
        """The name of the model that answers when a request names none."""
        return next(iter(self.classifiers))

    def find(self, name: str | None) -> tuple[str, Classifier]:
        """Return a model and its name.

        Raises:
            Refusal: no model has this name.
        """
        name = self.default if name is None else name
        classifier = self.classifiers.get(name)
        if classifier is None:
            known = ", ".join(self.classifiers)
            raise Refusal(404, "unknown_model", "there is no model of this name", hint=f"models: {known}")
        return name, classifier

    def describe(self) -> dict[str, Any]:
        """Return what ``/v1/models`` answers."""
        return {"default": self.default, "models": [_facts(*entry) for entry in self.classifiers.items()]}

    def measured(self) -> dict[str, Any]:
        """Return what ``/v1/measured`` answers: of each model its parts, with what is known of them."""
        return {"models": {name: _measured(name, each) for name, each in self.classifiers.items()}}


def load_models(asked: Iterable[str]) -> Models:
    """Load models, each with one thread: batches run side by side, not one batch on all cores.

    Args:
        asked: ``NAME=PATH``, or a path alone, which is named after its file or folder; none takes the
            models that come with opinia.

    Raises:
        InputError: a name is none, or two models have the same.
        ModelFileError: a model cannot be read.
    """
    found: dict[str, Path] = {}
    for name, path in map(_name_and_path, asked):
        if not NAME.fullmatch(name):
            raise InputError(
                f"the name of a model is letters, digits, . _ and -. Received: {name!r}",
                hint=f"name it: --model {shell.command(f'NAME={path}')}",
            )
        if name in found:
            raise InputError(
                f"two models are named {name!r}: {found[name]} and {path}",
                hint=f"give one another name: --model {shell.command(f'NAME={path}')}",
            )
        found[name] = path
    return Models({name: load(path, threads=1) for name, path in (found or _default_first()).items()})


def _name_and_path(asked: str) -> tuple[str, Path]:
    name, separator, path = asked.partition("=")
    if separator and path and "/" not in name and not Path(asked).exists():
        return name, Path(path)
    whole = Path(asked)
    return (whole.resolve().name if whole.is_dir() else whole.stem), whole


def _default_first() -> dict[str, Path | None]:
    known = shipped()
    return {AUTO: None, DEFAULT_MODEL: known.pop(DEFAULT_MODEL), **known}


def _facts(name: str, classifier: Classifier) -> dict[str, Any]:
    if isinstance(classifier, BilingualClassifier):
        return _facts_of_both(name, classifier)
    counted = parameters_of(classifier.card)
    return {
        "name": name,
        "labels": classifier.classes_.tolist(),
        "language": classifier.doubter.asked_for if len(classifier.languages) == 1 else None,
        "languages": list(classifier.languages),
        "parameters": None if counted is None else counted[0] + (counted[1] or 0),
        "bytes": classifier.model.size,
        "card": classifier.card,
    }


def _measured(name: str, classifier: Classifier) -> dict[str, Any]:
    if isinstance(classifier, BilingualClassifier):
        both = {str(part.card.get("name", "")): part for part in classifier.models}
    else:
        both = {name: classifier}
    found = {part: measured(each.sha256) for part, each in both.items()}
    return {part: figures for part, figures in found.items() if figures is not None}


def _facts_of_both(name: str, classifier: BilingualClassifier) -> dict[str, Any]:
    """Describe two models that read as one: sums, and each with its own card."""
    both = [_facts(str(part.card.get("name", "")), part) for part in classifier.models]
    parameters = [part["parameters"] for part in both]
    return {
        "name": name,
        "labels": classifier.classes_.tolist(),
        "language": None,
        "languages": list(classifier.languages),
        "parameters": None if None in parameters else sum(parameters),
        "bytes": sum(part["bytes"] for part in both),
        "card": {"name": name, "models": {part["name"]: part["card"] for part in both}},
        "models": both,
    }
