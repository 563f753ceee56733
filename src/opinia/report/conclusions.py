"""The conclusions of an analysis as sentences, each with its verdict and its rule."""

from __future__ import annotations

from collections.abc import Iterator

from opinia.evaluate.statistics import Interval
from opinia.language.phrases import Phrases
from opinia.report.blocks import Block, Heading, Statement, Statements
from opinia.study.analysis import Analysis
from opinia.study.findings import (
    ENOUGH_SEEDS,
    FEWEST_LATE_EPOCHS,
    LATE,
    STABILITY_METRICS,
    Findings,
    Onset,
    Stability,
    last_window,
)
from opinia.study.pairs import METRICS, Pair

SCALES = {"val_accuracy": (100.0, 2), "val_loss": (1.0, 3)}


def conclude(analysis: Analysis, phrases: Phrases) -> list[Block]:
    """Return the conclusions, question by question, each with its rule."""
    say = phrases.say
    findings, last = analysis.findings, analysis.late_end
    long_enough = sum(found.stability is not None for found in findings)
    questions = (
        ("evidence", tuple(_caveats(analysis, phrases)), ""),
        ("onset", tuple(_onset(found, analysis, phrases) for found in findings), say("onset.rule")),
        (
            "regression",
            tuple(_regression(found, analysis, phrases) for found in findings if found.regression),
            say("regression.rule", window=window(last, phrases), count=long_enough),
        ),
        (
            "stability",
            tuple(_stability(analysis, phrases)),
            say("stability.rule", last=last, count=len(STABILITY_METRICS) * long_enough),
        ),
        ("least", tuple(_least_stable(analysis, phrases)), say("least.rule", last=last)),
        ("differences", tuple(_differences(analysis, phrases)), _differences_rule(analysis, phrases)),
    )
    blocks: list[Block] = []
    for question, entries, rule in questions:
        if entries:
            stated = say("rule", rule=rule) if rule else ""
            blocks += [Heading(say(f"q.{question}"), 3), Statements(entries, stated)]
    return blocks


def window(last: int, phrases: Phrases) -> str:
    """Return the epochs whose accuracy is compared with that of epochs 6 to 10."""
    return phrases.say("epochs", first=last_window(last)[0], last=last)


def onset_text(onset: Onset, phrases: Phrases) -> str:
    """Return the epoch of an onset, or that there is none."""
    return phrases.say("onset.none") if onset.epoch is None else str(onset.epoch)


def _caveats(analysis: Analysis, phrases: Phrases) -> Iterator[Statement]:
    thin = phrases.say("v.thin")
    if not analysis.enough_seeds:
        yield Statement(phrases.say("thin.seeds", enough=ENOUGH_SEEDS), thin)
    if not analysis.late_end:
        yield Statement(phrases.say("thin.epochs", enough=LATE[0] + FEWEST_LATE_EPOCHS - 1), thin)
    if not analysis.same_reviews:
        yield Statement(phrases.say("thin.reviews"), thin)
    for group in analysis.trainings:
        if len(group) > 1:
            yield Statement(phrases.say("shared", runs=phrases.listed(list(group))))
    if analysis.validation_reviews:
        level = sum(run.best_val_accuracy.mean for run in analysis.runs) / len(analysis.runs)
        yield Statement(
            phrases.say(
                "noise",
                level=phrases.number(level, 2),
                reviews=phrases.number(analysis.validation_reviews, 0),
                error=phrases.points(analysis.standard_error),
            )
        )


def _onset(found: Findings, analysis: Analysis, phrases: Phrases) -> Statement:
    onset = found.onset
    text = phrases.say(
        f"onset.{onset.reason or 'found'}",
        run=found.run,
        epoch=onset.epoch,
        low=onset.lowest,
        rise=phrases.number(100 * onset.rise, 0),
        epochs=found.epochs,
        seeds=", ".join(onset_text(o, phrases) for o in found.seed_onsets),
    )
    verdict = {"": "v.yes", "few epochs": "v.thin"}.get(onset.reason, "v.no")
    if not analysis.enough_seeds:
        verdict = "v.thin"
    return Statement(text, phrases.say(verdict))


