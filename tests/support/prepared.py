"""Processes of Python that have imported already what they will need.

Importing costs a process of opinia 0.3 s of a processor, and 1.5 s where it trains: more than most tests
make it do. So one process imports, and forks where :class:`subprocess.Popen` would begin a new interpreter.
What comes of it is a process as any other, with its own streams, folder, signals, memory and end. What it
is not is freshly begun: tests of imports and of memory begin theirs with :mod:`subprocess`, and so does
this module where variables are set that libraries read when they are loaded, and elsewhere than on Linux.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import importlib
import inspect
import io
import json
import os
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import types
from collections.abc import Mapping

READ_AT_THE_BEGINNING = ("PYTHON", "LC_", "LANG", "OMP_", "GOMP_", "KMP_", "MKL_", "ORT_", "TORCH", "LD_")
"""Variables that count when an interpreter or a library is loaded begin so."""
SET_BY_LIBRARIES = (
    "KMP_DUPLICATE_LIB_OK",
    "KMP_INIT_AT_FORK",
    "PYTHONBREAKPOINT",
    "TORCHINDUCTOR_CACHE_DIR",
)
"""What scikit-learn, joblib, Ray and PyTorch's compiler set in their process, here a worker of the tests."""
USING = (
    "opinia.cli.main",
    "opinia.cli.score",
    "opinia.model.classifier",
    "opinia.score",
    "onnxruntime",
    "pyarrow.parquet",
)
TRAINING = ("opinia.train", "opinia.train.pipeline", "opinia.cli.train", *USING)
IS_AVAILABLE = sys.platform.startswith("linux") and hasattr(os, "pidfd_open")
STATUS = struct.Struct("q")
AT_THE_BEGINNING = dict(os.environ)
"""The variables of the tests, before any of these sets some for itself."""


class Server:
    """The process that imports and forks, begun when it is first needed.

    Args:
        modules: what it imports, in this order.
        variables: those that it begins with.
    """

    def __init__(self, modules: tuple[str, ...], variables: Mapping[str, str] = AT_THE_BEGINNING) -> None:
        self._modules, self._lock, self._control = modules, threading.Lock(), None
        self._environment, self._variables = variables, read_at_the_beginning(variables)

    def begin(self, request: dict, streams: tuple[int, int, int]) -> tuple[int, int]:
        """Fork; return the process's id, and a pipe from which the status of its end comes."""
        with self._lock:
            status, theirs = os.pipe()
            try:
                socket.send_fds(self._control, [json.dumps(request).encode()], [*streams, theirs])
            finally:
                os.close(theirs)
            return STATUS.unpack(os.read(status, STATUS.size))[0], status

    def suits(self, variables: Mapping[str, str]) -> bool:
        """Tell whether what was read at the beginning is what these variables say."""
        with self._lock:
            if self._control is None:
                self._start()
        return read_at_the_beginning(variables) == self._variables

    def _start(self) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, __file__, str(theirs.fileno()), *self._modules]
        self.process = subprocess.Popen(
            command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, env=self._environment
        )
        theirs.close()

        def end() -> None:
            self._control.close()
            self.process.wait()

        atexit.register(end)


def read_at_the_beginning(variables: Mapping[str, str]) -> dict[str, str]:
    names = READ_AT_THE_BEGINNING
    if variables.get("PYTHONUTF8") == "1":  # an interpreter that is told so asks no locale
        names = tuple(name for name in names if name not in ("LC_", "LANG"))
    return {
        name: value
        for name, value in variables.items()
        if name.startswith(names) and name not in SET_BY_LIBRARIES
    }


class Popen(subprocess.Popen):
    """:class:`subprocess.Popen` for ``[sys.executable, "-c" or "-m", what, *arguments]``, and for scripts."""

    server = Server(USING)
    has_terminal = False
    """Whether standard input becomes the terminal of the new session."""

    def _execute_child(self, *arguments: object) -> None:
        real = super()._execute_child
        bound = inspect.signature(real).bind(*arguments).arguments
        command = [os.fspath(each) for each in bound["args"]]
        variables = dict(os.environ if bound["env"] is None else bound["env"])
        if not IS_AVAILABLE or not self.server.suits(variables):
            self._status = None
            real(*arguments)
            return
        assert command[0] == sys.executable
        if command[1].endswith(".py"):
            command[1:2] = ["", command[1]]
        assert command[1] in ("-c", "-m", "")
        assert not any(bound[name] for name in ("preexec_fn", "shell", "pass_fds"))
        request = {
            "kind": command[1],
            "what": command[2],
            "arguments": [*map(as_bytes, command[3:])],
            "folder": as_bytes(os.fspath(bound["cwd"] or os.getcwd())),
            "variables": {as_bytes(name): as_bytes(value) for name, value in variables.items()},
            "session": bool(bound["start_new_session"]),
            "terminal": self.has_terminal,
        }
        ends = [bound[name] for name in ("p2cread", "c2pwrite", "errwrite")]
        streams = tuple(own if given == -1 else given for own, given in enumerate(ends))
        try:
            self.pid, self._status = self.server.begin(request, streams)
            self._child_created = True
        finally:
            pipes = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
            self._close_pipe_fds(*(bound[name] for name in pipes))

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        if self._status is None:
            return super()._try_wait(wait_flags)
        if wait_flags & os.WNOHANG and not select.select([self._status], [], [], 0)[0]:
            return 0, 0
        content = os.read(self._status, STATUS.size)
        os.close(self._status)
        return self.pid, STATUS.unpack(content)[0]

    def _internal_poll(self, _deadstate: int | None = None, **_: object) -> int | None:
        if getattr(self, "_status", None) is None:
            return super()._internal_poll(_deadstate)
        if self.returncode is None and self._waitpid_lock.acquire(False):
            try:
                if self.returncode is None:
                    pid, status = self._try_wait(os.WNOHANG)
                    if pid == self.pid:
                        self._handle_exitstatus(status)
            finally:
                self._waitpid_lock.release()
        return self.returncode


