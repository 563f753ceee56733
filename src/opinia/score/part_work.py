"""The making of parts, the account of those that are made, and going on where a run was cut off.

A part is made under a temporary name and then renamed. Beside the parts stand, in ``_opinia``, what the
run is of (``run.json``, and its digest in ``mark``), an account of each part that is made (``parts/``), and
at the end ``manifest.json``, with the rows and the SHA-256 of every part: nothing is lost, and nothing
doubled, whoever was killed meanwhile. A worker that outlives its run, as on a machine that was cut off, finds
another mark where a new one has begun, and leaves its part.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
import json
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import IO, Any, BinaryIO, Protocol, cast

from opinia import __version__
from opinia.errors import DataError, OpiniaError, TrainingError
from opinia.model.classifier import Classifier
from opinia.model.runtime import import_onnxruntime
from opinia.score.findings import Findings, merged_test
from opinia.score.judging import added_columns, count_window, judge_rows
from opinia.score.options import Progress, ScoreOptions, Start, Summary
from opinia.score.parts import Part, opened_input, part_reader, plan_parts, raw
from opinia.system.folder_lock import alone_in
from opinia.tables import Source, find_formats, guarded
from opinia.tables.addresses import is_address
from opinia.tables.places import TEMPORARY, Folder, find_table, open_folder
from opinia.tables.rows import Writer
from opinia.tables.streams import compress, late_encodings, settle_encoding

ACCOUNT = "_opinia"
RUN, MARK, MANIFEST = f"{ACCOUNT}/run.json", f"{ACCOUNT}/mark", f"{ACCOUNT}/manifest.json"
PARTS = f"{ACCOUNT}/parts"
_SEGMENT = 4 << 20
_TRIES = 3
_WHAT = {
    "inputs": "other inputs, or inputs that have changed",
    "model": "another model",
    "options": "other options",
    "runtime": "another version of ONNX Runtime",
    "version": "another version of opinia",
    "parts": "other parts",
}

Account = dict[str, Any]
"""What is said of a part that was made: its name, rows, bytes, SHA-256 and what was found in it."""


@dataclass(frozen=True)
class Run:
    """What a worker has to know of a run, beside the part and the model.

    Args:
        folder: path or address of the parts.
        options: how to go about them.
        mark: digest of all that decides what is in the parts; the folder holds it, too.
        versions: of opinia and of ONNX Runtime, where the run was begun.
    """

    folder: str
    options: ScoreOptions
    mark: str
    versions: tuple[str, str]


class Engine(Protocol):
    """Makes parts, somewhere."""

    def __call__(self, parts: list[Part], *, model: Classifier, run: Run) -> Iterator[Account]:
        """Make parts in any order, and yield the account of each."""


def score_parts(
    sources: list[str],
    output: str,
    *,
    model: Classifier,
    options: ScoreOptions,
    engine: Engine,
    on_start: Callable[[Start], None] = lambda start: None,
    on_kept: Callable[[int, int], None] = lambda kept, parts: None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> Summary:
    """Score tables in parts, and write these into a folder, with a manifest.

    Args:
        sources: files, patterns, folders and addresses.
        output: folder or address; made where missing. What an unfinished run of the same inputs, model and
            options has made there is kept.
        model: that judges.
        options: how to go about it; of ``existing`` ``"replace"`` starts again.
        engine: what makes the parts.
        on_start: called with what was taken for what in each input.
        on_kept: called with how many parts an earlier run had made, if any, and how many there are.
        on_progress: called after each part.

    Raises:
        DataError: an input cannot be read, or the folder holds something else.
        InputError: an option does not fit the model.
    """
    plan = plan_parts(sources, model, options)
    folder = open_folder(output)
    for start in dict.fromkeys(plan.starts):
        on_start(start)
    with ExitStack() as stack:
        made = _begin(folder, plan.identity, plan.parts, existing=options.existing, stack=stack)
        if made:
            on_kept(len(made), len(plan.parts))
        total = sum(_weight(part) for part in plan.parts) or 1
        weights = {part.name: _weight(part) / total for part in plan.parts}
        resumed = sum(account["rows"] for account in made.values())
        rows, share = resumed, sum(weights[name] for name in made)
        left = [part for part in plan.parts if part.name not in made]
        if left:
            run = Run(folder.name, options, _mark(plan.identity), _versions())
            with contextlib.closing(engine(left, model=model, run=run)) as done:  # type: ignore[type-var]
                for account in done:
                    if account["part"] in made:
                        continue
                    made[account["part"]] = account
                    rows, share = rows + account["rows"], share + weights[account["part"]]
                    on_progress(Progress(rows, resumed, min(1.0, share)))
        _finish(folder, plan.identity, plan.parts, made)
    texts = plan.starts[0].texts
    totals = _totals(plan.parts, made)
    return Summary(totals, texts, plan.starts[0].prefix, resumed)


def _mark(identity: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def _versions() -> tuple[str, str]:
    return __version__, import_onnxruntime().__version__


def make_part(part: Part, *, run: Run, model: Classifier) -> Account:
    """Make one part, and leave an account of it; what fails for a moment is tried again.

    Raises:
        DataError: the input or the folder cannot be used from here, this machine has other versions than the
            one where the run was begun, the input has changed since, another run has begun in the folder, or
            a row is bad and ``strict`` asked for.
    """
    if (mine := _versions()) != run.versions:
        told = [f"opinia {opinia} with ONNX Runtime {runtime}" for opinia, runtime in (mine, run.versions)]
        raise DataError(
            f"{socket.gethostname()} has {told[0]}, and the run was begun with {told[1]}",
            hint="install the same versions on every machine of the cluster",
        )
    for attempt in itertools.count(1):
        folder = open_folder(run.folder)
        try:
            _check_mark(folder, run)
            return _make(part, folder, run, model)
        except (OSError, DataError) as error:
            is_passing = isinstance(error, OSError) or isinstance(error.__cause__, OSError)
            if not is_passing or attempt == _TRIES:
                raise _named(error, part, folder) from error
            time.sleep(2.0 ** (attempt - 1))
    raise AssertionError


def _check_mark(folder: Folder, run: Run) -> None:
    """Check that a folder is that of the run.

    Raises:
        DataError: it is not.
    """
    found = folder.read(MARK)
    if found is None:
        raise DataError(
            f"{socket.gethostname()} does not see {folder.name}, which the run was begun in",
            hint="name a folder that all machines share, or an address such as s3://bucket/folder",
        )
    if found.decode() != run.mark:
        raise DataError(
            f"another run has begun in {folder.name}", hint="one run at a time: the one before has ended here"
        )


def _check_input(part: Part) -> None:
    """Check that the input is what the parts were made of.

    Raises:
        DataError: it is not.
    """
    if find_table(part.source).stamp_and_size != part.stamp:
        raise DataError(
            f"{part.source} has changed since the run was begun, or is another on {socket.gethostname()}",
            hint="leave inputs as they are while they are scored, where all machines see the same; --force "
            "starts again",
        )


def _make(part: Part, folder: Folder, run: Run, model: Classifier) -> Account:
    options = replace(run.options, text_column=part.texts, prefix=part.prefix)
    if part.encoding is not None:
        options = replace(options, encoding=part.encoding)
    kind, _ = find_formats("-", "-", told=part.format)
    totals, first_bad = Findings(), None
    with ExitStack() as stack:
        if part.unit == "bytes":
            source = stack.enter_context(_range_of(part))
            skipped = _rows_of_head(part)
        else:
            source, skipped = stack.enter_context(opened_input(part.source, kind)), 0
        span = (part.start, part.stop) if part.unit == "rows" else None
        reader = part_reader(source, kind, options, span)
        if part.unit != "rows":  # a reader of lines finds its columns there
            reader.sample()
        added = added_columns(model, options)
        settle_encoding(reader, [*map(str, model.model.description.labels), options.prefix])
        writer = reader.writer(added)
        encoding = reader.dialect.encoding if reader.dialect else ""
        rows = guarded(reader.rows(part.texts, added), name=part.source, encoding=encoding)
        delimiter = reader.dialect.delimiter if reader.dialect else None
        is_merged = merged_test(delimiter, len(reader.columns)) if delimiter else None
        first = part.start + 1 if part.unit == "rows" else 1
        left = itertools.islice(rows, skipped, None)
        temporary = folder.temporary(part.name)
        stack.callback(temporary.unlink, missing_ok=True)
        with _Sink(temporary, writer, kind.compression, is_first=not part.head) as sink:
            judged = judge_rows(left, model, options, first=first, is_merged=is_merged, is_alone=True)
            for window, values in stack.enter_context(contextlib.closing(judged)):
                count_window(window, values[options.prefix + "label"], totals)
                if first_bad is None and totals.bad:
                    place = next(place for place, error in enumerate(window.errors) if error is not None)
                    first_bad = [window.first + place - first + 1, window.errors[place]]
                sink.write(writer.encode(window.raws, values))
            source.check_whole()
        with temporary.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.seek(0, io.SEEK_END)
        totals.encodings = late_encodings(reader)
        _check_input(part)
        _check_mark(folder, run)
        folder.put(part.name, temporary)
    account = {
        "part": part.name,
        "source": part.source,
        "unit": part.unit,
        "start": part.start,
        "stop": part.stop,
        "rows": totals.rows,
        "bytes": size,
        "sha256": digest,
        "first_bad": first_bad,
        "findings": asdict(totals),
    }
    folder.write(f"{PARTS}/{part.name}.json", json.dumps(account, ensure_ascii=False).encode())
    return account


def _named(error: OSError | DataError, part: Part, folder: Folder) -> DataError:
    """Return an error with the input and the machine that it is about."""
    message = error.message if isinstance(error, DataError) else (error.strerror or str(error))
    where = "" if part.source in message or folder.name in message else f"{part.source}: "
    if part.unit == "bytes" and message.startswith("row "):
        where = f"{part.source}, counted from byte {part.start:,}: "
    return DataError(f"{where}{message}", hint=error.hint if isinstance(error, DataError) else None)


class _Sink:
    """Writes the bytes of rows into a file, packed, or makes the file of them at the end."""

    def __init__(self, path: Path, writer: Writer[Any], compression: str, *, is_first: bool) -> None:
        self._writer, self._compression = writer, compression
        self._path, self._is_first = path, is_first

    def __enter__(self) -> _Sink:
        self._file: IO[bytes] = self._path.open("wb+")
        self._pieces: IO[bytes] | None = None
        self._waiting, self._size = list[bytes](), 0
        if self._writer.is_assembled:
            self._pieces = self._path.with_name(f"{self._path.name}{TEMPORARY}").open("wb+")
            with contextlib.suppress(OSError):  # it needs no name, where a system allows for that
                Path(self._pieces.name).unlink()
        self.write(self._writer.header() if self._is_first else b"")
        return self

    def write(self, data: bytes) -> None:
        """Take some rows."""
        self._waiting.append(data)
        self._size += len(data)
        if self._size >= _SEGMENT:
            self._pass_on()

    def _pass_on(self) -> None:
        data = b"".join(self._waiting)
        self._waiting, self._size = [], 0
        if self._pieces is not None:
            self._pieces.write(data)
        elif data:
            self._file.write(compress(data, self._compression))

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None:
                self._pass_on()
                if self._pieces is not None:
                    self._pieces.seek(0)
                    self._writer.assemble(cast(BinaryIO, self._pieces), cast(BinaryIO, self._file))
        finally:
            self._file.close()
            if self._pieces is not None:
                self._pieces.close()
                Path(self._pieces.name).unlink(missing_ok=True)


@contextlib.contextmanager
def _range_of(part: Part) -> Iterator[Source]:
    """Open a range of JSON Lines, with the first lines of the file before it."""
    with raw(part.source) as file:
        head = file.read(part.head)
        file.seek(part.start)
        stream = io.BufferedReader(_Range(head, file, part.stop - part.start), 1 << 18)
        yield Source(part.source, cast(BinaryIO, stream))


def _rows_of_head(part: Part) -> int:
    """Return how many rows of the first lines stand before a range."""
    if not part.head:
        return 0
    with raw(part.source) as file:
        lines = file.read(part.head).split(b"\n")[:-1]
    return sum(bool(line.strip(b" \t\r\n")) for line in lines)


class _Range(io.RawIOBase):
    """Some bytes, and those of a file from where it stands, up to so many."""

    def __init__(self, head: bytes, file: BinaryIO, size: int) -> None:
        self._head, self._file, self._left = memoryview(head), file, size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._head:
            data = bytes(self._head[: len(buffer)])
            self._head = self._head[len(data) :]
        else:
            data = self._file.read(min(len(buffer), self._left))
            if not data and self._left:
                raise OSError("the file became shorter while it was read")
            self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)


def _weight(part: Part) -> int:
    return max(1, part.stop - part.start)


def _begin(
    folder: Folder, identity: dict[str, Any], parts: list[Part], *, existing: str, stack: ExitStack
) -> dict[str, Account]:
    """Take hold of a folder, and return the accounts of the parts that are there already.

    Raises:
        DataError: the folder holds something else, or another process works in it.
    """
    there = folder.names()
    said = folder.read(RUN) if there else None
    if there and said is None and set(there) != {ACCOUNT}:
        raise DataError(
            f"{folder.name} is not empty, and holds no run of opinia score",
            hint="name a folder that is empty or not there yet",
        )
    _hold(folder, stack)
    if said is not None:
        begun = json.loads(said)
        differing = [what for key, what in _WHAT.items() if begun["identity"].get(key) != identity[key]]
        if existing == "replace":
            _clear(folder, begun["parts"])
        elif differing:
            raise DataError(
                f"{folder.name} holds a run with {differing[0]}: it cannot be continued with these",
                hint="name another folder, or --force to remove its parts and start again",
            )
        else:
            folder.write(MARK, _mark(identity).encode())
            return _made(folder, parts)
    content = {"identity": identity, "parts": [part.name for part in parts]}
    folder.write(RUN, json.dumps(content, ensure_ascii=False).encode())
    folder.write(MARK, _mark(identity).encode())
    return {}


def _hold(folder: Folder, stack: ExitStack) -> None:
    if is_address(folder.name):
        return
    try:
        stack.enter_context(alone_in(Path(folder.name) / ACCOUNT, doing="scoring"))
    except TrainingError as error:
        raise DataError(error.message, hint=error.hint) from error


def _made(folder: Folder, parts: Iterable[Part]) -> dict[str, Account]:
    """Return the accounts of the parts that are there whole."""
    sizes = folder.names()
    known = folder.names(PARTS)
    made: dict[str, Account] = {}
    for part in parts:
        if part.name in sizes and f"{part.name}.json" in known:
            account = json.loads(folder.read(f"{PARTS}/{part.name}.json") or b"{}")
            if account.get("bytes") == sizes[part.name]:
                made[part.name] = account
    return made


def _clear(folder: Folder, names: Iterable[str]) -> None:
    """Remove the parts of a run, and nothing else; its workers find out by the mark, should some be left."""
    folder.remove(MARK)
    folder.remove(MANIFEST)
    for name in folder.names(PARTS):
        folder.remove(f"{PARTS}/{name}")
    there = folder.names()
    for name in names:
        if name in there:
            folder.remove(name)


def _finish(folder: Folder, identity: dict[str, Any], parts: list[Part], made: dict[str, Account]) -> None:
    """Check that every part is there, and write the manifest.

    Raises:
        DataError: one is not.
    """
    sizes = folder.names()
    for part in parts:
        account = made.get(part.name)
        if account is None or sizes.get(part.name) != account["bytes"]:
            raise DataError(
                f"{part.name} is not in {folder.name} as it was made",
                hint="run the same again: the rest is kept",
            )
    for name in sizes:
        if name.startswith(".") and name.endswith(TEMPORARY):  # of workers that were killed
            folder.remove(name)
    told = ("part", "source", "unit", "start", "stop", "rows", "bytes", "sha256")
    content = {
        "identity": identity,
        "rows": sum(made[part.name]["rows"] for part in parts),
        "bad": sum(made[part.name]["findings"]["bad"] for part in parts),
        "parts": [{key: made[part.name][key] for key in told} for part in parts],
    }
    folder.write(MANIFEST, (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode())


def _totals(parts: list[Part], made: dict[str, Account]) -> Findings:
    """Return what was found in all parts."""
    totals = Findings()
    rows_before: dict[str, int] = {}
    several = len({part.source for part in parts}) > 1
    for part in parts:
        account = made[part.name]
        before = rows_before.get(part.source, 0)
        rows_before[part.source] = before + account["rows"]
        first_bad = totals.first_bad
        if first_bad is None and account["first_bad"] is not None:
            number, error = account["first_bad"]
            of = f" of {part.source}" if several else ""
            first_bad = f"row {before + number:,}{of}: {error}"
        found = Findings(**account["findings"])
        for each in fields(Findings):
            mine, theirs = getattr(totals, each.name), getattr(found, each.name)
            if isinstance(mine, dict) and each.name == "encodings":
                setattr(totals, each.name, {**theirs, **mine})
            elif isinstance(mine, dict):
                setattr(totals, each.name, {k: mine.get(k, 0) + theirs.get(k, 0) for k in {**mine, **theirs}})
            elif each.name.startswith("first_"):
                setattr(totals, each.name, mine if mine is not None else theirs)
            else:
                setattr(totals, each.name, mine + theirs)
        totals.first_bad = first_bad
    return totals


def failed(error: OpiniaError) -> Account:
    """Return an error as the account of a part, for the process that asked for it."""
    return {"failed": [error.message, error.hint]}


def checked(account: Account) -> Account:
    """Return an account, or raise the error that stands in its place.

    Raises:
        DataError: the part could not be made.
    """
    if "failed" in account:
        message, hint = account["failed"]
        raise DataError(message, hint=hint)
    return account
