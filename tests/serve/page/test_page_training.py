"""The curves of studies on the page."""

import re
import shutil
import statistics
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from opinia.language import LANGUAGES
from prepared import TrainingPopen
from recipes import SMALL

GROUPS = ("batch32-epochs20", "batch64-epochs10")
SEEDS = 3
EPOCHS = {"batch64-epochs10": 10, "batch32-epochs20": 20}
TRAINED = 2


@pytest.fixture
def training(visit):
    page, _ = visit("#/training/several")
    expect(page.locator("#runs [data-group]")).to_have_count(len(GROUPS))
    expect(lines(page, "accuracy")).to_have_count(2 * len(GROUPS))
    return page


@pytest.fixture(scope="module")
def studies(page_server):
    """What the server says of the study of two recipes."""
    with page_server.client() as client:
        found = client.get("/v1/studies").json()["studies"]
    return next(study for study in found if study["name"] == "several")


def lines(page, metric, kind=""):
    return page.locator(f"svg[data-metric={metric}] path.line{kind}")


def seeds_of(studies, group):
    return [run for run in studies["runs"] if run["name"].startswith(f"{group}-seed")]


def best(run):
    return max(run["history"], key=lambda epoch: (epoch["val_accuracy"], -epoch["val_loss"]))


def test_a_recipe_is_its_mean_and_a_band_and_opens_to_its_seeds(training):
    for metric in ("accuracy", "loss"):
        expect(lines(training, metric, ".train")).to_have_count(len(GROUPS))
        expect(training.locator(f"svg[data-metric={metric}] .band.validation")).to_have_count(len(GROUPS))
        labels = training.locator(f"svg[data-metric={metric}] .line-label")
        assert set(labels.all_text_contents()) == set(GROUPS)
        for group, epochs in EPOCHS.items():
            shape = training.locator(f"svg[data-metric={metric}] path.validation[data-run={group}]")
            assert len(re.findall(r"[ML]", shape.get_attribute("d"))) == epochs
    opener = training.get_by_role("button", name="batch64-epochs10: settings and seeds")
    opener.click()
    expect(opener).to_be_focused()
    expect(training.locator("#runs .seed")).to_have_count(SEEDS)
    expect(lines(training, "loss", ".of-seed.validation")).to_have_count(SEEDS)
    card = training.locator(".run-card")
    expect(card).to_contain_text("batch_size 64, epochs 10, learning_rate 0.001, threads 1")
    expect(card).to_contain_text("All other settings are the defaults.")
    training.get_by_label("seed 2").uncheck()
    expect(lines(training, "loss", ".of-seed.validation")).to_have_count(SEEDS - 1)
    opener.click()
    expect(training.locator("#runs .seed, .run-card")).to_have_count(0)


def test_runs_and_kinds_are_switched(training):
    training.get_by_label("batch64-epochs10", exact=True).uncheck()
    expect(lines(training, "loss")).to_have_count(2 * (len(GROUPS) - 1))
    training.get_by_label("training", exact=True).uncheck()
    expect(lines(training, "loss")).to_have_count(len(GROUPS) - 1)
    training.get_by_role("button", name="None").click()
    expect(lines(training, "accuracy")).to_have_count(0)
    expect(training.locator("#charts")).to_contain_text("no run is selected")
    training.get_by_role("button", name="All").click()
    expect(lines(training, "accuracy")).to_have_count(len(GROUPS))
    training.get_by_label("training", exact=True).check()
    expect(lines(training, "accuracy")).to_have_count(2 * len(GROUPS))


