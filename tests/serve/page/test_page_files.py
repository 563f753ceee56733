"""The files of the page by themselves: both languages whole, nothing from elsewhere, nothing inline."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "src/opinia/serve/page"
FILES = sorted(path for path in PAGE.rglob("*") if path.is_file())
SCRIPTS = [path for path in FILES if path.suffix == ".js"]


def words(language: str) -> dict[str, str]:
    source = (PAGE / f"assets/words-{language}.js").read_text("utf-8")
    return dict(re.findall(r"^  (\w+):\s*(.+),$", source, re.MULTILINE))


def test_both_languages_say_the_same_things():
    polish, english = words("pl"), words("en")
    assert polish.keys() == english.keys()
    assert len(english) > 100
    for key, text in english.items():
        assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", polish[key])), key
    for key, text in polish.items():
        assert not text.startswith("{") or "other:" in text, key


def test_every_word_is_used_and_there():
    code = "\n".join(
        path.read_text("utf-8")
        for path in FILES
        if path.suffix in (".js", ".html") and "words-" not in path.name
    )
    there = words("en").keys()
    asked = set(re.findall(r"\bt\(\"(\w+)\"", code)) | set(re.findall(r"data-t(?:-\w+)?=\"(\w+)\"", code))
    assert asked <= there
    composed = re.findall(r"`(\w+_)\$\{", code) + ["train_", "validation_"]
    unused = {key for key in there - set(re.findall(r"\w+", code)) if not key.startswith(tuple(composed))}
    assert unused == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_is_small_and_ours_alone(path):
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 300
    outside = re.findall(
        r"(?:https?:)?//[\w.-]+\.\w+[^\s\"']*", text.replace("http://www.w3.org/2000/svg", "")
    )
    assert outside == []
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text
    )


def test_markup_has_nothing_inline():
    text = (PAGE / "index.html").read_text("utf-8")
    assert not re.search(r"\sstyle=|\son\w+=|<style|<script>|javascript:", text)
    for path in re.findall(r"(?:src|href)=\"(/assets/[^\"]+)\"", text):
        assert (PAGE / path.lstrip("/")).is_file()


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_modules_import_what_is_there(path):
    for names, source in re.findall(
        r"import (?:\{([^}]*)\} from )?\"?(?:\w+ from )?\"(\./[\w-]+\.js)\"", path.read_text("utf-8")
    ):
        target = (path.parent / source).read_text("utf-8")
        for name in filter(None, (one.split(" as ")[0].strip() for one in names.split(","))):
            assert re.search(rf"export (?:async )?(?:const|function|class) {name}\b", target), (source, name)
