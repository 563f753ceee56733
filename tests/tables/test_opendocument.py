"""OpenDocument spreadsheets as programs write them: repeated cells, paragraphs, notes, types, sheets."""

import io
import zipfile

import pytest

from models import write_counting_model
from opinia.errors import DataError
from opinia.language import LANGUAGES
from opinia.model.classifier import load
from opinia.score import ScoreOptions, score_table
from opinia.score.check import check_table

NAMES = ("office", "table", "text", "style")
SPACES = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in NAMES)
MIME = "application/vnd.oasis.opendocument.spreadsheet"
HIDDEN = (
    '<office:automatic-styles><style:style style:name="ta2" style:family="table">'
    '<style:table-properties table:display="false"/></style:style></office:automatic-styles>'
)


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    return load(write_counting_model(tmp_path_factory.mktemp("ods") / "counting.onnx"))


def book(*sheets, styles="", packing=zipfile.ZIP_DEFLATED):
    tables = "".join(f"<table:table {name}>{rows}</table:table>" for name, rows in sheets)
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {SPACES}>{styles}'
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    manifest = (
        '<?xml version="1.0"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{MIME}"/></manifest:manifest>'
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", packing) as archive:
        archive.writestr("mimetype", MIME, zipfile.ZIP_STORED)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return target.getvalue()


def cell(value=None, repeated=""):
    more = f' table:number-columns-repeated="{repeated}"' if repeated else ""
    if value is None:
        return f"<table:table-cell{more}/>"
    if isinstance(value, bool):
        said = str(value).lower()
        return f'<table:table-cell{more} office:value-type="boolean" office:boolean-value="{said}"/>'
    if isinstance(value, int | float):
        return f'<table:table-cell{more} office:value-type="float" office:value="{value}"/>'
    inside = value if value.startswith("<") else f"<text:p>{value}</text:p>"
    return f'<table:table-cell{more} office:value-type="string">{inside}</table:table-cell>'


def row(*cells, repeated=""):
    more = f' table:number-rows-repeated="{repeated}"' if repeated else ""
    made = (each if isinstance(each, str) and each.startswith("<table:") else cell(each) for each in cells)
    return f"<table:table-row{more}>{''.join(made)}</table:table-row>"


SHEET = 'table:name="S"'
GOOD, BAD = "A good film, really good", "Bad from the first minute on"
HEADER = row("id", "text", "label")
BODY = row(1, GOOD, 1) + row(2, BAD, 0)
FULL = HEADER + BODY
EMPTY = row(cell(repeated=1024), repeated=1_048_000)


def paragraph(text):
    return f"<text:p>{text}</text:p>"


def one(text):
    return row(3, text, 1)


SHAPES = {
    "plain": (HEADER + BODY, [GOOD, BAD]),
    "rows repeated": (HEADER + row(1, GOOD, 1, repeated=3) + BODY + EMPTY, [GOOD] * 4 + [BAD]),
    "gaps": (
        HEADER + row(cell(repeated=3)) + BODY + row(cell(repeated=3), repeated=2) + BODY,
        [GOOD, BAD] * 2,
    ),
    "paragraphs": (FULL + one(paragraph("One good.") + paragraph("Two.")), [GOOD, BAD, "One good.\nTwo."]),
    "spans and blanks": (
        FULL + one('<text:p>A <text:span>good</text:span> one<text:s text:c="2"/>here</text:p>'),
        [GOOD, BAD, "A good one  here"],
    ),
    "line ends and tabs": (
        FULL + one(paragraph("A good<text:line-break/>film<text:tab/>and<text:tab></text:tab>more")),
        [GOOD, BAD, "A good\nfilm\tand\tmore"],
    ),
    "a note": (
        FULL + one(f"<office:annotation>{paragraph('NOTE')}</office:annotation>{paragraph('Good one')}"),
        [GOOD, BAD, "Good one"],
    ),
    "a link": (FULL + one(paragraph("See <text:a>this good</text:a> one")), [GOOD, BAD, "See this good one"]),
    "entities": (FULL + one("Tom &amp; „Żółć” &lt;3 &amp;amp;"), [GOOD, BAD, "Tom & „Żółć” <3 &amp;"]),
    "a formula": (
        HEADER
        + BODY
        + row(
            3,
            '<table:table-cell table:formula="of:=[.A1]" office:value-type="string" '
            'office:string-value="Good one"><text:p>Good one</text:p></table:table-cell>',
            1,
        ),
        [GOOD, BAD, "Good one"],
    ),
    "a merged title": (
        row("Report of May", '<table:covered-table-cell table:number-columns-repeated="2"/>') + HEADER + BODY,
        [GOOD, BAD],
    ),
    "header rows": (f"<table:table-header-rows>{HEADER}</table:table-header-rows>{BODY}", [GOOD, BAD]),
    "a group": (f"{HEADER}<table:table-row-group>{BODY}</table:table-row-group>", [GOOD, BAD]),
    "a filter": (
        FULL + one("A good one").replace("-row>", '-row table:visibility="filter">', 1),
        [GOOD, BAD, "A good one"],
    ),
}


@pytest.mark.parametrize(("rows", "texts"), SHAPES.values(), ids=SHAPES)
def test_what_programs_write_is_read(classifier, tmp_path, rows, texts):
    path = tmp_path / "a.ods"
    path.write_bytes(book((SHEET, rows)))
    found = check_table(path, classifier, ScoreOptions())
    assert (found.texts, found.label, found.findings.rows, found.findings.bad) == (
        ("text",),
        "label",
        len(texts),
        0,
    )
    assert found.shown[: len(texts)] == [
        [each[0], text, each[2]] for each, text in zip(found.shown, texts, strict=False)
    ]
    assert {*found.meanings.values()} == {"negative", "positive"}
    assert found.dialect.describe(LANGUAGES["en"]).startswith('sheet "S", header')
    summary = score_table(path, tmp_path / "out.jsonl", classifier=classifier)
    assert (summary.rows, summary.bad) == (len(texts), 0)


def typed(kind, attributes, shown):
    inside = paragraph(shown)
    return f'<table:table-cell office:value-type="{kind}" {attributes}>{inside}</table:table-cell>'


@pytest.mark.parametrize(
    ("made", "read"),
    [
        (typed("date", 'office:date-value="2024-05-01"', "1.05.24"), "2024-05-01"),
        (typed("percentage", 'office:value="0.95"', "95%"), "0.95"),
        (typed("currency", 'office:currency="PLN" office:value="9.5"', "9,50 zł"), "9.5"),
        (typed("time", 'office:time-value="PT10H30M00S"', "10:30"), "10:30:00"),
        (typed("float", 'office:value="4"', "4,00"), "4"),
        (cell(True), "True"),
    ],
)
def test_cells_of_other_types_have_their_values(classifier, tmp_path, made, read):
    path = tmp_path / "a.ods"
    path.write_bytes(book((SHEET, row("text", "more") + row(GOOD, made) * 2 + row(BAD, made))))
    found = check_table(path, classifier, ScoreOptions())
    assert [each[1] for each in found.shown] == [read] * 3


def test_stars_and_words_are_labels_there_too(classifier, tmp_path):
    path = tmp_path / "a.ods"
    path.write_bytes(book((SHEET, row("treść", "ocena") + row(GOOD, "5 gwiazdek") + row(BAD, "1 gwiazdka"))))
    found = check_table(path, classifier, ScoreOptions())
    assert (found.texts, found.label) == (("treść",), "ocena")
    assert "stars from 1 to 5" in found.why_no_labels.hint


def test_of_sheets_the_one_that_is_seen_or_named(classifier, tmp_path):
    path = tmp_path / "a.ods"
    second = 'table:name="T" table:style-name="ta2"'
    path.write_bytes(book((SHEET, HEADER + BODY), (second, HEADER + BODY * 2)))
    with pytest.raises(DataError, match="several sheets with rows: 'S', 'T'") as caught:
        check_table(path, classifier, ScoreOptions())
    named = caught.value.hint.split()[-1]
    assert check_table(named, classifier, ScoreOptions()).findings.rows == 2
    path.write_bytes(book((SHEET, HEADER + BODY), (second, HEADER + BODY * 2), styles=HIDDEN))
    assert check_table(path, classifier, ScoreOptions()).findings.rows == 2
    assert check_table(f"{path}::T", classifier, ScoreOptions()).findings.rows == 4
    path.write_bytes(book((SHEET, HEADER + BODY), ('table:name="T"', EMPTY)))
    assert check_table(path, classifier, ScoreOptions()).findings.rows == 2


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (book((SHEET, "")), "no rows"),
        (book((SHEET, HEADER + BODY))[:-60], "damaged"),
        (book((SHEET, "<table:table-row><table:broken")), "damaged"),
        (book((SHEET, HEADER + BODY)).replace(b"content.xml", b"kontent.xml"), "damaged"),
    ],
)
def test_what_is_damaged_or_empty_is_refused(classifier, tmp_path, data, said):
    path = tmp_path / "a.ods"
    path.write_bytes(data)
    with pytest.raises(DataError, match=said):
        check_table(path, classifier, ScoreOptions())


def test_it_becomes_another_format_and_is_known_by_its_content(classifier, tmp_path):
    (tmp_path / "a.ods").write_bytes(book((SHEET, HEADER + BODY)))
    for name in ("out.csv", "out.xlsx", "out.jsonl", "out.parquet"):
        assert score_table(tmp_path / "a.ods", tmp_path / name, classifier=classifier).rows == 2
        assert check_table(tmp_path / name, classifier, ScoreOptions()).findings.rows == 2
    (tmp_path / "b.csv").write_bytes((tmp_path / "a.ods").read_bytes())
    with pytest.raises(DataError, match="OpenDocument spreadsheet") as caught:
        check_table(tmp_path / "b.csv", classifier, ScoreOptions())
    assert "ods" in caught.value.hint
    with pytest.raises(DataError, match=r"ods is read, not written"):
        score_table(tmp_path / "a.ods", tmp_path / "out.ods", classifier=classifier)
