"""Formats of all kinds in and out: what each holds, and what is said where it holds something else."""

import bz2
import gzip
import io
import json
import lzma
import random
import sqlite3
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import python_calamine
import xlsxwriter

from models import write_counting_model
from opinia.errors import DataError
from opinia.model.classifier import load
from opinia.score import ScoreOptions, score_table
from opinia.score.labelled import LabelledOptions, judge_labelled
from opinia.tables import Told, find_formats, open_reader, open_records, open_table
from scoring import cells, run

TEXTS = ["A good film, really good", "bad; bad\nbad", "żółty film", 'good "quoted" film']
ROWS = [{"id": number, "text": text, "stars": 4.5} for number, text in enumerate(TEXTS)]


@pytest.fixture(scope="module")
def model_file(tmp_path_factory):
    return write_counting_model(tmp_path_factory.mktemp("many") / "counting.onnx")


@pytest.fixture(scope="module")
def classifier(model_file):
    return load(model_file)


def workbook(sheets, *, header=True):
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for place, row in enumerate([list(rows[0])] * header + [list(row.values()) for row in rows]):
            for column, cell in enumerate(row):
                sheet.write(place, column, cell)
    book.close()
    return target.getvalue()


def ods():
    """The least that an OpenDocument spreadsheet is."""
    cells_of = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
            for cell in row
        )
        + "</table:table-row>"
        for row in [["id", "text"], ["a", "good film"], ["b", "bad film"]]
    )
    names = ("office", "table", "text")
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in names)
    content = (
        f'<?xml version="1.0"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="One">{cells_of}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    mime = "application/vnd.oasis.opendocument.spreadsheet"
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("mimetype", mime)
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            '<?xml version="1.0"?><manifest:manifest '
            'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{mime}"/></manifest:manifest>',
        )
    return target.getvalue()


def read(place, *, name="", **told):
    found, _ = find_formats(str(place) + name, "")
    with open_table(found) as source:
        reader = open_reader(source, kind=found.kind, out="csv.", told=Told(**told), part=found.part)
        return reader.columns, [row for row, _ in reader.table.every()]


JSON_SHAPES = {
    "array": ROWS,
    "columns": {name: [row[name] for row in ROWS] for name in ROWS[0]},
    "pandas": {name: {str(n): row[name] for n, row in enumerate(ROWS)} for name in ROWS[0]},
    "index": {str(n): row for n, row in enumerate(ROWS)},
    "wrapped": {"count": 4, "reviews": ROWS},
    "split": {"columns": list(ROWS[0]), "index": [0, 1, 2, 3], "data": [list(row.values()) for row in ROWS]},
}


@pytest.mark.parametrize("shape", [*JSON_SHAPES, "lines", "one behind the other"])
def test_json_by_its_content(shape, classifier, tmp_path):
    if shape in JSON_SHAPES:
        data = json.dumps(JSON_SHAPES[shape], indent=2 if shape == "array" else None)
    else:
        data = ("\n" if shape == "lines" else " ").join(map(json.dumps, ROWS))
    (tmp_path / "in.json").write_text(data)
    summary = score_table(tmp_path / "in.json", tmp_path / "out.json", classifier=classifier)
    assert (summary.rows, summary.bad, summary.column) == (4, 0, "text")
    made = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert [{name: row[name] for name in ROWS[0]} for row in made] == ROWS
    assert [row["label"] for row in made] == list(classifier.predict(TEXTS))


@pytest.mark.parametrize("kind", ["json", "jsonl"])
def test_fields_in_fields_have_dots(kind, classifier, tmp_path):
    rows = [{"id": n, "review": {"text": text, "by": {"name": "me"}}} for n, text in enumerate(TEXTS)]
    data = json.dumps(rows) if kind == "json" else "\n".join(map(json.dumps, rows))
    (tmp_path / f"in.{kind}").write_text(data)
    options = ScoreOptions(text_column="review.text")
    summary = score_table(
        tmp_path / f"in.{kind}", tmp_path / f"out.{kind}", classifier=classifier, options=options
    )
    assert (summary.rows, summary.bad) == (4, 0)
    if kind == "jsonl":
        line = (tmp_path / "out.jsonl").read_text().splitlines()[0]
        assert line.startswith(json.dumps(rows[0])[:-1])


