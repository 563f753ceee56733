"""The console as a person meets it: runner.py on a real pseudo-terminal."""

import json
import os
import sys
import time

import pytest

from models import counting_network, graph_of, write_counting_model, write_failing_model
from opinia.model.file import Description, write_model
from opinia.text.tokenizer import Tokenizer

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals of this kind")

MEGABYTE = "good film " * 104_858  # 1,048,580 characters


def wait_for_prompt(console, term):
    """A terminal that can do nothing is not asked for bracketed paste."""
    if term == "dumb":
        console.expect("> ")
    else:
        console.prompt()


def test_a_person_asks_and_is_answered_in_polish(terminal):
    console = terminal()
    console.ask("the film was good")
    console.expect(r"pozytywna \(95,0%\)\n")
    console.ask("bad")
    console.expect(r"negatywna \(92,0%\)\n")
    console.prompt()
    console.send("\x04")
    assert console.end() == 0
    assert console.text.count("Ctrl-D") == 1
    assert "> the film was good\n" in console.text
    assert "Traceback" not in console.text


def test_a_person_asks_and_is_answered_in_english(terminal):
    console = terminal("--lang", "en")
    console.ask("the film was good")
    console.expect(r"positive \(95\.0%\)\n")
    console.ask("bad")
    console.expect(r"negative \(92\.0%\)\n")


def test_the_answers_have_colours_and_no_color_is_obeyed(terminal):
    colourful = terminal()
    colourful.ask("good")
    colourful.expect("pozytywna")
    assert b"\x1b[38;5;32mpozytywna" in colourful.raw
    plain = terminal(NO_COLOR="1")
    plain.ask("good")
    plain.expect("pozytywna")
    plain.ask("zzz yyy xxx")
    plain.expect("nie zna")
    assert b"\x1b[38;5" not in plain.raw
    assert b"\x1b[2m" not in plain.raw


def test_a_paste_of_many_lines_is_one_review(terminal):
    console = terminal()
    console.prompt()
    console.paste("good\r\ngood\n\nbad and bad and bad\nbad\n")
    console.send("\r")
    console.expect("negatywna")
    console.ask("good")
    console.expect("pozytywna")
    assert console.text.count("tywna (") == 2


def test_what_is_typed_around_a_paste_counts(terminal):
    console = terminal("--lang", "en")
    console.prompt()
    console.send("bad bad ")
    console.paste("zzz\nyyy")
    console.send(" xxx www\r")
    console.expect("negative")
    console.expect("67% of the words")


def test_a_paste_of_a_megabyte_is_shown_in_short_and_judged_whole(terminal):
    console = terminal("--lang", "en")
    console.prompt()
    console.paste(MEGABYTE + "zzz")
    console.expect(r"\[pasted: 1,048,583 characters\]")
    console.send("\r")
    console.expect(r"positive \(")
    assert len(console.raw) < 20_000
    console.ask("bad")
    console.expect(r"negative \(")


def test_a_long_paste_is_deleted_as_one_and_comes_back_from_history(terminal):
    console = terminal("--lang", "en")
    console.prompt()
    console.paste("good " * 1000)
    console.expect("pasted: 5,000")
    console.send("\x7fbad\r")
    console.expect(r"negative \(92.0%\)")
    console.prompt()
    console.paste("good " * 2000)
    console.expect("pasted: 10,000")
    console.send("\r")
    console.expect(r"positive \(")
    console.prompt()
    console.send("\x1b[A\r")
    console.expect(r"positive \(")
    console.prompt()


def test_a_text_that_is_too_long_is_refused_and_the_next_is_judged(terminal):
    console = terminal("--lang", "en")
    console.prompt()
    console.paste("good " * 420_000)
    console.expect(r"pasted: 2,100,000")
    console.send("\r")
    console.expect(r"too long: 2,100,000 characters, at most 2,097,152")
    console.ask("good")
    console.expect(r"positive \(")


def test_an_empty_line_is_not_judged(terminal):
    console = terminal()
    console.ask("")
    console.ask("   ")
    console.ask("good")
    console.expect("pozytywna")
    assert console.text.count("tywna (") == 1
    assert "model nie zna" not in console.text


@pytest.mark.parametrize("word", ["exit", " Quit ", "koniec", "WYJŚCIE"])
def test_words_that_end(terminal, word):
    console = terminal()
    console.ask(word)
    assert console.end() == 0
    assert "tywna" not in console.text


def test_control_c_drops_the_line_and_on_an_empty_one_ends(terminal):
    console = terminal()
    console.prompt()
    console.send("bad bad bad\x03")
    console.prompt()
    console.send("good\r")
    console.expect("pozytywna")
    console.prompt()
    console.send("\x03")
    assert console.end() == 0
    assert "negatywna" not in console.text
    assert "Traceback" not in console.text


def test_control_c_while_a_long_text_is_judged(terminal, tmp_path):
    """The network of the published size needs seconds for a megabyte."""
    console = terminal(path=write_counting_model(tmp_path / "slow.onnx", units=128))
    console.prompt()
    console.paste(MEGABYTE)
    console.expect("wklejono")
    console.send("\r")
    console.expect("oceniam")
    console.send("\x03")
    console.expect("przerwano")
    console.ask("bad")
    console.expect("negatywna")
    console.prompt()
    console.paste(MEGABYTE)
    console.expect("wklejono")
    console.send("\r")
    console.expect("oceniam")
    console.send("\x03")
    console.expect("przerwano")
    console.ask("exit")
    assert console.end() == 0
    assert "pozytywna" not in console.text
    assert "Traceback" not in console.text


