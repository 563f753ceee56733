"""The report in ``docs/results/study`` is what the documented command makes of the run folders beside it."""

import csv
import io
import json
import re
import shlex

import numpy as np
import pytest
from click.testing import CliRunner

from opinia.cli.study import command
from opinia.language import LANGUAGES

PLACE = "docs/results/study"


@pytest.fixture(scope="module")
def made(root, tmp_path_factory):
    """The report, made anew by the command in docs/study.md."""
    text = (root / "docs/study.md").read_text(encoding="utf-8")
    documented = re.search(
        r"^    opinia study (.*-o docs/results/study/runs (?:.|\n)*?)\n\n", text, re.MULTILINE
    )[1]
    arguments = shlex.split(documented.replace("\\\n", " "))
    assert arguments[-2:] == ["--report", PLACE]
    folder = tmp_path_factory.mktemp("committed") / "report"
    paths = [str(root / a) if "/" in a else a for a in arguments[:-1]]
    result = CliRunner().invoke(command, [*paths, str(folder)])
    assert result.exit_code == 0, result.output
    return folder


def files(folder):
    paths = [path for path in folder.rglob("*.*") if "runs" not in path.relative_to(folder).parts[:-1]]
    return {str(path.relative_to(folder)) for path in paths}


def is_pinned(root):
    import matplotlib  # here, for every worker would import it with the module

    return (
        f"matplotlib=={matplotlib.__version__}"
        in (root / "constraints.txt").read_text(encoding="utf-8").split()
    )


def test_no_file_is_missing_or_left_over(root, made):
    assert files(root / PLACE) == files(made)


def test_its_words_and_tables_are_current(root, made):
    assert (made / "report.md").read_text("utf-8") == (root / PLACE / "report.md").read_text("utf-8")
    picture = re.compile(r"data:image/svg\+xml;base64,[^\"]*")
    pages = [picture.sub("", (folder / "report.html").read_text("utf-8")) for folder in (root / PLACE, made)]
    assert pages[0] == pages[1]


def test_its_figures_are_current(root, made):
    """To the last digits but one: processors differ in how they sum."""
    for name in ("report.json", "environment.json"):
        old, new = (json.loads((folder / name).read_text("utf-8")) for folder in (root / PLACE, made))
        assert_alike(old, new)
    for name in sorted(name for name in files(made) if name.endswith(".csv")):
        old, new = (
            list(csv.reader(io.StringIO((f / name).read_text("utf-8")))) for f in (root / PLACE, made)
        )
        assert_alike(
            [[number(cell) for cell in row] for row in old], [[number(c) for c in row] for row in new]
        )


def test_its_pictures_are_current(root, made):
    import matplotlib.image

    for path in sorted((made / "curves").glob("*.svg")):
        old, new = ((folder / "curves" / path.name).read_text("utf-8") for folder in (root / PLACE, made))
        assert re.findall("<!-- .* -->", old) == re.findall("<!-- .* -->", new)
        if is_pinned(root):  # another Matplotlib may draw the same in other words
            images = [
                matplotlib.image.imread((folder / "curves" / path.name).with_suffix(".png"))
                for folder in (root / PLACE, made)
            ]
            assert np.abs(images[0] - images[1]).mean() < 1e-3


def test_the_short_table_says_what_the_report_says(root):
    """docs/results/README.md: its verdicts and its figures are those of the report."""
    report = json.loads((root / PLACE / "report.json").read_text("utf-8"))
    text = (root / "docs/results/README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([^|]*) \| (\*\*.*) \|$", text, re.MULTILINE))
    say = LANGUAGES["en"].say
    assert list(rows) == [say(f"report.claim.{claim['name']}") for claim in report["claims"]]
    for claim in report["claims"]:
        row = rows[say(f"report.claim.{claim['name']}")]
        verdict = say(f"report.verdict.{claim['verdict']}")
        assert row.startswith(f"**{verdict}**")
        shown = {float(figure.replace("−", "-")) for figure in re.findall(r"−?\d+\.\d+", row)}
        assert shown <= figures(claim, report), (claim["name"], shown - figures(claim, report))


def figures(claim, report):
    """Return every figure that a row may hold, as it is printed."""
    values = [0.87]
    for case in claim["cases"]:
        if case["found"]:
            values += [case["found"][key] for key in ("mean", "sd", "low", "high")]
    if claim["name"] == "peak":
        values += [run["test_accuracy"]["mean"] for run in report["runs"]]
        values += [run["best_val_accuracy"]["sd"] for run in report["runs"]]
    found = {1.0, 2.0} | {round(abs(value), 4) for value in values}
    for value in values:
        found |= {round(value, digits) for digits in (3, 4)} | {
            round(100 * value, digits) for digits in (1, 2)
        }
        found |= {round(abs(100 * value), digits) for digits in (1, 2)}
    return found


def number(cell):
    try:
        return float(cell)
    except ValueError:
        return cell


def assert_alike(old, new):
    if isinstance(old, dict):
        assert list(old) == list(new)
        for key in old:
            assert_alike(old[key], new[key])
    elif isinstance(old, list):
        assert len(old) == len(new)
        for one, other in zip(old, new, strict=True):
            assert_alike(one, other)
    elif isinstance(old, float) and isinstance(new, float):
        assert old == pytest.approx(new, rel=1e-6, abs=1e-12, nan_ok=True)
    else:
        assert old == new
