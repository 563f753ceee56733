"""The errors that opinia raises on purpose, all below one root.

    OpiniaError
    ├── InputError            a text, or a list of texts, that cannot be judged
    │   └── TooLongError      a text of more words than are read
    ├── JudgementError        the network failed on a text, for want of memory perhaps
    ├── ModelFileError        a model file that is missing, broken, foreign or too new
    ├── DataError             reviews that are missing, damaged or of another shape
    │   └── DownloadError     the archive could not be fetched whole
    ├── RecipeError           a recipe with an unknown key or an impossible value
    ├── TrainingError         training that cannot start, or cannot go on
    │   └── LostProcessError  another process of the same training has ended
    └── MissingExtraError     a part of opinia whose packages are not installed

The command line prints ``error:`` and, on a line of its own, ``hint:``, and ends with status 1.
"""

from __future__ import annotations

from typing import Any


class OpiniaError(Exception):
    """Something that a person can put right.

    Args:
        message: what failed and what was received.
        hint: what to do about it, or None.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what was said, not how it was put together: errors come back from other processes."""
        return _restored, (type(self), self.message, self.hint, self.__dict__)

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}\nhint: {self.hint}"


def _restored(kind: type[OpiniaError], message: str, hint: str | None, more: dict[str, Any]) -> OpiniaError:
    error = kind.__new__(kind)
    OpiniaError.__init__(error, message, hint=hint)
    error.__dict__.update(more)
    return error


class InputError(OpiniaError):
    """A text, or a list of texts, that cannot be judged."""


class TooLongError(InputError):
    """A text of more words than are read."""


class JudgementError(OpiniaError):
    """The network failed on a text, for want of memory perhaps."""


class ModelFileError(OpiniaError):
    """A model file that is missing, broken, foreign or too new."""


class DataError(OpiniaError):
    """Reviews that are missing, damaged or of another shape than expected."""


class DownloadError(DataError):
    """The archive could not be fetched whole."""


class RecipeError(OpiniaError):
    """A recipe with an unknown key or an impossible value."""


class TrainingError(OpiniaError):
    """Training that cannot start, or cannot go on."""


class LostProcessError(TrainingError):
    """Another process of the same training has ended: the reason is that one's."""


class MissingExtraError(OpiniaError):
    """A part of opinia whose packages are not installed.

    Args:
        what: what was asked for, such as ``"training"``.
        extra: the extra that brings it, such as ``"train"``; of several, with commas between.
        packages: those that are missing, under the names that pip knows; none if that is not known.
    """

    def __init__(self, what: str, extra: str, *, packages: tuple[str, ...] = ()) -> None:
        from opinia import shell

        named = f"{', '.join(packages)}, which {'is' if len(packages) == 1 else 'are'}"
        lacking = named if packages else "packages that are"
        super().__init__(f"{what} needs {lacking} not installed", hint=shell.install(extra))
