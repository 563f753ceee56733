"""What the documentation names is there: files, headings, commands, options, extras, figures."""

import json
import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest

from opinia.cli.console import published_command
from opinia.cli.main import cli
from opinia.model.batches import BATCH_TOKENS

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "benchmarks/README.md"])
PAGES += [ROOT / "js/README.md"]
NOTEBOOKS = sorted((ROOT / "docs/notebooks").glob("*.ipynb"))
CALL = re.compile(r"\s*(?:\w+=\S*\s+)*(opinia|python runner\.py)(?=\s|$)(.*)")


def code_of(text: str) -> list[str]:
    """Return the lines of code of a page: indented blocks, and what stands between backticks."""
    text = re.sub(r"^```python$.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    lines = [line.strip() for line in re.sub(r"\\\n\s*", " ", text).splitlines() if line.startswith("    ")]
    return lines + re.findall(r"(?<!`)`([^`]+)`(?!`)", text)


def commands_of(text: str) -> list[list[str]]:
    """Return the words of each command of opinia on a page."""
    found = []
    for line in code_of(text):
        for part in re.split(r"\s(?:\||>|<|;|&&)\s", f" {line} "):
            match = re.match(
                r"\s*(?:\w+=\S*\s+)*(opinia|python runner\.py)(?=\s|$)(.*)", " ".join(part.split())
            )
            if match:
                words = shlex.split(re.sub(r"\s[([].*$", "", match[2]), comments=True)
                found.append((["runner.py"] if "runner" in match[1] else []) + words)
    return found


def anchors_of(page: Path) -> set[str]:
    """Return the names by which GitHub and others link the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = page.parent / name if name else page
        assert path.exists(), target
        if anchor:
            assert anchor in anchors_of(path), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_are_named_are_there(page):
    folders = "benchmarks|docs|models|recipes|scripts|src|tests"
    for line in code_of(page.read_text(encoding="utf-8")):
        for name in re.findall(rf"(?<![\w./-])((?:{folders})/[\w./-]*\w)", line):
            if "$" not in line and "NAME" not in name:
                assert list(ROOT.glob(f"{name}*")), (line, name)


@pytest.mark.parametrize("page", [*PAGES, *NOTEBOOKS], ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_and_their_options_are_there(page):
    for words in commands_of(page.read_text(encoding="utf-8")):
        command: click.Command = published_command if words[:1] == ["runner.py"] else cli
        names = [word for word in words if not word.startswith("-")]
        while isinstance(command, click.Group) and names and not words[0].startswith("-"):
            name = names.pop(0)
            found = command.get_command(click.Context(command), name)
            if found is None:
                assert name in ("COMMAND",) or not re.fullmatch("[a-z]+", name), words
                break
            command = found
        if command is cli and (not words or words[0].startswith("-")):
            command = cli.get_command(click.Context(cli), "console")
        known = {
            option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)
        }
        options = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
        assert options <= known | {"--help", "-h", "--version"}, words


@pytest.mark.parametrize("page", [*PAGES, *NOTEBOOKS], ids=lambda page: str(page.relative_to(ROOT)))
def test_what_pip_is_told_works_in_every_shell(page):
    """opinia is on no index, so a folder is named; Windows knows double quotes alone."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = page.read_text(encoding="utf-8").replace('\\"', '"')
    assert "pip install 'opinia" not in text
    assert "pip install opinia" not in text
    for quote, extras in re.findall(r"pip install\s+(['\"]?)[^\s'\"\[]*\[([\w,]+)\]", text):
        assert quote == '"', extras
        assert set(extras.split(",")) <= set(project["optional-dependencies"])


def test_memory_a_word_is_that_of_the_results():
    found = json.loads((ROOT / "benchmarks/results/scoring.json").read_text(encoding="utf-8"))["long_texts"]
    a_word = [entry["megabytes"] * 1e3 / entry["words"] for entry in longest_read_whole(found)]
    text = " ".join((ROOT / "docs/score.md").read_text(encoding="utf-8").split())
    assert f"takes {min(a_word):.0f} to {max(a_word):.0f} kB of memory a word" in text


def longest_read_whole(found):
    """Return what was measured of the longest text of each model that it does not read in pieces."""
    whole = [[entry for entry in entries if entry["words"] <= BATCH_TOKENS] for entries in found.values()]
    return [max(entries, key=lambda entry: entry["words"]) for entries in whole]


@pytest.mark.parametrize("name", sorted(name for name in cli.list_commands(click.Context(cli))))
def test_help_names_no_command_that_is_not_there(name):
    context = click.Context(cli)
    command = cli.get_command(context, name)
    text = command.get_help(click.Context(command, info_name=name))
    for line in re.findall(r"`(opinia[^`]*)`", text):
        assert shlex.split(line)[1] in cli.list_commands(context)
