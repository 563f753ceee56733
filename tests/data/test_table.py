"""Tables that are learnt from: which texts, which classes, and what is refused."""

import json

import pytest

from opinia.data.table import TableOptions, read_table
from opinia.errors import DataError

HOTELS = """recenzja;ocena;hotel
Wspaniały pobyt, polecam;pozytywna;Pod Różą
Brudno i głośno;negatywna;Pod Różą
Może być;neutralna;Bryza
Super obsługa;Pozytywna;Bryza
Nie wiem, co napisać;;Morskie Oko
;negatywna;Morskie Oko
"""


def written(folder, text, name="hotels.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def classes_of(folder, labels, **options):
    rows = [{"text": f"a text of number {n}", "label": label} for n, label in enumerate(labels)]
    path = written(folder, "\n".join(map(json.dumps, rows)) + "\n", "rows.jsonl")
    return read_table(path, TableOptions(**options)).labelled.classes


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1250", "utf-16"])
def test_a_table_of_polish_excel(tmp_path, encoding):
    table = read_table(written(tmp_path, HOTELS, encoding=encoding), TableOptions(group_column="hotel"))
    labelled = table.labelled
    assert labelled.classes == ("negatywna", "neutralna", "pozytywna")
    assert labelled.texts == ("Wspaniały pobyt, polecam", "Brudno i głośno", "Może być", "Super obsługa")
    assert labelled.labels == (2, 0, 1, 2)
    assert labelled.groups == ("Pod Różą", "Pod Różą", "Bryza", "Bryza")
    assert labelled.ids == ("1", "2", "3", "4")
    assert table.unlabelled == ("Nie wiem, co napisać",)
    assert (table.rows, table.bad, table.first_bad) == (6, 1, "row 6: no text")
    assert table.columns.texts == ("recenzja",)
    assert table.columns.label == "ocena"
    assert table.meanings["Pozytywna"] == "pozytywna"


def test_other_spellings_of_a_class_are_kept(tmp_path):
    labels = ["GOOD", "good ", "Good", "Good", "bad", "bad", 1, "1", 1.0]
    rows = [{"text": f"a text of number {n}", "label": label} for n, label in enumerate(labels)]
    path = written(tmp_path, "\n".join(map(json.dumps, rows)) + "\n", "rows.jsonl")
    table = read_table(path)
    assert table.labelled.classes == ("1", "bad", "Good")
    assert table.merged == {"Good": {"GOOD": 1, "good ": 1}, "1": {"1.0": 1}}


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["pos", "neg", "pos"], ("neg", "pos")),
        (["POS", "neg", "POS", "pos"], ("neg", "POS")),
        ([1, 0, 1], ("0", "1")),
        ([5.0, 1.0, 3, 10], ("1", "3", "5", "10")),
        ([True, False], ("False", "True")),
        (["sport", "politics", "weather"], ("politics", "sport", "weather")),
        (["zła", "dobra"], ("zła", "dobra")),
        ([1, 0, -1], ("-1", "0", "1")),
        (["a", "b", None, "NaN", ""], ("a", "b")),
        (["日本", "中国"], ("中国", "日本")),
    ],
)
def test_each_label_is_a_class(tmp_path, labels, classes):
    assert classes_of(tmp_path, labels) == classes


@pytest.mark.parametrize(
    ("mapped", "classes", "labels"),
    [
        ("1,2=negative; 4,5=positive; 3=skip", ("negative", "positive"), (0, 0, 1, 1)),
        ("4,5=dobra; 1,2=zła; 3=skip", ("zła", "dobra"), (0, 0, 1, 1)),
        ("1..3=low; 4..5=high", ("low", "high"), (0, 0, 0, 1, 1)),
        ("stars-5", ("negative", "neutral", "positive"), (0, 0, 1, 2, 2)),
    ],
)
def test_a_map_groups_labels_into_classes(tmp_path, mapped, classes, labels):
    rows = "".join(f"a text of {number} stars,{number}\n" for number in range(1, 6))
    table = read_table(written(tmp_path, "text,stars\n" + rows), TableOptions(label_map=mapped))
    assert table.labelled.classes == classes
    assert table.labelled.labels == labels
    assert table.skipped == 5 - len(labels)


