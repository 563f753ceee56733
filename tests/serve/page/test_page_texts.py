"""Several reviews on the page: added, judged in batches, sorted, removed, taken along as CSV."""

import csv
from pathlib import Path

import pytest
from browsers import paste
from playwright.sync_api import expect

LINES = ["good", "bad", "", "  so good, so good  ", 'bad "quoted", bad\tand =1+1', "żółć 🎬 good"]


@pytest.fixture
def texts(visit):
    page, watch = visit("#/texts")
    return page, watch


def add(page, *lines):
    page.locator("#add-text").fill("\n".join(lines))
    page.get_by_role("button", name="Judge").click()


def verdicts(page):
    return [row.split("\n")[0] for row in page.locator("#rows .cell-verdict").all_inner_texts()]


def test_lines_become_rows_with_verdicts(texts):
    page, _ = texts
    add(page, *LINES)
    expect(page.locator("#rows .badge")).to_have_count(5)
    assert verdicts(page) == ["positive", "negative", "positive", "negative", "positive"]
    expect(page.locator("#results-summary")).to_have_text("5 texts: 3 positive, 2 negative · 1 doubtful")
    expect(page.locator("#add-text")).to_have_value("")
    add(page, "bad")
    expect(page.locator("#results-summary")).to_have_text("6 texts: 3 positive, 3 negative · 1 doubtful")
    page.locator("#sort").click()
    expect(page.locator("#column-probability")).to_have_attribute("aria-sort", "descending")
    assert verdicts(page) == ["positive"] * 3 + ["negative"] * 3


def test_rows_are_removed(texts):
    page, _ = texts
    add(page, "good", "bad", "so bad")
    expect(page.locator("#rows .badge")).to_have_count(3)
    page.get_by_role("button", name="Remove: bad", exact=True).click()
    assert page.locator("#rows .cell-text").all_inner_texts() == ["good", "so bad"]
    expect(page.locator(":focus")).to_have_accessible_name("Remove: so bad")
    page.reload()
    expect(page.locator("#rows .badge")).to_have_count(2)
    page.get_by_role("button", name="Remove all").click()
    expect(page.locator("#results")).to_be_hidden()
    expect(page.locator("#undo-words")).to_have_text("2 texts were removed.")
    page.get_by_role("button", name="Undo").click()
    assert page.locator("#rows .cell-text").all_inner_texts() == ["good", "so bad"]
    page.get_by_role("button", name="Remove all").click()
    page.reload()
    expect(page.locator("#results")).to_be_hidden()


def test_csv_holds_texts_as_they_are(texts, tmp_path, page_server):
    page, _ = texts
    add(page, *LINES)
    expect(page.locator("#rows .badge")).to_have_count(5)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    path = Path(tmp_path / "table.csv")
    download.value.save_as(path)
    assert download.value.suggested_filename == "opinia.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    wanted = [line.strip() for line in LINES if line.strip()]
    assert [row["text"] for row in rows] == wanted
    with page_server.client() as client:
        answer = client.post("/v1/analyse", json={"texts": wanted, "details": True}).json()["results"]
    assert [row["label"] for row in rows] == [result["label"] for result in answer]
    assert [row["doubt"] for row in rows] == [result["doubt"] or "" for result in answer]
    assert {row["model"] for row in rows} == {"counting"}
    assert {row["undecided"] for row in rows} == {"no"}
    assert "read_by" not in rows[0]
    for key in ("probability", "positive", "unknown"):
        assert [float(row[key]) for row in rows] == pytest.approx(
            [result[key] for result in answer], abs=1e-5
        )


