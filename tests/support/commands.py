"""The command line in the process of the tests, which has imported what each command would import anew."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from unittest import mock

import opinia
from opinia.cli.main import cli, run


def call_bytes(
    *arguments: object, data: bytes = b"", cwd: Path | None = None, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Call ``opinia`` as ``python -m opinia`` does, but for a process of its own.

    Args:
        arguments: of the command line.
        data: standard input.
        cwd: where it runs; None leaves it where the tests run.
        variables: of the environment, beside those of the tests.
    """
    given, printed, said = (
        io.TextIOWrapper(io.BytesIO(content), encoding="utf-8") for content in (data, b"", b"")
    )
    command = [str(Path(opinia.__file__).with_name("__main__.py")), *map(os.fsdecode, map(_plain, arguments))]
    with (
        contextlib.chdir(cwd or Path.cwd()),
        mock.patch.dict(os.environ, variables or {}),
        mock.patch.object(sys, "argv", command),
        mock.patch.object(sys, "stdin", given),
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(said),
    ):
        try:
            run(cli, program="opinia")
        except SystemExit as end:
            status = end.code
    for stream in (printed, said):
        stream.flush()
    return subprocess.CompletedProcess(command, status, printed.buffer.getvalue(), said.buffer.getvalue())


def call(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    """Call ``opinia`` as :func:`call_bytes` does; what it printed is text."""
    done = call_bytes(*arguments, **options)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def opinia_command(*arguments: object, status: int = 0, cwd: Path | None = None) -> str:
    """Call ``opinia``; return what it printed or, where it is to fail, its error and hint."""
    done = call(*arguments, cwd=cwd)
    assert done.returncode == status, done.stderr
    return done.stdout if status == 0 else done.stderr


def _plain(argument: object) -> str | bytes:
    return argument if isinstance(argument, bytes) else str(argument)
