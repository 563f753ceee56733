"""``opinia check``: what is read and what is wrong where; and the same findings at the end of ``score``."""

import json
import shlex

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from opinia.errors import DataError
from opinia.model.classifier import load
from opinia.score import ScoreOptions, score_table
from opinia.score.check import check_table
from opinia.score.findings import merged_test
from opinia.score.labelled import LabelledOptions, judge_labelled
from real_files import SHAPES
from scoring import cells, csv_bytes, jsonl, run

ODD = """id;title;review;stars
1;Great;"I liked it, a warm &amp; funny film; really.";5 stars
2;Bad;The worst thing I have seen in years.;1 star
3;Hm;NULL;3 stars
4;Oops
5;Nuda;Film jest nudny i za długi, nie polecam nikomu.;2 stars

6;Good;"Good one,
would watch it again.";4 stars
7;Good;The worst thing I have seen in years.;
"""
WIDE = "A long and rather tedious evening with people who talk about their furniture all the way to the end. "


@pytest.fixture(scope="module")
def base():
    return load("base")


def checked(base, path, **options):
    return check_table(path, base, ScoreOptions(**options))


def test_what_is_found_in_an_odd_table(base, tmp_path):
    (tmp_path / "odd.csv").write_text(ODD, "utf-8")
    found = checked(base, tmp_path / "odd.csv")
    assert (found.format, found.dialect.delimiter, found.dialect.encoding) == ("csv", ";", "utf-8")
    assert (found.texts, found.label) == (("review",), "stars")
    assert [(each.name, found.role(each)) for each in found.columns][2:] == [
        ("review", "text"),
        ("stars", "label"),
    ]
    assert (found.findings.rows, found.findings.bad, found.duplicates) == (7, 1, 1)
    assert (found.findings.empty, found.findings.placeholders) == (0, 1)
    assert found.labels == {"5 stars": 1, "1 star": 1, "3 stars": 1, "2 stars": 1, "4 stars": 1, "": 1}
    assert '--label-map "1,2=negative; 3=skip; 4,5=positive"' in found.why_no_labels.hint
    assert [(each.line, each.row, each.what) for each in found.problems] == [
        (5, 4, "2 cells where the header has 4")
    ]
    assert (found.languages["pl"], found.languages["en"]) == (1, 3)
    assert found.findings.languages == {"pl": 1}
    assert found.shown[0] == ["1", "Great", "I liked it, a warm &amp; funny film; really.", "5 stars"]
    assert len(found.shown) == 5
    assert found.lengths.longest >= found.lengths.median >= found.lengths.shortest == 0
    assert 0 < found.unknown < 1


DISPUTED = """text,label
A warm film,positive
a warm film!,NEGATIVE
A warm film,positive
A dull film,negative
A dull film,Negative
A long film,negative
A long film,
A slow film,5
A slow film,4
"""


@pytest.mark.parametrize(
    ("label_map", "count", "rows"),
    [
        (None, 5, (1, 2, 8, 9)),
        ("negative=negative; positive,4,5=positive", 3, (1, 2)),
        ("negative=skip; 4=negative; positive,5=positive", 2, (8, 9)),
    ],
)
def test_one_text_with_different_labels(base, tmp_path, label_map, count, rows):
    (tmp_path / "in.csv").write_text(DISPUTED)
    found = check_table(tmp_path / "in.csv", base, ScoreOptions(), label_map=label_map)
    assert (found.disputed, found.disputed_rows) == (count, rows)
    shown = found.to_json()
    assert (shown["disputed"], shown["disputed_rows"]) == (count, [*rows])


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "warning: 24 rows have a text that also occurs with another label: rows 1, 2, 3,"),
        ("pl", "uwaga: 24 wiersze mają tekst, który występuje też z inną etykietą: wiersze 1,"),
    ],
)
def test_texts_with_different_labels_are_said(tmp_path, lang, said):
    rows = [f"A film of number {n // 2} it was,{('neg', 'pos')[n % 2]}" for n in range(24)]
    (tmp_path / "in.csv").write_text("\n".join(["text,label", *rows]) + "\n")
    shown = run("check", "in.csv", "--lang", lang, folder=tmp_path).stdout.decode()
    assert said in " ".join(shown.split())
    assert shown.rstrip().endswith("10, …")


