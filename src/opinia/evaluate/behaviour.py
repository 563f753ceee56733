"""Behaviour checks: short texts of our own, by capability, that say what accuracy alone does not.

After CheckList (Ribeiro, Wu, Guestrin and Singh, "Beyond Accuracy", ACL 2020): minimum functionality (a plain
text has a plain answer), invariance (what does not matter changes nothing), and directional expectation (what
matters moves the answer its way). Half of the cases are for development, half are held out; the rule stands
in the file of cases.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opinia.errors import DataError, InputError
from opinia.system.files import read_regular
from opinia.system.printable import quoted
from opinia.tables.column_questions import TRUTHS
from opinia.tables.labels.words import plain_label, polarity_of

CASES = Path(__file__).with_name("behaviour.toml")
CASES_BY_LANGUAGE = {"en": CASES, "pl": Path(__file__).with_name("behaviour_pl.toml")}
"""The cases that come with opinia, by the language of their texts."""
PARTS = ("development", "held out")
NEUTRAL = (0.2, 0.8)
STEADY = 0.1
MOVED = 0.05
_MOST_SHOWN = 12
MOST_BYTES = 1 << 20
"""Of a file of cases."""

# test → the entries that it takes in the file, and whether each is a text or a list of texts.
_ENTRIES = {
    "label": (("positive", "negative"), str),
    "neutral": (("neutral",), str),
    "steady": (("positive", "negative"), list),
    "same label": (("positive", "negative"), list),
    "direction": (("positive", "negative"), list),
}

PredictProba = Callable[[list[str]], NDArray[np.floating]]


@dataclass(frozen=True)
class Case:
    """One check.

    Args:
        name: of the case, such as ``"contrast/positive/3"``; its number counts from 1.
        capability: what it looks at, such as ``"contrast"``.
        test: ``"label"``, ``"neutral"``, ``"steady"``, ``"same label"`` or ``"direction"``.
        expected: ``"positive"``, ``"negative"`` or ``"neutral"``; in a direction, where the answer moves.
        texts: one text; or a text and what it is changed into, for the last three tests.
        part: ``"development"`` or ``"held out"``.
    """

    name: str
    capability: str
    test: str
    expected: str
    texts: tuple[str, ...]
    part: str

    def passes(
        self, positive: Sequence[float], answers: Sequence[str] = (), *, threshold: float = 0.5
    ) -> bool:
        """Return whether a model that gives these probabilities of positive passes.

        Args:
            positive: one for each of ``texts``, from 0 to 1.
            answers: of a model of more than two classes, ``"positive"``, ``"negative"`` or another for each
                of ``texts``; none for one of two, of which the probabilities tell.
            threshold: of such a one, the probability of positive above which it answers so.
        """
        first, last = positive[0], positive[-1]
        if answers:
            match self.test:
                case "label":
                    return answers[0] == self.expected
                case "neutral":
                    return answers[0] not in ("positive", "negative")
                case "same label":
                    return len({*answers}) == 1
        match self.test:
            case "label":
                return first > threshold if self.expected == "positive" else first < threshold
            case "neutral":
                return NEUTRAL[0] <= first <= NEUTRAL[1]
            case "steady":
                return all(abs(other - first) < STEADY for other in positive)
            case "same label":
                return all((other > threshold) == (first > threshold) for other in positive)
            case _:
                return (last - first if self.expected == "positive" else first - last) >= MOVED


@dataclass(frozen=True)
class Verdict:
    """What a model did with a case.

    Args:
        case: the case.
        positive: probability of positive of each of its texts, from 0 to 1.
        passed: whether it is as expected.
    """

    case: Case
    positive: tuple[float, ...]
    passed: bool


@dataclass(frozen=True)
class Rate:
    """How many cases were passed.

    Args:
        passed: cases passed.
        cases: cases judged.
    """

    passed: int
    cases: int


def read_cases(path: Path | None = None) -> tuple[Case, ...]:
    """Return the cases of a file, in its order.

    Args:
        path: a TOML file of the form that ``behaviour.toml`` explains; None takes the English one of opinia.

    Raises:
        DataError: the file is missing, no TOML, or of another form.
    """
    path = path or CASES
    try:
        content = tomllib.loads(read_regular(path, most=MOST_BYTES).decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise DataError(f"the behaviour checks {path} cannot be read: {reason}") from error
    capabilities = content.get("capability")
    if not isinstance(capabilities, list) or set(content) != {"capability"}:
        received = ", ".join(content) or "nothing"
        raise DataError(
            f"{path} must hold a list [[capability]] and nothing else. Received: {received}",
            hint=f"see {CASES}",
        )
    cases = [case for entry in capabilities for case in _cases(path, entry)]
    names = [case.name for case in cases]
    if len(set(names)) != len(names):
        raise DataError(f"{path} has two capabilities of one name")
    return tuple(cases)


def _cases(path: Path, entry: Any) -> list[Case]:
    name = entry.get("name") if isinstance(entry, dict) else None
    test = entry.get("test") if isinstance(entry, dict) else None
    if not isinstance(name, str) or test not in list(_ENTRIES):
        raise DataError(
            f"each capability of {path} needs a name, and a test of {', '.join(_ENTRIES)}. "
            f"Received: name {name!r}, test {test!r}"
        )
    allowed, kind = _ENTRIES[test]
    lists = {key: value for key, value in entry.items() if key not in ("name", "test")}
    if not lists or not set(lists) <= set(allowed):
        raise DataError(
            f"{name!r} in {path}, a test {test!r}, takes lists named {' and '.join(allowed)}. "
            f"Received: {', '.join(lists) or 'none'}"
        )
    cases = []
    for expected, values in lists.items():
        if not isinstance(values, list):
            raise DataError(f"{expected} of {name!r} in {path} must be a list. Received: {values!r}")
        for number, value in enumerate(values, start=1):
            place = f"{name}/{expected}/{number}"
            texts = (value,) if kind is str else tuple(value) if isinstance(value, list) else ()
            if not all(isinstance(text, str) for text in texts) or (kind is list and len(texts) < 2):
                wanted = "a text" if kind is str else "a list of a text and its variants"
                raise DataError(f"{place} in {path} must be {wanted}. Received: {value!r}")
            cases.append(Case(place, name, test, expected, texts, PARTS[(number - 1) % 2]))
    return cases


def opinions_of(classes: Sequence[str]) -> tuple[str, ...]:
    """Return what each class of a model says: ``"positive"``, ``"negative"`` or the class's own name.

    Raises:
        InputError: not one class is positive, or not one is negative.
    """
    # A yes or a true answers some question, and is no opinion.
    sides = [None if (plain := plain_label(name)) in TRUTHS else polarity_of(plain) for name in classes]
    if sides.count("positive") != 1 or sides.count("negative") != 1:
        raise InputError(
            "the checks ask whether a text is positive or negative, and need one class of each. Received a "
            f"model of {', '.join(map(quoted, classes[:_MOST_SHOWN]))}",
            hint="`opinia evaluate` tells how good such a model is on labelled texts",
        )
    return tuple(
        side if side in ("positive", "negative") else name for side, name in zip(sides, classes, strict=True)
    )


def judge(
    cases: Sequence[Case],
    predict_proba: PredictProba,
    classes: Sequence[str] = ("negative", "positive"),
    *,
    threshold: float | None = None,
) -> list[Verdict]:
    """Put all cases to a model and return what it did, in their order.

    Args:
        cases: the cases.
        predict_proba: takes n texts and returns ``(n, classes)`` probabilities, as
            :meth:`opinia.Classifier.predict_proba` does; called once.
        classes: what each column is: one is ``"positive"`` and one ``"negative"``; see :func:`opinions_of`.
        threshold: of two classes, the probability of the second above which it is answered; None for a half.
    """
    middle = 0.5 if threshold is None else threshold if classes[1] == "positive" else 1 - threshold
    texts = list(dict.fromkeys(text for case in cases for text in case.texts))
    rows = predict_proba(texts)
    found = dict(zip(texts, rows[:, list(classes).index("positive")].astype(float).tolist(), strict=True))
    called = {}
    if len(classes) > 2:
        called = dict(zip(texts, (classes[column] for column in rows.argmax(axis=1)), strict=True))
    verdicts = []
    for case in cases:
        positive = tuple(found[text] for text in case.texts)
        answers = [called[text] for text in case.texts] if called else []
        verdicts.append(Verdict(case, positive, case.passes(positive, answers, threshold=middle)))
    return verdicts


def rate(verdicts: Iterable[Verdict], *, capability: str | None = None, part: str | None = None) -> Rate:
    """Return the pass rate of some verdicts.

    Args:
        verdicts: what a model did.
        capability: counts this one alone.
        part: counts ``"development"`` or ``"held out"`` alone.
    """
    counted = [
        verdict.passed
        for verdict in verdicts
        if capability in (None, verdict.case.capability) and part in (None, verdict.case.part)
    ]
    return Rate(sum(counted), len(counted))


def pass_rates(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Return the pass rates as a JSON object.

    Returns:
        ``{"capabilities": {name: {"test": …, "development": {"passed": …, "cases": …}, "held out": …}},
        "all": {"development": …, "held out": …}}``, capabilities in the order of the verdicts.
    """

    def by_part(capability: str | None) -> dict[str, Any]:
        return {part: asdict(rate(verdicts, capability=capability, part=part)) for part in PARTS}

    tests = {verdict.case.capability: verdict.case.test for verdict in verdicts}
    found = {name: {"test": test, **by_part(name)} for name, test in tests.items()}
    return {"capabilities": found, "all": by_part(None)}
