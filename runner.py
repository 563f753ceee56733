"""The console: ``python runner.py --path MODEL`` judges the review that a person types.

Any Python 3 may start this file. One that lacks what judging needs hands over to the project's own
environment, ``.venv``, which ``make run`` sets up.
"""

import os
import sys
from contextlib import suppress

NEEDED = ("click", "numpy", "onnxruntime", "prompt_toolkit", "rich")
OLDEST = (3, 11)
HANDED_OVER = "OPINIA_HANDED_OVER"


def what_is_missing() -> str:
    """Return what keeps this Python from judging, or an empty text."""
    if sys.version_info < OLDEST:
        return "Python {}.{} or newer is needed".format(*OLDEST)
    from importlib import import_module
    from importlib.util import find_spec

    absent = [name for name in ("opinia", *NEEDED) if find_spec(name) is None]
    if absent:
        return "opinia is not installed for it" if "opinia" in absent else "it lacks " + ", ".join(absent)
    try:
        import_module("opinia.cli.main")
    except ImportError as error:  # present, but built for another Python
        return str(error).strip().splitlines()[0]
    return ""


def environment_python() -> str:
    """Return the path of the interpreter of the project's own environment, there or not."""
    here = os.path.dirname(os.path.realpath(__file__))
    place = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return os.path.join(here, ".venv", *place)


def how_to_set_up() -> str:
    """Return what makes the environment, and in which folder if that is not this one."""
    here = os.path.dirname(os.path.realpath(__file__))
    how = "make run"
    if os.name == "nt":  # has no make
        how = r"py -m venv .venv, then .venv\Scripts\python -m pip install -e ."
    return how if os.path.realpath(os.getcwd()) == here else f"{how} (in {here})"


def hand_over(python: str) -> None:
    """Let another interpreter do it all; return only when it cannot be started."""
    command = [python, os.path.realpath(__file__), *sys.argv[1:]]
    environment = dict(os.environ)
    environment[HANDED_OVER] = "1"
    try:
        if os.name != "nt":
            os.execve(python, command, environment)  # noqa: S606
        # Windows has no exec: its replacement would run beside the shell's next prompt.
        import subprocess

        process = subprocess.Popen(command, env=environment)  # noqa: S603
    except OSError:
        return
    while True:
        with suppress(KeyboardInterrupt):  # Ctrl-C is for the other one, which decides whether to end
            sys.exit(process.wait())


def main() -> None:
    """Start the console with this Python, or with the environment's, or say what to do."""
    handed_over = os.environ.pop(HANDED_OVER, "")
    missing = what_is_missing()
    if not missing:
        from opinia.cli.console import published_command
        from opinia.cli.main import run

        run(published_command, program="runner.py")
    python = environment_python()
    if not handed_over and os.path.exists(python):
        hand_over(python)
    sys.exit(f"error: {sys.executable} cannot run opinia ({missing}); set it up with: {how_to_set_up()}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
