"""A whole table on the page: dropped, judged, looked through, and taken home as `opinia score` writes it."""

import csv
import io
import json
import tempfile
from pathlib import Path

import pytest
from browsers import HEIGHT, PHONE, WIDTH, axe_violations
from playwright.sync_api import expect

from commands import opinia_command
from opinia.data.table import read_table
from opinia.model.classifier import load
from opinia.score import ScoreOptions, score_table
from opinia.serve.dropped.tables import PREFIX
from servers import wait_until

DESK = {"width": WIDTH, "height": HEIGHT}
HEADER = "id,review,sentiment,shop"
ROWS = [
    "1,good and so very good,positive,north",
    "2,bad and bad again,negative,south",
    "3,so bad a film it is,positive,north",
    '4,"good, then bad, then good",positive,south',
    "5,zxqy vrrbl qwpt,negative,north",
    "6,good",
]
CSV = "\n".join([HEADER, *ROWS, ""])


def folders():
    return set(Path(tempfile.gettempdir()).glob(f"{PREFIX}*"))


def choose(page, name, data):
    page.locator("#file-input").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": data.encode()}
    )


def drop(page, name, data):
    """Drop a file anywhere on the page, as a hand does."""
    page.evaluate(
        """([name, data]) => {
            const held = new DataTransfer();
            held.items.add(new File([data], name));
            for (const kind of ["dragenter", "dragover", "drop"])
                document.body.dispatchEvent(
                    new DragEvent(kind, { dataTransfer: held, bubbles: true, cancelable: true }));
        }""",
        [name, data],
    )


def judged(page, name="reviews.csv", data=CSV):
    choose(page, name, data)
    page.locator("#file-judge").click()
    expect(page.locator("#file-download")).to_be_visible()


def texts(page):
    page.wait_for_function(
        "() => [...document.querySelectorAll('.file-text')].every(one => one.textContent !== '…')"
    )
    return page.locator(".file-text").all_inner_texts()


@pytest.fixture
def view(visit):
    page, watch = visit("#/file")
    expect(page.locator("#file-privacy")).not_to_be_empty()
    return page, watch


def test_a_dropped_table_is_judged_and_the_surest_mistakes_come_first(visit):
    page, _ = visit()
    drop(page, "reviews.csv", CSV)
    expect(page.locator("#file-form-title")).to_have_text("reviews.csv")
    expect(page.locator("#file-form-title")).to_be_focused()
    assert page.url.endswith("#/file")
    expect(page.locator("#file-texts")).to_have_text("To be judged: review")
    expect(page.locator("#file-meaning")).to_have_text("positive → positive · negative → negative")
    expect(page.locator("#file-bad")).to_contain_text("1 row cannot be read")
    page.locator("#file-judge").click()
    expect(page.locator("#file-accuracy")).to_have_text("60.0%")
    assert texts(page)[0] == "so bad a film it is"
    expect(page.locator(".file-row").first).to_contain_text("label: positive")
    expect(page.locator("#file-summary")).to_contain_text("6 rows")
    page.locator("#file-order").select_option("angry")
    assert texts(page)[:2] == ["bad and bad again", "so bad a film it is"]
    assert texts(page)[-1] == "2 cells where the header has 4"


def test_facets_and_search_leave_what_was_asked_for(view):
    page, _ = view
    judged(page)
    page.get_by_role("checkbox", name="south").click()
    expect(page.locator("#file-summary")).to_contain_text("2 of 6 rows")
    assert set(texts(page)) == {"bad and bad again", "good, then bad, then good"}
    page.get_by_role("button", name="No longer only: south").click()
    page.locator("#file-search").fill("AGAIN")
    expect(page.locator("#file-summary")).to_contain_text("1 of 6 rows")
    page.get_by_role("button", name="Show all").click()
    expect(page.locator("#file-summary")).to_contain_text("6 rows")
    page.locator(".confused").nth(2).click()  # labelled positive, judged negative
    expect(page.locator("#file-summary")).to_contain_text("1 of 6 rows")
    assert texts(page) == ["so bad a film it is"]


