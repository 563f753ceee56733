"""Made-up histories of the five runs, on which every verdict on every published conclusion is reached."""

import functools
import itertools
import re

import pytest

from opinia.language import LANGUAGES
from opinia.report.conclusions import conclude
from opinia.report.document import write_document
from opinia.report.render import to_markdown
from opinia.study.analysis import analyse
from opinia.study.published_claims import AGAINST, FOR, OPEN, Case, judge
from studies import record, results

RUNS = ((64, 10), (64, 20), (64, 30), (32, 20), (128, 20))
BATCHES = (64, 32, 128)
Seeds = tuple[float, float, float]


def each(value) -> dict:
    """Return the same for each batch size."""
    return value if isinstance(value, dict) else dict.fromkeys(BATCHES, value)


def five(
    *,
    seeds=(1, 2, 3),
    level=0.865,
    fall=0.01,
    early=0.001,
    late=0.002,
    late_loss=0.002,
    low=10,
    bumps=None,
    **more,
):
    """The five runs; the three of batch 64 are one training. Each figure is one number, or one a batch size.

    Args:
        seeds: of each run.
        level: validation accuracy up to epoch 10; a number, or one a seed.
        fall: by how much it is lower after epoch 10; a number, or one a seed.
        early: how far accuracy and validation loss jump up and down until epoch 10.
        late: how far accuracy does after it; a number, or one a seed.
        late_loss: the same of the validation loss.
        low: the epoch of the lowest validation loss; None lets it fall to the end.
        bumps: how much higher accuracy is in an epoch: ``{epoch: one a seed}``, for batch 64.
        more: settings that differ from the published network.
    """
    level, fall, late, late_loss, low = map(each, (level, fall, late, late_loss, low))
    made = []
    for (batch, epochs), seed in itertools.product(RUNS, seeds):

        def of(values, seed=seed, spread=(0.0, 0.0, 0.0)):
            return values[seed - 1] if isinstance(values, tuple) else values * (1 + spread[seed - 1])

        wobble = (0.0, 0.01, 0.02)
        accuracy, val_loss = [], []
        for i in range(epochs):
            sign, is_late = (-1) ** i, i >= 10
            jump = of(late[batch], spread=wobble) if is_late else of(early, spread=wobble)
            value = of(level[batch]) - (of(fall[batch]) if is_late else 0) + sign * jump
            if batch == 64 and bumps and i + 1 in bumps:
                value += of(bumps[i + 1])
            accuracy.append(value)
            jump = of(late_loss[batch], spread=wobble) if is_late else of(early, spread=wobble)
            bottom = epochs if low[batch] is None else low[batch]
            slope = 0.6 - 0.01 * (i + 1) if i < bottom else 0.6 - 0.01 * bottom + 0.02 * (i + 1 - bottom)
            val_loss.append(slope + sign * jump)
        loss = [0.6 - 0.01 * i for i in range(epochs)]
        name = f"b{batch}e{epochs}"
        one = record(name, accuracy, seed=seed, batch=batch, loss=loss, val_loss=val_loss, **more)
        made.append(one)
    return results(*made)


def spread(middle: float, by: float) -> Seeds:
    """Return three values around the middle, so far apart that an interval says little."""
    return (middle - by, middle, middle + by)


def one(batch: int, value, others) -> dict:
    """Return a figure of one batch size, and another of the rest."""
    return {**dict.fromkeys(BATCHES, others), batch: value}


EXAMPLES = {
    ("overfitting", "confirmed"): {"low": 10},
    ("overfitting", "partly"): {"low": one(128, 18, 10)},
    ("overfitting", "not confirmed"): {"low": one(32, 5, 10)},
    ("overfitting", "undecided"): {"low": None},
    ("stability", "confirmed"): {"late": 0.004, "late_loss": 0.004},
    ("stability", "partly"): {"late": 0.004, "late_loss": (0.0002, 0.001, 0.0019), "fall": 0.0},
    ("stability", "not confirmed"): {"late": 0.004, "late_loss": 0.0002, "low": None},
    ("stability", "undecided"): {
        "late": (0.0002, 0.001, 0.0019),
        "late_loss": (0.0002, 0.001, 0.0019),
        "fall": 0.0,
        "low": None,
    },
    ("batch", "confirmed"): {"late": one(32, 0.01, 0.002)},
    ("batch", "partly"): {"late": {32: 0.01, 64: (0.002, 0.009, 0.016), 128: 0.001}},
    ("batch", "not confirmed"): {"late": {32: 0.004, 64: 0.001, 128: 0.01}},
    ("batch", "undecided"): {"late": (0.001, 0.005, 0.009)},
    ("similar", "confirmed"): {"level": one(32, 0.873, 0.865)},
    ("similar", "partly"): {"level": one(32, spread(0.89, 0.03), 0.865)},
    ("similar", "not confirmed"): {"level": one(32, 0.83, 0.865)},
    ("similar", "undecided"): {
        "level": {64: spread(0.85, 0.02), 32: spread(0.8, 0.05), 128: spread(0.75, 0.05)},
        "bumps": {15: (0.0, 0.04, 0.2), 25: (0.0, 0.04, 0.4)},
    },
    ("peak", "confirmed"): {"level": 0.861},
    ("peak", "partly"): {"level": one(32, spread(0.89, 0.03), 0.865)},
    ("peak", "not confirmed"): {"level": one(128, 0.9, 0.865)},
    ("peak", "undecided"): {"level": spread(0.84, 0.03)},
    ("regression", "confirmed"): {"fall": 0.01},
    ("regression", "partly"): {"fall": one(64, spread(0.01, 0.03), 0.01)},
    ("regression", "not confirmed"): {"fall": one(64, -0.01, 0.01)},
    ("regression", "undecided"): {"fall": spread(0.01, 0.03)},
}


