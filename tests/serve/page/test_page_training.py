"""The curves of studies on the page."""

import re
import shutil

import pytest
from playwright.sync_api import expect

RUNS = 6
EPOCHS = {"batch64-epochs10-seed1": 10, "batch32-epochs20-seed1": 20}


@pytest.fixture
def training(visit):
    page, _ = visit("#/training/several")
    expect(page.locator("#runs tbody tr")).to_have_count(RUNS)
    expect(lines(page, "accuracy")).to_have_count(2 * RUNS)
    return page


def lines(page, metric, kind=""):
    return page.locator(f"svg[data-metric={metric}] path.line{kind}")


def test_curves_are_drawn_from_the_data(training):
    for metric in ("accuracy", "loss"):
        expect(lines(training, metric, ".train")).to_have_count(RUNS)
        for run, epochs in EPOCHS.items():
            shape = training.locator(
                f"svg[data-metric={metric}] path.validation[data-run={run}]"
            ).get_attribute("d")
            assert len(re.findall(r"[ML]", shape)) == epochs
    expect(training.locator("#study")).to_have_value("several")
    expect(training.locator("#charts")).to_contain_text("Epoch")


def test_runs_and_kinds_are_switched(training):
    training.get_by_label("batch64-epochs10-seed1").uncheck()
    expect(lines(training, "loss")).to_have_count(2 * (RUNS - 1))
    training.get_by_label("training", exact=True).uncheck()
    expect(lines(training, "loss")).to_have_count(RUNS - 1)
    training.get_by_role("button", name="None").click()
    expect(lines(training, "accuracy")).to_have_count(0)
    expect(training.locator("#charts")).to_contain_text("no run is selected")
    training.get_by_role("button", name="All").click()
    expect(lines(training, "accuracy")).to_have_count(RUNS)
    training.get_by_label("training", exact=True).check()
    expect(lines(training, "accuracy")).to_have_count(2 * RUNS)


def test_pointing_shows_the_values(training, page_server):
    with page_server.client() as client:
        studies = client.get("/v1/studies").json()["studies"]
    (runs,) = (study["runs"] for study in studies if study["name"] == "several")
    chart = training.locator("svg[data-metric=accuracy]")
    box = chart.bounding_box()
    chart.hover(position={"x": box["width"] - 25, "y": 60})
    expect(training.locator("#tip")).to_contain_text("Epoch 20")
    rows = training.locator("#tip tr").all_inner_texts()
    truth = {
        f"{run['history'][19][key]:.2%}"
        for run in runs
        if len(run["history"]) > 19
        for key in ("accuracy", "val_accuracy")
    }
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


def test_best_epochs_stand_in_the_table(training, page_server):
    with page_server.client() as client:
        studies = client.get("/v1/studies").json()["studies"]
    (runs,) = (study["runs"] for study in studies if study["name"] == "several")
    rows = training.locator("#runs tbody tr").all_inner_texts()
    for run, row in zip(runs, rows, strict=True):
        best = max(run["history"], key=lambda epoch: (epoch["val_accuracy"], -epoch["val_loss"]))
        assert row.split("\t")[-3:] == [
            str(best["epoch"]),
            f"{best['val_accuracy']:.2%}",
            f"{best['val_loss']:.4f}",
        ]


def test_runs_are_sorted_by_any_column(training):
    def names():
        return [text.split("\t")[0] for text in training.locator("#runs tbody th").all_inner_texts()]

    before = names()
    heading = training.get_by_role("button", name="Its validation accuracy")
    heading.click()
    shares = [
        float(text.rstrip("%")) for text in training.locator("#runs td:nth-last-child(2)").all_inner_texts()
    ]
    assert shares == sorted(shares)
    heading.click()
    expect(training.locator("#runs [aria-sort]")).to_have_attribute("aria-sort", "descending")
    assert training.locator("#runs td:nth-last-child(2)").first.inner_text() == f"{max(shares):.2f}%"
    training.get_by_role("button", name="Run", exact=True).click()
    assert names() == before


def test_the_box_covers_no_line_and_the_table_fits_a_phone(training):
    chart = training.locator("svg[data-metric=accuracy]")
    chart.hover(position={"x": 150, "y": 130})
    box, picture = training.locator("#tip").bounding_box(), chart.bounding_box()
    assert box["y"] + box["height"] <= picture["y"] or box["y"] >= picture["y"] + picture["height"]
    for width in (390, 820):
        training.set_viewport_size({"width": width, "height": 800})
        region = training.locator("#runs-card .scroll")
        assert region.evaluate("one => one.scrollWidth <= one.clientWidth")


def test_study_of_one_run(training):
    training.locator("#study").select_option("single")
    expect(training.locator("#runs tbody tr")).to_have_count(1)
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
    expect(page.locator("#runs tbody tr")).to_have_count(50)
    expect(lines(page, "accuracy")).to_have_count(100)
    page.locator("svg[data-metric=accuracy]").hover()
    expect(page.locator("#tip")).to_contain_text("+ 94")
    process = serve(*model)
    page, _ = visit("#/training", address=process.address)
    expect(page.locator("#training-empty")).to_contain_text("opinia serve --studies DIR")
    expect(page.locator("#training")).to_be_hidden()
