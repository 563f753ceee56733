"""Tables with a header alone, with one name twice, and with another thing inside: what is said of them."""

import json

import pytest

from models import write_counting_model
from opinia.errors import DataError
from opinia.model.classifier import load
from opinia.score import ScoreOptions, score_table
from opinia.tables import Told, find_formats, open_reader, open_table
from scoring import run

ROWS = "".join(f"A good film number {n},{n % 2},Never mind that it was bad {n}\n" for n in range(6))
TWICE = "text,label,text\n" + ROWS


@pytest.fixture(scope="module")
def model_file(tmp_path_factory):
    return write_counting_model(tmp_path_factory.mktemp("nothing") / "counting.onnx")


@pytest.fixture(scope="module")
def classifier(model_file):
    return load(model_file)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("in.csv", "id,text,label\n"),
        ("in.csv", "id;text;label\r\n\r\n"),
        ("in.tsv", "id\ttext\tlabel"),
        ("in.json", '{"columns": ["id", "text", "label"], "data": [], "text": []}'),
        ("in.xlsx", None),
    ],
)
def test_a_header_alone_ends_with_one(name, data, model_file, classifier, tmp_path):
    if data is None:
        (tmp_path / "rows.csv").write_text("id,text,label\n")
        score_table(tmp_path / "rows.csv", tmp_path / name, classifier=classifier)
    else:
        (tmp_path / name).write_text(data)
    for arguments in (
        ("check", name, "--model", model_file),
        ("score", name, "-o", "out.csv", "--model", model_file),
        ("evaluate", model_file, name),
    ):
        done = run(*arguments, folder=tmp_path)
        assert done.returncode == 1, arguments
        assert b"error: " in done.stderr


def test_a_name_that_is_there_twice_is_told_by_its_place(model_file, tmp_path):
    (tmp_path / "in.csv").write_text(TWICE)
    arguments = ("score", "in.csv", "-o", "out.csv", "--model", model_file, "--force")
    done = run(*arguments, folder=tmp_path)
    assert done.returncode == 1
    assert b"'text [1]', 'text [3]' read alike" in done.stderr
    done = run(*arguments, "--text-column", "text", folder=tmp_path)
    assert b"has 2 columns named 'text'\nhint: --text-column 1 or --text-column 3 says which" in done.stderr
    for told in ("3", "text [3]"):
        done = run(*arguments, "--text-column", told, folder=tmp_path)
        assert done.returncode == 0, done.stderr
        lines = (tmp_path / "out.csv").read_text().splitlines()
        assert lines[0].startswith("text,label,text,opinia_label")
        assert lines[1].startswith(ROWS.splitlines()[0] + ",negative")
    for told in (("--text-column", "1"), ("--text-column", "1", "--label-column", "label")):
        done = run("evaluate", model_file, "in.csv", "--json", *told, folder=tmp_path)
        assert json.loads(done.stdout)["rows"] == 6, done.stderr


@pytest.mark.parametrize("out", ["csv", "tsv", "jsonl", "json", "xlsx", "parquet"])
def test_columns_of_one_name_are_all_kept(out, classifier, tmp_path):
    (tmp_path / "in.csv").write_text(TWICE)
    options = ScoreOptions(text_column="1", prefix="new_")
    score_table(tmp_path / "in.csv", tmp_path / f"out.{out}", classifier=classifier, options=options)
    found, _ = find_formats(str(tmp_path / f"out.{out}"), "")
    with open_table(found) as source:
        reader = open_reader(source, kind=out, out="cells")
        assert reader.columns[:3] == ("text [1]", "label", "text [3]")
        rows = [list(cells)[:3] for cells, _ in reader.table.every()]
    assert [",".join(map(str, row)) + "\n" for row in rows] == ROWS.splitlines(keepends=True)


@pytest.mark.parametrize(
    ("name", "data", "says", "hint"),
    [
        (
            "in.csv",
            "version https://git-lfs.github.com/spec/v1\noid x\n",
            "is a pointer of Git LFS, and the",
            "git",
        ),
        ("in.csv", "1\n2\n3\n", "its only one, '1', holds numbers", "--text-column 1 judges it all the same"),
        ("in.txt", "1\n2\n3\n", "holds numbers alone, and no texts", "--delimiter none"),
    ],
)
def test_what_is_no_table_of_texts_is_said_in_one_sentence(name, data, says, hint, classifier, tmp_path):
    (tmp_path / name).write_text(data)
    with pytest.raises(DataError) as caught:
        score_table(tmp_path / name, tmp_path / f"out.{name}", classifier=classifier)
    assert says in caught.value.message
    assert "not CSV" not in caught.value.message
    assert hint in caught.value.hint


def test_what_was_asked_for_is_judged_all_the_same(classifier, tmp_path):
    (tmp_path / "in.csv").write_text("1\n2\n3\n")
    (tmp_path / "in.txt").write_text("1;2\n3;4\n")
    options = ScoreOptions(text_column="1")
    assert (
        score_table(tmp_path / "in.csv", tmp_path / "o.csv", classifier=classifier, options=options).rows == 3
    )
    options = ScoreOptions(delimiter="none")
    assert (
        score_table(tmp_path / "in.txt", tmp_path / "o.txt", classifier=classifier, options=options).rows == 2
    )
    (tmp_path / "lines.txt").write_text("id;text\n1;good film\n2;bad film\n")
    with open_table(find_formats(str(tmp_path / "lines.txt"), "")[0]) as source:
        reader = open_reader(source, kind="txt", out="txt", told=Told(delimiter="none"))
        assert [row.text for row in reader.rows("text", [])] == ["id;text", "1;good film", "2;bad film"]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "sqlite", "jsonl"])
def test_the_name_that_is_proposed_is_there_once(kind):
    with pytest.raises(DataError) as caught:
        find_formats(f"in.{kind}", "out.txt")
    endings = [word for word in caught.value.hint.replace(",", " ").split() if word.startswith(".")]
    assert len(endings) == len(set(endings))
    assert ".sqlite" not in endings
