"""Options that several commands have in common."""

from __future__ import annotations

import functools
import os
import shlex
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypedDict, TypeVar

import click
from click.shell_completion import CompletionItem

from opinia.language import DEFAULT_LANGUAGE, LANGUAGES
from opinia.language.locale import locale_language
from opinia.system.machine import MAX_THREADS
from opinia.system.stdio import decoded

Callback = TypeVar("Callback", bound=Callable[..., Any])


class FilledPath(click.Path):
    """A path that is not empty: that of a variable which is not set would be the folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path, or refuse an empty one, and an address with credentials before anybody says it."""
        if os.fspath(value) in ("", b""):
            self.fail("it is empty: is a variable of the shell not set?", param, ctx)
        if "://" in str(value):
            from opinia.tables.addresses import check_address

            check_address(str(value))
        return super().convert(value, param, ctx)


def _completed(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    """Return the names that begin so, behind what lets the shell complete paths.

    Bash lists paths only where no name fits. Behind a slash a name would stand beside the path that it is.
    """
    found = [CompletionItem(name) for name in names if name.startswith(incomplete) and "/" not in incomplete]
    return [CompletionItem(incomplete, type="file"), *found]


class NamedPath(FilledPath):
    """A path, or the name of something that comes with opinia; a shell completes both."""

    def names(self) -> Iterable[str]:
        """Return the names."""
        raise NotImplementedError

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        """Return the names that begin so, and what lets the shell complete paths."""
        return _completed(self.names(), incomplete)


class ModelPath(NamedPath):
    """A model: a file, a run's folder or a name."""

    def names(self) -> Iterable[str]:
        """Return the names of the models that come with opinia, that of two together, and the runs here."""
        from opinia.model.shipped import AUTO, shipped

        return [AUTO, *shipped(), *_runs("best.onnx")]


class RunPath(NamedPath):
    """A run's folder."""

    def names(self) -> Iterable[str]:
        """Return the runs here."""
        return _runs("recipe.toml")


class RecipePath(NamedPath):
    """A recipe or a study: a file or a name.

    Args:
        kind: ``"recipe"`` or ``"study"``.
    """

    def __init__(self, kind: str = "recipe") -> None:
        super().__init__(path_type=Path)
        self._kind = kind

    def names(self) -> Iterable[str]:
        """Return the names of the recipes, or studies, that come with opinia."""
        from opinia.runs.shipped import shipped

        return shipped(self._kind)


class DataName(click.types.StringParamType):
    """Texts or a model, by a path or in another way; a shell completes paths.

    Args:
        names: returns what may stand in a path's place.
    """

    def __init__(self, names: Callable[[], Iterable[str]] = tuple) -> None:
        super().__init__()
        self._names = names

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        """Return the names that begin so, and what lets the shell complete paths."""
        return _completed(self._names(), incomplete)


class DecodedName(DataName):
    """The same, for a recipe, which is UTF-8."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return it decoded."""
        return decoded(super().convert(value, param, ctx))


def _runs(file: str) -> list[str]:
    """Return the runs below runs/, where trainings and studies put them, that have a file of this name.

    Those that a shell would have to quote are left to its own completion of paths.
    """
    found = (
        path.parent.as_posix() for depth in ("*", "*/*") for path in Path("runs").glob(f"{depth}/{file}")
    )
    return sorted(run for run in found if shlex.quote(run) == run)


def _model_option(name: str) -> Callable[[Callback], Callback]:
    return click.option(
        name,
        "model",
        type=ModelPath(path_type=Path),
        metavar="MODEL",
        help="Model file (.onnx, or .keras of Keras 3), run folder (its best model) or name of a model that "
        "comes with opinia: general, polish, base, small or seed; auto is general or polish, by the language "
        "of each text. [default: auto]",
    )


model_option = _model_option("--model")
published_model_option = _model_option("--path")
"""Of runner.py, whose call was published."""
class_option = click.option(
    "--class",
    "target",
    metavar="NAME",
    type=decoded,
    help="The class to speak of, one of the model's. [default: the answer; of two classes the last]",
)
uncertain_option = click.option(
    "--uncertain",
    type=click.FloatRange(0, 0.5),
    default=0.0,
    metavar="BAND",
    help="Call a text uncertain when its probability is nearer to one half than this, e.g. 0.1; with more "
    "classes than two also when it is below one half.",
)
threshold_option = click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    metavar="FRACTION",
    help="Of a model of two classes: call a text by the second of them, such as positive, where its "
    "probability is above this; what is shown is still the probability of the answer, then perhaps below "
    "one half. [default: 0.5]",
)
models_option = click.option(
    "--model",
    "models",
    multiple=True,
    metavar="[NAME=]PATH",
    type=ModelPath(),
    help="Model file (.onnx), run folder or name of a model that comes with opinia, may be given several "
    "times; the first is the default. Without NAME the file or folder names it. [default: auto, and the "
    "others that come with opinia]",
)
threads_option = click.option(
    "--threads",
    type=click.IntRange(0, MAX_THREADS),
    default=0,
    help="Batches side by side. [default: one for each core that this process may use]",
)
published_language_option = click.option(
    "--lang",
    type=click.Choice(list(LANGUAGES)),
    default=DEFAULT_LANGUAGE,
    show_default=True,
    help="Language of the answers.",
)
"""Of runner.py, which answers in Polish as published."""