@pytest.mark.parametrize(
    "data", ['[{"text": "good"}', '[{"text": "good"} {"text": "bad"}]', "[1, 2]", "5", "{}"]
)
def test_json_that_is_no_table(data, classifier, tmp_path):
    (tmp_path / "in.json").write_text(data)
    with pytest.raises(DataError):
        score_table(tmp_path / "in.json", tmp_path / "out.json", classifier=classifier)
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize("out", ["csv", "tsv", "jsonl", "json", "xlsx", "parquet"])
@pytest.mark.parametrize("kind", ["csv", "jsonl", "json", "xlsx", "parquet", "sqlite"])
def test_any_table_becomes_any_other(kind, out, classifier, tmp_path):
    if kind == "csv":
        data = "id;text\n" + "".join(
            '{};"{}"\n'.format(row["id"], row["text"].replace('"', '""')) for row in ROWS
        )
        (tmp_path / "in.csv").write_text(data)
    elif kind in ("json", "jsonl"):
        data = json.dumps(ROWS) if kind == "json" else "\n".join(map(json.dumps, ROWS))
        (tmp_path / f"in.{kind}").write_text(data)
    elif kind == "xlsx":
        (tmp_path / "in.xlsx").write_bytes(workbook({"Reviews": ROWS}))
    elif kind == "parquet":
        pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "in.parquet")
    else:
        file = sqlite3.connect(tmp_path / "in.sqlite")
        file.execute("CREATE TABLE reviews (id INTEGER, text TEXT, stars REAL)")
        file.executemany("INSERT INTO reviews VALUES (:id, :text, :stars)", ROWS)
        file.commit()
        file.close()
    summary = score_table(tmp_path / f"in.{kind}", tmp_path / f"out.{out}", classifier=classifier)
    assert (summary.rows, summary.bad, summary.column) == (4, 0, "text")
    path = tmp_path / f"out.{out}"
    if out == "parquet":
        rows = pq.read_table(path).to_pylist()
    elif out == "xlsx":
        sheet = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
        rows = [dict(zip(sheet[0], row, strict=True)) for row in sheet[1:]]
    elif out in ("json", "jsonl"):
        text = path.read_text("utf-8")
        rows = json.loads(text) if out == "json" else list(map(json.loads, text.splitlines()))
    else:
        delimiter = "\t" if out == "tsv" else ";" if kind == "csv" else ","
        rows = cells(path.read_bytes(), delimiter=delimiter)
    assert [row["text"] for row in rows] == TEXTS
    assert [float(row["id"]) for row in rows] == [0, 1, 2, 3]
    assert [row["label"] for row in rows] == list(classifier.predict(TEXTS))
    found = [float(row["probability"]) for row in rows]
    assert found == pytest.approx(classifier.predict_proba(TEXTS).max(axis=1).tolist(), abs=1e-6)


def test_a_spreadsheet_of_opendocument(classifier, tmp_path):
    (tmp_path / "in.ods").write_bytes(ods())
    score_table(tmp_path / "in.ods", tmp_path / "out.csv", classifier=classifier)
    made = cells((tmp_path / "out.csv").read_bytes())
    assert [(row["id"], row["text"], row["label"]) for row in made] == [
        ("a", "good film", "positive"),
        ("b", "bad film", "negative"),
    ]
    with pytest.raises(DataError, match="ods is read, not written"):
        score_table(tmp_path / "in.ods", tmp_path / "out.ods", classifier=classifier)


def test_sheets_and_headers_of_workbooks(classifier, tmp_path):
    path = tmp_path / "in.xlsx"
    path.write_bytes(workbook({"One": ROWS, "Two": ROWS[:2]}))
    with pytest.raises(DataError, match="several sheets with rows: 'One', 'Two'"):
        score_table(path, tmp_path / "out.csv", classifier=classifier)
    assert score_table(f"{path}::Two", tmp_path / "out.csv", classifier=classifier).rows == 2
    with pytest.raises(DataError, match="no sheet 'Three'"):
        score_table(f"{path}::Three", tmp_path / "three.csv", classifier=classifier)
    path.write_bytes(workbook({"One": ROWS}, header=False))
    options = ScoreOptions(text_column="2")
    summary = score_table(path, tmp_path / "bare.csv", classifier=classifier, options=options)
    assert (summary.rows, summary.column) == (4, "2")


