"""Tab completes names of recipes, models and runs, and paths, in real shells on a real pseudo-terminal."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from commands import call
from terminals import Terminal

OPINIA = Path(sys.executable).with_name("opinia")
DELETE_LINE = "\x15"
STARTS = {
    "bash": ("--norc", "--noprofile", "-i"),
    "zsh": ("-f", "-i"),
    "fish": ("--no-config", "--private", "-i"),
}
QUIET = {
    "bash": "bind 'set bell-style none'; bind 'set enable-bracketed-paste off'",
    "zsh": "unsetopt beep prompt_sp; zstyle ':completion:*' menu no; autoload -Uz compinit; compinit -u -D",
    "fish": "function fish_prompt; echo 'ready> '; end; set -g fish_autosuggestion_enabled 0",
}
TURN_ON = {shell: f'eval "$(opinia completion {shell})"' for shell in ("bash", "zsh")} | {
    "fish": "opinia completion fish | source"
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with what may be named."""
    place = tmp_path_factory.mktemp("place")
    (place / "my recipe.toml").write_text('name = "mine"\n')
    (place / "my-run").mkdir()
    (place / "texts.csv").touch()
    for run in ("films-seed1", "of a name in words", "grid/films-seed2"):
        (place / "runs" / run).mkdir(parents=True)
        (place / "runs" / run / "recipe.toml").touch()
    (place / "runs/films-seed1/best.onnx").touch()
    return place


@pytest.fixture(scope="module")
def shell(place):
    """Return a shell of a name that completes opinia, in that folder; each is started once."""
    started = {}

    def of(name):
        if name not in started:
            if shutil.which(name) is None or not OPINIA.exists():
                pytest.skip(f"{name} and an installed opinia are needed")
            path = f"{OPINIA.parent}{os.pathsep}{os.environ['PATH']}"
            command = (shutil.which(name), *STARTS[name])
            terminal = started[name] = Terminal(*command, PATH=path, PS1="ready> ", HOME=str(place))
            terminal.expect("[>#$] ")
            terminal.send(f"cd '{place}'; {QUIET[name]}\r")
            terminal.expect("\n(.*\n)*.*ready> ")
            terminal.send(f'{TURN_ON[name]}; echo comp""letes\r')
            terminal.expect("completes\n(.*\n)*.*ready> ")
        return started[name]

    yield of
    for terminal in started.values():
        terminal.close()


IN_EVERY_SHELL = [
    ("opinia trai\t", "opinia train "),
    ("opinia train sm\t", "opinia train small "),
    ("opinia train my\\ \t", r"opinia train my\\ recipe.toml "),
    ("opinia train --data te\t", "opinia train --data texts.csv "),
    ("opinia runs show runs/gr\t", "opinia runs show runs/grid/"),
]
IN_BASH = [
    ("opinia summary wide-\t", "opinia summary wide-twin "),
    ("opinia train my-\t", "opinia train my-run/"),
    ("opinia study st\t", "opinia study study "),
    ("opinia --model ba\t", "opinia --model base "),
    ("opinia score x.csv --model se\t", "opinia score x.csv --model seed "),
    ("opinia evaluate sm\t", "opinia evaluate small "),
    ("opinia evaluate small te\t", "opinia evaluate small texts.csv "),
    ("opinia train --init-from no\t", "opinia train --init-from none "),
]


@pytest.mark.parametrize(
    ("name", "typed", "completed"),
    [(name, *each) for name in STARTS for each in IN_EVERY_SHELL] + [("bash", *each) for each in IN_BASH],
)
def test_tab_completes(shell, name, typed, completed):
    terminal = shell(name)
    terminal.send(DELETE_LINE + typed)
    terminal.expect(completed)


@pytest.mark.parametrize("name", STARTS)
def test_tab_twice_lists_the_names(shell, name):
    terminal = shell(name)
    terminal.send(DELETE_LINE + "opinia train \t\t")
    names = ("general", "record-cuda", "seed", "small", "wide")
    terminal.expect("".join(rf"(?=[\s\S]*\s{name}\s)" for name in names))
    terminal.send(DELETE_LINE + "echo $SHLVL lists\r")
    listed = terminal.expect(r"[\s\S]*\d lists\n").group()
    assert "study" not in listed  # it is no recipe


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        (
            "opinia serve --model ",
            {"auto", "base", "general", "polish", "seed", "small", "runs/films-seed1"},
        ),  # the other run has no model
        ("opinia runs compare ", {"runs/films-seed1", "runs/grid/films-seed2"}),
        ("opinia train --resume ", {"runs/films-seed1", "runs/grid/films-seed2"}),
        ("opinia runs compare runs/", set()),  # the shell's own completion of paths knows them
    ],
)
def test_runs_are_names(place, typed, names):
    asked = {"_OPINIA_COMPLETE": "bash_complete", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    done = call(cwd=place, variables=asked)
    assert (done.returncode, done.stderr) == (0, "")
    kinds = [line.split(",") for line in done.stdout.splitlines()]
    assert kinds[0][0] == "file"
    assert {name for kind, name in kinds if kind == "plain"} == names