class TrainingPopen(Popen):
    """For what trains."""

    server = Server(TRAINING)


@functools.cache
def _popen_of(variables: frozenset[tuple[str, str]], modules: tuple[str, ...]) -> type[Popen]:
    return type("PopenOfVariables", (Popen,), {"server": Server(modules, dict(variables))})


def popen_in(variables: Mapping[str, str], modules: tuple[str, ...] = USING) -> type[Popen]:
    """Return a kind of :class:`Popen` for processes with other variables that count at the beginning.

    A process that has begun so serves all that begin with the same ones.
    """
    begun = read_at_the_beginning(variables)
    others = {
        name: value for name, value in AT_THE_BEGINNING.items() if not name.startswith(READ_AT_THE_BEGINNING)
    }
    return _popen_of(frozenset({**others, **begun}.items()), modules)


def run(
    command: list,
    *,
    kind: type[Popen] = Popen,
    input: str | bytes | None = None,  # noqa: A002 - as subprocess.run calls it
    capture_output: bool = False,
    timeout: float | None = None,
    check: bool = False,
    **options: object,
) -> subprocess.CompletedProcess:
    """What :func:`subprocess.run` is for :class:`subprocess.Popen`."""
    if input is not None:
        options["stdin"] = subprocess.PIPE
    if capture_output:
        options["stdout"] = options["stderr"] = subprocess.PIPE
    with kind(command, **options) as process:
        try:
            out, err = process.communicate(input, timeout=timeout)
        except BaseException:
            process.kill()
            raise
    done = subprocess.CompletedProcess(process.args, process.returncode, out, err)
    if check:
        done.check_returncode()
    return done


def serve(control: socket.socket) -> tuple[dict, list[int]]:
    """Fork at each request and tell how each child ended. Returns in a child, with what it is to do."""
    running: dict[int, tuple[int, int]] = {}
    while True:
        for ready in select.select([control, *running], [], [])[0]:
            if ready is not control:
                pid, status = running.pop(ready)
                tell(status, os.waitpid(pid, 0)[1])
                os.close(status)
                os.close(ready)
                continue
            content, given, _, _ = socket.recv_fds(control, 1 << 20, 4)
            if not content:  # the tests have ended
                os._exit(0)
            *streams, status = given
            pid = os.fork()
            if pid == 0:
                request = json.loads(content)
                if request["session"]:
                    os.setsid()
                tell(status, os.getpid())
                for each in (control.detach(), status, *running, *(end for _, end in running.values())):
                    os.close(each)
                return request, streams
            running[os.pidfd_open(pid)] = pid, status
            for each in streams:
                os.close(each)


def as_bytes(text: str) -> str:
    """Return the bytes that the system knows a text by, each as a letter: another locale reads them anew."""
    return os.fsencode(text).decode("latin-1")


def from_bytes(letters: str) -> str:
    return os.fsdecode(letters.encode("latin-1"))


def tell(pipe: int, number: int) -> None:
    with contextlib.suppress(BrokenPipeError):  # nobody may wait for it
        os.write(pipe, STATUS.pack(number))


def settle(request: dict, streams: list[int]) -> None:
    """Make of a forked child what a new interpreter would be."""
    for place, stream in enumerate(streams):
        os.dup2(stream, place)
        os.close(stream)
    if request["terminal"]:
        import fcntl
        import termios

        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    folder = from_bytes(request["folder"])
    os.chdir(folder)
    os.environ.clear()
    os.environ.update({from_bytes(name): from_bytes(value) for name, value in request["variables"].items()})
    unbuffered = sys.stdout.write_through
    for place, (name, mode) in enumerate((("stdin", "rb"), ("stdout", "wb"), ("stderr", "wb"))):
        bare = open(place, mode, 0 if unbuffered and mode == "wb" else -1, closefd=False)  # noqa: SIM115
        like = getattr(sys, name)
        made = io.TextIOWrapper(bare, like.encoding, like.errors, newline="\n", write_through=unbuffered)
        made.reconfigure(line_buffering=not unbuffered and (name == "stderr" or made.isatty()))
        setattr(sys, name, made)
        setattr(sys, f"__{name}__", made)
    sys.argv = [request["kind"] or request["what"], *map(from_bytes, request["arguments"])]
    sys.path[0] = {"-c": "", "-m": folder}.get(request["kind"], os.path.dirname(request["what"]))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for module in sys.argv[2:]:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()  # a collection in a child would else copy what all share
    todo, given = serve(socket.socket(fileno=int(sys.argv[1])))
    settle(todo, given)
    if todo["kind"] == "-m":
        runpy.run_module(todo["what"], run_name="__main__", alter_sys=True)
    elif todo["kind"] == "":
        runpy.run_path(todo["what"], run_name="__main__")
    else:
        sys.modules["__main__"] = types.ModuleType("__main__")
        exec(compile(todo["what"], "<string>", "exec"), vars(sys.modules["__main__"]))
