"""Labelled tables in every format: columns, labels, bad rows, and what cannot be evaluated."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models import CLASSES, write_three_class_model
from opinia.errors import DataError
from opinia.model.classifier import load
from opinia.score import score_table
from opinia.score.labelled import LabelledOptions, judge_labelled
from scoring import cells, csv_bytes, jsonl, packed, run

TEXTS = ["good film", "bad film", "the film was bad, bad", "it was good", "bad good bad", "good"]
TRUTH = [1, 0, 1, 1, 0, 0]


def table(kind, values, *, text="text", label="label"):
    rows = list(zip(range(len(TEXTS)), TEXTS, values, strict=True))
    if kind == "parquet":
        sink = pa.BufferOutputStream()
        columns = {"id": [row[0] for row in rows], text: TEXTS, label: list(values)}
        pq.write_table(pa.table(columns), sink, row_group_size=4)
        return sink.getvalue().to_pybytes()
    if kind == "jsonl":
        return jsonl([dict(zip(("id", text, label), row, strict=True)) for row in rows])
    return csv_bytes([["id", text, label], *rows], delimiter="\t" if kind == "tsv" else ",")


def judged(tmp_path, classifier, data, *, name="in.csv", **options):
    (tmp_path / name).write_bytes(data)
    return judge_labelled(tmp_path / name, classifier, options=LabelledOptions(**options))


def refused(tmp_path, classifier, data, **options):
    with pytest.raises(DataError) as caught:
        judged(tmp_path, classifier, data, **options)
    return str(caught.value)


@pytest.mark.parametrize(
    "name", ["a.csv", "a.tsv", "a.jsonl", "a.parquet", "a.csv.gz", "a.jsonl.zst", "a.tsv.zst"]
)
def test_every_format_gives_the_same(name, tmp_path, classifier):
    kind, _, compression = name[2:].partition(".")
    found = judged(tmp_path, classifier, packed(table(kind, TRUTH), compression), name=name)
    assert found.truth.tolist() == TRUTH
    assert found.probabilities.tolist() == classifier.predict_proba(TEXTS).tolist()
    assert found.words.tolist() == [2, 2, 5, 3, 3, 1]
    assert (found.rows, found.bad, found.meanings) == (6, 0, {"0": "negative", "1": "positive"})


@pytest.mark.parametrize(
    ("negative", "positive"),
    [
        ("0", "1"),
        ("-1", "1"),
        ("-1", "+1"),
        ("0.0", "1.0"),
        ("neg", "pos"),
        ("Negative", "POSITIVE"),
        (" negatywna ", "pozytywna"),
        ("negatywny", "pozytywny"),
        ("False", "True"),
    ],
)
def test_labels_of_common_use(negative, positive, tmp_path, classifier):
    values = [positive if label else negative for label in TRUTH]
    found = judged(tmp_path, classifier, table("csv", values))
    assert found.truth.tolist() == TRUTH
    assert found.meanings == {negative.strip(): "negative", positive.strip(): "positive"}


@pytest.mark.parametrize(("negative", "positive"), [(0, 1), (-1, 1), (0.0, 1.0), (False, True)])
@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_labels_that_are_no_text(kind, negative, positive, tmp_path, classifier):
    values = [positive if label else negative for label in TRUTH]
    found = judged(tmp_path, classifier, table(kind, values), name=f"a.{kind}")
    assert found.truth.tolist() == TRUTH


def test_labels_that_are_told(tmp_path, classifier):
    values = ["2" if label else "1" for label in TRUTH]
    found = judged(tmp_path, classifier, table("csv", values), labels=("1", "2"))
    assert found.truth.tolist() == TRUTH
    said = refused(tmp_path, classifier, table("csv", ["good"] * 6), labels=("1", "2"))
    assert said.startswith("labels must be '1' or '2'. Received: 'good'\nhint: --labels")
    assert "two labels must differ" in refused(tmp_path, classifier, b"", labels=("a", "A"))


def test_labels_that_mean_neither_class_are_named_together(tmp_path, classifier):
    said = refused(tmp_path, classifier, table("csv", ["1", "2", "3", "4", "5", "3"]))
    assert "0 or 1, -1 or 1, neg or pos" in said
    assert "Received: '2', '3', '4', '5'\nhint: these look like stars from 1 to 5: --label-map " in said
    late = csv_bytes([["text", "label"], *([["good", "pos"]] * 3000), ["bad", "neutral"]])
    assert refused(tmp_path, classifier, late).startswith("row 3,001: labels must be ")
    three = refused(tmp_path, classifier, table("csv", ["1", "0", "-1", "1", "0", "0"]))
    assert three.startswith("row 3: labels -1 and 0 in one table make three classes")
    assert '--label-map "-1=negative; 0=skip; 1=positive", or, if -1 stands for no label, ' in three


def test_bad_rows_are_counted_and_left_out(tmp_path, classifier):
    data = b"id,text,label\n1,good,1\n2,bad\n3,bad,\n4,bad \xff,0\n5,bad,0\n6,good good good,1\n"
    found = judged(tmp_path, classifier, data, max_characters=10)
    assert (found.rows, found.bad) == (6, 4)
    assert found.first_bad == "row 2: 2 cells where the header has 3"
    assert found.truth.tolist() == [1, 0]
    rows = jsonl([{"text": "good", "label": 1}, {"text": None, "label": 0}, {"text": "bad"}])
    found = judged(
        tmp_path, classifier, rows + b"nope\n" + jsonl([{"text": "bad", "label": None}]), name="a.jsonl"
    )
    assert (found.rows, found.bad, len(found.truth)) == (5, 4, 1)
    assert found.first_bad == "row 2: no text in the column 'text'"
    assert "no labelled text among its 1 rows; row 1: no label" in refused(
        tmp_path, classifier, b"text,label\ngood,\n"
    )
    assert "no row below its header" in refused(tmp_path, classifier, b"text,label\n")


def test_columns_are_found_or_named(tmp_path, classifier):
    def columns(header, **options):
        heard = []
        (tmp_path / "in.csv").write_bytes(header.encode() + b"\n1,1,1\n")
        judge_labelled(
            tmp_path / "in.csv",
            classifier,
            options=LabelledOptions(**options),
            on_start=lambda text, label: heard.append((text, label)),
        )
        return heard[0]

    def say(header, **options):
        return refused(tmp_path, classifier, header.encode() + b"\n1,1,1\n", **options)

    assert columns("id,review,sentiment") == ("review", "sentiment")
    assert columns("polarity,Review Text,id") == ("Review Text", "polarity")
    assert columns("a,b,etykieta", text_column="b") == ("b", "etykieta")
    assert columns("text,b,c", label_column="c") == ("text", "c")
    assert columns("a,label,target", text_column="a", label_column="target") == ("a", "target")
    assert columns("label,text,target", text_column="label", label_column="target") == ("label", "target")
    assert "no obvious column of labels. Its columns: 'text', 'b', 'c'" in say("text,b,c")
    assert "no obvious column of labels" in say("text,label,class")
    assert "no obvious column of texts" in say("a,b,label")
    assert "hint: did you mean 'label'?" in say("id,text,label", label_column="labell")
    assert "2 columns named 'y'" in say("text,y,y", label_column="y")
    assert "besides the labels" in say("text,b,c", text_column="text", label_column="text")
    found = judged(tmp_path, classifier, b"opinion,what\ngood,pos\nbad,neg\n")
    assert found.truth.tolist() == [1, 0]
    found = judged(tmp_path, classifier, b"whatever,label\ngood,pos\nbad,neg\n")
    assert found.truth.tolist() == [1, 0]


def test_plain_text_and_what_is_no_table(tmp_path, classifier):
    assert "plain text has no columns" in refused(tmp_path, classifier, b"good\n", name="a.txt")
    assert "has no rows" in refused(tmp_path, classifier, b"", name="a.jsonl")
    with pytest.raises(DataError, match="there is no file"):
        judge_labelled(tmp_path / "none.csv", classifier)


def test_answers_are_those_of_scoring(tmp_path, classifier):
    """More rows than a window has, so that the pieces must come together in order."""
    texts = ["good " * (number % 7) + "bad " * (number % 5) for number in range(5000)]
    data = csv_bytes([["text", "y"], *([text, number % 2] for number, text in enumerate(texts))])
    found = judged(tmp_path, classifier, data)
    score_table(tmp_path / "in.csv", tmp_path / "out.csv", classifier=classifier)
    rows = cells((tmp_path / "out.csv").read_bytes())
    assert [row["label"] for row in rows] == [
        "positive" if share > 0.5 else "negative" for share in found.probabilities[:, 1]
    ]
    assert found.truth.tolist() == [number % 2 for number in range(5000)]


def test_the_command_on_a_table(tmp_path, model_path):
    def evaluate(*arguments, **options):
        return run("evaluate", model_path, *arguments, folder=tmp_path, **options)

    (tmp_path / "in.csv").write_bytes(table("csv", ["pos" if each else "neg" for each in TRUTH]) + b"7,bad\n")
    result = evaluate("in.csv", "--json", "--plots", "drawn", "--lang", "en")
    assert len(list((tmp_path / "drawn").iterdir())) == 6
    figures = json.loads(result.stdout)
    assert figures["accuracy"] == pytest.approx(4 / 6)
    assert figures["confusion"] == [[2, 1], [1, 2]]
    assert (figures["rows"], figures["bad"]) == (7, 1)
    assert figures["labels"] == {"neg": "negative", "pos": "positive"}
    said = result.stderr.decode()
    assert "texts in the column 'text', labels in 'label'" in said
    assert "labels: 'neg' is negative, 'pos' is positive" in said
    assert "warning: 1 of 7 rows were left out; the first is row 7: 2 cells" in said
    piped = evaluate("-", "--format", "csv", "--json", data=(tmp_path / "in.csv").read_bytes())
    assert {**json.loads(piped.stdout), "data": "in.csv"} == figures
    (tmp_path / "one.csv").write_bytes(b"text,label\ngood,1\n")
    assert json.loads(evaluate("one.csv", "--json").stdout)["auc"] is None
    assert b"auc        -\n" in evaluate("one.csv").stdout
    for arguments, status in [
        (["in.csv", "--ledger", "ledger.csv"], 2),
        (["sample:test", "--label-column", "y"], 2),
        (["in.csv", "--labels", "one"], 2),
        (["none.csv"], 1),
    ]:
        assert evaluate(*arguments).returncode == status, arguments
    assert not (tmp_path / "ledger.csv").exists()


@pytest.fixture(scope="module")
def three_path(tmp_path_factory):
    return write_three_class_model(tmp_path_factory.mktemp("three") / "three.onnx")


def test_three_classes_by_name_and_by_number(tmp_path, three_path):
    three = load(three_path)
    truth = [2, 0, 0, 2, 1, 1]
    for values in (truth, [CLASSES[each] for each in truth], [CLASSES[each].upper() for each in truth]):
        found = judged(tmp_path, three, table("csv", values))
        assert found.truth.tolist() == truth
        assert found.classes == CLASSES
        assert found.probabilities.tolist() == three.predict_proba(TEXTS).tolist()
    found = judged(tmp_path, three, table("csv", ["xyz"[each] for each in truth]), labels=("x", "y", "z"))
    assert (found.truth.tolist(), found.meanings) == (truth, {"z": "good", "x": "bad", "y": "fine"})
    said = refused(tmp_path, three, table("csv", ["1", "2", "3", "1", "-1", "neg"]))
    assert said.startswith(
        "labels must be of 'bad', 'fine', 'good', or their numbers from 0 to 2. Received: '3', '-1', 'neg'"
    )
    assert "has 3 classes, 'bad', 'fine', 'good'. Received 2 labels" in refused(
        tmp_path, three, b"", labels=("a", "b")
    )


def test_the_command_on_three_classes(tmp_path, three_path):
    values = ["good", "bad", "bad", "good", "fine", "fine"]
    (tmp_path / "in.csv").write_bytes(table("csv", values))
    evaluated = run("evaluate", three_path, "in.csv", "--json", "--plots", "drawn", folder=tmp_path)
    assert evaluated.returncode == 0, evaluated.stderr
    figures = json.loads(evaluated.stdout)
    called = load(three_path).predict(TEXTS)
    pairs = list(zip(values, called, strict=True))
    assert figures["confusion"] == [[pairs.count((a, b)) for b in CLASSES] for a in CLASSES]
    assert figures["accuracy"] == pytest.approx(sum(a == b for a, b in pairs) / 6)
    assert figures["auc"] is figures["precision"] is None
    assert [each["name"] for each in figures["classes"]] == list(CLASSES)
    assert len(list((tmp_path / "drawn").iterdir())) == 9
    shown = run("evaluate", three_path, "in.csv", folder=tmp_path).stdout.decode()
    assert f"macro_f1    {figures['macro_f1']:.4f}" in shown
    assert "class       fine: precision" in shown
    of_two = run("evaluate", three_path, "sample:test", folder=tmp_path)
    assert of_two.returncode == 1
    assert b"classes 'negative', 'positive', and the model has 'bad', 'fine', 'good'" in of_two.stderr
