"""``opinia explain`` on a real pseudo-terminal."""

import os
import sys

import pytest

from opinia.palette import TERMINAL

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals of this kind")

TEXT = "The film was good and it was a bad film, and bad it was: a film"


@pytest.fixture
def explained(terminal, model):
    """Explain a text on a terminal of 80 columns, and return the terminal when it is done."""

    def run(*options, text=TEXT, **changes):
        command = [sys.executable, "-m", "opinia", "explain", text, "--model", str(model), *options]
        shown = terminal(command=command, **changes)
        assert shown.end() == 0, shown.text
        return shown

    return run


def test_words_are_coloured_and_marked(explained):
    shown = explained("--lang", "en")
    against = TERMINAL["against"]
    assert f"\x1b[1;7;38;5;{against}mbad\x1b[0m".encode() in shown.raw
    assert "bad⁻⁻⁻ film" in shown.text
    assert shown.text.startswith("negative (")
    assert any(block in shown.text for block in "▁▂▃")
    assert max(map(len, shown.text.splitlines())) <= 80


@pytest.mark.parametrize("changes", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_without_colours_the_marks_say_the_same(explained, changes):
    shown = explained(**changes)
    assert b"\x1b[" not in shown.raw
    assert "bad⁻⁻⁻ film" in shown.text
    assert "for negative" in shown.text


def test_a_terminal_without_unicode_gets_plain_signs(explained):
    shown = explained("--lang", "en", PYTHONIOENCODING="ascii")
    assert shown.raw.isascii()
    assert "bad--- film" in shown.text
    assert "for negative  bad -" in shown.text
    assert "?" not in shown.text


def test_a_long_text_is_read_from_top_to_bottom(explained):
    shown = explained("--lang", "en", text="The film was good. It was a bad film! " * 60)
    assert "It was a bad film!⁻" in shown.text
    assert max(map(len, shown.text.splitlines())) <= 80
