"""Models of five classes, whose names are no plain words, on the command line; and one that reads Polish."""

import csv
import json
import re
import sys

import pytest

import opinia
from commands import call, opinia_command
from models import (
    FIVE,
    POLISH,
    polish_card,
    write_class_model,
    write_counting_model,
    write_three_class_model,
)
from opinia.system.stdio import columns
from terminals import Terminal

TEXTS = ("bad bad bad", "bad", "the film", "good", "good good good")


@pytest.fixture(scope="module")
def five(tmp_path_factory):
    return write_class_model(tmp_path_factory.mktemp("five") / "five.onnx")


@pytest.fixture(scope="module")
def polish(tmp_path_factory):
    card = {**polish_card(), "text": {"unknown_limit": 0.3}}
    return write_class_model(
        tmp_path_factory.mktemp("pl") / "pl.onnx", ("zła", "średnia", "dobra"), words=POLISH, card=card
    )


@pytest.fixture(scope="module")
def answers(five):
    found = opinia.load(five).predict(TEXTS)
    assert len({*found}) == 5
    return found


def write_table(path, answers, *, encoding="utf-8", times=4):
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "label"))
        writer.writerows(zip(TEXTS * times, list(answers) * times, strict=True))
    return path


def test_analyse_says_names_as_they_are_in_columns(five, answers):
    lines = opinia_command("analyse", "--model", five, "--lang", "en", *TEXTS).splitlines()
    assert [line.startswith(name) for line, name in zip(lines, answers, strict=True)] == [True] * 5
    places = {columns(line[: line.index("%")]) for line in lines}
    assert len(places) == 1
    assert [line.endswith(text) for line, text in zip(lines, TEXTS, strict=True)] == [True] * 5


def test_analyse_json_has_every_class_and_no_positive(five, answers):
    lines = opinia_command("analyse", "--json", "--model", five, *TEXTS).splitlines()
    shares = opinia.load(five).predict_proba(TEXTS)
    for found, label, row in zip(map(json.loads, lines), answers, shares, strict=True):
        assert found["label"] == label
        assert list(found["probabilities"]) == list(FIVE)
        assert list(found["probabilities"].values()) == pytest.approx(row, abs=1e-6)
        assert "positive" not in found


def test_analyse_tells_one_class(five):
    share = opinia.load(five).predict_proba("good")[0][2]
    said = opinia_command("analyse", "--model", five, "--lang", "en", "--class", FIVE[2], "good")
    assert said.split() == [FIVE[2], f"{share:.1%}", "good"]
    found = json.loads(opinia_command("analyse", "--model", five, "--json", "--class", FIVE[2], "good"))
    assert (found["target"], found["label"]) == (FIVE[2], FIVE[3])
    assert found["target_probability"] == found["probabilities"][FIVE[2]]


def test_analyse_tells_one_of_two_classes(tmp_path):
    path = write_counting_model(tmp_path / "two.onnx")
    said = opinia_command("analyse", "--model", path, "--lang", "en", "--class", "Negative", "good")
    assert said.split() == ["negative", "5.0%", "good"]


@pytest.mark.parametrize("command", ["analyse", "explain"])
def test_a_wrong_class_is_answered_with_the_list(five, command):
    said = opinia_command(command, "--model", five, "--class", "gut", "good", status=1)
    assert "ممتاز" in said
    assert "\\u200d" not in said
    assert said.count("\n") <= 2


def test_explain_has_a_curve_a_class_and_shows_brackets_as_they_are(five):
    said = opinia_command("explain", "--model", five, "--lang", "en", "the film was good")
    assert said.splitlines()[0].startswith(f"{FIVE[3]} (")
    for name in FIVE:
        assert re.search(rf"{re.escape(name)}: \d+% → \d+%", said), name
    assert re.search(rf"^for “{re.escape(FIVE[3])}” +good \+", said, re.MULTILINE)