def test_dates_and_long_cells_of_workbooks(classifier, tmp_path):
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"default_date_format": "yyyy-mm-dd", "strings_to_formulas": False})
    sheet = book.add_worksheet()
    import datetime

    sheet.write_row(0, 0, ["text", "when", "ok"])
    sheet.write_row(1, 0, ["=good film", datetime.datetime(2024, 5, 1, 10, 30), True])
    book.close()
    (tmp_path / "in.xlsx").write_bytes(target.getvalue())
    score_table(tmp_path / "in.xlsx", tmp_path / "out.xlsx", classifier=classifier)
    rows = python_calamine.CalamineWorkbook.from_path(tmp_path / "out.xlsx").get_sheet_by_index(0).to_python()
    assert rows[1][:4] == ["=good film", datetime.datetime(2024, 5, 1, 10, 30), True, "positive"]
    (tmp_path / "long.csv").write_text("id,text\n1," + "good " * 8000 + "\n")
    with pytest.raises(DataError, match="40,000 characters, and Excel takes 32,767"):
        score_table(tmp_path / "long.csv", tmp_path / "long.xlsx", classifier=classifier)
    assert not (tmp_path / "long.xlsx").exists()


def test_tables_of_a_database(classifier, tmp_path):
    path = tmp_path / "reviews.db"
    file = sqlite3.connect(path)
    for name in ("one", 'odd "name"'):
        quoted = name.replace('"', '""')
        file.execute(f'CREATE TABLE "{quoted}" (id INTEGER, text TEXT)')
        file.execute(f'INSERT INTO "{quoted}" VALUES (1, ?), (2, NULL)', ["good " + name])
    file.commit()
    file.close()
    with pytest.raises(DataError, match="2 tables: 'one'"):
        score_table(path, tmp_path / "out.csv", classifier=classifier)
    summary = score_table(f'{path}::odd "name"', tmp_path / "out.csv", classifier=classifier)
    assert (summary.rows, summary.bad, summary.first_bad) == (2, 1, "row 2: no text but null")
    with pytest.raises(DataError, match="no table 'two'"):
        score_table(f"{path}::two", tmp_path / "two.csv", classifier=classifier)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["out.csv", "reviews.db"]


@pytest.mark.parametrize("ending", ["bz2", "xz", "gz", "zip"])
def test_compressed_tables(ending, classifier, tmp_path):
    data = "id,text\n" + "".join(f"{n},good film\n" for n in range(3000))
    path = tmp_path / f"in.csv.{ending}"
    if ending == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("reviews/in.csv", data)
            archive.writestr("__MACOSX/._in.csv", b"\0")
    else:
        pack = {"bz2": bz2.compress, "xz": lzma.compress, "gz": gzip.compress}[ending]
        path.write_bytes(pack(data.encode()))
    out = tmp_path / ("out.csv.bz2" if ending == "zip" else f"out.csv.{ending}")
    assert score_table(path, out, classifier=classifier).rows == 3000
    unpack = {"bz2": bz2.decompress, "xz": lzma.decompress, "gz": gzip.decompress}[out.suffix[1:]]
    made = unpack(out.read_bytes()).decode()
    assert made.splitlines()[1].startswith("0,good film,positive,")
    assert made.count("\n") == 3001


def test_archives_of_several_files(classifier, tmp_path):
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.writestr("a.csv", "id,text\n1,good\n")
        archive.writestr("b.tsv", "id\ttext\n1\tbad\n")
    with pytest.raises(DataError, match="2 files in it: 'a.csv', 'b.tsv'"):
        score_table(tmp_path / "in.zip", tmp_path / "out.csv", classifier=classifier)
    score_table(f"{tmp_path}/in.zip::b.tsv", tmp_path / "out.csv", classifier=classifier)
    assert (tmp_path / "out.csv").read_text().splitlines()[1].startswith("1,bad,negative")