def test_pointing_shows_the_means(training, studies):
    chart = training.locator("svg[data-metric=accuracy]")
    end = training.locator("svg[data-metric=accuracy] .line-end").first.bounding_box()
    box = chart.bounding_box()
    chart.hover(position={"x": end["x"] - box["x"] + 4, "y": 60})
    expect(training.locator("#tip")).to_contain_text("Epoch 20")
    rows = training.locator("#tip tr").all_inner_texts()
    truth = set()
    for key in ("accuracy", "val_accuracy"):
        values = [run["history"][19][key] for run in seeds_of(studies, "batch32-epochs20")]
        truth.add(f"{statistics.mean(values):.2%} ± {100 * statistics.stdev(values):.2f}")
    assert {row.split("\t")[-1] for row in rows} == truth
    expect(training.locator("svg[data-metric=loss] .cursor")).to_have_attribute("visibility", "visible")
    expect(training.locator("path.near")).to_have_count(4)


def test_chart_is_walked_by_keyboard(training):
    chart = training.locator("svg[data-metric=loss]")
    chart.focus()
    training.keyboard.press("Home")
    expect(chart).to_have_attribute("aria-valuenow", "1")
    training.keyboard.press("ArrowRight")
    expect(chart).to_have_attribute("aria-valuenow", "2")
    expect(chart).to_have_attribute("aria-valuetext", re.compile(r"Epoch 2; \S+, validation: \d\.\d{4}"))
    expect(training.locator("#tip")).to_contain_text("Epoch 2")


def test_best_epochs_stand_in_the_table(training, studies):
    for row, group in zip(training.locator("#runs [data-group]").all_inner_texts(), GROUPS, strict=True):
        found = [best(run) for run in seeds_of(studies, group)]
        epochs = sorted(epoch["epoch"] for epoch in found)
        accuracies, losses = ([epoch[key] for epoch in found] for key in ("val_accuracy", "val_loss"))
        assert row.split("\t")[-3:] == [
            f"{epochs[0]}–{epochs[-1]}" if epochs[0] < epochs[-1] else str(epochs[0]),
            f"{statistics.mean(accuracies):.2%} ± {100 * statistics.stdev(accuracies):.2f}",
            f"{statistics.mean(losses):.4f} ± {statistics.stdev(losses):.4f}",
        ]


def test_runs_are_sorted_by_any_column(training):
    def names():
        return training.locator("#runs [data-group]").evaluate_all("all => all.map(one => one.dataset.group)")

    before = names()
    heading = training.get_by_role("button", name="Its validation accuracy")
    cells = training.locator("#runs [data-group] td:nth-last-child(2)")
    heading.click()
    shares = [float(text.split("%")[0]) for text in cells.all_inner_texts()]
    assert shares == sorted(shares)
    heading.click()
    expect(training.locator("#runs [aria-sort]")).to_have_attribute("aria-sort", "descending")
    assert cells.first.inner_text().startswith(f"{max(shares):.2f}%")
    training.get_by_role("button", name="Run", exact=True).click()
    assert names() == before


def test_what_follows_stands_beside_the_curves(training, studies):
    said = training.locator("#conclusions")
    for question in studies["conclusions"]["en"]:
        box = said.locator("details", has_text=question["question"])
        box.locator("summary").click()
        for entry in question["entries"]:
            expect(box).to_contain_text(entry["text"])
    first = LANGUAGES["en"].say("report.q.onset")
    assert first in [question["question"] for question in studies["conclusions"]["en"]]
    charts, card = (training.locator(f"#{name}").bounding_box() for name in ("charts", "conclusions-card"))
    assert card["x"] > charts["x"] + charts["width"]
    training.get_by_role("button", name="polski").click()
    expect(said).to_contain_text(LANGUAGES["pl"].say("report.q.onset"))


def test_the_box_covers_no_line_and_the_table_fits_a_phone(training):
    chart = training.locator("svg[data-metric=accuracy]")
    chart.hover(position={"x": 150, "y": 130})
    box, picture = training.locator("#tip").bounding_box(), chart.bounding_box()
    assert box["y"] + box["height"] <= picture["y"] or box["y"] >= picture["y"] + picture["height"]
    training.get_by_role("button", name="batch64-epochs10: settings and seeds").click()
    for width in (390, 820):
        training.set_viewport_size({"width": width, "height": 800})
        region = training.locator("#runs-card .scroll")
        assert region.evaluate("one => one.scrollWidth <= one.clientWidth")