def test_a_test_table_has_the_classes_of_the_first(tmp_path):
    path = written(tmp_path, "text,label\nGood one,pos\nBad one,neg\n")
    assert read_table(path, classes=("neg", "neutral", "pos")).labelled.labels == (2, 0)
    with pytest.raises(DataError, match="'pos'"):
        read_table(path, classes=("a", "b"))


def test_several_columns_of_texts_are_joined(tmp_path):
    path = written(tmp_path, "title,text,label\nWow,It works,pos\n,Broken on day one,neg\n")
    table = read_table(path, TableOptions(text_column=("title", "text")))
    assert table.labelled.texts == ("Wow. It works", "Broken on day one")


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (["pos", "pos", "POS"], "all 3 labels"),
        ([None, None], "no label"),
        (list(range(300)), "300 different values"),
        ([f"user{n}" for n in range(30)], "30 different values"),
    ],
)
def test_labels_that_are_no_classes(tmp_path, labels, said):
    with pytest.raises(DataError, match=said) as caught:
        classes_of(tmp_path, labels, label_column="label")
    assert "--label-column" in caught.value.hint


@pytest.mark.parametrize("mapped", ["1=good", "1=skip; 2=skip", "1", "1=a=b"])
def test_maps_that_name_no_classes(tmp_path, mapped):
    with pytest.raises(DataError, match="--label-map"):
        classes_of(tmp_path, [1, 2], label_map=mapped)


def test_a_label_that_the_map_does_not_know_is_named(tmp_path):
    with pytest.raises(DataError, match="3"):
        classes_of(tmp_path, [1, 2, 3], label_map="1=bad; 2=good")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("text,label\n", "no "),
        ("", "no rows|empty"),
        ("text,label\n,pos\n,neg\n", "no text among its 2 rows"),
    ],
)
def test_tables_without_texts(tmp_path, text, said):
    with pytest.raises(DataError, match=said):
        read_table(written(tmp_path, text))


def test_a_folder_with_a_sub_folder_a_class(tmp_path):
    for name, text in (("pos", "A fine day."), ("neg", "A bad day.")):
        (tmp_path / "days" / name).mkdir(parents=True)
        (tmp_path / "days" / name / "1.txt").write_text(text, encoding="utf-8")
    labelled = read_table(tmp_path / "days").labelled
    assert dict(zip(labelled.texts, labelled.labels, strict=True)) == {"A bad day.": 0, "A fine day.": 1}


def test_a_label_becomes_a_name_in_one_line_of_what_can_be_seen(tmp_path):
    labels = ["gorąco\u00a0polecam", "gorąco  polecam", "nie\npolecam", "👩\u200d👧 rodzina"]
    found = classes_of(tmp_path, [*labels, "\ufeffmoże\u00ad być\u202e"])
    assert set(found) == {"gorąco polecam", "nie polecam", "👩\u200d👧 rodzina", "może być"}


@pytest.mark.parametrize("options", [{}, {"label_map": "x" * 101 + "=a; *=b"}])
def test_a_name_of_more_letters_than_a_model_file_takes_is_refused_at_once(tmp_path, options):
    if options:
        options = {"label_map": f"{'x' * 101}={'y' * 101}; *=b"}
    with pytest.raises(DataError, match="100"):
        classes_of(tmp_path, ["x" * 101, "good", "good", "x" * 101], **options)


def test_labels_of_a_test_table_are_those_of_the_first(tmp_path):
    classes = classes_of(tmp_path, ["gorąco\u00a0polecam", "nie polecam"] * 3)
    labels = ["Gorąco  polecam", "nie\u00a0polecam"]
    rows = [{"text": f"another {n}", "label": label} for n, label in enumerate(labels)]
    path = written(tmp_path, "\n".join(map(json.dumps, rows)) + "\n", "test.jsonl")
    found = read_table(path, classes=classes).labelled
    assert [classes[number] for number in found.labels] == ["gorąco polecam", "nie polecam"]


def test_a_table_of_a_header_alone(tmp_path):
    with pytest.raises(DataError, match=r"rows\.csv has no row below its header"):
        read_table(written(tmp_path, "text,label\n", "rows.csv"))


def test_a_table_of_one_label(tmp_path):
    with pytest.raises(DataError, match=r"the only label in .*rows\.csv is 'fine'"):
        read_table(written(tmp_path, "text,label\nA quiet room,fine\n", "rows.csv"))