def test_lines_that_carry_their_label(classifier, tmp_path):
    (tmp_path / "in.txt").write_text(
        "__label__positive A good film\n__label__negative bad\n\n__label__positive good good\n"
    )
    (tmp_path / "trees.txt").write_text("(4 (3 (2 A) (4 good)) (2 film))\n(0 (1 bad) (2 -LRB-))\n")
    judged = judge_labelled(tmp_path / "in.txt", classifier)
    assert (judged.rows, judged.bad, judged.truth.tolist()) == (3, 0, [1, 0, 1])
    found, _ = find_formats(str(tmp_path / "trees.txt"), "")
    with open_table(found) as source:
        records = open_records(source, kind=found.kind)
        assert [record.cells for record in records.records(["label", "text"])] == [
            ("4", "A good film"),
            ("0", "bad ("),
        ]
    options = ScoreOptions(prefix="new_")
    score_table(tmp_path / "in.txt", tmp_path / "out.csv", classifier=classifier, options=options)
    assert (tmp_path / "out.csv").read_text().splitlines()[1].startswith("positive,A good film,positive,")
    with pytest.raises(DataError, match="a label before each text"):
        score_table(tmp_path / "in.txt", tmp_path / "out.txt", classifier=classifier)


def test_names_of_classes_in_parquet(classifier, tmp_path):
    features = {
        "text": {"_type": "Value"},
        "label": {"_type": "ClassLabel", "names": ["positive", "negative"]},
    }
    table = pa.table({"text": ["good", "bad", "good"], "label": [0, 1, 0]})
    about = {"huggingface": json.dumps({"info": {"features": features}})}
    pq.write_table(table.replace_schema_metadata(about), tmp_path / "in.parquet")
    judged = judge_labelled(tmp_path / "in.parquet", classifier)
    assert judged.truth.tolist() == [1, 0, 1]


def test_a_folder_with_a_sub_folder_a_class(classifier, tmp_path):
    for name, text in (("pos", "good film"), ("neg", "bad film")):
        (tmp_path / "reviews" / name).mkdir(parents=True)
        for number in range(3):
            (tmp_path / "reviews" / name / f"{number}.txt").write_text(f"{text} {number}\n")
    judged = judge_labelled(tmp_path / "reviews", classifier)
    assert judged.truth.tolist() == [0, 0, 0, 1, 1, 1]
    options = ScoreOptions(prefix="new_")
    score_table(tmp_path / "reviews", tmp_path / "out.csv", classifier=classifier, options=options)
    made = cells((tmp_path / "out.csv").read_bytes())
    assert [(row["file"], row["label"], row["new_label"]) for row in made][::3] == [
        ("neg/0.txt", "neg", "negative"),
        ("pos/0.txt", "pos", "positive"),
    ]
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no sub-folders with .txt files"):
        score_table(tmp_path / "empty", tmp_path / "none.csv", classifier=classifier)


def other_contents():
    page = b"\n<!DOCTYPE html>\n<html><head><title>404</title></head></html>"
    lfs = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n"
    database = b"SQLite format 3\0" + b"\0" * 100
    return {
        "an Excel workbook": workbook({"One": ROWS}),
        "an OpenDocument spreadsheet": ods(),
        "an old Excel workbook": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        "an SQLite database": database,
        "an HTML page": page,
        "a pointer of Git LFS": lfs,
        "JSON": b'[{"text": "good"}]',
        "a PDF document": b"%PDF-1.7\n",
        "Parquet": b"PAR1" + b"\0" * 40,
        "compressed with gzip": gzip.compress(gzip.compress(b"id,text\n1,good\n")),
        "NUL": b"id,text\n" + b"\0\0\0\x01good" * 40,
    }


