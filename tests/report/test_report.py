"""Reports and pictures: complete, self-contained, and saying the same in every form."""

import csv
import json
import re
import shutil
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from opinia.errors import DataError, TrainingError
from opinia.language import LANGUAGES
from opinia.report.plots import draw_all, draw_run
from opinia.report.study import write_report
from opinia.runs.folder import RunFolder
from opinia.study.curves import curve, overlay_csv, run_csv
from opinia.study.records import find_runs, group_runs, read_results
from studies import record, results

VAL_LOSS = [0.40, 0.36, 0.33, 0.31, 0.32, 0.34, 0.37, 0.41, 0.44, 0.48, 0.5, 0.53, 0.55, 0.57]


def imread(path):
    import matplotlib.image  # half a second in every worker, where the module had it

    return matplotlib.image.imread(path)


def accuracy(seed: int, noise: float = 0.01):
    return [0.85 + noise * np.sin(7 * i + seed) for i in range(14)]


@pytest.fixture(scope="module")
def made():
    """Two trainings of three seeds; the one of 6 epochs is part of the one of 14."""
    seeds = (1, 2, 3)
    short = [record("short|<b>", accuracy(s)[:6], seed=s, val_loss=VAL_LOSS[:6]) for s in seeds]
    whole = [record("long", accuracy(s), seed=s, val_loss=VAL_LOSS) for s in seeds]
    other = [record("other", accuracy(s, 0.03), seed=s, val_loss=VAL_LOSS, batch=32) for s in seeds]
    return results(*short, *whole, *other)


