"""The requests by which the page has a table judged: sent, looked at, judged, shown, and deleted."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from fastapi import FastAPI, Request
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response

from opinia.errors import MissingExtraError, OpiniaError
from opinia.serve.dropped.reading import Form
from opinia.serve.dropped.tables import Table, Tables
from opinia.serve.failures import ClientGone, Refusal
from opinia.serve.middleware import until_gone
from opinia.serve.options import ServeOptions
from opinia.serve.work import Overdue
from opinia.system.machine import thread_count
from opinia.system.printable import printable

MOST_ROWS_ASKED = 500
ANSWER_BYTES = 1 << 20
TIDY_SECONDS = 15.0
_LONGEST = 10_000
_WHOLE = re.compile(r"[0-9]{1,12}")

_Found = TypeVar("_Found")


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class LookRequest(_Strict):
    """How a table is written."""

    part: str | None = Field(None, max_length=_LONGEST)
    encoding: str | None = Field(None, max_length=100)
    delimiter: str | None = Field(None, max_length=100)
    header: bool | None = None
    label: str | None = None
    label_map: str | None = Field(None, max_length=_LONGEST)
    model: str | None = None


class JudgeRequest(_Strict):
    """What of a table is judged."""

    texts: list[str] = Field(max_length=100)
    label: str | None = None
    label_map: str | None = Field(None, max_length=_LONGEST)
    model: str | None = None


class RowsRequest(_Strict):
    """Which rows are shown."""

    rows: list[int] = Field(max_length=MOST_ROWS_ASKED)


class SearchRequest(_Strict):
    """What rows hold."""

    text: str = Field(max_length=_LONGEST)


def add_tables(app: FastAPI, tables: Tables, options: ServeOptions, locks: list[Any]) -> None:
    """Add the routes.

    Args:
        app: gets them.
        tables: that are there.
        options: the bounds.
        locks: what the routes need of who asks.
    """
    _add_taking(app, tables, options, locks)
    _add_showing(app, tables, options, locks)


def _add_taking(app: FastAPI, tables: Tables, options: ServeOptions, locks: list[Any]) -> None:
    hidden: dict[str, Any] = {"include_in_schema": False, "dependencies": locks}

    @app.get("/v1/tables", **hidden)
    async def limits() -> Response:
        """Return what is taken."""
        return _json(
            {
                "max_bytes": options.max_table_bytes,
                "max_rows": options.max_table_rows,
                "idle_seconds": options.table_idle_seconds,
            }
        )

    @app.post("/v1/tables", **hidden)
    async def take(request: Request, name: str = "table", model: str | None = None) -> Response:
        """Take a table, and say what is in it."""
        _, classifier = tables.models.find(model)
        with _refused():
            table = await run_in_threadpool(tables.add, name)
        with tables.kept(table) as keep:
            await _receive(request, table.path, options)

            def look() -> dict[str, Any]:
                table.read(Form())
                return table.describe(classifier)

            try:
                found = await _attended(request, look, table, is_new=True)
            except Refusal as refusal:
                if refusal.code != "unreadable_table":
                    raise
                # A person may know how it is written, or which part is meant.
                keep()
                return _json({"id": table.id, "name": table.name, "unreadable": _said(refusal)})
            keep()
        return _json(found)

    @app.post("/v1/tables/{name}/look", **hidden)
    async def look_again(request: Request, name: str, asked: LookRequest) -> Response:
        """Read a table in another way, or for another model."""
        table = tables.find(name)
        _, classifier = tables.models.find(asked.model)
        form = Form(asked.part or None, asked.encoding or None, asked.delimiter or None, asked.header)

        def look() -> dict[str, Any]:
            if table.reading is None or form != table.form:
                table.read(form)
            return table.describe(classifier, label=asked.label, label_map=asked.label_map or None)

        return _json(await _attended(request, look, table))

    @app.post("/v1/tables/{name}/judge", **hidden)
    async def judge(request: Request, name: str, asked: JudgeRequest) -> Response:
        """Begin to judge a table."""
        table = tables.find(name)
        model, classifier = tables.models.find(asked.model)

        def begin() -> dict[str, Any]:
            return table.judge(
                classifier,
                model=model,
                texts=asked.texts,
                label=asked.label,
                label_map=asked.label_map or None,
                threads=thread_count(options.threads),
            )

        return _json(await _attended(request, begin, table))

    @app.delete("/v1/tables/{name}", **hidden)
    async def delete(name: str) -> Response:
        """Stop, and delete what was sent."""
        await run_in_threadpool(tables.remove, name)
        return Response(status_code=204)


def _add_showing(app: FastAPI, tables: Tables, options: ServeOptions, locks: list[Any]) -> None:
    del options
    hidden: dict[str, Any] = {"include_in_schema": False, "dependencies": locks}

    @app.get("/v1/tables/{name}/answers", **hidden)
    async def answers(name: str, after: str = "0") -> Response:
        """Return where the work stands, and answers that are new."""
        run = tables.find(name).run
        if run is None:
            raise Refusal(404, "not_judged", "nobody has asked to judge this table")
        number = int(after) if _WHOLE.fullmatch(after) else -1
        if not 0 <= number <= run.windows:
            raise Refusal(
                422,
                "invalid_request",
                f"after is a number of windows that were received, from 0 to {run.windows:,}. "
                f"Received: {printable(after[:40])!r}",
                hint="begin with 0, and go on with next of the last answer",
            )
        told, windows = await run_in_threadpool(run.progress, number, ANSWER_BYTES)
        head = to_json(told)
        return Response(head[:-1] + b',"windows":' + windows + b"}", media_type="application/json")

    @app.delete("/v1/tables/{name}/answers", **hidden)
    async def stop(name: str) -> Response:
        """Judge no further; the answers so far stay."""
        run = tables.find(name).run
        if run is not None:
            await run_in_threadpool(run.cancel)
        return Response(status_code=204)

    @app.post("/v1/tables/{name}/rows", **hidden)
    async def rows(name: str, asked: RowsRequest) -> Response:
        """Return the cells of some rows as texts; of a row that cannot be read, what is wrong."""
        table = tables.find(name)
        most = table.read_rows().rows
        if any(not 0 <= number < most for number in asked.rows):
            raise Refusal(422, "invalid_request", f"rows are numbers from 0 to {most - 1:,}")

        def read() -> list[Any]:
            return table.rows().shown(asked.rows)

        return _json({"rows": await run_in_threadpool(read)})

    @app.post("/v1/tables/{name}/search", **hidden)
    async def search(name: str, asked: SearchRequest) -> Response:
        """Return the numbers of the rows that hold a text."""
        table = tables.find(name)
        return _json({"rows": await run_in_threadpool(table.rows().holding, asked.text)})

    @app.get("/v1/tables/{name}/output", **hidden)
    async def output(name: str) -> Response:
        """Return the table with the answers, as ``opinia score --details`` writes it."""
        table = tables.find(name)
        if table.run is None or table.run.state != "done":
            raise Refusal(404, "not_judged", "the table is not judged yet")
        called = table.run.output.name.replace("out", table.name.partition(".")[0], 1)
        disposition = f"attachment; filename*=UTF-8''{quote(called, safe='')}"
        return FileResponse(
            table.run.output,
            media_type="application/octet-stream",
            headers={"content-disposition": disposition},
        )


@contextlib.asynccontextmanager
async def tidied(tables: Tables) -> AsyncIterator[None]:
    """Delete tables that nobody asks about while a server runs, and all of them at its end."""

    async def tidy() -> None:
        while True:
            await asyncio.sleep(TIDY_SECONDS)
            await run_in_threadpool(tables.forget)

    task = asyncio.ensure_future(tidy())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.to_thread(tables.close)


async def _receive(request: Request, path: Path, options: ServeOptions) -> None:
    """Write the body of a request to a file.

    Raises:
        Refusal: it is too large (413), too slow (408), or not sent as bytes (415).
        ClientGone: the client left before its end.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/octet-stream":  # what no page of another site may send
        raise Refusal(
            415,
            "unsupported_media_type",
            "a table is sent as bytes, with Content-Type application/octet-stream. "
            f"Received: {kind[:80] or 'none'}",
            hint="its format follows from the name: ?name=reviews.csv",
            close=True,
        )
    most, length = options.max_table_bytes, request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:18]) > most:
        raise _too_large(most)
    size, more = 0, True
    with path.open("wb") as file:
        while more:
            try:
                async with asyncio.timeout(options.body_seconds):
                    message = await request.receive()
            except TimeoutError:
                raise Refusal(
                    408,
                    "too_slow",
                    f"nothing of the table arrived within {options.body_seconds:g} seconds",
                    close=True,
                ) from None
            if message["type"] == "http.disconnect":
                raise ClientGone
            chunk, more = message.get("body", b""), message.get("more_body", False)
            size += len(chunk)
            if size > most:
                raise _too_large(most)
            await run_in_threadpool(file.write, chunk)