@pytest.mark.parametrize("what", other_contents())
@pytest.mark.parametrize("kind", ["csv", "tsv", "txt", "xlsx", "parquet"])
def test_a_name_that_is_not_the_content(what, kind, classifier, tmp_path):
    same = {"xlsx": ("workbook", "spreadsheet"), "parquet": ("Parquet",), "txt": ("JSON",)}.get(kind, ())
    if any(each in what for each in same):
        return
    (tmp_path / f"in.{kind}").write_bytes(other_contents()[what])
    with pytest.raises(DataError) as caught:
        score_table(tmp_path / f"in.{kind}", tmp_path / "out.csv", classifier=classifier)
    assert what in caught.value.message or (what == "NUL" and kind in ("xlsx", "parquet"))
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods", "sqlite"])
def test_what_is_no_text_is_not_called_text(kind, classifier, tmp_path):
    """Random bytes are none; in no encoding of text are there control characters."""
    draw = random.Random(7)
    contents = {draw.randbytes(400): "neither", b"\x01\x02\x03\x04": "neither"}
    texts = ("id,text\n1,żółty good film\n", "影,映画\n")
    encodings = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1250", "gb18030")
    contents |= {text.encode(each, "replace"): " is text, not" for text in texts for each in encodings}
    for content, said in contents.items():
        (tmp_path / f"in.{kind}").write_bytes(content)
        with pytest.raises(DataError) as caught:
            score_table(tmp_path / f"in.{kind}", tmp_path / "out.csv", classifier=classifier)
        assert said in caught.value.message, (content[:30], caught.value.message)
        assert caught.value.message.isprintable()


def test_what_cannot_be_written_is_said_before_the_work(classifier, tmp_path):
    (tmp_path / "in.csv").write_text("id,text\n1,good film\n")
    for name, said in (
        ("out.ods", "read, not written"),
        ("out.pdf", "no .pdf is written"),
        ("out.zip", "no zip"),
    ):
        with pytest.raises(DataError, match=said):
            score_table(tmp_path / "in.csv", tmp_path / name, classifier=classifier)
        assert not (tmp_path / name).exists()


def test_options_of_labelled_tables(classifier, tmp_path):
    (tmp_path / "in.csv").write_text("good film;1\nbad film;0\n")
    options = LabelledOptions(text_column="1", label_column="2", header=False, delimiter="semicolon")
    judged = judge_labelled(tmp_path / "in.csv", classifier, options=options)
    assert judged.truth.tolist() == [1, 0]


def test_several_inputs_become_one_table_or_one_each(classifier, tmp_path, model_file):
    (tmp_path / "a.csv").write_text("id;text\n1;good film\n2;bad; film\n")
    (tmp_path / "b.csv").write_bytes("text,id\nżółty good film,3\n".encode("cp1250"))
    (tmp_path / "c.jsonl").write_text('{"id": 4, "text": "bad"}\n')
    sources = [tmp_path / name for name in ("a.csv", "b.csv", "c.jsonl")]
    summary = score_table(sources, tmp_path / "all.csv", classifier=classifier)
    assert (summary.rows, summary.bad) == (4, 1)
    made = cells((tmp_path / "all.csv").read_bytes())
    assert [(row["id"], row["text"], row["label"]) for row in made] == [
        ("1", "good film", "positive"),
        ("2", "bad; film", ""),
        ("3", "żółty good film", "positive"),
        ("4", "bad", "negative"),
    ]
    options = ScoreOptions(existing="replace")
    with pytest.raises(DataError, match="all.csv is one of the inputs"):
        score_table(
            [*sources, tmp_path / "all.csv"], tmp_path / "all.csv", classifier=classifier, options=options
        )
    (tmp_path / "d.csv").write_text("number,text\n1,good film\n")
    with pytest.raises(DataError, match="has the columns 'number', 'text'"):
        score_table([sources[0], tmp_path / "d.csv"], tmp_path / "x.csv", classifier=classifier)
    (tmp_path / "judged").mkdir()
    done = run("score", "[ab].csv", "-o", "judged/", "--max-bad", "1", "--model", model_file, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "judged/a.csv").read_text().splitlines()[1].startswith("1;good film;positive;0.95008")
    assert "żółty good film,3,positive" in (tmp_path / "judged/b.csv").read_bytes().decode("cp1250")
    done = run("score", "none*.csv", "-o", "judged/", "--model", model_file, folder=tmp_path)
    assert b"no file fits none*.csv" in done.stderr