def test_a_row_opens_its_explanation_by_keyboard(view):
    page, _ = view
    judged(page)
    page.locator("#file-order").select_option("file")
    page.locator("#file-list").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("#row-title")).to_have_text("Row 2 (2 of 6)")
    expect(dialog.locator("#row-verdict")).to_have_text("negative")
    expect(dialog.locator(".piece.against").first).to_have_text("bad")
    expect(dialog.locator("#row-others")).to_contain_text("south")
    page.keyboard.press("ArrowRight")
    expect(dialog.locator("#row-title")).to_have_text("Row 3 (3 of 6)")
    expect(dialog.locator("#row-share")).to_contain_text("the label says positive")
    dialog.get_by_role("button", name="Open in One review").click()
    expect(page.locator("#text")).to_have_value("so bad a film it is")


def test_the_table_comes_home_as_score_writes_it(view, counting_path, tmp_path):
    page, _ = view
    judged(page)
    with page.expect_download() as download:
        page.locator("#file-download").click()
    assert download.value.suggested_filename == "reviews.opinia.csv"
    download.value.save_as(tmp_path / "got.csv")
    (tmp_path / "in.csv").write_text(CSV)
    options = ScoreOptions(details=True)
    score_table(tmp_path / "in.csv", tmp_path / "out.csv", classifier=load(counting_path), options=options)
    assert (tmp_path / "got.csv").read_bytes() == (tmp_path / "out.csv").read_bytes()


def test_a_removed_table_and_one_that_is_left_are_deleted(view, page_server):
    page, _ = view
    before = folders()
    judged(page)
    made = folders() - before
    assert len(made) == 1
    with page.expect_response(lambda answer: answer.request.method == "DELETE"):
        page.locator("#file-remove").click()
    expect(page.locator("#file-drop")).to_be_visible()
    assert not made & folders()
    before = folders()
    judged(page)
    made = folders() - before
    assert len(made) == 1
    page.goto("about:blank")
    wait_until(lambda: not made & folders())


def test_what_is_no_table_is_said_in_words(view):
    page, watch = view
    watch.expect("422")
    choose(page, "picture.png", "x")
    expect(page.locator("#file-problem")).to_contain_text("picture.png is no table by its name")
    expect(page.locator("#file-drop")).to_be_visible()


def test_labels_that_mean_nothing_get_a_meaning(view):
    page, _ = view
    stars = "text,stars\ngood and so good,5\nbad and so bad,1\nso good so bad,3\n"
    choose(page, "stars.csv", stars)
    expect(page.locator("#file-meaning")).to_contain_text("It is not clear what these labels mean")
    page.locator("#file-take").click()
    expect(page.locator("#file-meaning")).to_contain_text("5 → positive")
    page.locator("#file-judge").click()
    expect(page.locator("#file-accuracy")).to_have_text("100.0%")


def test_a_long_table_stays_a_short_list(view):
    page, _ = view
    rows = 20_000
    judged(page, "long.csv", "text\n" + "".join(f"good film {number}\n" for number in range(rows)))
    expect(page.locator("#file-summary")).to_contain_text("20,000 rows")
    assert page.locator(".file-row").count() < 40
    page.locator("#file-order").select_option("file")
    page.locator("#file-list").focus()
    page.keyboard.press("End")
    expect(page.locator(".file-row").last).to_contain_text(f"good film {rows - 1}")
    assert page.locator(".file-row").count() < 40


@pytest.mark.parametrize(("locale", "size"), [("en-GB", DESK), ("pl-PL", PHONE)])
def test_axe_finds_nothing_and_nothing_sticks_out(visit, locale, size):
    """Names are a matter of the language, places of the width: no rule looks at both. Widths are of both."""
    page, _ = visit("#/file", locale=locale, viewport=size)
    found = []

    def look():
        for each in sorted((DESK, PHONE), key=lambda one: one == size):
            page.set_viewport_size(each)
            assert page.evaluate(
                "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
            )
        found.extend(axe_violations(page))

    choose(page, "reviews.csv", CSV)
    expect(page.locator("#file-judge")).to_be_visible()
    look()
    page.locator("#file-judge").click()
    expect(page.locator("#file-download")).to_be_visible()
    texts(page)
    look()
    page.locator(".file-row").first.click()
    expect(page.locator("#row-others")).not_to_be_empty()
    found.extend(axe_violations(page))
    assert found == []


