"""``opinia study``: train a grid of runs × seeds, and report what they show."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from opinia import extras
from opinia.cli.helpers.options import FilledPath, RecipePath, imdb_option, language_option

if TYPE_CHECKING:
    from opinia.study.recipe import Study
    from opinia.study.records import Results


@click.command(name="study", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("study", required=False, type=RecipePath("study"))
@click.option(
    "-o",
    "--output",
    type=FilledPath(path_type=Path),
    help="Folder of the runs. [default: runs/ and the name of the study]",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    help="Trainings side by side. [default: 1; with --engine ray as many as there is room for]",
)
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Train in processes of this machine, or as tasks of a cluster that sees the folder of the runs.",
)
@click.option(
    "--address",
    metavar="ADDRESS",
    help="With --engine ray: of the cluster, as auto or ray://host:10001. [default: one on this machine]",
)
@click.option(
    "--gpus",
    type=click.FloatRange(0, 8),
    help="With --engine ray: GPUs that a training asks for, such as 1, or 0.5 where two share one. "
    "[default: it trains on processors]",
)
@imdb_option
@click.option("--sample", is_flag=True, help="Train on the built-in synthetic reviews.")
@click.option("--retrain", is_flag=True, help="Train finished runs again whose files were changed since.")
@click.option("--report-only", is_flag=True, help="Train nothing; report on the runs that are finished.")
@click.option(
    "--report",
    type=FilledPath(path_type=Path),
    help="Folder of the report. [default: report/ in the folder of the runs]",
)
@click.option("--test", "take_test", is_flag=True, help="Test each best model, once, by way of the ledger.")
@click.option(
    "--ledger",
    type=FilledPath(path_type=Path),
    help="File of test results, which only grows. [default: ledger.csv in the folder of the runs]",
)
@language_option("the report")
def command(
    study: Path | None,
    *,
    output: Path | None,
    jobs: int | None,
    engine: str,
    address: str | None,
    gpus: float | None,
    source: Path | None,
    sample: bool,
    retrain: bool,
    report_only: bool,
    report: Path | None,
    take_test: bool,
    ledger: Path | None,
    lang: str,
) -> None:
    """Train every run of STUDY with every seed, and report on them.

    STUDY is a TOML file, or the name of one that comes with opinia; without it, the five published runs.
    What is finished stays, what was stopped goes on where it was: give the same command again.
    """
    extras.require("the report", *extras.DRAWING)
    if not report_only:
        extras.require("training", *extras.TRAINING)
    if engine == "local" and (address is not None or gpus is not None):
        given = "--address" if address is not None else "--gpus"
        raise click.UsageError(f"{given} is for a cluster: --engine ray")
    if report_only and engine != "local":
        raise click.UsageError("--report-only trains nothing; leave out --engine")
    if engine == "ray":
        extras.require("a study on Ray", "ray")
    from opinia.language import LANGUAGES
    from opinia.report.study import write_report
    from opinia.study.recipe import default_study, read_study
    from opinia.study.records import read_results

    if report_only and retrain:
        raise click.UsageError("--report-only trains nothing; leave out --retrain")
    grid = read_study(study) if study else default_study()
    if sample:
        grid = grid.on_sample()
    if take_test:
        _check_tests(grid)
    folder = output or Path("runs") / (f"{grid.name}-sample" if sample else grid.name)
    if not report_only:
        cluster = (address, gpus or 0.0) if engine == "ray" else None
        _train(grid, folder, jobs=jobs, source=source, retrain=retrain, cluster=cluster)
    results = read_results(grid, folder)
    for run in results.missing:
        click.echo(f"not finished, and left out of the report: {run}", err=True)
    book = ledger or folder / "ledger.csv"
    if take_test:
        _test(results, book, source=source)
    place = report or folder / "report"
    click.echo("drawing the curves and writing the report ...", err=True)
    write_report(results, place, language=LANGUAGES[lang], test_accuracy=_tested(book))
    click.echo(f"{place / 'report.html'}")


def _train(
    grid: Study,
    folder: Path,
    *,
    jobs: int | None,
    source: Path | None,
    retrain: bool,
    cluster: tuple[str | None, float] | None,
) -> None:
    """Train what is left; on a cluster at an address, with so many GPUs a training, where one is given."""
    from opinia.cli.helpers.study_view import StudyView, sharing_lines
    from opinia.study.recipe import trainings
    from opinia.system.imports import without_collection

    with without_collection():
        from opinia.study.grid import run_study

    seeds = ", ".join(map(str, grid.seeds))
    click.echo(f"study {grid.name}: {len(grid.runs)} runs, seeds {seeds}, in {folder}", err=True)
    for line in sharing_lines(grid):
        click.echo(line, err=True)
    try:
        side_by_side = jobs or (len(trainings(grid)) if cluster else 1)
        # Ray writes what befalls its workers to standard output, which is for the report's place alone.
        output = contextlib.redirect_stdout(sys.stderr) if cluster else contextlib.nullcontext()
        with output, StudyView(grid, folder, jobs=side_by_side) as view:
            engine = None
            if cluster:
                from opinia.study.ray import RayWork

                address, gpus = cluster
                engine = RayWork(address=address, side_by_side=jobs, gpus=gpus, say=view.say)
            run_study(
                grid,
                folder,
                jobs=side_by_side,
                source=source,
                retrain=retrain,
                engine=engine,
                on_plan=view.on_plan,
                on_progress=view.on_progress,
            )
    except KeyboardInterrupt:
        click.echo("\nstopped; the same command goes on where it was", err=True)
        raise SystemExit(130) from None


def _check_tests(grid: Study) -> None:
    """Check, before anything is trained, that each run on a table has another one to be tested on."""
    from opinia.errors import RecipeError

    for name, recipe in grid.runs.items():
        if recipe.data.source == "table" and not (recipe.data.test or recipe.data.folds):
            raise RecipeError(
                f"run {name!r} has no table to test on",
                hint="name one with test in [recipe.data] of the study, or leave out --test",
            )


def _test(results: Results, ledger: Path, *, source: Path | None) -> None:
    """Take the test results of the best models that the ledger does not know yet."""
    from opinia.data.labelled import LabelledTexts
    from opinia.errors import TrainingError
    from opinia.evaluate.ledger import evaluate_once
    from opinia.evaluate.named_reviews import load_reviews
    from opinia.model.classifier import load

    if results.missing:
        raise TrainingError(
            f"the study is not final: {', '.join(results.missing)} not finished",
            hint="finish it first: a test figure is taken once, of the final model",
        )
    loaded: dict[str, LabelledTexts] = {}

    def reviews(name: str, model: Path, key: str) -> LabelledTexts:
        if name == "own":
            if key not in loaded:
                loaded[key] = load_reviews("own:test", load(model), None)[0]
            return loaded[key]
        if name not in loaded:
            if name == "sample":
                from opinia.data import sample

                loaded[name] = sample.load("test")
            else:
                from opinia.data import imdb

                loaded[name] = imdb.load("test", source=source)
                imdb.check_official({"test": loaded[name]}, source=source)
        return loaded[name]

    for run, records in results.runs.items():
        for record in records:
            data, model, key = record.recipe.data.source, record.best_model, repr(record.recipe.data)
            if data == "table":
                data = "own"
            row = evaluate_once(
                model,
                lambda data=data, model=model, key=key: reviews(data, model, key),  # type: ignore[misc]
                split=f"{data}:test",
                ledger=ledger,
                note=f"study {results.name}, best epoch by validation",
            )
            click.echo(f"{run}, seed {record.seed}: test accuracy {row.accuracy:.4f} ({row.date})", err=True)


def _tested(ledger: Path) -> dict[str, float]:
    from opinia.evaluate.ledger import read_ledger

    return {row.sha256: row.accuracy for row in read_ledger(ledger) if row.split.endswith(":test")}