def test_lines_are_those_of_the_file(base, tmp_path):
    """Cells of several lines, empty lines and quotes gone astray come before the row that is meant."""
    data = 'text,n\n"one\ntwo three",1\n\n\n"a film, and ""one"" more",2\nbad row\n'
    data += "the last of them,3\nanother,4,5\n"
    (tmp_path / "a.csv").write_text(data)
    assert [(each.line, each.row) for each in checked(base, tmp_path / "a.csv").problems] == [(7, 3), (9, 5)]
    (tmp_path / "a.jsonl").write_text('{"text": "a film"}\n\nnope\n{"text": 5}\n')
    assert [(each.line, each.row) for each in checked(base, tmp_path / "a.jsonl").problems] == [
        (3, 2),
        (4, 3),
    ]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "txt"])
def test_every_format_says_the_same_of_its_texts(kind, base, tmp_path):
    texts = ["A warm and funny film.", "", "N/A", "The worst of all the films.", "A warm and funny film."]
    path = tmp_path / f"a.{kind}"
    if kind == "parquet":
        pq.write_table(pa.table({"n": range(5), "text": texts}), path)
    elif kind == "jsonl":
        path.write_bytes(jsonl({"n": n, "text": text} for n, text in enumerate(texts)))
    elif kind == "csv":
        path.write_bytes(csv_bytes([["n", "text"], *enumerate(texts)]))
    else:
        path.write_text("\n".join(texts) + "\n")
    found = checked(base, path)
    assert found.texts == ("text",)
    assert (found.findings.rows, found.findings.empty, found.findings.placeholders) == (5, 1, 1)
    assert (found.duplicates, found.findings.wordless, found.findings.bad) == (1, 2, 0)
    assert json.loads(json.dumps(found.to_json()))["rows"] == 5


