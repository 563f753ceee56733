"""``opinia remote pack`` and ``opinia remote join``: a training that is done elsewhere, in minutes."""

from __future__ import annotations

from pathlib import Path

import click

from opinia.cli.helpers.options import FilledPath, RecipePath, imdb_option
from opinia.errors import DataError

MOST_BYTES = 58_000_000

_folder = FilledPath(path_type=Path, exists=True, file_okay=False)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Train on a machine that is lent for minutes.

    `pack` makes the one file that travels there. There, PyTorch and NumPy are enough: `PYTHONPATH=src python
    -m opinia.remote record.pack --work FOLDER --out FOLDER`. `join` makes a model file of what comes
    back. docs/record.md has the whole way.
    """


@command.command()
@click.argument("recipe", type=RecipePath())
@click.option("-o", "--output", type=FilledPath(path_type=Path), required=True, help="File to write.")
@click.option(
    "--answers",
    type=FilledPath(path_type=Path, exists=True, dir_okay=False),
    help="An earlier training's answers (.npz), that teach beside the n-grams.",
)
@click.option("--with-validation", is_flag=True, help="Let validation be learnt from, too: a final training.")
@click.option("--force", is_flag=True, help="Replace the file.")
@imdb_option
def pack(
    recipe: Path,
    *,
    output: Path,
    answers: Path | None,
    with_validation: bool,
    force: bool,
    source: Path | None,
) -> None:
    """Write the reviews of RECIPE as ids, with its vocabulary and settings, into one file.

    RECIPE is a TOML file, or the name of a recipe that comes with opinia, such as record-cuda.
    """
    from opinia.remote.pack import write_pack
    from opinia.remote.prepare import prepare_pack
    from opinia.runs.recipe import read_recipe

    _check_free(output, force=force)
    made = prepare_pack(
        read_recipe(recipe), source=source, answers=answers, with_validation=with_validation, say=_say
    )
    size = write_pack(output, made)
    counts = f"{len(made.labelled):,} labelled, {len(made.unlabelled):,} unlabelled"
    click.echo(f"{output}: {size / 1e6:.1f} MB, {counts} and {len(made.validation):,} validation reviews")
    if size > MOST_BYTES:
        click.echo(
            f"that is more than {MOST_BYTES / 1e6:.0f} MB; a smaller text.max_tokens makes less", err=True
        )


@command.command()
@click.argument("pack", type=FilledPath(path_type=Path))
@click.argument("folders", type=_folder, nargs=-1, required=True)
@click.option("-o", "--output", type=FilledPath(path_type=Path), required=True, help="Model file to write.")
@click.option("--number", type=click.IntRange(1), default=1, show_default=True, help="Seed's number.")
@click.option(
    "--chosen",
    type=FilledPath(path_type=Path, exists=True, dir_okay=False),
    help="Answers (.npz) of the training that a final one repeats, whose calibration it gets.",
)
@click.option(
    "--embedding",
    type=click.IntRange(1),
    help="Narrow the embeddings to so many numbers, for a smaller file.",
)
@click.option("--force", is_flag=True, help="Replace the file.")
def join(
    pack: Path,
    folders: tuple[Path, ...],
    *,
    output: Path,
    number: int,
    chosen: Path | None,
    embedding: int | None,
    force: bool,
) -> None:
    """Write the model file of what came back from a training on PACK.

    FOLDERS hold what each call brought back. The answers to all reviews go beside the model file, as .npz.
    """
    from opinia.remote.join import join as put_together
    from opinia.remote.pack import read_pack

    _check_free(output, force=force)
    joined = put_together(read_pack(pack), folders, output, number=number, chosen=chosen, embedding=embedding)
    click.echo(f"{output}: {joined.model.size / 1e6:.1f} MB, and {joined.logits}")
    for name, figure in joined.figures.items():
        click.echo(f"{name} {figure:.4f}")
    for name, said in (
        ("onnx", "PyTorch and ONNX Runtime in 32 bits"),
        ("there", "PyTorch here and there"),
        ("file", "PyTorch and the file as it is"),
    ):
        click.echo(f"logits of {said} differ by {joined.differences[name]:.2g} at most")


def _check_free(path: Path, *, force: bool) -> None:
    if path.exists() and not force:
        raise DataError(f"{path} exists already", hint="--force replaces it")


def _say(line: str) -> None:
    click.echo(line, err=True)