@functools.cache
def example(name, verdict):
    """Return the runs of an example, and what is found in them. Not to be changed."""
    made = five(**EXAMPLES[name, verdict])
    return made, analyse(made)


LANGUAGE_CASES = {"en": ("for", "against", "open"), "pl": ("za", "przeciw", "otwarte")}


def table(made, found, language: str) -> dict[str, tuple[str, list[str]]]:
    """Return verdict and cases of each conclusion, as the report prints them."""
    phrases = LANGUAGES[language]
    text = to_markdown(write_document(made, found, (), language=phrases))
    lines = [[cell.strip() for cell in line.split(" | ")] for line in text.splitlines()]
    rows = {}
    for claim in found.claims:
        (row,) = [
            row for row in lines if row[0].removeprefix("| ") == phrases.say(f"report.claim.{claim.name}")
        ]
        states = LANGUAGE_CASES[language]
        if claim.name == "similar":
            counts = {word: int(number) for word, number in re.findall(r"(za|przeciw|otwarte) (\d+)", row[2])}
            counts |= {word: int(number) for number, word in re.findall(r"(\d+) (for|against|open)", row[2])}
            says = [state for state in states for _ in range(counts[state])]
        else:
            says = [part.rpartition(", ")[2] for part in row[2].split("; ")]
            assert set(says) <= set(states)
        rows[claim.name] = row[1], says
    return rows


@pytest.mark.parametrize(("name", "verdict"), EXAMPLES, ids=" ".join)
def test_every_verdict_is_reached(name, verdict):
    claims = {claim.name: claim for claim in example(name, verdict)[1].claims}
    assert claims[name].verdict == verdict, claims[name]


@pytest.mark.parametrize("language", ["en", "pl"])
@pytest.mark.parametrize(("name", "verdict"), EXAMPLES, ids=" ".join)
def test_the_verdict_follows_from_the_printed_cases_by_the_printed_rule(name, verdict, language):
    on, against, _ = LANGUAGE_CASES[language]
    printed = table(*example(name, verdict), language)
    assert list(printed) == ["overfitting", "stability", "batch", "similar", "peak", "regression"]
    for printed_verdict, says in printed.values():
        follows = (
            "not confirmed"
            if against in says
            else "confirmed"
            if all(said == on for said in says)
            else "partly"
            if on in says
            else "undecided"
        )
        assert printed_verdict == LANGUAGES[language].say(f"report.verdict.{follows}")


@pytest.mark.parametrize(("name", "verdict"), EXAMPLES, ids=" ".join)
def test_conclusions_and_claims_see_the_same_intervals(name, verdict):
    """What the claims say of stability, regression and batch 32 is what the questions above them say."""
    _, found = example(name, verdict)
    claims = {claim.name: claim.cases for claim in found.claims}
    assert [case.found for case in claims["regression"]] == [f.regression for f in found.findings]
    changes = [f.stability[m].change for f in found.findings for m in ("val_accuracy", "val_loss")]
    assert [case.found for case in claims["stability"]] == changes
    assert [case.onset for case in claims["overfitting"]] == [f.onset for f in found.findings]
    text = to_markdown(conclude(found, LANGUAGES["en"]))
    answer = r"## Which training.*?\n\n- \*\*(.*?)\.\*\* (?:Least stable is )?(\w+)"
    least = re.search(answer, text, re.DOTALL)
    is_clear = least[1] == "Yes" and least[2] == "b32e20"
    assert is_clear == all(case.says == FOR for case in claims["batch"])


def test_one_rule_makes_every_verdict():
    for count in range(5):
        for says in itertools.product((FOR, AGAINST, OPEN), repeat=count):
            cases = [Case(("run",), one) for one in says]
            if AGAINST in says:
                expected = "not confirmed"
            elif FOR not in says:
                expected = "undecided"
            else:
                expected = "partly" if OPEN in says else "confirmed"
            assert judge(cases) == expected
            assert judge(cases, enough_seeds=False) == "undecided"


def test_bounds_are_compared_as_printed():
    """A difference that is printed as 1.00 points is within 1 point, whatever floating point makes of it."""
    claims = {c.name: c for c in analyse(five(level=one(32, 0.875, 0.865))).claims}
    size = max(abs(case.found.mean) for case in claims["similar"].cases)
    assert f"{100 * size:.2f}" == "1.00"
    assert claims["similar"].verdict == "confirmed"
    slight = {c.name: c.verdict for c in analyse(five(fall=0.02, early=0, late=0)).claims}
    assert slight["regression"] == "confirmed"
    steep = {c.name: c.verdict for c in analyse(five(fall=0.021, early=0, late=0)).claims}
    assert steep["regression"] == "not confirmed"


def test_where_little_is_known_nothing_is_claimed():
    thin = analyse(five(seeds=(1, 2))).claims
    assert {claim.verdict for claim in thin} == {"undecided"}
    assert analyse(five(**{"network.units": 32})).claims == ()
    assert analyse(five(**{"data.source": "sample"})).claims == ()
    assert analyse(results(*five().runs["b64e10"])).claims == ()
    strange = five()
    for one_record in strange.records:
        one_record.environment["data"]["source"] = "a folder of other reviews"
    assert analyse(strange).claims == ()
