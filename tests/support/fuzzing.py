"""What fuzzers share: inputs made from numbers, processes under a clock, and counts of what came of them."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

import click

SECONDS = 30
"""An input that takes longer hangs; most take some milliseconds."""
IMPORT_SECONDS = 120
ODD_NUMBERS = (0, -1, 1, 2, 7, 255, 1 << 31, (1 << 31) - 1, 1 << 62, -(1 << 62), (1 << 63) - 1, -(1 << 63))
ODD_VALUES = (
    None,
    True,
    0,
    -1,
    1e-300,
    1e300,
    1e999,
    "",
    "\ud800",
    "\x1b[2J",
    "a\nb",
    [],
    {},
    ["a"] * 3,
    [[[]]],
)


def damaged(draw, content):
    """Change, cut, repeat or insert bytes."""
    changed = bytearray(content)
    for _ in range(draw.choice((1, 1, 1, 2, 5, 50))):
        place, length = draw.randrange(len(changed)), draw.choice((1, 2, 8, 100, 5000))
        kind = draw.randrange(6)
        if kind < 3:
            changed[place] ^= 1 << draw.randrange(8)
        elif kind == 3 and len(changed) > length + 10:
            del changed[place : place + length]
        elif kind == 4:
            changed[place:place] = changed[place : place + length]
        else:
            changed[place:place] = draw.randbytes(length)
    return bytes(changed)


def run(script, first, number, *, seconds=SECONDS):
    """Try so many inputs in processes of a script; return what came of them, with an example of each.

    The script is called with ``--worker FIRST LAST`` and prints a number and, after a tab, what came of it.
    What it says in another form is passed on.
    """
    counts, examples, now = Counter(), {}, first
    while now < first + number:
        now, end = _watched(script, now, first + number, counts, examples, seconds)
        if end or now < first + number:
            end = end or "an end before the last"
            counts[end] += 1
            examples.setdefault(end, min(now, first + number - 1))
            now += 1
    return counts, examples


def _watched(script, number, last, counts, examples, seconds):
    """Let one process try inputs, as far as it comes; return where it stopped, and why."""
    command = [sys.executable, script, "--worker", str(number), str(last)]
    hung = threading.Event()
    with tempfile.TemporaryFile("w+") as noise:
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=noise, text=True, start_new_session=True
        ) as process:

            def stop():
                hung.set()
                _kill(process)

            clock = threading.Timer(seconds + IMPORT_SECONDS, stop)  # the first has to wait for imports
            clock.start()
            try:
                for line in process.stdout:
                    _, tab, said = line.rstrip("\n").partition("\t")
                    if not tab:
                        click.echo(line, nl=False)
                        continue
                    clock.cancel()
                    counts[said] += 1
                    examples.setdefault(said, number)
                    number += 1
                    clock = threading.Timer(seconds, stop)
                    clock.start()
            except BaseException:
                _kill(process)
                raise
            finally:
                clock.cancel()
        noise.seek(0)
        if hung.is_set():
            return number, "a hang"
        end = f"a crash ({process.returncode}): {noise.read()[-500:]!r}"
        return number, end if process.returncode else ""


def _kill(process):
    """End a process with what it has started, such as a server."""
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def bound_memory(more):
    """Let a process take so many bytes of addresses beside those that it has, where it can be told them."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (ImportError, OSError):
        return
    bound = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (bound, bound))


def work(first, last, outcome):
    """Print what comes of each input: the body of a worker's process."""
    for number in range(first, last):
        say(number, outcome(number))


def work_on_tables(first, last, attack):
    """Print what comes of each table: ``attack(number, folder, classifier)`` makes it and has it judged."""
    from models import write_counting_model
    from opinia.model.classifier import load

    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as tables:
        classifier = load(write_counting_model(Path(folder) / "model.onnx"))
        work(first, last, lambda number: attack(number, Path(tables), classifier))


def use(classifier, texts):
    """Have a classifier of a damaged file judge texts, together and each alone; return what came of it."""
    import numpy as np

    from opinia.errors import OpiniaError

    try:
        found = classifier.predict_proba(texts)
        alone = np.concatenate([classifier.predict_proba(text) for text in texts])
    except OpiniaError:
        return "read"
    except Exception as error:  # whatever it is, it is what is looked for
        return f"a traceback in use: {type(error).__name__}"
    if found.shape != (len(texts), len(classifier.classes_)) or not np.isfinite(found).all():
        return "silently wrong: no probabilities"
    return "read" if np.abs(found - alone).max() < 0.05 else "silently wrong: answers depend on the batch"


def say(number, end):
    """Print what came of an input, in one line whatever it holds."""
    line = " ".join(str(end).split())
    click.echo(f"{number}\t{line.encode('ascii', 'backslashreplace').decode()}")


def main(script, description, worker, *, good, seconds=SECONDS):
    """Run a fuzzer from its command line, ``SCRIPT NUMBER [--first N]``; return the exit status."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("number", type=int, nargs="?", default=1000, help="of inputs")
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--worker", type=int, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        worker(*options.worker)
        return 0
    counts, examples = run(script, options.first, options.number, seconds=seconds)
    for said, count in counts.most_common():
        click.echo(f"{count:>8,}  {said}" + ("" if said in good else f"  (1 --first {examples[said]})"))
    return 0 if set(counts) <= set(good) else 1