def test_study_of_one_run(training):
    training.locator("#study").select_option("single")
    expect(training.locator("#runs [data-group]")).to_have_count(1)
    assert training.url.endswith("#/training/single")
    expect(lines(training, "loss")).to_have_count(2)
    training.get_by_role("button", name="polski").click()
    expect(training.locator("#study-about")).to_have_text("1 przebieg")


def test_fifty_runs_and_none(visit, serve, counting_path, studies_folder, tmp_path):
    source = studies_folder / "single" / "runs" / "batch64-epochs10"
    for number in range(50):
        shutil.copytree(source, tmp_path / "studies" / "many" / "runs" / f"run{number}")
    (tmp_path / "empty").mkdir()
    model = ["--model", f"counting={counting_path}"]
    process = serve(*model, "--studies", str(tmp_path / "studies"))
    page, _ = visit("#/training", address=process.address)
    expect(page.locator("#runs [data-group]")).to_have_count(50)
    expect(lines(page, "accuracy")).to_have_count(100)
    expect(page.locator(".line-label")).to_have_count(0)
    page.locator("svg[data-metric=accuracy]").hover()
    expect(page.locator("#tip")).to_contain_text("+ 94")
    process = serve(*model)
    page, _ = visit("#/training", address=process.address)
    expect(page.locator("#training-empty")).to_contain_text("opinia serve --studies DIR")
    expect(page.locator("#training")).to_be_hidden()


LIVE = SMALL.replace("epochs = 2", f"epochs = {TRAINED}\nmax_words = 20")
WAITS = """
import sys
from opinia.cli.main import main
from opinia.runs.folder import RunFolder
write = RunFolder.write_history
def write_and_wait(run, *asked):
    write(run, *asked)
    print("written", file=sys.stderr, flush=True)
    sys.stdin.readline()
RunFolder.write_history = write_and_wait
main()
"""
"""``opinia train``, which waits for a line whenever it has written what an epoch gave."""


def reach(trained, history, epochs):
    """Let a training go on until it has written so many epochs."""
    for line in trained.stderr:
        if line == "written\n":
            if len(history.read_text("utf-8").splitlines()) == epochs + 1:
                return
            go_on(trained)
    pytest.fail("the training ended")


def go_on(trained):
    trained.stdin.write("\n")
    trained.stdin.flush()


def test_a_run_that_goes_on_grows_by_itself(visit, serve, counting_path, tmp_path):
    run = tmp_path / "studies" / "mine" / "runs" / "small" / "seed-1"
    (tmp_path / "studies").mkdir()
    (tmp_path / "small.toml").write_text(LIVE, "utf-8")
    asked = ["train", str(tmp_path / "small.toml"), "-o", str(run)]
    process = serve("--model", f"counting={counting_path}", "--studies", str(tmp_path / "studies"))
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with TrainingPopen([sys.executable, "-c", WAITS, *asked], text=True, **pipes) as trained:
        try:
            reach(trained, run / "history.csv", 1)
            page, _ = visit("#/training/mine", address=process.address)
            for epoch in range(1, TRAINED + 1):
                expect(page.locator("#runs .going")).to_have_text(f"epoch {epoch} of {TRAINED}")
                expect(page.locator("#conclusions-none")).to_be_visible()
                go_on(trained)
                if epoch < TRAINED:
                    reach(trained, run / "history.csv", epoch + 1)
            expect(page.locator("#conclusions details").first).to_be_attached()
            trained.communicate(timeout=60)
            assert trained.returncode == 0
        finally:
            trained.kill()
    expect(page.locator("#runs .going")).to_have_count(0)
    shape = lines(page, "accuracy", ".validation").get_attribute("d")
    assert len(re.findall(r"[ML]", shape)) == TRAINED