def test_an_answer_to_doubt_says_so_in_its_row_and_in_the_table(visit, tmp_path):
    page, _ = visit("#/texts", locale="pl-PL")
    page.locator("#add-text").fill("good\nzxqy vrrbl qwpt\n!!!")
    page.get_by_role("button", name="Oceń").click()
    expect(page.locator("#rows .badge")).to_have_count(3)
    expect(page.locator("#results-summary")).to_contain_text("wątpliwe: 2")
    rows = page.locator("#rows tr")
    expect(rows.nth(0).locator(".row-doubt")).to_have_count(0)
    expect(rows.nth(1).locator(".row-doubt")).to_contain_text("nie zna żadnego z tych słów")
    expect(rows.nth(2).locator(".row-doubt")).to_contain_text("Brak słów")
    page.get_by_role("button", name="English").click()
    expect(rows.nth(1).locator(".row-doubt")).to_contain_text("knows none of these words")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    download.value.save_as(tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["doubt"] for row in csv.DictReader(file)] == ["", "none_known", "no_words"]


def test_one_text_that_is_refused_spoils_no_other(texts):
    page, watch = texts
    watch.expect("413")
    add(page, *["good"] * 70, "bad " * 30_000, *["bad"] * 10)
    expect(page.locator("#results-summary")).to_have_text("81 texts: 70 positive, 10 negative · 1 not judged")
    expect(page.locator("#rows .problem")).to_have_count(1)
    expect(page.locator("#rows tr").nth(70)).to_contain_text("100,000 characters")


def test_megabyte_of_lines_is_judged(texts):
    page, _ = texts
    line = "The film was good, and that is all that I have to say about it; go and see it for yourself." * 4
    count = 1_000_000 // len(line)
    paste(page, "#add-text", "\n".join(f"{line} {number}" for number in range(count)))
    page.get_by_role("button", name="Judge").click()
    expect(page.locator("#results-summary")).to_have_text(
        f"{count:,} texts: {count:,} positive, 0 negative · {count:,} doubtful"  # the model knows ten words
    )
    assert page.locator("#rows tr").count() == 100
    page.locator("#more").click()
    expect(page.locator("#rows tr")).to_have_count(200)


def test_review_is_added_to_the_list(visit):
    page, _ = visit()
    page.locator("#text").fill("good,\nbut not\n\nbad")
    page.get_by_role("button", name="Add to the list").click()
    expect(page.locator("#rows .cell-text")).to_have_text("good, but not bad")
    assert page.url.endswith("#/texts")


def test_examples_are_ours_and_judged(texts):
    page, _ = texts
    page.get_by_role("button", name="Use the examples").click()
    expect(page.locator("#rows .badge")).to_have_count(5)


def test_other_model_judges_the_list_anew(texts):
    page, _ = texts
    add(page, "A wonderful film.", "good bad bad")
    expect(page.locator("#rows .badge")).to_have_count(2)
    before = page.locator("#rows .cell-share").all_inner_texts()
    page.locator("#model-texts").select_option("seed")
    expect(page.locator("#rows .cell-share").first).not_to_have_text(before[0])
    page.goto(page.url.split("#")[0] + "#/")
    expect(page.locator("#model")).to_have_value("seed")


def test_what_is_near_one_half_is_called_undecided(texts):
    page, _ = texts
    add(page, "good bad", "good", "bad", "zxqy vrrbl qwpt")
    expect(page.locator("#rows .badge")).to_have_count(4)
    assert verdicts(page) == ["undecided", "positive", "negative", "undecided"]
    expect(page.locator("#results-summary")).to_have_text(
        "4 texts: 1 positive, 1 negative, 2 undecided · 1 doubtful"
    )
    kinds = page.locator("#balance i").evaluate_all("all => all.map(one => one.dataset.label)")
    assert kinds == ["negative", "undecided", "positive"]
    page.goto(page.url.split("#")[0] + "#/")
    page.locator("#text").fill("good bad")
    expect(page.locator("#verdict-word")).to_have_text("undecided")
    expect(page.locator("#verdict-share")).to_have_text("leans to positive: 56.2%")
    page.get_by_role("button", name="polski").click()
    expect(page.locator("#verdict-word")).to_have_text("niepewna")
    expect(page.locator("#verdict-share")).to_have_text("raczej pozytywna: 56,2%")
