"""ONNX Runtime: imported here and nowhere else, kept from reporting, and fit for processes that fork."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from opinia.errors import JudgementError, OpiniaError
from opinia.system.fork_lock import fork_lock
from opinia.system.imports import without_collection

if TYPE_CHECKING:
    from onnxruntime import InferenceSession, ModelMetadata, NodeArg

LAST_SECONDS = 10.0
"""So long a process that ends waits for what its daemon threads have begun."""
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # M_… of mallopt(3)
TELEMETRY_SWITCH = "ORT_DISABLE_TELEMETRY"


class Session:
    """A graph, ready to run on the thread that calls it; threads may share it.

    It works in processes that are forked from this one at any moment (``os.fork``, ``multiprocessing``,
    servers that load before they fork). A child has only the thread that forked, so a lock that another
    one held would never be given back there: ours are made anew, and a graph that was running then, whose
    memory pool has such locks inside ONNX Runtime, is opened again when it is first needed.

    Args:
        content: the model file.
        read_again: returns it once more, should a child need it.
        pool: keep the memory of a run for the next one.
    """

    def __init__(self, content: bytes, read_again: Callable[[], bytes], *, pool: bool = True) -> None:
        self._read_again = read_again
        self._pool = pool
        self._inner: InferenceSession | None = _open(content, pool)
        self._renew()
        _sessions.add(self)

    def run(self, names: list[str] | None, feed: Mapping[str, Any], *, is_large: bool = False) -> list[Any]:
        """Run the graph; see :meth:`onnxruntime.InferenceSession.run`.

        Args:
            names: of the outputs that are wanted.
            feed: the inputs by name.
            is_large: the run takes far more memory than others do, which is not kept for the next one.

        Raises:
            JudgementError: ONNX Runtime failed, for want of memory perhaps.
        """
        caller = threading.get_ident()
        with _native_code():
            inner = self._opened()
            self._running.add(caller)
            try:
                answers: list[Any] = inner.run(names, feed, *([_shrinking()] if is_large else []))
                return answers
            except Exception as error:  # ONNX Runtime's errors share no base class
                reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
                raise JudgementError(
                    f"the network failed: {reason}",
                    hint="there may be too little free memory: judge shorter texts, or fewer at a time",
                ) from error
            finally:
                self._running.discard(caller)

    def pause(self) -> None:
        """Stand between two pieces of a long text: a session that is watched may give up here."""

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Let no other thread in that asks for this; two very long texts at once take too much memory."""
        with _native_code(), self._long:
            yield

    def get_inputs(self) -> list[NodeArg]:
        """Return names, types and shapes of the inputs."""
        inputs: list[NodeArg] = self._opened().get_inputs()
        return inputs

    def get_outputs(self) -> list[NodeArg]:
        """Return names, types and shapes of the outputs."""
        outputs: list[NodeArg] = self._opened().get_outputs()
        return outputs

    def get_modelmeta(self) -> ModelMetadata:
        """Return the metadata of the model file."""
        return self._opened().get_modelmeta()

    def _opened(self) -> InferenceSession:
        inner = self._inner
        if inner is None:
            with self._reopening:
                if (inner := self._inner) is None:
                    inner = self._inner = _open(self._read_again(), self._pool)
        return inner

    def _renew(self) -> None:
        self._long = threading.Lock()
        self._reopening = threading.Lock()
        self._running: set[int] = set()

    def _after_fork(self) -> None:
        if self._running:
            # Not even its destructor may run, which could wait for a lock as well.
            _keep_for_ever(self._inner)
            self._inner = None
        self._renew()


_sessions: weakref.WeakSet[Session] = weakref.WeakSet()
# The threads that are inside ONNX Runtime, and the daemons that may not enter it any more.
_native: set[int] = set()
_doomed: set[threading.Thread] = set()
# Whether ONNX Runtime was imported in a way that leaves its telemetry on.
_may_report = False