def test_explain_of_another_class_speaks_of_that(five):
    said = opinia_command("explain", "--model", five, "--lang", "pl", "--class", FIVE[0], "the film was good")
    assert re.search(rf"^przeciw „{re.escape(FIVE[0])}” +good −", said, re.MULTILINE)
    found = json.loads(opinia_command("explain", "--model", five, "--json", "--class", FIVE[0], "good film"))
    assert (found["target"], found["label"]) == (FIVE[0], FIVE[3])
    assert found["curve"][-1]["probabilities"] == pytest.approx(list(found["probabilities"].values()))


def test_a_word_against_positive_is_not_called_negative_where_there_is_a_third(tmp_path):
    path = write_three_class_model(tmp_path / "three.onnx", labels=("negative", "neutral", "positive"))
    said = opinia_command(
        "explain", "--model", path, "--lang", "en", "--class", "positive", "good and bad film"
    )
    assert "for negative" not in said
    assert "against “positive”" in said
    assert "neutralna" in opinia_command("analyse", "--model", path, "--lang", "pl", "the film")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
def test_explain_fits_a_terminal(tmp_path):
    names = tuple(f"{letter} {'very long name of a class ' * 3}".strip() for letter in "abc")
    path = write_class_model(tmp_path / "long.onnx", names)
    command = [sys.executable, "-m", "opinia", "explain", "--model", str(path), "--lang", "en"]
    terminal = Terminal(*command, "the film was good and good")
    try:
        terminal.expect("in percentage points")
        lines = terminal.text.splitlines()
    finally:
        terminal.close()
    assert max(map(len, lines)) <= 80
    assert any("good +" in line for line in lines)


def test_explanations_page_escapes_names(five, tmp_path):
    page = tmp_path / "why.html"
    opinia_command("explain", "--model", five, "--lang", "en", "--html", page, "bad bad bad", "good")
    html = page.read_text("utf-8")
    assert "<b>&" not in html
    assert "zła &#34;obsługa&#34; &lt;b&gt;&amp;" in html
    assert html.count('<polyline class="other') == 8
    assert all(name in html for name in FIVE[1:])


def test_a_page_of_two_classes_has_nothing_of_more(tmp_path):
    path, page = write_counting_model(tmp_path / "two.onnx"), tmp_path / "why.html"
    opinia_command("explain", "--model", path, "--html", page, "good film")
    assert "--o1" not in page.read_text("utf-8")
    assert "classes" not in page.read_text("utf-8")


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet", "xlsx"])
def test_score_has_a_column_a_class(five, answers, tmp_path, kind):
    table, out = write_table(tmp_path / "t.csv", answers), tmp_path / f"out.{kind}"
    opinia_command("score", table, "-o", out, "--model", five, "--details")
    again = tmp_path / "again.csv"
    opinia_command("score", out, "-o", again, "--model", five, "--details", "--text-column", "text")
    rows = list(csv.DictReader(again.open(encoding="utf-8", newline="")))
    shares = opinia.load(five).predict_proba(TEXTS)
    for row, label, proba in zip(rows, list(answers) * 4, [*shares] * 4, strict=True):
        assert row["opinia_label"] == label  # of the first call, read again
        for name, share in zip(FIVE, proba, strict=True):
            assert float(row[f"opinia_probability_{name}"]) == pytest.approx(float(share), abs=1e-6)


def test_score_writes_beside_a_column_of_such_a_name(five, tmp_path):
    table, out = tmp_path / "t.csv", tmp_path / "out.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", f"probability_{FIVE[2]}"), ("good film", "mine")])
    opinia_command("score", table, "-o", out, "--model", five, "--details")
    (row,) = csv.DictReader(out.open(encoding="utf-8", newline=""))
    assert row[f"probability_{FIVE[2]}"] == "mine"
    assert float(row[f"opinia_probability_{FIVE[2]}"]) < 1