def language_option(of: str) -> Callable[[Callback], Callback]:
    """Return the option ``--lang``, which follows the locale when it is not given.

    Args:
        of: what is in that language, such as ``"the answers"``.
    """
    return click.option(
        "--lang",
        type=click.Choice(list(LANGUAGES)),
        default=locale_language,
        show_default="that of the locale",
        help=f"Language of {of}.",
    )


imdb_option = click.option(
    "--imdb",
    "source",
    type=FilledPath(path_type=Path),
    help="A copy of the IMDB reviews: archive, aclImdb folder, or JSON Lines folder. "
    "Default: $OPINIA_DATA, else the download.",
)


max_bad_option = click.option(
    "--max-bad",
    type=click.FloatRange(0, 1),
    default=0.1,
    show_default=True,
    metavar="FRACTION",
    help="End with status 1 if more of the rows than this cannot be judged.",
)


label_map_option = click.option(
    "--label-map",
    metavar="MAP",
    type=decoded,
    help='Of a table: what its labels mean, such as "1,2=negative; 3=skip; 4,5=positive", or a ready map: '
    "stars-5, stars-10, stars-0-4, signs, thumbs, yes-no, true-false, words. "
    "Without one, a map is proposed for labels that are not understood.",
)


class TableForm(TypedDict):
    """How a table is read, as the options of it say; each goes by this name in the options of a work, too."""

    text_column: tuple[str, ...] | None
    format: str | None
    encoding: str | None
    delimiter: str | None
    quoting: str | None
    header: bool | None


def table_options(of: str = "") -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return the options that say how a table is read; the command gets them as ``form``.

    Args:
        of: put before what each is for, such as ``"Of a table: "``.
    """

    def help_of(text: str) -> str:
        return of + text if of else text[0].upper() + text[1:]

    def decorated(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def filled(*arguments: Any, **options: Any) -> None:
            form = TableForm(
                text_column=options.pop("text_column") or None,
                format=options.pop("told"),
                encoding=options.pop("encoding"),
                delimiter=options.pop("delimiter"),
                quoting=options.pop("quoting"),
                header=options.pop("header"),
            )
            command(*arguments, form=form, **options)

        for option in reversed(
            (
                click.option(
                    "--text-column",
                    metavar="NAME",
                    type=decoded,
                    multiple=True,
                    help=help_of(
                        "its texts; several columns, with commas between or one option each, are joined in "
                        "that order. [default: the obvious one]"
                    ),
                ),
                click.option(
                    "--format",
                    "told",
                    metavar="NAME",
                    help=help_of(
                        "its format, such as csv, tsv, jsonl or parquet, with .gz or .zst behind it. "
                        "[default: by the name]"
                    ),
                ),
                *_DIALECT,
            )
        ):
            filled = option(filled)
        return filled

    return decorated


_DIALECT = (
    click.option(
        "--delimiter",
        metavar="SIGN",
        help="What stands between cells of CSV and TSV: comma, semicolon, tab, pipe, none (one "
        "column) or the sign itself. [default: found]",
    ),
    click.option(
        "--quoting",
        type=click.Choice(["double", "backslash", "none"]),
        help="Of CSV and TSV: a quote in a cell is doubled, has a backslash before it, or means nothing. "
        "[default: found]",
    ),
    click.option(
        "--header/--no-header",
        "header",
        default=None,
        help="Whether the first line of CSV and TSV names the columns; without one they are 1, 2, …. "
        "[default: looked at]",
    ),
    click.option(
        "--encoding",
        metavar="NAME",
        help="Encoding of a text table, such as utf-8, cp1250 or utf-16. [default: found]",
    ),
)