def test_corrections_are_a_table_that_evaluate_and_train_read(visit, counting_path, tmp_path):
    page, _ = visit()
    for text, label in (("good film", "negative"), ('bad "film", he said\nand left', "positive")):
        page.locator("#text").fill(text)
        page.locator("#disagree").get_by_role("button", name=f"It is {label}").click()
        expect(page.locator("#disagree")).to_contain_text(f"Noted on this device: {label}")
    expect(page.locator("#corrections-count")).to_have_text("2 corrections on this device")
    page.reload()
    with page.expect_download() as download:
        page.locator("#corrections-save").click()
    path = tmp_path / "corrections.csv"
    download.value.save_as(path)
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
    assert [row["label"] for row in rows] == ["negative", "positive"]
    assert rows[1]["text"] == 'bad "film", he said and left'
    said = json.loads(opinia_command("evaluate", counting_path, path, "--json"))
    assert said["accuracy"] == 0.0  # these are its mistakes
    table = read_table(path).labelled
    assert [*table.classes] == ["negative", "positive"]
    assert list(table.texts) == [row["text"] for row in rows]
    page.locator("#corrections-forget").click()
    expect(page.locator("#corrections")).to_be_hidden()
    page.locator("#undo").click()
    expect(page.locator("#corrections")).to_be_visible()


def test_judging_is_stopped_and_begun_again_with_another_model(view):
    page, _ = view
    choose(page, "long.csv", "text\n" + ("good and bad " * 60 + "\n") * 3000)
    page.locator("#model-file").select_option("seed")
    page.locator("#file-judge").click()
    page.locator("#file-stop").click()
    expect(page.locator("#file-problem")).to_contain_text("Stopped")
    expect(page.locator("#file-download")).to_be_hidden()
    page.locator("#file-columns").click()
    page.locator("#model-file").select_option("counting")
    page.locator("#file-judge").click()
    expect(page.locator("#file-download")).to_be_visible()
    expect(page.locator("#file-problem")).to_be_hidden()
    expect(page.locator("#file-summary")).to_contain_text("3,000 rows")
    expect(page.locator("#file-about")).to_contain_text("judged by counting")


def test_a_server_with_a_key_takes_and_gives_tables(visit, serve, counting_path, tmp_path):
    arguments = ["--model", f"counting={counting_path}"]
    process = serve(*arguments, variables={"OPINIA_API_KEY": "key"})
    page, watch = visit("#/file", address=process.address)
    watch.expect("401")
    page.locator("#key").fill("key")
    page.get_by_role("button", name="Use it").click()
    expect(page.locator("#file-privacy")).not_to_be_empty()
    judged(page)
    with page.expect_download() as download:
        page.locator("#file-download").click()
    download.value.save_as(tmp_path / "got.csv")
    assert (tmp_path / "got.csv").read_text().startswith(f"{HEADER},label,")


def test_paper_holds_the_figures_and_the_first_rows_whole(view):
    page, _ = view
    page.set_viewport_size({"width": 720, "height": 1000})  # a sheet of A4
    rows = [f"{number},good film number {number} {'and so on ' * (number % 40)}" for number in range(250)]
    judged(page, data="\n".join(["id,review", *rows, ""]))
    expect(page.locator(".file-row").first).to_contain_text("good film")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(".file-row")).to_have_count(100)
    printed = page.locator(".file-text").evaluate_all(
        "all => all.map(one => [one.textContent, one.scrollHeight - one.clientHeight, one.offsetHeight > 0])"
    )
    assert {text[:10] for text, _, _ in printed} == {"good film "}
    assert all(hidden <= 1 and is_seen for _, hidden, is_seen in printed)
    ends = page.locator(".file-row").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect()).map(({top, bottom}) => [top, bottom])"
    )
    assert all(below[0] >= above[1] - 1 for above, below in zip(ends, ends[1:], strict=False))
    said = "getComputedStyle(document.querySelector('#file-list'), '::before').content"
    assert page.evaluate(said) == '"Rows 1 to 100 of 250, in this order"'
    assert page.evaluate("document.documentElement.scrollWidth") == 720
    for hidden in (".lead >> visible=true", ".file-tools", "#file-more"):
        expect(page.locator(hidden)).to_be_hidden()
    expect(page.locator("#file-histogram")).to_be_visible()
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator(".file-row").nth(60)).to_have_count(0)