@pytest.fixture(scope="module", params=["en", "pl"])
def written(request, made, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    tests = {f"{name}-{seed}": 0.84 + 0.01 * seed for name in ("long", "other") for seed in (1, 2, 3)}
    write_report(made, folder, language=LANGUAGES[request.param], test_accuracy=tests)
    return request.param, folder


class Page(HTMLParser):
    """Collects the cells of tables, the text, and whatever an attribute points to."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.addresses: list[str] = []
        self.items: list[str] = []
        self.inside: str | None = None

    def handle_starttag(self, tag, attrs):
        self.addresses += [
            value for name, value in attrs if name in ("src", "href", "srcset", "data", "action")
        ]
        assert tag not in ("script", "link", "iframe", "object", "embed")
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
            self.inside = "cell"
        elif tag == "li":
            self.items.append("")
            self.inside = "item"

    def handle_endtag(self, tag):
        if tag in ("td", "th", "li"):
            self.inside = None

    def handle_data(self, data):
        if self.inside == "cell":
            self.tables[-1][-1][-1] += data
        elif self.inside == "item":
            self.items[-1] += data


def page(folder) -> Page:
    parser = Page()
    parser.feed((folder / "report.html").read_text("utf-8"))
    return parser


def unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text).replace("`", "")


def test_the_page_is_self_contained(written, made):
    _, folder = written
    chapters = [address for address in page(folder).addresses if address.startswith("#")]
    addresses = [address for address in page(folder).addresses if address not in chapters]
    text = (folder / "report.html").read_text("utf-8")
    assert len(chapters) > 4
    assert all(f'id="{chapter[1:]}"' in text for chapter in chapters)
    assert text.index("<img") < text.index('id="chapter-2"')
    assert text.count("<main>") == 1
    assert len(addresses) == len(made.runs) + 4
    assert all(address.startswith("data:image/svg+xml;base64,") for address in addresses)
    text = (folder / "report.html").read_text("utf-8")
    assert not re.search(r"url\(|@import|https?://|//\w", text)
    assert "<b>" not in text.replace("<body>", "")


def test_page_markdown_and_csv_say_the_same(written, made):
    language, folder = written
    parsed = page(folder)
    text = (folder / "report.md").read_text("utf-8")
    lines = [re.split(r"(?<!\\)\|", line)[1:-1] for line in text.splitlines() if line.startswith("|")]
    in_markdown = [[unescaped(cell.strip()) for cell in line] for line in lines if "---" not in line[0]]
    assert in_markdown == [row for table in parsed.tables for row in table]
    bullets = [unescaped(line[2:]).replace("**", "") for line in text.splitlines() if line.startswith("- ")]
    assert bullets == parsed.items
    decimal = LANGUAGES[language].decimal
    with (folder / "runs.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["run"] for row in rows] == list(made.runs)
    for row, cells in zip(rows, parsed.tables[0][1:], strict=True):
        mean, sd = float(row["best_val_accuracy_mean"]), float(row["best_val_accuracy_sd"])
        assert cells[4] == f"{mean:.4f} ± {sd:.4f}".replace(".", decimal)
        assert cells[5] == ", ".join(row["best_epochs"].split())
        known = row["test_accuracy_mean"]
        assert cells[-1].partition(" ")[0] == (f"{float(known):.4f}".replace(".", decimal) if known else "–")
    assert [bool(row["test_accuracy_mean"]) for row in rows] == [False, True, True]


def test_json_and_seeds_hold_the_figures(written, made):
    _, folder = written
    figures = json.loads((folder / "report.json").read_text("utf-8"))
    assert [run["run"] for run in figures["runs"]] == list(made.runs)
    assert figures["findings"][0]["onset"]["epoch"] == 5
    assert figures["trainings"] == [["short|<b>", "long"], ["other"]]
    with (folder / "seeds.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 9
    best = max(accuracy(1))
    assert float(rows[3]["best_val_accuracy"]) == best
    assert figures["runs"][1]["best_val_accuracy"]["mean"] == pytest.approx(
        np.mean([max(accuracy(s)) for s in (1, 2, 3)])
    )


def test_conclusions_are_computed_from_these_histories(written):
    language, folder = written
    text = unescaped((folder / "report.md").read_text("utf-8"))
    error = json.loads((folder / "report.json").read_text("utf-8"))["standard_error"]
    for part in {
        "en": ("long: overfitting begins in epoch 5", "short|<b> and long are one training", " points"),
        "pl": ("long: przeuczenie zaczyna się w epoce 5", "short|<b> i long to jeden trening", " p.p."),
    }[language]:
        assert part in text
    assert f" {100 * error:.2f}".replace(".", LANGUAGES[language].decimal) in text
    assert "1,920 reviews" not in text  # these are not the author's five runs
    assert "1920 recenzjach" not in text


def test_pictures_are_whole_and_labelled_in_the_language(written):
    language, folder = written
    names = {path.stem for path in (folder / "curves").iterdir()}
    metrics = ("accuracy", "val_accuracy", "loss", "val_loss")
    assert names == {"run-short__b_", "run-long", "run-other", *(f"all-{m}" for m in metrics)}
    for name in names:
        picture = imread(folder / "curves" / f"{name}.png")
        assert picture.shape[1] >= 2000
        assert picture.std() > 0.05
        svg = (folder / "curves" / f"{name}.svg").read_text("utf-8")
        assert ElementTree.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
    # Matplotlib writes each text that it turns to paths as a comment before them.
    svg = (folder / "curves" / "run-long.svg").read_text("utf-8")
    best = f"{np.mean([accuracy(seed) for seed in (1, 2, 3)], axis=0).max():.3f}"
    labels = {
        "en": (f"Accuracy (validation at best epoch: {best})", "Epoch", "validation"),
        "pl": (f"Dokładność (walidacja w najlepszej epoce: {best.replace('.', ',')})", "Epoka", "walidacja"),
    }
    for text in labels[language]:
        assert f"<!-- {text} -->" in svg
    assert ("<!-- 0,85 -->" if language == "pl" else "<!-- 0.85 -->") in svg


@pytest.mark.parametrize("written", ["pl"], indirect=True)
def test_the_same_runs_give_the_same_files(made, written, tmp_path):
    language, folder = written
    tests = {f"{name}-{seed}": 0.84 + 0.01 * seed for name in ("long", "other") for seed in (1, 2, 3)}
    (tmp_path / "curves").mkdir()
    (tmp_path / "curves" / "run-gone.svg").write_text("of an earlier report")
    write_report(made, tmp_path, language=LANGUAGES[language], test_accuracy=tests)
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.*")}
    assert {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*.*")} == files


@pytest.mark.parametrize(
    "records",
    [
        [record("one", [0.8])],
        [record("one", [0.8, 0.9, 0.85]), record("one", [0.7], seed=2)],
    ],
    ids=["one epoch", "different lengths"],
)
def test_small_runs_are_drawn_too(records, tmp_path):
    drawn = draw_run("one", records, tmp_path, language=LANGUAGES["en"])
    assert imread(tmp_path / f"{drawn.name}.png").std() > 0.01
    rows = list(csv.DictReader((tmp_path / f"{drawn.name}.csv").open()))
    assert len(rows) == max(len(r.history) for r in records)
    assert rows[0]["val_accuracy_sd"] == (
        "" if len(records) == 1 else repr(float(np.std([0.8, 0.7], ddof=1)))
    )


def test_curves_by_hand():
    found = curve([record("a", [0.8, 0.9]), record("a", [0.6], seed=2)], "val_accuracy")
    assert found.mean == pytest.approx([0.7, 0.9])
    assert found.sd[0] == pytest.approx(np.sqrt(0.02))
    assert np.isnan(found.sd[1])
    assert found.seeds.tolist() == [2, 1]


def test_csv_reads_back_the_same():
    one = record("a", [1 / 3, 0.1 + 0.2])
    (first, second) = csv.DictReader(run_csv([one]).splitlines())
    assert float(first["val_accuracy_seed1"]) == 1 / 3
    assert float(second["val_accuracy_mean"]) == 0.1 + 0.2
    assert overlay_csv({"a": [one]}, "loss").splitlines()[0] == "run,epoch,seeds,loss_mean,loss_sd"


def test_a_report_on_the_trained_study(study, finished, tmp_path):
    """On one run that is left: a report on several is drawn where the command makes one."""
    for name in ("short", "other"):
        shutil.rmtree(finished / name)
    found = read_results(study, finished)
    assert found.missing == ("short, seed 1", "other, seed 1")
    write_report(found, tmp_path / "report", language=LANGUAGES["en"])
    text = (tmp_path / "report" / "report.md").read_text("utf-8")
    assert "left out: short, seed 1; other, seed 1" in text
    assert "fewer than 3 seeds" in text
    assert "200" in text
    assert str(finished) not in (tmp_path / "report" / "report.json").read_text("utf-8")
    assert json.loads((tmp_path / "report" / "environment.json").read_text())["data"]["source"] == "sample"


def test_changed_and_absent_runs_are_not_reported(study, finished, tmp_path):
    (finished / "long" / "seed-1" / "history.csv").write_text("changed")
    with pytest.raises(DataError, match=r"changed after it was finished: history\.csv"):
        read_results(study, finished)
    with pytest.raises(DataError, match="holds no finished run"):
        read_results(study, tmp_path / "nothing")


def test_a_report_that_cannot_be_written(made, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(TrainingError, match="cannot be written"):
        write_report(made, tmp_path / "file", language=LANGUAGES["en"])


def test_runs_of_any_folders_are_grouped_by_recipe(finished, tmp_path):
    shutil.copytree(finished / "long" / "seed-1", tmp_path / "copy")
    grouped = group_runs(find_runs([finished, tmp_path / "copy"]))
    assert {name: len(records) for name, records in grouped.runs.items()} == {
        "long": 1,
        "other": 1,
        "short": 1,
    }
    assert grouped.share_training("short", "long")
    assert not grouped.share_training("short", "other")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="there is no run in"):
        find_runs([tmp_path / "empty"])
    with pytest.raises(DataError, match="there is no folder"):
        find_runs([tmp_path / "absent"])


def _trained_anew(run, folder, *, loss=None, **environment):
    """Copy a run as if it had been trained again, elsewhere or to another history; its digests agree."""
    shutil.copytree(run, folder)
    place = RunFolder(folder)
    (folder / "environment.json").write_text(json.dumps({**place.environment(), **environment}))
    history = [epoch if loss is None else replace(epoch, val_loss=loss) for epoch in place.history()]
    place.write_history(history, place.seconds())
    place.finish(history)


def test_runs_of_one_recipe_and_seed_are_told_apart_by_what_differs(finished, tmp_path):
    for name in ("other", "short"):
        shutil.rmtree(finished / name)
    run = finished / "long" / "seed-1"
    _trained_anew(run, tmp_path / "shared", processes=2)
    _trained_anew(run, tmp_path / "again", loss=0.5)
    found = group_runs(find_runs([finished, tmp_path / "shared"]))
    assert list(found.runs) == ["long, processes=1", "long, processes=2"]
    versions = {**RunFolder(run).environment()["versions"], "torch": "0.0.1"}
    _trained_anew(run, tmp_path / "newer", loss=0.25, versions=versions)
    own = RunFolder(run).environment()["versions"]["torch"]
    found = group_runs(find_runs([run, tmp_path / "newer"]))
    assert list(found.runs) == [f"long, torch={own}", "long, torch=0.0.1"]
    found = group_runs(find_runs([run, tmp_path / "again"]))
    assert list(found.runs) == [f"long, {run}", f"long, {tmp_path / 'again'}"]
    assert [records[0].history[0].val_loss for records in found.runs.values()][1] == 0.5
    found = group_runs(find_runs([finished, tmp_path]))
    assert sum(len(records) for records in found.runs.values()) == 4


def test_runs_of_recipes_with_one_name_are_told_apart_by_their_folders(finished, tmp_path):
    """All trainings on one's own tables have recipes called ``own``."""
    for name, run, seed in (("hotels-seed1", "long", 1), ("hotels-seed2", "long", 2), ("films", "other", 1)):
        shutil.copytree(finished / run / "seed-1", tmp_path / "mine" / name)
        place = RunFolder(tmp_path / "mine" / name)
        recipe = place.recipe().replace({"training.seed": seed})
        (place.path / "recipe.toml").write_text(replace(recipe, name="own").to_toml(), "utf-8")
        place.finish(place.history())
    assert list(group_runs(find_runs([tmp_path / "mine"])).runs) == ["own, films", "own, hotels"]
    alone = group_runs(find_runs([tmp_path / "mine" / "films", tmp_path / "mine" / "hotels-seed1"]))
    assert list(alone.runs) == ["own, films", "own, hotels-seed1"]


def test_no_picture_takes_the_place_of_another(tmp_path, monkeypatch):
    monkeypatch.setattr("opinia.report.plots.METRICS", ())  # without the pictures of all runs together
    alike = [record(name, accuracy(1), seed=1, val_loss=VAL_LOSS) for name in ("a b", "a_b", "A_B")]
    pictures = draw_all(results(*alike), tmp_path, language=LANGUAGES["en"])
    names = [picture.name for picture in pictures if picture.run]
    assert names == ["run-a_b", "run-a_b-2", "run-A_B-3"]
    assert all((tmp_path / f"{name}.csv").is_file() for name in names)
