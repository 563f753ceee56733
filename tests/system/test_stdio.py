"""What programs read is UTF-8 on every command, whatever the locale; people get what their terminal has."""

import dataclasses
import importlib
import json
import os
import sys
from pathlib import Path

import click
import pytest

import prepared
from models import counting_network, graph_of
from opinia.cli.main import COMMANDS
from opinia.data.labelled import OPINIONS
from opinia.model.file import Description, write_model
from opinia.text.tokenizer import Tokenizer

LOCALES = {
    "cp1250": {"PYTHONIOENCODING": "cp1250"},
    "ascii": {"PYTHONIOENCODING": "ascii:strict"},
    "latin-1": {"PYTHONIOENCODING": "latin-1:strict", "LC_ALL": "C"},
    "C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}
TEXT = "Loved it 😀 naïve żółć “good” \u2028 \x85"
PHRASE = "żółć “good”"
RECIPE = """
name = "próba-😀"
text.max_tokens = 100
network = {embedding = 4, units = 4, dense = 4}
training = {epochs = 1, threads = 1}
data = {source = "sample", validation = 300}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with letters in its name: a model with letters in its labels, a run, tables."""
    place = tmp_path_factory.mktemp("zażółć 😀 ñ")
    words = ("good", "bad", "film")
    about = Description(Tokenizer(words, "words"), ("źle", "dobrze 😀"), card={"name": "naïve 😀"})
    write_model(place / "gęś.onnx", graph_of(counting_network(words)), about)
    opinions = dataclasses.replace(about, labels=OPINIONS)
    write_model(place / "wąż.onnx", graph_of(counting_network(words)), opinions)
    (place / "próba.toml").write_text(RECIPE, encoding="utf-8")
    rows = f'tekst żółć,etykieta\n"{TEXT}",źle\nbad,dobrze 😀\n'
    (place / "tabela.csv").write_text(rows, encoding="utf-8")
    for name in ("pos/0_9", "neg/0_2", "unsup/0_0"):
        for part in ("train", "test"):
            file = place / "aclImdb" / part / f"{name}.txt"
            if "unsup" not in name or part == "train":
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(f"{name} {part}", encoding="utf-8")
                urls = f"http://www.imdb.com/title/tt{len(name):07d}/usercomments\n"
                (file.parents[1] / f"urls_{name.partition('/')[0]}.txt").write_text(urls, encoding="utf-8")
    trained = call(place, "train", "próba.toml", "-o", "biegi/jeden 😀")
    assert trained.returncode == 0, trained.stderr.decode()
    assert trained.stdout.decode().endswith(f" -m opinia --model '{Path('biegi/jeden 😀')}'\n")
    return place


def call(place, *arguments, data=b"", **changes):
    """Run the command line in a folder, in a process and in a locale of its own."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "PYTHON")) and k != "LANG"}
    variables = {**plain, "LC_ALL": "C.UTF-8", **changes}
    return prepared.run(
        [sys.executable, "-m", "opinia", *arguments],
        kind=prepared.popen_in(variables),
        input=data,
        capture_output=True,
        cwd=place,
        env=variables,
        timeout=300,
        check=False,
    )


MODEL = ("--model", "gęś.onnx")
TABLE = ("tabela.csv", "--text-column", "tekst żółć", "--label-column", "etykieta")
AS_JSON = {
    "analyse": (TEXT, *MODEL),
    "behave": ("wąż.onnx",),
    "check": TABLE,
    "data imdb": ("--imdb", "aclImdb"),
    "evaluate": ("gęś.onnx", *TABLE, "--labels", "źle,dobrze 😀"),
    "explain": (TEXT, "--phrase", PHRASE, *MODEL),
    "info": ("gęś.onnx",),
    "runs list": ("biegi",),
    "runs show": ("biegi/jeden 😀",),
    "runs compare": ("biegi",),
    "summary": ("próba.toml",),
}
AS_DATA = {
    "score a table": ("score", *TABLE[:3], "-o", "-", *MODEL),
    "score lines": ("score", "-", "--format", "txt", "-o", "-", *MODEL),
    "the sample": ("data", "sample", "-o", "-", "--reviews", "20"),
    "the table of runs": ("runs", "list", "biegi"),
    "a run": ("runs", "show", "biegi/jeden 😀"),
    "the table of reviews": ("data", "imdb", "--imdb", "aclImdb"),
    "a card": ("info", "gęś.onnx"),
    "the console": MODEL,
    "standard input": ("analyse", "-", "--json", *MODEL),
    "single texts": ("analyse", TEXT, *MODEL),
    "an explanation": ("explain", TEXT, *MODEL),
    "figures": ("evaluate", "gęś.onnx", *TABLE, "--labels", "źle,dobrze 😀"),
    "a completion": ("completion", "bash"),
    "help": ("explain", "--help"),
}


def every_command(group, name=""):
    """Yield the name of each command, and the command."""
    for each, command in group.items():
        if isinstance(command, click.Group):
            yield from every_command(command.commands, f"{name}{each} ")
        else:
            yield name + each, command


def loaded():
    found = {}
    for name, (where, _) in COMMANDS.items():
        module, _, attribute = where.partition(":")
        found[name] = getattr(importlib.import_module(module), attribute)
    return dict(every_command(found))


def test_every_command_with_json_is_tried():
    assert {
        name for name, command in loaded().items() if any("--json" in p.opts for p in command.params)
    } == set(AS_JSON)


@pytest.mark.parametrize("name", sorted(AS_JSON))
def test_json_is_utf8_in_any_locale(place, name):
    arguments = (*name.split(), *AS_JSON[name], "--json")
    expected = call(place, *arguments)
    assert expected.returncode == 0, expected.stderr.decode()
    whole = json.loads(expected.stdout.decode())
    for locale in ("cp1250", "ascii", "C"):
        found = call(place, *arguments, **LOCALES[locale])
        assert b"Traceback" not in found.stderr
        assert found.returncode == 0, (locale, found.stderr)
        assert found.stdout == expected.stdout, locale
    said = json.dumps(whole, ensure_ascii=False)
    assert "�" not in said
    if name in ("analyse", "explain"):
        assert whole["text"] == TEXT
        assert len(expected.stdout.decode().splitlines()) == 1
    elif name == "evaluate":
        assert whole["labels"] == {"źle": "źle", "dobrze 😀": "dobrze 😀"}
    elif name == "info":
        assert (whole["file"], whole["card"]["name"]) == ("gęś.onnx", "naïve 😀")
    elif name == "runs list":
        assert (whole[0]["folder"], whole[0]["name"]) == (str(Path("biegi/jeden 😀")), "próba-😀")


@pytest.mark.parametrize("name", sorted(AS_DATA))
def test_what_goes_into_a_pipe_is_utf8_in_any_locale(place, name):
    data = "good żółć 😀\nbad “naïve”\n".encode()
    expected = call(place, *AS_DATA[name], data=data)
    assert expected.returncode == 0, expected.stderr.decode()
    assert expected.stdout.decode()
    for locale in ("cp1250", "ascii", "C"):
        found = call(place, *AS_DATA[name], data=data, **LOCALES[locale])
        assert (found.returncode, found.stdout) == (0, expected.stdout), (locale, found.stderr)
        assert b"Traceback" not in found.stderr


@pytest.mark.parametrize("locale", LOCALES)
def test_people_get_the_nearest_characters_of_their_encoding(place, locale):
    found = call(place, "analyse", "zzz żółć", "--model", "seed", "--lang", "pl", **LOCALES[locale])
    said = found.stderr.decode({"C": "ascii"}.get(locale, locale))
    expected = "model nie zna żadnego z tych słów: odpowiedź nic nie znaczy"
    plain = expected.translate(str.maketrans("żłóź", "zloz"))
    if locale == "latin-1":
        plain = plain.replace("slow", "slów")
    assert said.strip() == (expected if locale == "cp1250" else plain)


@pytest.mark.parametrize("locale", LOCALES)
def test_errors_name_what_is_missing_and_leave_no_traceback(place, locale):
    found = call(place, "info", "brak żółci 😀.onnx", **LOCALES[locale])
    assert found.returncode == 1
    error, hint = found.stderr.decode({"C": "ascii"}.get(locale, locale)).splitlines()
    name = "brak żółci ?.onnx" if locale == "cp1250" else "brak zólci ?.onnx"
    assert (name if locale in ("cp1250", "latin-1") else "brak zolci ?.onnx") in error
    assert hint.startswith("hint: ")


def test_bytes_that_are_no_text_are_replaced_and_said(place):
    found = call(place, "analyse", b"good \xff film", "--json", "--lang", "en", *MODEL)
    assert json.loads(found.stdout)["text"] == "good \ufffd film"
    assert found.stderr.decode() == "not valid UTF-8: the invalid bytes were replaced\n"


def test_names_of_files_keep_their_bytes(place):
    if sys.platform != "linux":
        pytest.skip("only on Linux names of files are any bytes")
    folder = os.fsencode(place) + b"/biegi/dwa \xff"
    os.makedirs(folder)
    for name in os.listdir(place / "biegi" / "jeden 😀"):
        content = (place / "biegi" / "jeden 😀" / name).read_bytes()
        with open(folder + b"/" + os.fsencode(name), "wb") as file:
            file.write(content)
    try:
        for changes in ({}, *LOCALES.values()):
            assert b"dwa \xff\t" in call(place, "runs", "list", "biegi", **changes).stdout
            rows = json.loads(call(place, "runs", "list", "biegi", "--json", **changes).stdout)
            assert [os.fsencode(row["folder"]) for row in rows][0] == b"biegi/dwa \xff"
    finally:
        for name in os.listdir(folder):
            os.unlink(folder + b"/" + name)
        os.rmdir(folder)
