"""``opinia runs``: look at the runs in any folders, compare them, draw their curves."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from opinia.cli.helpers.options import FilledPath, RunPath, language_option
from opinia.cli.helpers.printing import print_report, print_table
from opinia.system.stdio import print_json

if TYPE_CHECKING:
    from opinia.runs.folder import RunFolder
    from opinia.runs.recipe import Recipe

_FOLDERS = click.argument("folders", nargs=-1, required=True, type=RunPath(path_type=Path))
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of the table.")


@click.group("runs", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """List, show, compare and plot the runs in any folders.

    Files that are not what the run wrote are named, and unfinished runs are marked.
    """


@command.command("list")
@_FOLDERS
@_JSON
def list_command(*, folders: tuple[Path, ...], as_json: bool) -> None:
    """List every run in or below FOLDERS."""
    from opinia.study.records import find_runs

    entries = [describe(run) for run in find_runs(folders)]
    if as_json:
        print_json(entries, indent=2)
        return
    header = ("folder", "batch", "epochs", "seed", "best", "epoch", "last", "state")
    rows = []
    for entry in entries:
        asked = entry["epochs_asked"]
        epochs = f"{entry['epochs']}/{asked}" if asked is not None else str(entry["epochs"])
        figures = (_figure(entry["best_val_accuracy"]), _cell(entry["best_epoch"]))
        size = (_cell(entry["batch_size"]), epochs, _cell(entry["seed"]))
        rows.append((entry["folder"], *size, *figures, _figure(entry["val_accuracy"]), _state(entry)))
    print_table(header, _below_one(rows), words=("folder", "state"), spare=("last", "batch"))


@command.command("show")
@click.argument("folder", type=RunPath(path_type=Path))
@_JSON
def show_command(*, folder: Path, as_json: bool) -> None:
    """Show one run: settings, state and the metrics of each epoch."""
    from opinia.errors import DataError
    from opinia.runs.folder import RunFolder

    run = RunFolder(folder)
    if not run.is_started and not run.is_finished:
        raise DataError(f"there is no run in {folder}", hint="`opinia runs list` finds those below a folder")
    entry = describe(run)
    history = [epoch.figures() for epoch in _history(run)]
    if as_json:
        settings = run.recipe().to_dict() if run.is_started else None
        shown = {**entry, "recipe": settings, "environment": _environment(run), "history": history}
        print_json(shown, indent=2)
        return
    click.echo(f"{folder}: {_state(entry)}")
    if run.is_started:
        for line in _settings(run.recipe()):
            click.echo(line)
    versions = _environment(run).get("versions", {})
    if versions:
        click.echo(f"versions: {', '.join(f'{name} {value}' for name, value in versions.items())}")
    unmarked = "  " if sys.stdout.isatty() else ""
    columns = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy")
    rows = [
        (
            f"{row['epoch']}{' *' if row['epoch'] == entry['best_epoch'] else unmarked}",
            *(_figure(row[column]) for column in columns[1:]),
        )
        for row in history
    ]
    print_table(columns, rows)


@command.command("compare")
@_FOLDERS
@language_option("the conclusions")
@_JSON
def compare_command(*, folders: tuple[Path, ...], lang: str, as_json: bool) -> None:
    """Compare the finished runs in FOLDERS; those that differ in their seed alone count as one."""
    from opinia.language import LANGUAGES
    from opinia.report.conclusions import conclude
    from opinia.report.study import to_dict
    from opinia.study.analysis import analyse
    from opinia.study.records import find_runs, group_runs

    results = group_runs(find_runs(folders))
    for message in results.missing:
        click.echo(f"left out: {message}", err=True)
    analysis = analyse(results)
    if as_json:
        print_json(to_dict(results, analysis), indent=2)
        return
    language = LANGUAGES[lang]
    columns = ("run", "batch", "epochs", "seeds", "best", "best_epochs", "final", "gap", "onset")
    header = [language.say(f"report.col.{column}") for column in columns]
    rows = [
        (
            run.run,
            str(run.batch_size),
            str(run.epochs),
            str(len(run.seeds)),
            language.spread(run.best_val_accuracy, 4),
            ", ".join(map(str, run.best_epochs)),
            language.spread(run.val_accuracy, 4),
            language.spread(run.gap, 2, scale=100),
            _cell(run.onset.epoch),
        )
        for run in analysis.runs
    ]
    spare = [header[columns.index(name)] for name in ("seeds", "epochs", "batch", "best_epochs")]
    print_table(header, rows, words=header[:1], spare=spare, language=language)
    click.echo()
    print_report(conclude(analysis, language))


@command.command("plot")
@_FOLDERS
@click.option("-o", "--output", type=FilledPath(path_type=Path), default=Path("curves"), show_default=True)
@language_option("the pictures")
def plot_command(*, folders: tuple[Path, ...], output: Path, lang: str) -> None:
    """Draw the curves of the finished runs in FOLDERS: PNG and SVG, with the numbers as CSV."""
    from opinia.language import LANGUAGES
    from opinia.report.plots import draw_all
    from opinia.study.records import find_runs, group_runs

    results = group_runs(find_runs(folders))
    for message in results.missing:
        click.echo(f"left out: {message}", err=True)
    for picture in draw_all(results, output, language=LANGUAGES[lang]):
        click.echo(f"{output / picture.name}.png")


def _below_one(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Name the folder that runs have in common once, for a person; return the rows with what is below it."""
    folders = [row[0] for row in rows]
    if len(folders) < 2 or not sys.stdout.isatty():
        return [list(row) for row in rows]
    common = (
        os.path.commonpath([os.path.dirname(folder) for folder in folders]) if _are_alike(folders) else ""
    )
    if common in ("", os.sep):
        return [list(row) for row in rows]
    click.echo(f"in {common}:\n")
    return [[os.path.relpath(row[0], common), *row[1:]] for row in rows]


