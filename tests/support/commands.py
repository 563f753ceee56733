"""The command line in the process of the tests, which has imported what each command would import anew."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import opinia
from opinia.cli.main import cli, run


@dataclass(frozen=True)
class Done:
    """What a command printed, and its exit status."""

    returncode: int
    stdout: str
    stderr: str


def call(*arguments: object, cwd: Path | None = None, variables: Mapping[str, str] | None = None) -> Done:
    """Call ``opinia`` as ``python -m opinia`` does, but for a process of its own.

    Args:
        arguments: of the command line.
        cwd: where it runs; None leaves it where the tests run.
        variables: of the environment, beside those of the tests.
    """
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2)]
    program = str(Path(opinia.__file__).with_name("__main__.py"))
    with (
        contextlib.chdir(cwd or Path.cwd()),
        mock.patch.dict(os.environ, variables or {}),
        mock.patch.object(sys, "argv", [program, *map(str, arguments)]),
        contextlib.redirect_stdout(streams[0]),
        contextlib.redirect_stderr(streams[1]),
    ):
        try:
            run(cli, program="opinia")
        except SystemExit as end:
            status = end.code
    for stream in streams:
        stream.flush()
    return Done(status, *(stream.buffer.getvalue().decode() for stream in streams))


def opinia_command(*arguments: object, status: int = 0, cwd: Path | None = None) -> str:
    """Call ``opinia``; return what it printed or, where it is to fail, its error and hint."""
    done = call(*arguments, cwd=cwd)
    assert done.returncode == status, done.stderr
    return done.stdout if status == 0 else done.stderr