def _regression(found: Findings, analysis: Analysis, phrases: Phrases) -> Statement:
    drop = found.regression
    assert drop is not None  # noqa: S101
    sign = _sign(drop, analysis)
    text = phrases.say(
        f"regression.{sign}",
        run=found.run,
        drop=phrases.points(drop.mean),
        change=phrases.points(-drop.mean),
        between=phrases.between(drop, 2, scale=100),
    )
    return Statement(text, _verdict(sign, phrases))


def _stability(analysis: Analysis, phrases: Phrases) -> Iterator[Statement]:
    for found in analysis.findings:
        for metric, stability in (found.stability or {}).items():
            sign = _sign(stability.change, analysis)
            text = _stability_text(found.run, metric, stability, sign, phrases)
            yield Statement(text, _verdict(sign, phrases))


def _stability_text(run: str, metric: str, stability: Stability, sign: str, phrases: Phrases) -> str:
    scale, digits = SCALES[metric]
    return phrases.say(
        f"stability.{sign}",
        run=run,
        metric=phrases.say(f"metric.{metric}"),
        late=phrases.spread(stability.late, digits, scale=scale),
        early=phrases.spread(stability.early, digits, scale=scale),
        between=phrases.between(stability.change, digits, scale=scale),
    )


def _least_stable(analysis: Analysis, phrases: Phrases) -> Iterator[Statement]:
    late = {f.run: f.stability["val_accuracy"].late for f in analysis.findings if f.stability}
    if len(late) < 2 or not analysis.volatility_pairs:
        return
    batch = {found.run: found.batch_size for found in analysis.findings}
    run = max(late, key=lambda name: late[name].mean)
    signs = [
        pair.difference.sign if pair.one == run else -pair.difference.sign
        for pair in analysis.volatility_pairs
        if run in (pair.one, pair.other)
    ]
    clear = all(sign > 0 for sign in signs)
    kind = "thin" if not analysis.enough_seeds else "1" if clear else "0"
    others = [
        f"{phrases.say('batch_is', batch=batch[name], value=phrases.spread(value, 2, scale=100))}"
        for name, value in sorted(late.items(), key=lambda item: -item[1].mean)
        if name != run
    ]
    text = phrases.say(
        f"least.{kind}",
        run=run,
        batch=batch[run],
        late=phrases.spread(late[run], 2, scale=100),
        others="; ".join(others),
    )
    yield Statement(text, _verdict(kind, phrases))


def _differences(analysis: Analysis, phrases: Phrases) -> Iterator[Statement]:
    for metric in METRICS:
        pairs = [pair for pair in analysis.pairs if pair.metric == metric]
        if not pairs:
            continue
        beyond = [pair for pair in pairs if pair.difference.sign]
        kind = "thin" if not analysis.enough_seeds else "some" if beyond else "none"
        text = phrases.say(
            f"differences.{kind}",
            metric=phrases.say(f"differences.{metric}"),
            range=phrases.points(max(abs(pair.difference.mean) for pair in pairs)),
            pairs="; ".join(_pair(pair, phrases) for pair in beyond),
        )
        verdict = {"some": "1", "none": "0", "thin": "thin"}[kind]
        text = text[:1].upper() + text[1:]
        yield Statement(text, _verdict(verdict, phrases))


def _differences_rule(analysis: Analysis, phrases: Phrases) -> str:
    seeds = min((pair.difference.seeds for pair in analysis.pairs), default=0)
    pairs = len(analysis.pairs) // len(METRICS)
    return phrases.say("differences.rule", pairs=pairs, seeds=seeds)


def _pair(pair: Pair, phrases: Phrases) -> str:
    names = (pair.one, pair.other) if pair.difference.mean > 0 else (pair.other, pair.one)
    size = phrases.points(abs(pair.difference.mean))
    return phrases.say("pair", one=names[0], other=names[1], size=size)


def _sign(found: Interval, analysis: Analysis) -> str:
    return str(found.sign) if analysis.enough_seeds and found.is_known else "thin"


def _verdict(sign: str, phrases: Phrases) -> str:
    return phrases.say({"1": "v.yes", "0": "v.unclear", "-1": "v.no", "thin": "v.thin"}[sign])