def _too_large(most: int) -> Refusal:
    return Refusal(
        413,
        "table_too_large",
        f"a table has at most {most:,} bytes here",
        hint="opinia score reads tables of any size",
        close=True,
    )


async def _attended(
    request: Request, work: Callable[[], _Found], table: Table, *, is_new: bool = False
) -> _Found:
    """Do work in a thread; where a client leaves that does not know the table yet, the work is dropped.

    Raises:
        Refusal: the table cannot be read so.
        ClientGone: nobody waits any more.
    """
    gone = asyncio.ensure_future(until_gone(request.receive))
    done: Awaitable[_Found] = asyncio.ensure_future(run_in_threadpool(work))
    try:
        with _refused(table):
            await asyncio.wait({gone, done}, return_when=asyncio.FIRST_COMPLETED)  # type: ignore[type-var]
            if is_new and not done.done():  # type: ignore[attr-defined]
                table.abandon()
            return await done
    except Overdue:
        raise ClientGone from None
    finally:
        gone.cancel()


@contextlib.contextmanager
def _refused(table: Table | None = None) -> Any:
    """Make refusals of errors, in which options of the command line are called as the fields of requests."""
    try:
        yield
    except MissingExtraError as error:
        raise Refusal(415, "unsupported_table", error.message, hint=error.hint) from None
    except OpiniaError as error:
        told = (lambda said: said) if table is None else table.told
        hint = None if error.hint is None else told(error.hint)
        raise Refusal(422, "unreadable_table", told(error.message) or error.message, hint=hint) from None


def _said(refusal: Refusal) -> dict[str, str | None]:
    return {"message": refusal.message, "hint": refusal.hint}


def _json(content: object) -> Response:
    return Response(to_json(content, inf_nan_mode="null"), media_type="application/json")
