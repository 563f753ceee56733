"""The console with a model that reads somebody's own Polish texts, of five classes."""

import os

import pytest

from models import FIVE, POLISH, polish_card, write_class_model

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals of this kind")


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    card = {**polish_card(), "text": {"unknown_limit": 0.3}}
    return write_class_model(tmp_path_factory.mktemp("own") / "own.onnx", words=POLISH, card=card)


def test_a_person_is_greeted_in_the_models_language_and_answered_by_its_names(terminal, own):
    console = terminal(path=own)
    console.expect("Wpisz tekst po polsku i naciśnij Enter")
    console.ask("good good good")
    console.expect(r"👩\u200d👩\u200d👧 gorąco polecam ❤️ \(\d\d,\d%\)\n")
    console.ask("qwe rty uio good")
    console.expect(r"czy to tekst po polsku\?")
    assert "angielsku" not in console.text


def test_the_same_in_english(terminal, own):
    console = terminal("--lang", "en", path=own)
    console.expect("Type a text in Polish and press Enter")
    console.ask("bad bad bad")
    console.expect(r"zła \"obsługa\" <b>&' \(\d\d\.\d%\)\n")
    console.ask("hello my dear friends, this is a very nice film and I liked it")
    console.expect("seems to be in English, and the model reads texts in Polish alone")


def test_a_pipe_has_a_line_a_text(pipe, own):
    done = pipe(b"bad bad bad\n\ngood good good\n", "--lang", "en", path=own)
    lines = done.stdout.decode().splitlines()
    assert [line.rpartition(" (")[0] for line in lines] == [FIVE[0], "", FIVE[4]]


def test_english_examples_are_not_put_to_it(pipe, own):
    done = pipe(b"", "--examples", path=own)
    assert done.stdout == b""
    assert "nie" not in done.stdout.decode()
    assert "innych tekstach" in done.stderr.decode()
