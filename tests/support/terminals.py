"""A real pseudo-terminal, and how the tests of the console start it."""

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import prepared

ROOT = Path(__file__).parents[2]
RUNNER = ROOT / "runner.py"
TIMEOUT = 120
PASTE_ON = b"\x1b[?2004h"

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|\x1b[=>78]")


def environment(**changes):
    """The environment of a child: that of the tests, less what changes how a console looks."""
    base = {k: v for k, v in os.environ.items() if k not in {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"}}
    base.update({"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": ""})
    return base | changes


class Terminal:
    """A process on a pseudo-terminal of its own; reads and writes as a terminal program does."""

    def __init__(self, *command, **changes):
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        variables = environment(**changes)
        if command[0] == sys.executable and prepared.IS_AVAILABLE:
            kind, more = prepared.popen_in(variables), {}
            kind = type("PopenInTerminal", (kind,), {"has_terminal": True})
        else:
            kind, more = subprocess.Popen, {"preexec_fn": lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)}
        self.process = kind(
            command, stdin=slave, stdout=slave, stderr=slave, env=variables, start_new_session=True, **more
        )
        os.close(slave)
        os.set_blocking(self._master, False)
        self.raw = b""
        self._seen = 0
        self._prompts = 0
        self._answered = 0

    @property
    def text(self):
        """Everything written so far, without escape sequences."""
        return _ESCAPES.sub("", self.raw.decode(errors="replace")).replace("\r", "")

    def expect(self, pattern, *, timeout=TIMEOUT):
        """Wait until the pattern appears after the last one that was expected."""
        end = time.monotonic() + timeout
        while True:
            text = self.text
            found = re.compile(pattern).search(text, self._seen)
            if found:
                self._seen = found.end()
                return found
            alive = self._pump(end)
            if not alive or time.monotonic() > end:
                raise AssertionError(f"no {pattern!r} in {text[self._seen :][-2000:]!r}")

    def send(self, data):
        """Type or paste; a str goes out as UTF-8."""
        data = data.encode() if isinstance(data, str) else data
        end = time.monotonic() + TIMEOUT
        while data:
            assert time.monotonic() < end, f"the process reads no more; {len(data)} bytes left"
            data = self._write(data, end)

    def prompt(self):
        """Wait for a fresh prompt: it asks for bracketed paste each time."""
        end = time.monotonic() + TIMEOUT
        while self.raw.count(PASTE_ON) <= self._prompts:
            if not self._pump(end) or time.monotonic() > end:
                raise AssertionError(f"no prompt in {self.text[-2000:]!r}")
        self._prompts += 1

    def ask(self, text):
        """Wait for a fresh prompt, type a text and press Enter."""
        self.prompt()
        self.send(text + "\r")

    def paste(self, text):
        """Paste as a terminal does that was asked for bracketed paste."""
        self.send("\x1b[200~" + text + "\x1b[201~")

    def end(self, *, key=""):
        """Wait for the process to end and return its status; press a key, again each two seconds."""
        end = time.monotonic() + TIMEOUT
        pressed = 0.0
        while self._pump(end) and time.monotonic() < end:
            if key and time.monotonic() > pressed + 2:
                pressed = time.monotonic()
                self.send(key)
        return self.process.wait(timeout=TIMEOUT)

    def close(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self._master)

    def _write(self, data, end):
        _, writable, _ = select.select([self._master], [self._master], [], max(0, end - time.monotonic()))
        self._pump(time.monotonic())
        if not writable:
            return data
        try:
            return data[os.write(self._master, data[:65536]) :]
        except BlockingIOError:
            return data

    def _pump(self, end):
        """Read what is there; return whether the process can still write."""
        readable, _, _ = select.select([self._master], [], [], min(1, max(0, end - time.monotonic())))
        if not readable:
            return self.process.poll() is None
        try:
            data = os.read(self._master, 1 << 16)
        except BlockingIOError:
            return True
        except OSError:  # Linux says EIO once the last process has closed the terminal
            return False
        self.raw += data
        # Where is the cursor? A terminal answers, and prompt_toolkit waits for it.
        while self.raw.count(b"\x1b[6n") > self._answered:
            self._answered += 1
            os.write(self._master, b"\x1b[24;1R")
        return bool(data)


def screen(raw):
    """Return the lines that a terminal shows after these bytes: it knows what rich's bars do."""
    lines, row, column = [[]], 0, 0
    for part in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b.|.", raw.decode(errors="replace"), re.DOTALL):
        if match := re.fullmatch(r"\x1b\[(\d*)([AK])", part):
            number, letter = match.groups()
            if letter == "A":
                row = max(0, row - int(number or 1))
            else:
                lines[row] = lines[row][:column] if number in ("", "0") else []
        elif part == "\r":
            column = 0
        elif part == "\n":
            row += 1
            lines += [[]] * (row == len(lines))
        elif not part.startswith("\x1b"):
            lines[row] = [
                *lines[row][:column],
                *[" "] * (column - len(lines[row])),
                part,
                *lines[row][column + 1 :],
            ]
            column += 1
    return ["".join(line).rstrip() for line in lines]
