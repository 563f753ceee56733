"""JSON as programs write it: the right rows, or one sentence that says where what stands."""

import json

import pytest

from models import write_counting_model
from opinia.errors import DataError
from opinia.model.classifier import load
from opinia.score import ScoreOptions, score_table
from opinia.score.check import check_table
from opinia.score.labelled import judge_labelled
from opinia.tables import Told, find_formats, open_reader, open_table

TEXTS = ["A good film, really good", "Bad from the first minute: bad", "żółty and good film", 'A "bad" film']
ROWS = [{"id": n, "text": text, "label": n % 2} for n, text in enumerate(TEXTS)]
LISTS = [[row[name] for name in ROWS[0]] for row in ROWS]


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    return load(write_counting_model(tmp_path_factory.mktemp("json") / "counting.onnx"))


def read(path, told=None):
    found, _ = find_formats(str(path), "")
    with open_table(found) as source:
        reader = open_reader(source, kind=found.kind, out="cells", told=told or Told(), part=found.part)
        return reader.columns, [cells for cells, error in reader.table.every() if error is None]


def texts(path):
    columns, rows = read(path)
    place = next(place for place, name in enumerate(columns) if name.rpartition(".")[2] in ("text", "2"))
    return [row[place] for row in rows]


SHAPES = {
    "rows of cells with names": [list(ROWS[0]), *LISTS],
    "rows of cells": LISTS,
    "rows of texts": [["id", "text"], *[[str(n), text] for n, text in enumerate(TEXTS)]],
    "elasticsearch": {
        "took": 1,
        "hits": {"total": 4, "hits": [{"_id": "a", "_source": row} for row in ROWS]},
    },
    "deep": {"a": {"b": {"c": {"reviews": ROWS}}}, "n": 4},
    "beside other lists": {"tags": ["a", "b"], "reviews": ROWS, "counts": [1, 2, 3]},
    "beside deeper lists": {"reviews": [{**row, "tags": [{"name": "x"}]} for row in ROWS], "by": {"x": [{}]}},
    "by name": {f"k{n}": {**row, "tags": [{"name": "x"}]} for n, row in enumerate(ROWS)},
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("indent", [None, 2])
def test_shapes_are_read(shape, indent, tmp_path):
    (tmp_path / "in.json").write_text(json.dumps(SHAPES[shape], ensure_ascii=False, indent=indent), "utf-8")
    assert texts(tmp_path / "in.json") == TEXTS


LINES = [json.dumps(row, ensure_ascii=False) for row in ROWS]
WRITTEN = {
    "commas behind": "".join(line + ",\n" for line in LINES),
    "an array a line": "[" + ",\n".join(LINES) + "]\n",
    "brackets by themselves": "[\n" + ",\n".join(LINES) + "\n]\n",
    "a comma too many": "[" + ",\n".join(LINES) + ",\n]\n",
    "lines": "\n".join(LINES),
    "empty lines": "\n\n".join(LINES) + "\n\n",
}


@pytest.mark.parametrize("name", ["in.json", "in.jsonl", "in.txt", "in.ndjson"])
@pytest.mark.parametrize("written", WRITTEN)
def test_lines_and_arrays_go_by_any_name(name, written, tmp_path, classifier):
    (tmp_path / name).write_text(WRITTEN[written], "utf-8")
    assert texts(tmp_path / name) == TEXTS
    summary = score_table(tmp_path / name, tmp_path / "out.jsonl", classifier=classifier)
    assert (summary.rows, summary.bad, summary.column) == (4, 0, "text")
    made = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert [row["text"] for row in made] == TEXTS
    found = check_table(tmp_path / name, classifier, ScoreOptions())
    assert (found.findings.rows, found.texts, found.label) == (4, ("text",), "label")
    if not name.endswith("txt") or written not in ("lines", "empty lines", "commas behind"):
        assert judge_labelled(tmp_path / name, classifier).rows == 4


def test_of_two_lists_one_must_be_named(tmp_path, classifier):
    path = tmp_path / "in.json"
    path.write_text(json.dumps({"train": ROWS[:2], "test": {"x": 1}, "dev": ROWS[2:]}), "utf-8")
    with pytest.raises(DataError, match="several lists of rows: 'train', 'dev'") as caught:
        texts(path)
    assert caught.value.hint == f"name one, as in {path}::train"
    assert texts(f"{path}::dev") == TEXTS[2:]
    summary = score_table(f"{path}::train", tmp_path / "out.csv", classifier=classifier)
    assert (summary.rows, summary.bad) == (2, 0)
    with pytest.raises(DataError, match="no list 'valid' of rows. Its lists: 'train', 'dev'"):
        texts(f"{path}::valid")
    path.write_text(json.dumps({"data": {"train": ROWS[:1], "dev": ROWS[1:]}}), "utf-8")
    assert texts(f"{path}::data.dev") == TEXTS[1:]


def test_an_object_is_no_text_but_what_lies_in_it(tmp_path, classifier):
    rows = [
        {"id": n, "review": {"text": text, "stars": 5}, "tags": ["a b c d"]} for n, text in enumerate(TEXTS)
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    summary = score_table(tmp_path / "in.jsonl", tmp_path / "out.jsonl", classifier=classifier)
    assert (summary.column, summary.bad) == ("review.text", 0)
    found = check_table(tmp_path / "in.jsonl", classifier, ScoreOptions())
    assert {each.name: each.role for each in found.columns}["review"] == "other"


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("in.json", '[{"text": "good"},\n {"text": "bad" "id": 1}]', "line 2, column 17, near '\"id\": 1}]'"),
        ("in.json", '[{"text": "good"},\n {"text": "bad"', "where the file ends"),
        ("in.json", '[{"text": "good"}\n {"text": "bad"}]', "its array lacks a comma in line 2, column 2"),
        ("in.json", '[{"text": "good"}, // the first\n {"text": "bad"}]', "a comment in line 1, column 20"),
        ("in.json", '// export\n[{"text": "good"}]', "a comment in line 1, column 1"),
        ("in.json", '[{"text": "good", /* no */ "id": 1}]', "a comment in line 1, column 19"),
        ("in.json", "[{'text': 'good'}]", "single quotes, as Python shows"),
        ("in.jsonl", "{'text': 'good'}\n{'text': 'bad'}\n", "single quotes, as Python shows"),
        ("in.json", "id,text\n1,good film\n", "begins with 'id,text"),
        ("in.jsonl", "id,text\n1,good film\n", "begins with 'id,text"),
        ("in.jsonl", '["good", 1]\n["bad", 0]\n', "no JSON object with fields in its first 2 rows"),
        ("in.json", '[{"text": "good"}]\n[{"text": "bad"}]', "goes on behind its array"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(name, data, says, tmp_path):
    (tmp_path / name).write_text(data, "utf-8")
    with pytest.raises(DataError) as caught:
        read(tmp_path / name)
    assert says in caught.value.message


def test_places_are_right_far_behind(tmp_path):
    lines = [json.dumps({"text": "good film " * 20, "n": n}) for n in range(5000)]
    lines[4000] = lines[4000].replace('"n"', "n")
    (tmp_path / "in.json").write_text("[" + ",\n".join(lines) + "]", "utf-8")
    with pytest.raises(
        DataError, match=rf"in line 4,001, column {lines[4000].index('n: ') + 1}, near 'n: 4000"
    ):
        read(tmp_path / "in.json")


def test_a_field_that_is_there_twice_is_refused_where_it_is_judged(tmp_path, classifier):
    data = "".join(f'{{"text": "good {n}", "text": "bad {n}", "id": 1, "id": 2}}\n' for n in range(3))
    (tmp_path / "in.jsonl").write_text(data, "utf-8")
    with pytest.raises(DataError, match="has the field 'text' twice"):
        score_table(tmp_path / "in.jsonl", tmp_path / "out.jsonl", classifier=classifier)
    (tmp_path / "in.jsonl").write_text(data.replace('"text": "bad', '"more": "bad'), "utf-8")
    assert score_table(tmp_path / "in.jsonl", tmp_path / "o.jsonl", classifier=classifier).bad == 0
    assert '"id": 1, "id": 2' in (tmp_path / "o.jsonl").read_text("utf-8")


def test_a_row_of_too_many_cells_is_bad(tmp_path):
    (tmp_path / "in.json").write_text(json.dumps([list(ROWS[0]), *LISTS, [1, "good", 1, "more"]]), "utf-8")
    found, _ = find_formats(str(tmp_path / "in.json"), "")
    with open_table(found) as source:
        rows = list(open_reader(source, kind="json", out="cells").table.every())
    assert [error for _, error in rows] == [None] * 4 + ["4 cells where the header has 3"]
