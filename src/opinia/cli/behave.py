"""``opinia behave MODEL``: what a model does with negation, contrast, typing errors and the like."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from opinia.cli.helpers.models import load_model
from opinia.cli.helpers.options import FilledPath, ModelPath
from opinia.errors import InputError
from opinia.evaluate.behaviour import (
    CASES_BY_LANGUAGE,
    PARTS,
    Verdict,
    judge,
    opinions_of,
    pass_rates,
    read_cases,
)
from opinia.language import LANGUAGES
from opinia.model.shipped import DEFAULT_MODEL
from opinia.system.printable import printable
from opinia.system.stdio import print_json


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("model", type=ModelPath(path_type=Path), required=False)
@click.option("--failures", is_flag=True, help="List the cases that MODEL fails, of the development half.")
@click.option("--held-out", is_flag=True, help="With --failures or --json: list those held out, too.")
@click.option(
    "--cases", "source", type=FilledPath(path_type=Path), help="A TOML file of cases of your own, instead."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    model: Path | None, *, failures: bool, held_out: bool, source: Path | None, as_json: bool
) -> None:
    """Put short English or Polish texts to MODEL, and count by capability what it gets right.

    MODEL is a model file (.onnx), a run folder (its best model) or the name of a model that comes with
    opinia; without it, general. Half of the texts are for development; the other half is held out, so that
    it says what a model can do that was improved on the first: do not tune on those. MODEL has a positive and
    a negative class; others, such as neutral, may stand beside them.
    """
    if held_out and not (failures or as_json):
        raise click.UsageError("--held-out goes with --failures or --json")
    classifier = load_model(Path(DEFAULT_MODEL) if model is None else model, LANGUAGES["en"])
    if source is None and len(classifier.languages) > 1:
        raise InputError(
            "the checks are of one language, and the model reads two",
            hint="name one of the two: opinia behave general, opinia behave polish",
        )
    opinions = opinions_of(classifier.model.description.labels)
    reads = classifier.doubter.asked_for or "en"
    if source is None and reads not in CASES_BY_LANGUAGE:
        language = LANGUAGES["en"]
        raise InputError(
            f"the checks are in English and Polish, and the model reads texts {language.in_language(reads)}",
            hint="--cases names a file of cases in its language; behaviour.toml of opinia explains its form",
        )
    cases = read_cases(source or CASES_BY_LANGUAGE[reads])
    verdicts = judge(cases, classifier.predict_proba, opinions, threshold=classifier.threshold)
    rates = pass_rates(verdicts)
    shown = PARTS if held_out else PARTS[:1]
    failed = [verdict for verdict in verdicts if not verdict.passed and verdict.case.part in shown]
    if as_json:
        facts = {"model": classifier.model.sha256, **rates, "failures": [_as_object(v) for v in failed]}
        print_json(facts, indent=2)
        return
    for line in _table(rates):
        click.echo(line)
    if failures:
        click.echo()
        for verdict in failed:
            click.echo(_failure(verdict))


def _table(rates: dict[str, Any]) -> Iterator[str]:
    rows = {**rates["capabilities"], "all": {"test": "", **rates["all"]}}
    width = max(map(len, rows))
    yield f"{'':<{width}}  {'test':<10}  {PARTS[0]:>12}  {PARTS[1]:>12}"
    for name, row in rows.items():
        columns = "  ".join(_share(**row[part]) for part in PARTS)
        yield f"{name:<{width}}  {row['test']:<10}  {columns}"


def _share(passed: int, cases: int) -> str:
    share = f"{passed / cases:.0%}" if cases else "-"
    return f"{share:>4}{f'{passed}/{cases}':>8}"


def _failure(verdict: Verdict) -> str:
    case = verdict.case
    answers = [
        f"  {positive:6.1%}  {printable(text)}"
        for positive, text in zip(verdict.positive, case.texts, strict=True)
    ]
    aim = f"{case.test} {case.expected}" if case.test in ("label", "direction") else case.test
    return "\n".join([f"{case.name} ({aim})", *answers])


def _as_object(verdict: Verdict) -> dict[str, Any]:
    case = verdict.case
    return {
        "case": case.name,
        "capability": case.capability,
        "part": case.part,
        "test": case.test,
        "expected": case.expected,
        "texts": list(case.texts),
        "positive": [round(positive, 6) for positive in verdict.positive],
    }
