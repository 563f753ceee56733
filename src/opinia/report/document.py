"""The report of a study, block by block."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from opinia.language import UNKNOWN, Language
from opinia.report.blocks import Block, Heading, Image, Paragraph, Statement, Statements, Table
from opinia.report.conclusions import SCALES, conclude, onset_text, window
from opinia.report.plots import Picture
from opinia.runs.layer_table import readable_size, summarise
from opinia.study.analysis import Analysis, RunFigures
from opinia.study.pairs import METRICS, Pair
from opinia.study.published_claims import AGAINST, FOR, OPEN, Case, Claim
from opinia.study.records import Results

FIRST = "val_accuracy"
"""The metric whose picture stands at the top."""


def write_document(
    results: Results, analysis: Analysis, pictures: Sequence[Picture], *, language: Language
) -> list[Block]:
    """Return a report: the answers in short with one picture, the conclusions, then what they rest on."""
    say = language.say
    trained = sum(max(len(results.runs[name]) for name in group) for group in analysis.trainings)
    blocks: list[Block] = [
        Heading(say("report.title", name=results.name), 1),
        Paragraph(
            say("report.intro", runs=len(results.runs), records=len(results.records), trainings=trained)
        ),
    ]
    if results.missing:
        blocks.append(Paragraph(say("report.missing", runs="; ".join(results.missing))))
    conclusions = conclude(analysis, language)
    first = next((picture for picture in pictures if picture.metric == FIRST), next(iter(pictures), None))
    blocks += [Heading(say("report.h.short")), _in_short(conclusions)]
    blocks += _images([first] if first else [], language)
    blocks += [Heading(say("report.h.conclusions")), *conclusions]
    blocks += [Heading(say("report.h.runs")), _runs(analysis, language)]
    window = say("report.window", last=analysis.late_end) if analysis.late_end else say("report.no_window")
    blocks.append(Paragraph(say("report.runs_note", window=window)))
    tested = all(run.test_accuracy for run in analysis.runs)
    blocks.append(Paragraph(say("report.test_note" if tested else "report.no_test")))
    rest = [picture for picture in pictures if picture is not first]
    blocks += [Heading(say("report.h.curves")), *_images(rest, language)]
    if analysis.pairs:
        blocks += [Heading(say("report.h.differences")), _differences(analysis, language)]
    if analysis.late_end:
        blocks += [Heading(say("report.h.stability")), _stability(analysis, language)]
        blocks.append(Paragraph(say("report.stability_note")))
    if analysis.claims:
        reviews = language.number(analysis.validation_reviews, 0)
        blocks += [
            Heading(say("report.h.published")),
            Paragraph(say("report.published_note", reviews=reviews)),
        ]
        blocks += [_claims(analysis, language), Paragraph(say("report.published_rule"))]
    return [*blocks, *_network(results, language), *_settings(results, language)]


def _in_short(conclusions: Sequence[Block]) -> Statements:
    """Return a line for each question that has verdicts: the question, and how many say what."""
    entries = []
    for question, found in pairwise(conclusions):
        if isinstance(question, Heading) and isinstance(found, Statements):
            verdicts = Counter(entry.verdict for entry in found.entries if entry.verdict)
            if verdicts:
                counted = [
                    verdict if len(verdicts) == 1 else f"{verdict}: {count}"
                    for verdict, count in verdicts.items()
                ]
                entries.append(Statement(f"{question.text} {'; '.join(counted)}."))
    return Statements(tuple(entries))


def _runs(analysis: Analysis, language: Language) -> Table:
    keys = (
        *("run", "batch", "epochs", "seeds", "best", "best_epochs", "final", "training", "gap", "onset"),
        *("volatility", "seconds", "test"),
    )
    rows = tuple(_run(run, language) for run in analysis.runs)
    return Table(tuple(language.say(f"report.col.{key}") for key in keys), rows)


def _run(run: RunFigures, language: Language) -> tuple[str, ...]:
    return (
        run.run,
        str(run.batch_size),
        str(run.epochs),
        str(len(run.seeds)),
        language.spread(run.best_val_accuracy, 4),
        ", ".join(map(str, run.best_epochs)),
        language.spread(run.val_accuracy, 4),
        language.spread(run.accuracy, 4),
        language.spread(run.gap, 2, scale=100),
        onset_text(run.onset, language),
        language.spread(run.volatility, 2, scale=100),
        language.number(run.seconds, 1),
        language.spread(run.test_accuracy, 4),
    )


def _images(pictures: Sequence[Picture], language: Language) -> Iterator[Image]:
    for picture in pictures:
        if picture.run is not None:
            alt = language.say("report.image.run", run=picture.run)
        else:
            alt = language.say("report.image.all", metric=language.say(f"report.metric.{picture.metric}"))
        yield Image(picture.name, alt[:1].upper() + alt[1:], language.say("report.data_beside"))


def _differences(analysis: Analysis, language: Language) -> Table:
    say = language.say
    header = ["one", "other", "kind", "best_difference", "interval", "final_difference", "interval"]
    by_metric = {m: [pair for pair in analysis.pairs if pair.metric == m] for m in METRICS}
    rows = []
    for both in zip(*by_metric.values(), strict=True):
        kind = say("report.paired" if both[0].is_paired else "report.independent")
        figures = [text for pair in both for text in _difference(pair, language)]
        rows.append((both[0].one, both[0].other, kind, *figures))
    return Table(tuple(say(f"report.col.{key}") for key in header), tuple(rows), left=3)


def _difference(pair: Pair, language: Language) -> tuple[str, str]:
    return language.points(pair.difference.mean), language.between(pair.difference, 2, scale=100)


def _stability(analysis: Analysis, language: Language) -> Table:
    header = [language.say("report.col.training_runs"), language.say("report.col.batch")]
    metrics = (("val_accuracy", 2, 100.0), ("val_loss", 3, 1.0))
    for metric, _, _ in metrics:
        name = language.say(f"report.metric.{metric}")
        header += [
            language.say("report.col.early", metric=name),
            language.say("report.col.late", metric=name, last=analysis.late_end),
        ]
    rows = []
    for found in analysis.findings:
        row = [found.run, str(found.batch_size)]
        for metric, digits, scale in metrics:
            stability = found.stability[metric] if found.stability else None
            ends = (stability.early, stability.late) if stability else (None, None)
            row += [language.spread(value, digits, scale=scale) for value in ends]
        rows.append(tuple(row))
    return Table(tuple(header), tuple(rows))


def _claims(analysis: Analysis, language: Language) -> Table:
    say, last = language.say, analysis.late_end
    rows = []
    for claim in analysis.claims:
        rule = say(f"report.claim.{claim.name}.rule", last=last, window=window(last, language))
        rows.append(
            (
                say(f"report.claim.{claim.name}"),
                say(f"report.verdict.{claim.verdict}"),
                _cases(claim, language),
                rule,
            )
        )
    columns = ("claim", "verdict", "figures", "rule")
    return Table(tuple(say(f"report.col.{key}") for key in columns), tuple(rows), left=len(columns))


def _cases(claim: Claim, language: Language) -> str:
    if claim.name == "similar":
        return _widest(claim, language)
    return "; ".join(_case(claim.name, case, language) for case in claim.cases)


def _case(name: str, case: Case, language: Language) -> str:
    subject = " − ".join(case.subject)
    if case.metric:
        subject += f", {language.say(f'report.metric.{case.metric}')}"
    if case.onset is not None:
        figure = onset_text(case.onset, language)
    elif case.found is not None:
        scale, digits = (1.0, 4) if name == "peak" else SCALES[case.metric or "val_accuracy"]
        between = language.between(case.found, digits, scale=scale)
        figure = f"{language.number(scale * case.found.mean, digits)} ({between})"
    return language.say(
        "report.case", subject=subject, figure=figure, says=language.say(f"report.case.{case.says}")
    )


def _widest(claim: Claim, language: Language) -> str:
    """Return the largest difference alone: the pairs stand in a table of their own."""
    known = [(case, case.found.mean) for case in claim.cases if case.found is not None]
    case, mean = max(known, key=lambda entry: abs(entry[1]))
    says = [case.says for case in claim.cases]
    counts = {key: says.count(state) for key, state in (("on", FOR), ("off", AGAINST), ("open", OPEN))}
    one, other = case.subject
    return language.say(
        "report.claim.similar.here", size=language.points(abs(mean)), one=one, other=other, **counts
    )


def _network(results: Results, language: Language) -> Iterator[Block]:
    seen = set()
    for name, records in results.runs.items():
        recipe = records[0].recipe
        if (recipe.network, recipe.text) in seen:
            continue
        seen.add((recipe.network, recipe.text))
        title = language.say("report.h.network")
        yield Heading(title if len(seen) == 1 else f"{title}: {name}")
        summary = summarise(recipe)
        yield Table(
            tuple(language.say(f"report.col.{key}") for key in ("layer", "shape", "parameters")),
            tuple((y.name, str(y.shape), language.number(y.parameters, 0)) for y in summary.layers),
        )
        sizes: dict[str, Any] = {
            key: value
            for kind in ("trainable", "optimizer", "total")
            for key, value in (
                (kind, language.number(getattr(summary, kind), 0)),
                (f"{kind}_size", readable_size(getattr(summary, kind)).replace(".", language.decimal)),
            )
        }
        yield Paragraph(language.say("report.network_note", **sizes))


def _settings(results: Results, language: Language) -> Iterator[Block]:
    yield Heading(language.say("report.h.settings"))
    recipes = [record.recipe.to_dict() for record in results.records]
    rows = []
    for section in ("text", "network", "training", "data"):
        written = [key for record in results.records for key in record.settings.get(section, {})]
        for key in dict.fromkeys(written):
            values = list(dict.fromkeys(str(recipe[section][key]) for recipe in recipes))
            rows.append((f"{section}.{key}", ", ".join(values).replace(".", language.decimal)))
    rows.append(("optimizer", language.say("report.setting.optimizer")))
    yield Table((language.say("report.col.setting"), language.say("report.col.value")), tuple(rows), left=2)
    for environment in unique([record.environment for record in results.records]):
        yield from _environment(environment, language)


def unique(values: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the different ones, in the order of their first appearance."""
    found: list[dict[str, Any]] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


def _environment(environment: dict[str, Any], language: Language) -> Iterator[Paragraph]:
    data = environment.get("data", {})
    train, validation = data.get("train", {}), data.get("validation", {})
    yield Paragraph(
        language.say(
            "report.data_note",
            source=data.get("source", UNKNOWN),
            train=language.number(train.get("reviews"), 0),
            validation=language.number(validation.get("reviews"), 0),
            movies=language.number(validation.get("movies"), 0),
            fingerprint=str(data.get("fingerprint", UNKNOWN))[:16],
        )
    )
    versions = ", ".join(f"{name} {number}" for name, number in environment.get("versions", {}).items())
    yield Paragraph(
        language.say(
            "report.environment_note",
            versions=versions or UNKNOWN,
            device=environment.get("device", UNKNOWN),
            threads=environment.get("threads", UNKNOWN),
        )
    )
