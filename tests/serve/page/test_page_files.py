"""The files of the page by themselves: nothing from elsewhere, nothing inline."""

import re
from pathlib import Path

import pytest

from opinia.serve.app import the_bundle
from opinia.serve.page.bundle import takes_gzip

PAGE = Path(__file__).parents[3] / "src/opinia/serve/page"
FILES = sorted(path for path in PAGE.rglob("*.*") if path.suffix not in (".py", ".pyc"))
SCRIPTS = [path for path in FILES if path.suffix == ".js" and path.parent.name == "assets"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_is_small_and_ours_alone(path):
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= (600 if path.suffix == ".html" else 300)
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
    named = re.findall(r"(?:src|href)=\"(assets/[^\"]+)\"", text)
    assert len(named) > 5
    missing = [path for path in named if not (PAGE / path).is_file()]
    assert missing == ["assets/palette.css"]  # made by the server
    assert '="/' not in text  # behind a proxy the page may stand below a path


def test_the_bundle_holds_every_module_and_style_sheet():
    bundle = the_bundle()
    script, style = bundle.script.content.decode(), bundle.style.content.decode()
    for path in SCRIPTS:
        assert (f"const m_{path.stem} = " in script) == (path.stem != "early")
    for path in (path for path in FILES if path.suffix == ".css"):
        assert path.read_text("utf-8") in style
    assert not re.search(r"^(?:import|export)\b", script, re.MULTILINE)


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        ("gzip, deflate, br", True),
        ("br;q=1.0, GZIP;q=0.8", True),
        ("", False),
        ("identity, gzip;q=0", False),
        ("gzip; q=0.000", False),
    ],
)
def test_gzip_is_sent_to_who_takes_it(accepted, takes):
    assert takes_gzip(accepted) == takes


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_modules_import_what_is_there(path):
    for names, source in re.findall(
        r"import (?:\{([^}]*)\} from )?\"?(?:\w+ from )?\"(\./[\w-]+\.js)\"", path.read_text("utf-8")
    ):
        if source in ("./words.js", "./palette.js"):  # made by the server
            continue
        target = (path.parent / source).read_text("utf-8")
        for name in filter(None, (one.split(" as ")[0].strip() for one in names.split(","))):
            assert re.search(rf"export (?:async )?(?:const|function|class) {name}\b", target), (source, name)
