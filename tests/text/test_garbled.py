"""Letters that a wrong encoding has spoilt are found, and none where none has."""

import json

import pytest

from opinia.language import LANGUAGES
from opinia.model.classifier import load
from opinia.score import ScoreOptions, score_table
from opinia.score.check import check_table
from opinia.text.garbled import garbled_in
from scoring import run

POLISH = [
    "Świetny film, bardzo mi się podobał, żona też się śmiała.",
    "Nuda, za długi i źle napisany, okropność.",
    "Fabuła jest słaba, ale gra aktorów świetna.",
]
ENGLISH = ["It’s “really” good – naïve, like a café.", "He doesn’t like it… at all."]
OTHERS = [
    "Très belle fête, ça ne va pas, où est la forêt\xa0?",
    "Příliš žluťoučký kůň úpěl ďábelské ódy",
    "größer, ähnlich, über alle Maße – „schön“",
    "não é bom, o coração da canção",
    "Ăştia sunt buni, în fiecare zi",
    "çok güzel değil, ama ışığı iyi; ŞEY ÇOK",
    "¿Qué pasó, señor? ¡Año nuevo!",
    "Ålesund är en stad på ön, Århus också",
    "Привет, очень хороший фильм; РСФСР и СССР",
    "日本語の映画はとても良い",
    "Việt Nam rất đẹp",
    "😀 good 👍🏽 ★★★★☆ ½ cup, 1¼ inch, 5 m², 3 m³h, 20±2 °C, §3 ¶ 2",
    "€5 £3 ©2020 «bon» 1º lugar",
    "CAFÉ” ŻYĆ” KOŃ’ DŁOŃ… „MÄ“",
]
PLAIN = ["Really?Yes, it was", "http://a.b/?c=d", "C:\\users\\new", "What? When? Why?", "a 100% \\o/ film"]


@pytest.mark.parametrize("text", [*POLISH, *ENGLISH, *OTHERS, *PLAIN])
def test_what_people_write_is_not_garbled(text):
    assert garbled_in(text) is None


@pytest.mark.parametrize("text", [*POLISH, *ENGLISH])
@pytest.mark.parametrize("taken", ["cp1252", "latin-1", "cp1250", "cp852", "cp1251"])
def test_utf_8_that_was_read_as_something_else_is_garbled(text, taken):
    garbled = text.encode().decode(taken, "replace")
    assert garbled != text
    assert garbled_in(garbled)
    assert garbled_in(garbled.encode().decode("cp1252", "replace")) or taken != "cp1252"


@pytest.mark.parametrize(
    ("written", "taken"),
    [("cp1250", "cp1252"), ("iso8859-2", "cp1252"), ("cp1250", "iso8859-2"), ("cp1250", "utf-8")],
)
def test_one_byte_read_as_another_within_words_is_garbled(written, taken):
    garbled = [text.encode(written).decode(taken, "replace") for text in POLISH]
    assert all(map(garbled_in, [garbled[0], garbled[2]]))


@pytest.mark.parametrize(
    "text", ["It\x92s fine", "p\x9ccur", "za d\\u0142ugi", "si\\xc4\\x99", "za d?ugi i ?le"]
)
def test_other_traces_of_a_wrong_encoding(text):
    assert garbled_in(text)


@pytest.fixture(scope="module")
def classifier():
    return load("seed")


def test_check_and_score_count_them_and_say_what_to_do(classifier, tmp_path):
    spoilt = [text.encode().decode("cp1252", "replace") for text in POLISH]
    path = tmp_path / "a.csv"
    rows = [*spoilt, *ENGLISH, "A plain good film."]
    path.write_text("text,n\n" + "".join(f'"{text}",{n}\n' for n, text in enumerate(rows)), "utf-8")
    found = check_table(path, classifier, ScoreOptions())
    assert (found.findings.garbled, found.findings.first_garbled) == (3, "Åš")
    assert found.to_json()["garbled"] == 3
    summary = score_table(path, tmp_path / "out.csv", classifier=classifier)
    assert summary.findings.garbled == 3
    assert (tmp_path / "out.csv").read_text("utf-8").splitlines()[1].startswith(f'"{spoilt[0]}",0,')
    for lang, said in (("en", 'such as "Åš"'), ("pl", 'na przykład "Åš"')):
        for command in (("check", "a.csv"), ("score", "a.csv", "-o", "-")):
            done = run(*command, "--model", "seed", "--lang", lang, folder=tmp_path)
            shown = " ".join((done.stdout + done.stderr).decode().split())
            assert said in shown
            assert "--encoding" in shown


@pytest.mark.parametrize("order", [("cp1250", "utf-8"), ("utf-8", "cp1250")])
def test_two_encodings_in_one_file_are_told_and_never_mixed(classifier, tmp_path, order):
    rows = [f'"{text}",1\n' for text in POLISH] * 20
    data = b"text,n\n" + "".join(rows).encode(order[0]) + "".join(rows).encode(order[1])
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    summary = score_table(path, tmp_path / "out.jsonl", classifier=classifier)
    assert (summary.rows, summary.bad, summary.findings.miscoded) == (120, 60, 60)
    said = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert {row["text"] for row in said if row["error"] is None} == set(POLISH)
    assert check_table(path, classifier, ScoreOptions()).findings.miscoded == 60
    for lang in LANGUAGES:
        done = run("score", "a.csv", "-o", "-", "--max-bad", "1", "--lang", lang, folder=tmp_path)
        assert ("60 of 120" if lang == "en" else "60 z 120") in done.stderr.decode()


def test_two_encodings_of_one_byte_are_told_by_the_letters_of_the_second(classifier, tmp_path):
    rows = "".join(f'"{text}",1\n' for text in POLISH) * 20
    path = tmp_path / "a.csv"
    path.write_bytes(b"text,n\n" + rows.encode("cp1250") + rows.encode("iso8859-2"))
    found = check_table(path, classifier, ScoreOptions()).findings
    assert found.bad == found.rows == 120
    told = check_table(path, classifier, ScoreOptions(encoding="cp1250")).findings
    assert (told.bad, told.garbled) == (0, 60)