def test_words_that_the_model_does_not_know(terminal):
    console = terminal()
    console.ask("to jest bardzo dobry film")
    console.expect("model nie zna 80% słów")
    console.ask("znakomity")
    console.expect("nie zna żadnego z tych słów")
    console.ask("!!! ...")
    console.expect("brak słów do oceny")
    console.ask("zzz good film")
    console.expect("pozytywna")
    console.prompt()
    console.send("\x04")
    console.end()
    assert console.text.count("model nie zna") == 2


def test_a_terminal_that_can_do_nothing(terminal):
    console = terminal("--lang", "en", TERM="dumb")
    console.expect("> ")
    console.send("good\r")
    console.expect(r"positive \(95\.0%\)")
    console.expect("> ")
    # Longer than the 4,096 bytes that a terminal's own editing takes, and bad only at its end.
    console.send("the " * 1200 + "bad\r")
    console.expect(r"negative \(")
    console.expect("> ")
    console.send("\r")
    console.expect("> ")
    assert console.end(key="\x04") == 0
    assert b"\x1b" not in console.raw
    assert "Traceback" not in console.text
    assert console.text.count("tive (") == 2


def test_control_c_on_a_terminal_that_can_do_nothing(terminal):
    console = terminal(TERM="dumb")
    console.expect("> ")
    console.send("bad bad")
    console.expect("bad bad")
    time.sleep(0.5)  # a signal in the instant between echo and wait is heeded at the next key only
    console.send("\x03")
    console.expect("> ")
    console.send("good\r")
    console.expect("pozytywna")
    console.expect("> ")
    assert console.end(key="\x03") == 0
    assert "negatywna" not in console.text
    assert "Traceback" not in console.text


@pytest.mark.parametrize("term", ["xterm-256color", "dumb"])
@pytest.mark.parametrize(
    ("changes", "greeting"),
    [
        ({"PYTHONIOENCODING": "ascii"}, b"nacisnij Enter"),
        ({"PYTHONIOENCODING": "latin-1:strict"}, b"nacisnij Enter"),
        ({"PYTHONIOENCODING": "cp1250"}, "naciśnij Enter".encode("cp1250")),
        ({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, b"nacisnij Enter"),
    ],
)
def test_a_terminal_without_polish_letters(terminal, term, changes, greeting):
    console = terminal(TERM=term, **changes)
    wait_for_prompt(console, term)
    assert greeting in console.raw
    console.send("good żółć 😀\r")
    console.expect(r"pozytywna \(95,0%\)\n")
    wait_for_prompt(console, term)
    console.send("żółć\r")
    console.expect(r"tych s.+w: odpowied. nic nie znaczy|nie zna")
    console.send("\x04")
    assert console.end(key="\x04") == 0
    assert "Traceback" not in console.text


def test_what_a_locale_does_not_know_is_read_as_utf8(terminal, tmp_path):
    words = ("żółw", "good", "bad")
    path = tmp_path / "words.onnx"
    write_model(path, graph_of(counting_network(words)), Description(Tokenizer(words)))
    for term in ("xterm-256color", "dumb"):
        changes = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TERM": term}
        console = terminal("--lang", "en", path=path, **changes)
        wait_for_prompt(console, term)
        console.send("żółw\r")
        console.expect(r"positive \(56\.2%\)")
        console.send("\x04")
        assert console.end(key="\x04") == 0
        assert "knows none" not in console.text


@pytest.mark.parametrize("encoding", ["cp1250", "ascii", "latin-1", "utf-8"])
def test_json_on_a_terminal_is_whole_in_any_encoding(terminal, model, encoding):
    text = "good żółć 😀"
    command = [sys.executable, "-m", "opinia", "analyse", text, "--json", "--model", str(model)]
    shown = terminal(command=command, PYTHONIOENCODING=encoding)
    assert shown.end() == 0
    (line,) = [line for line in shown.raw.decode(encoding).splitlines() if line.startswith("{")]
    assert json.loads(line)["text"] == text


def test_a_missing_model_is_an_error_and_no_prompt(terminal, tmp_path):
    console = terminal(path=tmp_path / "none.onnx")
    assert console.end() == 1
    assert "error: there is no model at" in console.text
    assert "hint: " in console.text
    assert b"\x1b[?2004h" not in console.raw


def test_the_module_starts_the_same_console(terminal, model):
    console = terminal(command=[sys.executable, "-m", "opinia", "--model", str(model), "--lang", "en"])
    console.ask("good")
    console.expect(r"positive \(95\.0%\)")
    console.ask("exit")
    assert console.end() == 0


def test_a_text_on_which_the_network_fails_is_one_remark_and_the_next_is_answered(terminal, tmp_path):
    console = terminal("--lang", "en", path=write_failing_model(tmp_path / "failing.onnx", longest=20))
    console.ask("good " * 21)
    console.expect("the network failed")
    console.ask("good")
    console.expect(r"positive \(95\.0%\)\n")
    console.prompt()
    console.send("\x04")
    assert console.end() == 0
    assert "Traceback" not in console.text


def test_words_for_help_explain_and_words_for_the_end_end(terminal):
    console = terminal()
    for word in ("help", "?", "POMOC", ":help"):
        console.ask(word)
        console.expect(r"exit, koniec, :q +kończą")
    console.ask(":x")  # an emoticon is a text
    console.expect(r"tywna \(")
    console.ask("help.")
    console.expect(r"tywna \(")
    console.ask(":q")
    assert console.end() == 0
    assert console.text.count("tywna (") == 2
    assert max(map(len, console.text.splitlines())) <= 80
    english = terminal("--lang", "en")
    english.ask("help")
    english.expect(r"Answers: negative, positive;")
    english.ask("\\q")
    assert english.end() == 0