def test_the_command_in_both_languages_fits_a_terminal(tmp_path):
    (tmp_path / "odd.csv").write_text(ODD + f"8;Wide;{WIDE * 3};x\n", "utf-8")
    for lang, words in (("en", "semicolons, header, utf-8"), ("pl", "średniki, nagłówek, utf-8")):
        done = run("check", "odd.csv", "--lang", lang, "--max-bad", "0.2", folder=tmp_path)
        shown = done.stdout.decode()
        assert done.returncode == 0, done.stderr
        assert words in shown
        assert ("line 5: 2 cells" in shown) == (lang == "en")
        assert max(len(line) for line in shown.splitlines() if "--label-map" not in line) <= 80
    assert run("check", "odd.csv", folder=tmp_path).returncode == 1
    done = run("check", "odd.csv", "--json", "--max-bad", "1", folder=tmp_path)
    assert json.loads(done.stdout)["problems"] == [
        {"line": 5, "row": 4, "what": "2 cells where the header has 4"}
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["odd.csv"]


def test_a_map_shows_what_each_label_is_taken_for(tmp_path):
    (tmp_path / "odd.csv").write_text(ODD, "utf-8")
    arguments = ("check", "odd.csv", "--max-bad", "1", "--label-map", "stars-5")
    shown = " ".join(run(*arguments, "--lang", "en", folder=tmp_path).stdout.decode().split())
    assert "5 stars (1) = positive" in shown
    assert "3 stars (1) = left out" in shown
    assert "without a label (1)" in shown
    assert "bez etykiety (1)" in " ".join(
        run(*arguments, "--lang", "pl", folder=tmp_path).stdout.decode().split()
    )
    found = json.loads(run(*arguments, "--json", folder=tmp_path).stdout)
    assert (found["meanings"]["3 stars"], found["errors"]) == ("skip", [])
    done = run(*arguments[:-1], "1..3=negative; 2..4=positive", folder=tmp_path)
    assert (done.returncode, b"two ranges that overlap" in done.stderr) == (1, True)


def test_what_cannot_be_told_is_shown_and_said(tmp_path):
    lines = [
        "pros,cons,n",
        *(f"I like this place a lot and number {n},it is too loud for me at {n},{n}" for n in "123"),
    ]
    (tmp_path / "two.csv").write_text("\n".join(lines) + "\n")
    done = run("check", "two.csv", "--lang", "en", folder=tmp_path)
    assert done.returncode == 1
    assert b"first rows" in done.stdout
    assert b"'pros', 'cons' read alike" in done.stderr
    assert b"--text-column pros,cons joins them" in done.stderr
    done = run("check", "two.csv", "--text-column", "pros,cons", "--lang", "en", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert b'"pros" and "cons"' in done.stdout
    (tmp_path / "none.csv").write_text("text,n\nNULL,1\n,2\n")
    done = run("check", "none.csv", folder=tmp_path)
    assert (done.returncode, b"nothing can be judged" in done.stderr) == (1, True)


def test_memory_is_bounded_by_samples(base, tmp_path, monkeypatch):
    monkeypatch.setattr("opinia.score.check._MOST_TEXTS", 10)
    rows = [["text", "label"], *([f"film number {n} was good", n] for n in range(3000))]
    (tmp_path / "a.csv").write_bytes(csv_bytes(rows))
    found = checked(base, tmp_path / "a.csv")
    assert found.findings.rows == 3000
    assert len(found.labels) == 1000
    assert sum(found.languages.values()) == 2000
    assert found.why_no_labels is not None


@pytest.mark.parametrize(
    ("text", "is_merged"),
    [
        ("a film\n2,The worst of all,1\n3,Fine,2", True),
        ('good,1\n2,"bad', True),
        ("a long text,\nwith a line, and more, of it\nand again, so", False),
        ("costs 1,000 or\n2,500 in all, they say", False),
        ("one, two, three", False),
    ],
)
def test_cells_that_hold_several_rows(text, is_merged):
    assert merged_test(",", 3 if text.count("\n2,T") else 2)(text) is is_merged


def test_score_ends_with_the_same_findings(base, tmp_path):
    (tmp_path / "odd.csv").write_text(ODD, "utf-8")
    path = tmp_path / "odd.csv"
    summary = score_table(path, tmp_path / "out.csv", classifier=base, options=ScoreOptions(details=True))
    found = summary.findings
    assert (found.rows, found.bad, found.placeholders, found.languages) == (7, 1, 1, {"pl": 1})
    assert sum(found.labels.values()) == 6
    rows = cells((tmp_path / "out.csv").read_bytes(), delimiter=";")
    assert [row["doubt"] for row in rows] == ["", "", "no_words", "", "other_language", "", ""]
    assert rows[0]["review"] == "I liked it, a warm &amp; funny film; really."
    assert float(rows[0]["probability"]) == pytest.approx(
        base.classify("I liked it, a warm & funny film; really.")[0].probability, abs=1e-5
    )


@pytest.mark.parametrize(
    ("rows", "arguments", "status"),
    [
        (["good film", "bad film", "", ""], [], 0),
        (["", "NULL"], [], 1),
        ([], [], 1),
        (["good"] * 9 + ["bad \xff"], [], 0),
        (["good"] * 8 + ["bad \xff"], [], 1),
        (["good"] * 8 + ["bad \xff"], ["--max-bad", "0.2"], 0),
        (["good"] * 99 + ["bad \xff"], ["--max-bad", "0"], 1),
        (["bad \xff"], ["--max-bad", "1"], 1),
    ],
)
def test_the_status_says_whether_the_answers_are_worth_something(rows, arguments, status, score, tmp_path):
    lines = ["n,text", *(f"{n},{text}" for n, text in enumerate(rows))]
    (tmp_path / "in.csv").write_bytes(("\n".join(lines) + "\n").encode("latin-1"))
    done = score("in.csv", "-o", "out.csv", "--encoding", "utf-8", "--text-column", "text", *arguments)
    assert done.returncode == status, done.stderr
    assert (b"error: " in done.stderr) == bool(status)
    assert len((tmp_path / "out.csv").read_bytes().splitlines()) == len(rows) + 1


def test_columns_are_joined_aloud_and_resume_is_the_same(score, tmp_path):
    data = csv_bytes(
        [["label", "title", "a,b", "text"], ["1", "Good", "x", "the film."], ["0", "bad.", "y", "film"]]
    )
    (tmp_path / "in.csv").write_bytes(data)
    done = score("in.csv", "-o", "out.csv", "--text-column", "title,text", "--details", "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert b'judging the columns "title" and "text", joined' in done.stderr
    assert b'the table has a column "label" already: the added ones begin with "opinia_"' in done.stderr
    rows = cells((tmp_path / "out.csv").read_bytes())
    assert [row["opinia_label"] for row in rows] == ["positive", "negative"]
    assert [row["opinia_tokens"] for row in rows] == ["3", "2"]
    again = score(
        "in.csv", "-o", "two.csv", "--text-column", "title", "--text-column", "text", "--details", "--resume"
    )
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "two.csv").read_bytes() == (tmp_path / "out.csv").read_bytes()
    comma = score("in.csv", "-o", "comma.csv", "--text-column", "a,b", "--max-bad", "1", "--lang", "en")
    assert b'judging column "a,b"' in comma.stderr


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_joined_columns_give_the_same_in_every_format(kind, classifier, tmp_path):
    rows = [("Good", "the film"), ("bad!", ""), ("", "film. It was bad")]
    path = tmp_path / f"in.{kind}"
    if kind == "parquet":
        pq.write_table(
            pa.table({"title": [row[0] for row in rows], "body": [row[1] or None for row in rows]}), path
        )
    elif kind == "jsonl":
        path.write_bytes(jsonl({"title": title, "body": body or None} for title, body in rows))
    else:
        path.write_bytes(csv_bytes([["title", "body"], *rows]))
    out = tmp_path / f"out.{kind}"
    score_table(path, out, classifier=classifier, options=ScoreOptions(text_column=["title", "body"]))
    if kind == "parquet":
        made = [row["probability"] for row in pq.read_table(out).to_pylist()]
    elif kind == "jsonl":
        made = [json.loads(line)["probability"] for line in out.read_text().splitlines()]
    else:
        made = [float(row["probability"]) for row in cells(out.read_bytes())]
    expected = classifier.predict_proba(["Good. the film", "bad!", "film. It was bad"]).max(axis=1)
    assert made == pytest.approx(expected.tolist(), abs=1e-5)


def test_evaluate_with_maps_joins_and_placeholders(base, tmp_path):
    rows = [
        ["title", "text", "stars"],
        ["Great", "I loved it, a fine film.", "★★★★★"],
        ["So bad", "NULL", "1 star"],
    ]
    rows += [
        ["Hm", "It is what it is.", "3/5"],
        ["", "The worst film I have seen.", "N/A"],
        ["", "Awful.", "2"],
    ]
    (tmp_path / "a.csv").write_bytes(csv_bytes(rows))
    options = LabelledOptions(text_column="title,text", label_map="stars-5")
    found = judge_labelled(tmp_path / "a.csv", base, options=options)
    assert found.truth.tolist() == [1, 0, 0]
    assert (found.rows, found.bad, found.skipped) == (5, 1, 1)
    assert found.meanings == {"★★★★★": "positive", "1 star": "negative", "3/5": "skip", "2": "negative"}
    assert found.words.tolist()[1] == 2


def test_a_late_label_is_proposed_with_all_that_come(base, tmp_path):
    rows = [
        ["text", "label"],
        *([["good", "1"]] * 1500),
        ["bad", "2"],
        *([["bad", "0"]] * 10),
        ["bad", "odd"],
    ]
    (tmp_path / "a.csv").write_bytes(csv_bytes(rows))
    done = run("evaluate", "seed", "a.csv", folder=tmp_path)
    assert done.returncode == 1
    assert b"error: row 1,501: labels must be" in done.stderr
    mapped = done.stderr.decode().split('--label-map "')[1].split('"')[0]
    done = run("evaluate", "seed", "a.csv", "--label-map", mapped, "--json", folder=tmp_path)
    assert json.loads(done.stdout)["skipped"] in (1, 2)


def test_swapped_labels_and_foreign_texts_are_told(model_path, tmp_path):
    rows = [["text", "label"], *([["good film", "0"], ["bad film", "1"]] * 40)]
    (tmp_path / "a.csv").write_bytes(csv_bytes(rows))
    done = run("evaluate", model_path, "a.csv", "--json", "--lang", "en", folder=tmp_path)
    assert json.loads(done.stdout)["swapped"] is True
    assert b"labels seem to be swapped: AUC is 0.00" in done.stderr
    done = run("evaluate", model_path, "a.csv", "--json", "--labels", "1,0", folder=tmp_path)
    assert json.loads(done.stdout)["swapped"] is False
    polish = "Film jest nudny i za długi, nie polecam nikomu."
    (tmp_path / "pl.csv").write_bytes(
        csv_bytes([["text", "label"], [polish, "0"], [polish, "1"], ["A fine film", "1"]])
    )
    done = run("evaluate", "base", "pl.csv", "--lang", "en", folder=tmp_path)
    assert b"most texts are not in English" in done.stderr
    assert b"2 of 3 texts seem not to be in English, most of them in Polish" in done.stderr


def test_wrong_calls_of_evaluate(tmp_path):
    (tmp_path / "a.csv").write_text("text,y\ngood,1\n")
    for more in (
        ["--labels", "0,1", "--label-map", "stars-5"],
        ["--label-column", "y", "--label-column", "n"],
    ):
        assert run("evaluate", "seed", "a.csv", *more, folder=tmp_path).returncode == 2
    assert run("evaluate", "seed", "sample:test", "--label-map", "stars-5", folder=tmp_path).returncode == 2


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_real_files_are_shown_and_evaluated_as_they_are_read(shape, base, tmp_path):
    path = tmp_path / shape.name
    path.write_bytes(shape.data)
    said = dict(zip(shape.options[::2], shape.options[1::2], strict=False))
    told = {
        "text_column": said.get("--text-column"),
        "header": False if "--no-header" in shape.options else None,
    }
    if shape.texts is None:
        with pytest.raises(DataError):
            checked(base, path)
        return
    found = checked(base, path, **told)
    assert tuple(each.name for each in found.columns) == tuple(dict.fromkeys(shape.columns))
    assert (found.findings.rows, found.findings.bad) == (len(shape.texts), shape.texts.count(None))
    assert found.texts == (shape.column,), found.why_no_texts
    place = list(dict.fromkeys(shape.columns)).index(shape.column)
    good = [text for text in shape.texts if text is not None]
    assert [row[place] for row in found.shown] == good[:5]
    if found.label is None:
        return
    mapped = None
    if found.why_no_labels is not None:
        words = shlex.split(found.why_no_labels.hint)
        mapped = words[words.index("--label-map") + 1].rstrip(",")
    judged = judge_labelled(
        path, base, options=LabelledOptions(label_column=found.label, label_map=mapped, **told)
    )
    assert judged.rows == len(shape.texts)
    assert len(judged.truth) + judged.bad + judged.skipped == judged.rows


@pytest.mark.parametrize("lang", ["en", "pl"])
def test_a_folder_of_classes_is_checked_and_evaluated(lang, model_path, tmp_path):
    for name, text in (("pos", "a good film"), ("neg", "a bad film"), ("unsup", "a film")):
        (tmp_path / "reviews" / name).mkdir(parents=True)
        (tmp_path / "reviews" / name / "1.txt").write_text(text)
    shown = run("check", "reviews", "--lang", lang, "--model", model_path, folder=tmp_path).stdout.decode()
    mapped = shlex.split(shown.splitlines()[-1])[-1]
    assert mapped == "neg=negative; pos=positive; unsup=skip"
    arguments = ["evaluate", model_path, "reviews", "--label-map", mapped, "--lang", lang]
    done = run(*arguments, "--json", folder=tmp_path)
    assert (json.loads(done.stdout)["accuracy"], json.loads(done.stdout)["skipped"]) == (1.0, 1)
    said = {
        "en": "labels: 'neg' is negative, 'pos' is positive, 'unsup' is left out",
        "pl": "'unsup' pominięte",
    }
    assert said[lang] in done.stderr.decode()


def test_short_texts_tell_their_language_together(tmp_path):
    texts = [
        "The phone is good",
        "It broke",
        "I love it",
        "Not for me",
        "Works as it should",
        "This is the best",
    ]
    path = tmp_path / "in.csv"
    path.write_text("\n".join(["id,text", *(f"{n},{text}" for n, text in enumerate(texts * 3)), ""]))
    assert check_table(path, load("general"), ScoreOptions()).languages == {"en": 18}
    path.write_text("\n".join(["id,text", *(f"{n},xqzt vbnq {n}" for n in range(18)), ""]))
    assert check_table(path, load("general"), ScoreOptions()).languages == {None: 18}