def _open(content: bytes, pool: bool) -> InferenceSession:
    with _native_code(), fork_lock:
        runtime = import_onnxruntime()
        options = runtime.SessionOptions()
        options.log_severity_level = 4
        options.intra_op_num_threads = 1  # several threads wait for each other at every step of an LSTM
        options.enable_mem_pattern = False  # each batch has another shape, and a plan kept for each adds up
        options.enable_cpu_mem_arena = pool
        # Its fallback would print on standard output and try the same again.
        session: InferenceSession = runtime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"], enable_fallback=0
        )
        session._model_bytes = None  # kept for other providers alone, and as large as the file
        return session


def _shrinking() -> Any:
    options = import_onnxruntime().RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options


def give_back_memory() -> None:
    """Let the system have what was freed; the GNU C library keeps it otherwise. It takes milliseconds."""
    with contextlib.suppress(AttributeError, OSError, TypeError):  # another library, or another system
        ctypes.CDLL(None).malloc_trim(0)


def keep_little_memory() -> None:
    """Have the GNU C library give large blocks back at once, in a process that is to live long.

    It would raise its own thresholds to 32 and 64 MiB, and what a thread has freed below them stays with
    the process: :func:`give_back_memory` does not reach it. ONNX Runtime has a pool of its own for batches.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):  # another library, or another system
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP_THRESHOLD, 1 << 20)
        library.mallopt(_TRIM_THRESHOLD, 4 << 20)


def import_onnxruntime() -> Any:
    """Import ONNX Runtime with its telemetry off, unless whoever started this process wants it.

    From 1.29 on it reports processor, system and models to its maker, leaves an identifier in the cache
    folder, and starts threads that a forked child waits for. It looks at the variable when it is imported.

    Raises:
        OpiniaError: it is not installed, or a library that it needs is missing.
    """
    global _may_report
    switch = os.environ.get(TELEMETRY_SWITCH) or "1"
    _may_report |= switch != "1" or ("onnxruntime" in sys.modules and TELEMETRY_SWITCH not in os.environ)
    os.environ[TELEMETRY_SWITCH] = switch
    try:
        with without_collection():
            import onnxruntime
    except ImportError as error:
        from opinia import shell

        raise OpiniaError(
            f"ONNX Runtime cannot be imported: {error}",
            hint=shell.command("python", "-m", "pip", "install", "--force-reinstall", "onnxruntime"),
        ) from error

    if switch == "1":
        # Of use where it does not look at the variable, as on Windows, or was imported before by others.
        onnxruntime.disable_telemetry_events()
    return onnxruntime


def _keep_for_ever(kept: object) -> None:
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(kept))


def _end_without_destructors() -> None:
    """Let this process end by ``_exit`` once Python is done: telemetry would wait for threads of the parent.

    Only the GNU C library can: of what is registered here the last is called first, and all of it before
    the destructors of C++ that were registered in the parent.
    """
    library = ctypes.CDLL(None)
    with contextlib.suppress(AttributeError):
        for function in (library._exit, library.fcloseall):
            library.on_exit(function, None)


def _after_fork_in_child() -> None:
    if _may_report:
        _end_without_destructors()
    _native.clear()
    for session in list(_sessions):
        session._after_fork()


@contextlib.contextmanager
def _native_code() -> Iterator[None]:
    """Note that the calling thread is inside ONNX Runtime; a doomed one never gets there."""
    caller = threading.get_ident()
    if caller in _native:
        yield
        return
    _native.add(caller)
    try:
        if not (_doomed and threading.current_thread() in _doomed):
            yield
            return
    finally:
        _native.discard(caller)
    never = threading.Lock()
    never.acquire()
    never.acquire()


@atexit.register
def _let_daemons_finish() -> None:
    """Wait until no daemon thread is inside ONNX Runtime, and let none in any more.

    Python before 3.14 ends a daemon thread where it comes back from native code, and C++ does not survive
    that: the whole process would abort. Threads of other kinds have ended before this is called.
    """
    here = threading.current_thread()
    _doomed.update(thread for thread in threading.enumerate() if thread.daemon and thread is not here)
    until = time.monotonic() + LAST_SECONDS
    with contextlib.suppress(KeyboardInterrupt):
        while _native and time.monotonic() < until:
            time.sleep(0.001)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
