"""Fetch the official archive of the IMDB reviews into the user's cache folder, once."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from opinia import extras
from opinia.errors import DownloadError

ARCHIVE_URL = "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz"
ARCHIVE_NAME = "aclImdb_v1.tar.gz"
ARCHIVE_CHECKSUM = "sha256:c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe"
"""As several projects that fetch the archive have it; the file has 84,125,825 bytes."""
_CHUNK_BYTES = 1 << 16
_STALE_SECONDS = 24 * 60 * 60


def fetch_archive(
    folder: Path | None = None,
    *,
    url: str = ARCHIVE_URL,
    checksum: str = ARCHIVE_CHECKSUM,
    retries: int = 3,
    progress: bool = False,
) -> Path:
    """Return the archive in the cache folder, downloading it when it is absent or damaged.

    The file stands under its final name only when it is whole and its checksum is right; a download
    that breaks off is started again.

    Args:
        folder: where the archive is kept; the user's cache folder when None.
        url: where it comes from.
        checksum: its digest, as ``"md5:…"`` or ``"sha256:…"``.
        retries: how often a failed download is started again, after 1, 2, 3… seconds.
        progress: draw a progress bar on standard error.

    Raises:
        DownloadError: it could not be fetched whole, or not be written.
        MissingExtraError: pooch is not installed.
    """
    extras.require("fetching the reviews", *extras.DOWNLOADING)
    import pooch
    from platformdirs import user_cache_path

    folder = user_cache_path("opinia") if folder is None else folder
    path = folder / ARCHIVE_NAME
    _tidy(folder)
    with _quiet(pooch.get_logger()), _Bar(shown=progress) as bar:
        shelf = pooch.create(
            path=folder,
            base_url="",
            registry={ARCHIVE_NAME: checksum},
            urls={ARCHIVE_NAME: url},
            retry_if_failed=retries,
        )
        downloader = pooch.HTTPDownloader(
            progressbar=bar, chunk_size=_CHUNK_BYTES, headers={"Accept-Encoding": "identity"}
        )
        try:
            shelf.fetch(ARCHIVE_NAME, downloader=downloader)
        except (OSError, ValueError) as error:  # requests' own errors are OSErrors; a wrong checksum is not
            raise DownloadError(
                f"the archive of IMDB reviews could not be fetched from {url} to {folder} ({error})",
                hint=f"try again; or fetch it by hand and put it at {path}; "
                "or set OPINIA_DATA to a copy of the data set; `opinia train --sample` needs none",
            ) from error
    return path


def _tidy(folder: Path) -> None:
    """Remove what downloads left behind that were killed; one of today may be another's that goes on."""
    for left in folder.glob("tmp????????"):  # pooch's names
        with suppress(OSError):
            if left.is_file() and time.time() - left.stat().st_mtime > _STALE_SECONDS:
                left.unlink()


@contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    """Keep pooch's notes about its own work off the screen."""
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


class _Bar:
    """A progress bar on standard error, with the methods that pooch calls; false where none is shown.

    pooch sets ``total`` at the start of each attempt, so the bar begins again with it.
    """

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown
        self._progress: Any = None
        self._total = 0

    def __enter__(self) -> _Bar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def __bool__(self) -> bool:
        return self._shown

    @property
    def total(self) -> int:
        return self._total

    @total.setter
    def total(self, value: int) -> None:
        self._total = value
        if self._progress is None:
            self._start()
        self._progress.reset(self._task, total=value or None)

    def _start(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._task = self._progress.add_task("IMDB reviews", total=None)
        self._progress.start()

    def update(self, amount: int) -> None:
        self._progress.advance(self._task, amount)

    def reset(self) -> None:
        self._progress.reset(self._task)

    def close(self) -> None:
        """Do nothing: the bar ends with its ``with`` block, after the last attempt."""