def test_score_refuses_names_that_the_tables_encoding_lacks_before_it_writes(five, tmp_path):
    table, out = tmp_path / "t.csv", tmp_path / "out.csv"
    table.write_bytes("text,film\ngood,Żółta łódź źrebięcia\nbad,Ćma i gęś\n".encode("cp1250"))
    said = opinia_command("score", table, "-o", out, "--model", five, "--details", status=1)
    assert "in the name of a class" in said
    assert ".jsonl" in said
    assert not out.exists()
    opinia_command("score", table, "-o", tmp_path / "out.jsonl", "--model", five, "--details")


def test_score_does_not_mix_up_a_class_called_uncertain(tmp_path):
    path = write_three_class_model(tmp_path / "m.onnx", labels=("bad", "uncertain", "good"))
    table = tmp_path / "t.csv"
    table.write_text("text\ngood film\n")
    said = opinia_command(
        "score", table, "-o", tmp_path / "o.csv", "--model", path, "--uncertain", "0.1", status=1
    )
    assert "a class called 'uncertain'" in said
    assert not (tmp_path / "o.csv").exists()


def test_evaluate_has_figures_of_each_class_and_the_matrix(five, answers, tmp_path):
    wrong = [answers[1], *answers[1:]]
    table = write_table(tmp_path / "t.csv", wrong)
    figures = json.loads(opinia_command("evaluate", five, table, "--json"))
    assert [each["name"] for each in figures["classes"]] == list(FIVE)
    assert figures["confusion"][FIVE.index(answers[1])][FIVE.index(answers[0])] == 4
    assert figures["accuracy"] == pytest.approx(0.8)
    done = call("evaluate", five, table, "--lang", "en")
    for name in FIVE[2:]:
        assert re.search(rf"class +['\"]{re.escape(name)}['\"]: precision", done.stdout), name
    assert "\\u200d" not in done.stdout + done.stderr


def test_evaluate_draws_the_matrix_whatever_the_names(answers, tmp_path):
    pytest.importorskip("matplotlib")
    names = (*FIVE[:3], "$x_{1}$ costs $100 " + "very long " * 8, "非常に良い")
    path = write_class_model(tmp_path / "five.onnx", tuple(name.strip() for name in names))
    table = write_table(tmp_path / "t.csv", opinia.load(path).predict(TEXTS))
    done = call("evaluate", path, table, "--plots", tmp_path / "plots", "--lang", "pl")
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    rows = list(csv.reader((tmp_path / "plots/confusion.csv").open(encoding="utf-8", newline="")))
    assert [row[1] for row in rows[1:]] == [name.strip() for name in names]
    assert [int(row[1 + place]) for place, row in enumerate(rows[1:], start=1)] == [4] * 5
    drawing = (tmp_path / "plots/confusion.svg").read_text("utf-8")
    assert drawing.startswith("<?xml")
    assert (tmp_path / "plots/confusion.png").stat().st_size > 10_000


def test_two_classes_have_no_picture_of_the_matrix(tmp_path):
    pytest.importorskip("matplotlib")
    table = tmp_path / "t.csv"
    table.write_text("text,label\n" + "good film,positive\nbad film,negative\n" * 5)
    path = write_counting_model(tmp_path / "two.onnx")
    opinia_command("evaluate", path, table, "--plots", tmp_path / "plots")
    assert not (tmp_path / "plots/confusion.png").exists()


def test_info_and_check_show_the_names(five, answers, tmp_path):
    assert f'"{FIVE[4]}"' in opinia_command("info", five)
    said = opinia_command("check", write_table(tmp_path / "t.csv", answers), "--model", five, "--lang", "en")
    assert all(name in " ".join(said.split()) for name in FIVE)


def test_behave_wants_opinions(five):
    said = opinia_command("behave", five, status=1)
    assert "one class of each" in said
    assert "ممتاز" in said


