"""The report of a study, block by block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from opinia.language.phrases import UNKNOWN, Phrases
from opinia.report.blocks import Block, Heading, Image, Paragraph, Table
from opinia.report.conclusions import SCALES, conclude, onset_text, window
from opinia.report.plots import Picture
from opinia.runs.summary import readable_size, summarise
from opinia.study.analysis import Analysis, RunFigures
from opinia.study.pairs import METRICS, Pair
from opinia.study.published_claims import AGAINST, FOR, OPEN, Case, Claim
from opinia.study.records import Results


def write_document(
    results: Results, analysis: Analysis, pictures: Sequence[Picture], *, phrases: Phrases
) -> list[Block]:
    """Return a report: conclusions first, then what they rest on."""
    say = phrases.say
    trained = sum(max(len(results.runs[name]) for name in group) for group in analysis.trainings)
    blocks: list[Block] = [
        Heading(say("title", name=results.name), 1),
        Paragraph(say("intro", runs=len(results.runs), records=len(results.records), trainings=trained)),
    ]
    if results.missing:
        blocks.append(Paragraph(say("missing", runs="; ".join(results.missing))))
    blocks += [Heading(say("h.conclusions")), *conclude(analysis, phrases)]
    blocks += [Heading(say("h.runs")), _runs(analysis, phrases)]
    window = say("window", last=analysis.late_end) if analysis.late_end else say("no_window")
    blocks.append(Paragraph(say("runs_note", window=window)))
    tested = all(run.test_accuracy for run in analysis.runs)
    blocks.append(Paragraph(say("test_note" if tested else "no_test")))
    blocks += [Heading(say("h.curves")), *_images(pictures, phrases)]
    if analysis.pairs:
        blocks += [Heading(say("h.differences")), _differences(analysis, phrases)]
    if analysis.late_end:
        blocks += [Heading(say("h.stability")), _stability(analysis, phrases)]
        blocks.append(Paragraph(say("stability_note")))
    if analysis.claims:
        reviews = phrases.number(analysis.validation_reviews, 0)
        blocks += [Heading(say("h.published")), Paragraph(say("published_note", reviews=reviews))]
        blocks += [_claims(analysis, phrases), Paragraph(say("published_rule"))]
    return [*blocks, *_network(results, phrases), *_settings(results, phrases)]


def _runs(analysis: Analysis, phrases: Phrases) -> Table:
    keys = (
        *("run", "batch", "epochs", "seeds", "best", "best_epochs", "final", "training", "gap", "onset"),
        *("volatility", "seconds", "test"),
    )
    rows = tuple(_run(run, phrases) for run in analysis.runs)
    return Table(tuple(phrases.say(f"col.{key}") for key in keys), rows)


def _run(run: RunFigures, phrases: Phrases) -> tuple[str, ...]:
    return (
        run.run,
        str(run.batch_size),
        str(run.epochs),
        str(len(run.seeds)),
        phrases.spread(run.best_val_accuracy, 4),
        ", ".join(map(str, run.best_epochs)),
        phrases.spread(run.val_accuracy, 4),
        phrases.spread(run.accuracy, 4),
        phrases.spread(run.gap, 2, scale=100),
        onset_text(run.onset, phrases),
        phrases.spread(run.volatility, 2, scale=100),
        phrases.number(run.seconds, 1),
        phrases.spread(run.test_accuracy, 4),
    )


def _images(pictures: Sequence[Picture], phrases: Phrases) -> Iterator[Image]:
    for picture in pictures:
        if picture.run is not None:
            alt = phrases.say("image.run", run=picture.run)
        else:
            alt = phrases.say("image.all", metric=phrases.say(f"metric.{picture.metric}"))
        yield Image(picture.name, alt[:1].upper() + alt[1:], phrases.say("data_beside"))


def _differences(analysis: Analysis, phrases: Phrases) -> Table:
    say = phrases.say
    header = ["col.one", "col.other", "col.kind", "col.best_difference", "col.interval"]
    header += ["col.final_difference", "col.interval"]
    by_metric = {m: [pair for pair in analysis.pairs if pair.metric == m] for m in METRICS}
    rows = []
    for both in zip(*by_metric.values(), strict=True):
        kind = say("paired" if both[0].is_paired else "independent")
        figures = [text for pair in both for text in _difference(pair, phrases)]
        rows.append((both[0].one, both[0].other, kind, *figures))
    return Table(tuple(map(say, header)), tuple(rows), left=3)


def _difference(pair: Pair, phrases: Phrases) -> tuple[str, str]:
    return phrases.points(pair.difference.mean), phrases.between(pair.difference, 2, scale=100)


def _stability(analysis: Analysis, phrases: Phrases) -> Table:
    header = [phrases.say("col.training_runs"), phrases.say("col.batch")]
    metrics = (("val_accuracy", 2, 100.0), ("val_loss", 3, 1.0))
    for metric, _, _ in metrics:
        name = phrases.say(f"metric.{metric}")
        header += [
            phrases.say("col.early", metric=name),
            phrases.say("col.late", metric=name, last=analysis.late_end),
        ]
    rows = []
    for found in analysis.findings:
        row = [found.run, str(found.batch_size)]
        for metric, digits, scale in metrics:
            stability = found.stability[metric] if found.stability else None
            ends = (stability.early, stability.late) if stability else (None, None)
            row += [phrases.spread(value, digits, scale=scale) for value in ends]
        rows.append(tuple(row))
    return Table(tuple(header), tuple(rows))


def _claims(analysis: Analysis, phrases: Phrases) -> Table:
    say, last = phrases.say, analysis.late_end
    rows = []
    for claim in analysis.claims:
        rule = say(f"claim.{claim.name}.rule", last=last, window=window(last, phrases))
        rows.append((say(f"claim.{claim.name}"), say(claim.verdict), _cases(claim, phrases), rule))
    columns = ("claim", "verdict", "figures", "rule")
    return Table(tuple(say(f"col.{key}") for key in columns), tuple(rows), left=len(columns))


def _cases(claim: Claim, phrases: Phrases) -> str:
    if claim.name == "similar":
        return _widest(claim, phrases)
    return "; ".join(_case(claim.name, case, phrases) for case in claim.cases)


def _case(name: str, case: Case, phrases: Phrases) -> str:
    subject = " − ".join(case.subject)
    if case.metric:
        subject += f", {phrases.say(f'metric.{case.metric}')}"
    if case.onset is not None:
        figure = onset_text(case.onset, phrases)
    elif case.found is not None:
        scale, digits = (1.0, 4) if name == "peak" else SCALES[case.metric or "val_accuracy"]
        between = phrases.between(case.found, digits, scale=scale)
        figure = f"{phrases.number(scale * case.found.mean, digits)} ({between})"
    return phrases.say("case", subject=subject, figure=figure, says=phrases.say(f"case.{case.says}"))


def _widest(claim: Claim, phrases: Phrases) -> str:
    """Return the largest difference alone: the pairs stand in a table of their own."""
    known = [(case, case.found.mean) for case in claim.cases if case.found is not None]
    case, mean = max(known, key=lambda entry: abs(entry[1]))
    says = [case.says for case in claim.cases]
    counts = {key: says.count(state) for key, state in (("on", FOR), ("off", AGAINST), ("open", OPEN))}
    one, other = case.subject
    return phrases.say("claim.similar.here", size=phrases.points(abs(mean)), one=one, other=other, **counts)


def _network(results: Results, phrases: Phrases) -> Iterator[Block]:
    seen = set()
    for name, records in results.runs.items():
        recipe = records[0].recipe
        if (recipe.network, recipe.text) in seen:
            continue
        seen.add((recipe.network, recipe.text))
        title = phrases.say("h.network")
        yield Heading(title if len(seen) == 1 else f"{title}: {name}")
        summary = summarise(recipe)
        yield Table(
            tuple(phrases.say(f"col.{key}") for key in ("layer", "shape", "parameters")),
            tuple((y.name, str(y.shape), phrases.number(y.parameters, 0)) for y in summary.layers),
        )
        sizes = {
            key: value
            for kind in ("trainable", "optimizer", "total")
            for key, value in (
                (kind, phrases.number(getattr(summary, kind), 0)),
                (f"{kind}_size", readable_size(getattr(summary, kind)).replace(".", phrases.decimal)),
            )
        }
        yield Paragraph(phrases.say("network_note", **sizes))


def _settings(results: Results, phrases: Phrases) -> Iterator[Block]:
    yield Heading(phrases.say("h.settings"))
    recipes = [record.recipe.to_dict() for record in results.records]
    rows = []
    for section in ("text", "network", "training", "data"):
        written = [key for record in results.records for key in record.settings.get(section, {})]
        for key in dict.fromkeys(written):
            values = list(dict.fromkeys(str(recipe[section][key]) for recipe in recipes))
            rows.append((f"{section}.{key}", ", ".join(values).replace(".", phrases.decimal)))
    rows.append(("optimizer", phrases.say("setting.optimizer")))
    yield Table((phrases.say("col.setting"), phrases.say("col.value")), tuple(rows), left=2)
    for environment in unique([record.environment for record in results.records]):
        yield from _environment(environment, phrases)


def unique(values: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the different ones, in the order of their first appearance."""
    found: list[dict[str, Any]] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


def _environment(environment: dict[str, Any], phrases: Phrases) -> Iterator[Paragraph]:
    data = environment.get("data", {})
    train, validation = data.get("train", {}), data.get("validation", {})
    yield Paragraph(
        phrases.say(
            "data_note",
            source=data.get("source", UNKNOWN),
            train=phrases.number(train.get("reviews"), 0),
            validation=phrases.number(validation.get("reviews"), 0),
            movies=phrases.number(validation.get("movies"), 0),
            fingerprint=str(data.get("fingerprint", UNKNOWN))[:16],
        )
    )
    versions = ", ".join(f"{name} {number}" for name, number in environment.get("versions", {}).items())
    yield Paragraph(
        phrases.say(
            "environment_note",
            versions=versions or UNKNOWN,
            device=environment.get("device", UNKNOWN),
            threads=environment.get("threads", UNKNOWN),
        )
    )
