"""The report of a study in a folder: for people as HTML and Markdown, for programs as JSON and CSV.

report.html            self-contained: its pictures are inside, and it needs no network
report.md              the same, with the pictures beside it
report.json            every figure
runs.csv               the table of runs
seeds.csv              a line a run and seed
environment.json       versions, device, threads and data of the runs
curves/                each picture as PNG and SVG, its numbers as CSV
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path

from opinia.errors import OpiniaError, TrainingError
from opinia.evaluate.results_csv import to_csv
from opinia.evaluate.statistics import Interval
from opinia.language import Language
from opinia.report.document import unique, write_document
from opinia.report.plots import draw_all
from opinia.report.render import CURVES, to_html, to_markdown
from opinia.study.analysis import Analysis, analyse
from opinia.study.records import Results
from opinia.system.files import write_atomically


def write_report(
    results: Results,
    folder: Path,
    *,
    language: Language,
    test_accuracy: Mapping[str, float] | None = None,
) -> Analysis:
    """Analyse finished runs and write everything there is to say of them.

    The same runs give the same files, byte for byte, with the same versions of Matplotlib.

    Args:
        results: the runs.
        folder: receives the files; made where missing.
        language: the language.
        test_accuracy: what the ledger knows, by the digest of a model.

    Raises:
        TrainingError: the folder cannot be written.
        MissingExtraError: Matplotlib is not installed.
    """
    analysis = analyse(results, test_accuracy=test_accuracy)
    try:
        _remove_stale(folder)
        pictures = draw_all(results, folder / CURVES, language=language)
        blocks = write_document(results, analysis, pictures, language=language)
        page = to_html(
            blocks, language=language.code, pictures={picture.name: picture.svg for picture in pictures}
        )
        environments = unique([record.environment for record in results.records])
        for name, content in {
            "report.html": page,
            "report.md": to_markdown(blocks),
            "report.json": _json(to_dict(results, analysis)),
            "runs.csv": runs_csv(analysis),
            "seeds.csv": seeds_csv(results, test_accuracy or {}),
            "environment.json": _json(environments[0] if len(environments) == 1 else environments),
        }.items():
            write_atomically(folder / name, content)
    except OpiniaError:
        raise
    except OSError as error:
        raise TrainingError(
            f"the report cannot be written in {folder}: {error.strerror or error}",
            hint="name another folder with --report",
        ) from error
    return analysis


def to_dict(results: Results, analysis: Analysis) -> dict[str, object]:
    """Return every figure of a report as a JSON object."""
    told = dataclasses.asdict(analysis)
    for run in told["runs"]:
        if run["cascade"] is None:
            del run["cascade"]
        if not run["has_ngrams"]:
            del run["has_ngrams"]
    return {
        "study": results.name,
        "missing": list(results.missing),
        "settings": {name: dict(records[0].settings) for name, records in results.runs.items()},
        **told,
    }


def runs_csv(analysis: Analysis) -> str:
    """Return the table of runs as CSV: mean and sd of each figure."""
    plain = ("run", "batch_size", "epochs", "seconds")
    spread = ("best_val_accuracy", "val_accuracy", "accuracy", "gap", "volatility", "test_accuracy")
    header = [
        *plain,
        "seeds",
        "best_epochs",
        "onset",
        *(f"{k}_{part}" for k in spread for part in ("mean", "sd")),
    ]
    rows = []
    for run in analysis.runs:
        row = [getattr(run, key) for key in plain]
        row += [" ".join(map(str, run.seeds)), " ".join(map(str, run.best_epochs)), run.onset.epoch]
        for key in spread:
            found: Interval | None = getattr(run, key)
            row += [None, None] if found is None else [found.mean, found.sd]
        rows.append(row)
    return to_csv(header, rows)


def seeds_csv(results: Results, test_accuracy: Mapping[str, float]) -> str:
    """Return the result of each run and seed as CSV."""
    header = ["run", "seed", "epochs", "best_epoch", "best_val_accuracy", "best_val_loss"]
    header += [
        "loss",
        "accuracy",
        "val_loss",
        "val_accuracy",
        "seconds",
        "test_accuracy",
        "best_model_sha256",
    ]
    rows = []
    for name, records in results.runs.items():
        for record in records:
            best, last = record.best, record.history[-1]
            row = [name, record.seed, len(record.history), best.epoch, best.val_accuracy, best.val_loss]
            row += [last.loss, last.accuracy, last.val_loss, last.val_accuracy, sum(record.seconds)]
            rows.append([*row, test_accuracy.get(record.sha256), record.sha256])
    return to_csv(header, rows)


def _remove_stale(folder: Path) -> None:
    """Remove the curves of an earlier report: a run that is gone must not stay beside it."""
    for pattern in ("run-*", "all-*"):
        for path in (folder / CURVES).glob(pattern):
            if path.suffix in (".png", ".svg", ".csv"):
                path.unlink()


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