def _are_alike(folders: Sequence[str]) -> bool:
    return len({os.path.isabs(folder) for folder in folders}) == 1


def _settings(recipe: Recipe) -> Iterator[str]:
    """Say a run's settings, a section a line: those that are always told, and those that are no defaults."""
    from opinia.runs.recipe import told_settings

    for section, values in told_settings(recipe).items():
        yield f"{section}: {', '.join(f'{key} {value}' for key, value in values.items())}"
    yield "all other settings are the defaults; --json has every one"


def describe(run: RunFolder) -> dict[str, Any]:
    """Return what is known of a run, finished or not, damaged or not, as a JSON object."""
    from opinia.errors import OpiniaError
    from opinia.runs.history import best_epoch

    history = _history(run)
    best = best_epoch(history) if history else None
    entry: dict[str, Any] = {
        "folder": str(run.path),
        "name": None,
        "batch_size": None,
        "epochs_asked": None,
        "seed": None,
        "epochs": len(history),
        "best_val_accuracy": best.figures()["val_accuracy"] if best else None,
        "best_epoch": best.epoch if best else None,
        "val_accuracy": history[-1].figures()["val_accuracy"] if history else None,
        "learnt": run.learnt(best) if best else None,
        "finished": run.is_finished,
        "changed": run.changed_files(),
        "problem": None,
    }
    cascade = run.cascade()
    if cascade is not None:
        entry["cascade"] = {name: cascade.get(name) for name in ("accuracy", "share", "accuracy_of_large")}
    try:
        recipe = run.recipe()
    except OpiniaError as error:
        return {**entry, "problem": error.message}
    training = recipe.training
    asked = {"name": recipe.name, "batch_size": training.batch_size, "epochs_asked": training.epochs}
    return {**entry, **asked, "seed": training.seed}


def _state(entry: dict[str, Any]) -> str:
    if entry["changed"]:
        return f"changed: {', '.join(entry['changed'])}"
    if entry["problem"]:
        return str(entry["problem"])
    state = "finished" if entry["finished"] else "unfinished"
    if (cascade := entry.get("cascade")) is not None:
        accuracy, share = cascade["accuracy"], cascade["share"]
        state += ", a cascade: figures of its large network alone"
        if isinstance(accuracy, float) and isinstance(share, float):
            state += f"; with the small one, which answers {share:.1%}, {accuracy:.4f}"
    return f"{state}, learnt nothing" if entry["learnt"] is False else state


def _history(run: RunFolder) -> list[Any]:
    from opinia.errors import DataError

    try:
        return run.history()
    except DataError:
        return []


def _environment(run: RunFolder) -> dict[str, Any]:
    from opinia.errors import DataError

    try:
        return run.environment()
    except DataError:
        return {}


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _cell(value: object) -> str:
    return "-" if value is None else str(value)
