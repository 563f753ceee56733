"""Tab completes names of recipes and models, and paths, in a real shell on a real pseudo-terminal."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from terminals import Terminal

OPINIA = Path(sys.executable).with_name("opinia")
DELETE_LINE = "\x15"

pytestmark = pytest.mark.skipif(
    shutil.which("bash") is None or not OPINIA.exists(), reason="bash and an installed opinia are needed"
)


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """A bash that completes opinia, in a folder of its own."""
    place = tmp_path_factory.mktemp("place")
    (place / "my recipe.toml").write_text('name = "mine"\n')
    (place / "my-run").mkdir()
    path = f"{OPINIA.parent}{os.pathsep}{os.environ['PATH']}"
    terminal = Terminal(shutil.which("bash"), "--norc", "--noprofile", "-i", PATH=path, PS1="ready> ")
    terminal.expect("ready> ")
    terminal.send(f"cd '{place}'; bind 'set bell-style none'; bind 'set enable-bracketed-paste off'\r")
    terminal.expect("\nready> ")
    terminal.send('eval "$(opinia completion bash)"; echo completes\r')
    terminal.expect("\ncompletes\nready> ")
    yield terminal
    terminal.close()


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("opinia train sm\t", "opinia train small "),
        ("opinia summary base-\t", "opinia summary base-final "),
        ("opinia train my-\t", "opinia train my-run/"),
        ("opinia train my\\ \t", r"opinia train my\\ recipe.toml "),
        ("opinia study st\t", "opinia study study "),
        ("opinia --model ba\t", "opinia --model base "),
        ("opinia score x.csv --model se\t", "opinia score x.csv --model seed "),
        ("opinia evaluate sm\t", "opinia evaluate small "),
    ],
)
def test_tab_completes(shell, typed, completed):
    shell.send(DELETE_LINE + typed)
    shell.expect(completed)


def test_tab_twice_lists_the_names(shell):
    shell.send(DELETE_LINE + "opinia --model \t\t")
    shell.expect(r"base\s+seed\s+small")
    shell.send(DELETE_LINE + "opinia train \t\t")
    listed = shell.expect(r"base\s(.|\n)*ready> ").group().split()
    assert {"base-final", "record-cuda", "seed", "small", "wide-twin"} < set(listed)
    assert "study" not in listed  # it is no recipe
