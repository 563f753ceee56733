"""Watch a command as a stranger would: what it leaves, what it writes anywhere, whom it calls."""

import functools
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

SECONDS = 300
NO_SOCKETS = Path(__file__).with_name("no_sockets.py")
# Where one of these is set, ONNX Runtime takes it for a build machine and stays quiet.
BUILD_MACHINES = (
    "CI",
    "TF_BUILD",
    "GITHUB_ACTIONS",
    "GITLAB_CI",
    "CIRCLECI",
    "TRAVIS",
    "JENKINS_URL",
    "CODEBUILD_BUILD_ID",
    "BUILDKITE",
    "TEAMCITY_VERSION",
    "APPVEYOR",
    "BITBUCKET_BUILD_NUMBER",
    "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI",
)
OURS = ("OPINIA", "ORT_", "XDG_", "MPL", "TORCH", "PYTEST", "PYTHON")
_WRITING = "open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,truncate"
_CALLING = "socket,connect,bind,sendto,sendmsg,sendmmsg"
# An address still missing; a local socket, which reaches nobody until it is connected; and the C library
# asking this machine's cache of names who the user is.
_KILLED = "+++ killed by SIGSYS"
_FAST = "--seccomp-bpf"
_NO_CALL = re.compile(r", NULL, 0 ?\)|^socket\(AF_UNIX,|^(?:connect|sendto)\(.*/run/nscd/socket")


def plain_environment(**changes: str) -> dict[str, str]:
    """The environment of a person who has set nothing of what matters here."""
    kept = {k: v for k, v in os.environ.items() if k not in BUILD_MACHINES and not k.startswith(OURS)}
    # Where SHELL is not set, as on build machines, a shell asks who the user is, over a socket.
    return {"SHELL": "/bin/sh", **kept, "PYTHONDONTWRITEBYTECODE": "1", **changes}


@functools.cache
def has_strace(*options: str) -> bool:
    """Tell whether system calls can be traced here; a sandbox may not allow it, or not with these options."""
    return shutil.which("strace") is not None and not subprocess.call(
        ["strace", "-f", *options, "-o", os.devnull, "true"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@dataclass
class Watched:
    """A command in folders of its own, and what became of them.

    ``home`` and ``temporary`` begin empty; the command runs in ``place``, where it may write what it is
    asked for.
    """

    folder: Path
    sockets: str = "none"
    variables: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.home, self.temporary, self.place = (self.folder / n for n in ("home", "temporary", "place"))
        for path in (self.home, self.temporary, self.place):
            path.mkdir(parents=True, exist_ok=True)
        self._trace = self.folder / "trace"

    def command(self, command: Sequence[object]) -> list[str]:
        """Return the command, made to be watched."""
        whole = [sys.executable, NO_SOCKETS, self.sockets, *command]
        if has_strace():
            traced = f"trace={_WRITING},{_CALLING}"
            # The tracer stands aside (-D), so that the process that is started is the command itself.
            # Calls that nobody asks for cost nothing where the kernel is told which are wanted.
            fast = [_FAST] if has_strace(_FAST) else []
            whole = ["strace", "-D", "-f", *fast, "-q", "-y", "-e", traced, "-o", self._trace, *whole]
        return [*map(str, whole)]

    def folders(self) -> dict[str, str]:
        """Return the variables that name the folders of a person."""
        return {"HOME": str(self.home), "TMPDIR": str(self.temporary)}

    def start(self, command: Sequence[object]) -> subprocess.Popen[str]:
        """Start the command; its standard streams are pipes."""
        return subprocess.Popen(
            self.command(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.place,
            env=plain_environment(**self.folders(), **self.variables),
        )

    def run(self, command: Sequence[object], text: str = "") -> subprocess.CompletedProcess[str]:
        """Run the command to its end."""
        with self.start(command) as process:
            try:
                out, err = process.communicate(text, timeout=SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        self.wait_for_trace(process.pid)
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    def wait_for_trace(self, pid: int) -> None:
        """Wait until the tracer has written of the end of a process."""
        until = time.monotonic() + SECONDS
        while has_strace() and not re.search(
            rf"^{pid} +\+\+\+ ", self._trace.read_text("utf-8"), re.MULTILINE
        ):
            assert time.monotonic() < until, "the trace has no end"
            time.sleep(0.01)

    def left(self) -> set[str]:
        """Return what lies in the home folder and the temporary one."""
        places = [path for path in (self.home, self.temporary) if path.is_dir()]
        return {str(path.relative_to(self.folder)) for place in places for path in place.rglob("*")}

    def made(self) -> set[str]:
        """Return the files and folders at the top of where the command ran."""
        return {path.name for path in self.place.iterdir()}

    def strays(self) -> list[str]:
        """Return what was written elsewhere than where the command ran; nothing without strace.

        The temporary folder is left out: what comes and goes there is not kept, and :meth:`left` sees
        the rest.
        """
        own = (f"{self.place}/", f"{self.temporary}/", "/dev/", "/proc/")
        return [path for path in self._written() if not path.startswith(own)]

    def calls(self) -> list[str]:
        """Return the traced calls on sockets, and ends for a forbidden one; nothing without strace.

        What goes over a connection that is there already, as answers do, is no call, and neither is
        what the C library asks the machine's own cache of names.
        """
        calls = [
            line
            for line in self._lines()
            if line.partition("(")[0] in _CALLING.split(",") or line.startswith(_KILLED)
        ]
        return [line for line in calls if not _NO_CALL.search(line)]

    def _written(self) -> list[str]:
        found = []
        for line in self._lines():
            name = line.partition("(")[0]
            if name not in _WRITING.split(",") or " = -1 " in line:
                continue
            if name in ("open", "openat") and not re.search(r"O_(?:WRONLY|RDWR|CREAT)", line):
                continue
            path = re.findall(r'"((?:[^"\\]|\\.)*)"', line)[-1]
            folders = re.findall(r"(?:AT_FDCWD|\d+)<([^>]*)>, ", line) or [str(self.place)]
            found.append(os.path.normpath(os.path.join(folders[-1], path)))
        return found

    def _lines(self) -> list[str]:
        """Return the traced calls, each with its result on one line."""
        lines: list[str] = []
        begun: dict[str, str] = {}
        text = self._trace.read_text("utf-8", errors="replace") if has_strace() else ""
        for line in text.splitlines():
            pid, _, call = line.partition(" ")
            call = call.strip()
            if call.endswith("<unfinished ...>"):  # another process came between
                begun[pid] = call.removesuffix("<unfinished ...>")
                continue
            resumed = re.fullmatch(r"<\.\.\. \w+ resumed>(.*)", call)
            lines.append(begun.pop(pid, "") + resumed[1] if resumed else call)
        return [*lines, *begun.values()]  # whoever was killed in a call never comes back from it
