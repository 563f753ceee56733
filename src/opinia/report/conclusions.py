"""The conclusions of an analysis as sentences, each with its verdict and its rule."""

from __future__ import annotations

from collections.abc import Iterator

from opinia.evaluate.statistics import Interval
from opinia.language import Language
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

_VERDICTS = {"1": "yes", "0": "unclear", "-1": "no", "thin": "thin"}
SCALES = {"val_accuracy": (100.0, 2), "val_loss": (1.0, 3)}


def conclude(analysis: Analysis, language: Language) -> list[Block]:
    """Return the conclusions, question by question, each with its rule."""
    say = language.say
    findings, last = analysis.findings, analysis.late_end
    long_enough = sum(found.stability is not None for found in findings)
    questions = (
        ("evidence", tuple(_caveats(analysis, language)), ""),
        ("onset", tuple(_onset(found, analysis, language) for found in findings), say("report.onset.rule")),
        (
            "regression",
            tuple(_regression(found, analysis, language) for found in findings if found.regression),
            say("report.regression.rule", window=window(last, language), count=long_enough),
        ),
        (
            "stability",
            tuple(_stability(analysis, language)),
            say("report.stability.rule", last=last, count=len(STABILITY_METRICS) * long_enough),
        ),
        ("least", tuple(_least_stable(analysis, language)), say("report.least.rule", last=last)),
        ("differences", tuple(_differences(analysis, language)), _differences_rule(analysis, language)),
    )
    blocks: list[Block] = []
    for question, entries, rule in questions:
        if entries:
            stated = say("report.rule", rule=rule) if rule else ""
            blocks += [Heading(say(f"report.q.{question}"), 3), Statements(entries, stated)]
    return blocks


def window(last: int, language: Language) -> str:
    """Return the epochs whose accuracy is compared with that of epochs 6 to 10."""
    return language.say("report.epochs", first=last_window(last)[0], last=last)


def onset_text(onset: Onset, language: Language) -> str:
    """Return the epoch of an onset, or that there is none."""
    return language.say("report.onset.none") if onset.epoch is None else str(onset.epoch)


def _caveats(analysis: Analysis, language: Language) -> Iterator[Statement]:
    thin = language.say("report.v.thin")
    if not analysis.enough_seeds:
        yield Statement(language.say("report.thin.seeds", enough=ENOUGH_SEEDS), thin)
    if not analysis.late_end:
        yield Statement(language.say("report.thin.epochs", enough=LATE[0] + FEWEST_LATE_EPOCHS - 1), thin)
    if not analysis.same_reviews:
        yield Statement(language.say("report.thin.reviews"), thin)
    for group in analysis.trainings:
        if len(group) > 1:
            yield Statement(language.say("report.shared", runs=language.listed(list(group))))
    for run in analysis.runs:
        if run.has_ngrams:
            yield Statement(language.say("report.ngrams_beside", run=run.run))
        if run.cascade is None:
            continue
        if run.cascade.accuracy and run.cascade.share:
            accuracy, share = (language.spread(each, 4) for each in (run.cascade.accuracy, run.cascade.share))
            yield Statement(language.say("report.cascade", run=run.run, accuracy=accuracy, share=share))
        else:
            yield Statement(language.say("report.cascade_untold", run=run.run))
    if analysis.validation_reviews:
        level = sum(run.best_val_accuracy.mean for run in analysis.runs) / len(analysis.runs)
        yield Statement(
            language.say(
                "report.noise",
                level=language.number(level, 2),
                reviews=language.number(analysis.validation_reviews, 0),
                error=language.points(analysis.standard_error),
            )
        )


def _onset(found: Findings, analysis: Analysis, language: Language) -> Statement:
    onset = found.onset
    text = language.say(
        f"report.onset.{onset.reason or 'found'}",
        run=found.run,
        epoch=onset.epoch,
        low=onset.lowest,
        rise=language.number(100 * onset.rise, 0),
        epochs=found.epochs,
        seeds=", ".join(onset_text(o, language) for o in found.seed_onsets),
    )
    verdict = {"": "yes", "few epochs": "thin"}.get(onset.reason, "no")
    if not analysis.enough_seeds:
        verdict = "thin"
    return Statement(text, language.say(f"report.v.{verdict}"))


def _regression(found: Findings, analysis: Analysis, language: Language) -> Statement:
    drop = found.regression
    assert drop is not None  # noqa: S101
    sign = _sign(drop, analysis)
    text = language.say(
        f"report.regression.{sign}",
        run=found.run,
        drop=language.points(drop.mean),
        change=language.points(-drop.mean),
        between=language.between(drop, 2, scale=100),
    )
    return Statement(text, _verdict(sign, language))


def _stability(analysis: Analysis, language: Language) -> Iterator[Statement]:
    for found in analysis.findings:
        for metric, stability in (found.stability or {}).items():
            sign = _sign(stability.change, analysis)
            text = _stability_text(found.run, metric, stability, sign, language)
            yield Statement(text, _verdict(sign, language))


def _stability_text(run: str, metric: str, stability: Stability, sign: str, language: Language) -> str:
    scale, digits = SCALES[metric]
    return language.say(
        f"report.stability.{sign}",
        run=run,
        metric=language.say(f"report.metric.{metric}"),
        late=language.spread(stability.late, digits, scale=scale),
        early=language.spread(stability.early, digits, scale=scale),
        between=language.between(stability.change, digits, scale=scale),
    )


def _least_stable(analysis: Analysis, language: Language) -> Iterator[Statement]:
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
        f"{language.say('report.batch_is', batch=batch[name], value=language.spread(value, 2, scale=100))}"
        for name, value in sorted(late.items(), key=lambda item: -item[1].mean)
        if name != run
    ]
    text = language.say(
        f"report.least.{kind}",
        run=run,
        batch=batch[run],
        late=language.spread(late[run], 2, scale=100),
        others="; ".join(others),
    )
    yield Statement(text, _verdict(kind, language))


def _differences(analysis: Analysis, language: Language) -> Iterator[Statement]:
    for metric in METRICS:
        pairs = [pair for pair in analysis.pairs if pair.metric == metric]
        if not pairs:
            continue
        beyond = [pair for pair in pairs if pair.difference.sign]
        kind = "thin" if not analysis.enough_seeds else "some" if beyond else "none"
        text = language.say(
            f"report.differences.{kind}",
            metric=language.say(f"report.differences.{metric}"),
            range=language.points(max(abs(pair.difference.mean) for pair in pairs)),
            pairs="; ".join(_pair(pair, language) for pair in beyond),
        )
        verdict = {"some": "1", "none": "0", "thin": "thin"}[kind]
        text = text[:1].upper() + text[1:]
        yield Statement(text, _verdict(verdict, language))


def _differences_rule(analysis: Analysis, language: Language) -> str:
    seeds = min((pair.difference.seeds for pair in analysis.pairs), default=0)
    pairs = len(analysis.pairs) // len(METRICS)
    return language.say("report.differences.rule", pairs=pairs, seeds=seeds)


def _pair(pair: Pair, language: Language) -> str:
    names = (pair.one, pair.other) if pair.difference.mean > 0 else (pair.other, pair.one)
    size = language.points(abs(pair.difference.mean))
    return language.say("report.pair", one=names[0], other=names[1], size=size)


def _sign(found: Interval, analysis: Analysis) -> str:
    return str(found.sign) if analysis.enough_seeds and found.is_known else "thin"


def _verdict(sign: str, language: Language) -> str:
    return language.say(f"report.v.{_VERDICTS[sign]}")