@pytest.mark.parametrize("labels", [("no", "yes"), ("false", "true"), ("spam", "ham")])
def test_behave_takes_no_answer_to_another_question_for_an_opinion(tmp_path, labels):
    from models import WORDS, counting_network, graph_of
    from opinia.model.file import Description, write_model
    from opinia.text.tokenizer import Tokenizer

    path = tmp_path / "m.onnx"
    write_model(path, graph_of(counting_network()), Description(Tokenizer(WORDS), labels=labels))
    assert "one class of each" in opinia_command("behave", path, status=1)


def test_behave_knows_its_classes_wherever_they_stand(tmp_path):
    cases = tmp_path / "cases.toml"
    cases.write_text(
        '[[capability]]\nname = "plain"\ntest = "label"\npositive = ["good film"]\nnegative = ["bad film"]\n'
        '[[capability]]\nname = "between"\ntest = "neutral"\nneutral = ["the film"]\n'
        '[[capability]]\nname = "names"\ntest = "same label"\n'
        'positive = [["good", "good film"], ["good", "the"]]\n'
        '[[capability]]\nname = "more"\ntest = "direction"\npositive = [["the film", "good film"]]\n'
    )
    # The network goes from bad over neither to good, so that here bad texts are called positive.
    for labels, right in ((("negative", "neutral", "positive"), 3), (("positive", "neutral", "negative"), 0)):
        path = write_three_class_model(tmp_path / "m.onnx", labels=labels)
        found = json.loads(opinia_command("behave", path, "--cases", cases, "--json"))["capabilities"]
        passed = {
            name: sum(found[name][part]["passed"] for part in ("development", "held out")) for name in found
        }
        assert passed["plain"] == (2 if right else 0)
        assert passed["between"] == 1
        assert passed["names"] == 1
        assert passed["more"] == (1 if right else 0)


def test_behave_puts_texts_of_its_language_to_a_model(tmp_path):
    classes = ("negative", "neutral", "positive")
    path = write_class_model(tmp_path / "m.onnx", classes, words=POLISH, card=polish_card())
    assert "one-line verdicts on films" in opinia_command("behave", path)
    german = write_class_model(
        tmp_path / "de.onnx", classes, words=POLISH, card={**polish_card(), "language": "de"}
    )
    assert "the model reads texts in German" in opinia_command("behave", german, status=1)


@pytest.mark.parametrize(
    ("lang", "asks"), [("pl", "czy to tekst po polsku?"), ("en", "is the text in Polish?")]
)
def test_doubts_name_the_language_of_the_card(polish, tmp_path, lang, asks):
    own = "Nie jest to hotel, na który czekaliśmy: brudno i głośno, a obsługa się spóźnia."
    said = call("analyse", "--model", polish, "--lang", lang, own).stderr
    assert "50" in said
    assert asks not in said  # it plainly is
    said = call("analyse", "--model", polish, "--lang", lang, "nie qwe rty uio zxcv").stderr
    assert asks in said
    assert "angielsku" not in said
    assert "English" not in said
    english = "hello my dear friends, this is a very nice film and I liked it"
    table = tmp_path / "t.csv"
    table.write_text("text\n" + f'"{english}"\n' * 3)
    said = call("score", table, "-o", tmp_path / f"{lang}.csv", "--model", polish, "--lang", lang).stderr
    wanted = {
        "pl": "nie wyglądają na teksty po polsku|nie są.*po polsku|po polsku",
        "en": "seem not to be in Polish",
    }
    assert re.search(wanted[lang], said)


def test_nobody_is_asked_about_a_language_that_is_open(tmp_path):
    path = write_class_model(tmp_path / "m.onnx", card={**polish_card(None), "text": {"unknown_limit": 0.3}})
    said = call("analyse", "--model", path, "--lang", "en", "good qwe rty uio").stderr
    assert said.strip() == "the model does not know 75% of the words"


def test_evaluate_on_film_reviews_is_refused_before_they_are_fetched(five, tmp_path):
    said = opinia_command("evaluate", five, "imdb:test", "--imdb", tmp_path / "nothing", status=1)
    assert "the texts are of the classes 'negative', 'positive', and the model has" in said
    assert "ممتاز" in said
