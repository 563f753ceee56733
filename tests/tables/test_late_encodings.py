"""What the beginning of a table leaves open about its encoding is decided where it shows, or not at all."""

import io

import pytest

from models import write_counting_model
from opinia.errors import DataError
from opinia.model.classifier import load
from opinia.score import ScoreOptions, score_table
from opinia.tables import Told, find_formats, open_reader, open_table
from opinia.tables.encodings import find_encoding
from opinia.tables.reading import SNIFFED
from scoring import run

PLAIN = " and ".join(["A good film, and as long as it has to be"] * 20)
FAR = SNIFFED // len(PLAIN) + 200
"""Rows that are more than what is read to find the encoding."""
POLISH = ["Świetny film, polecam każdemu", "Żałuję, że go obejrzałem; źle zagrany", "Był długi, ale dobry"]
FRENCH = ["Une très belle fête pour les yeux", "Le héros est naïf, ça ne va pas", "J'ai aimé la scène"]
GERMAN = ["Ein schöner Film für die ganze Familie", "Süß, aber zu lang; die Fußnoten fehlen"]


@pytest.fixture(scope="module")
def model_file(tmp_path_factory):
    return write_counting_model(tmp_path_factory.mktemp("late") / "counting.onnx")


@pytest.fixture(scope="module")
def classifier(model_file):
    return load(model_file)


def table(rows, encoding, end="\n"):
    lines = ["id;text", *(f"{number};{text.replace(';', ',')}" for number, text in enumerate(rows))]
    return end.join([*lines, ""]).encode(encoding)


def read(path):
    found, _ = find_formats(str(path), "")
    with open_table(found) as source:
        reader = open_reader(source, kind=found.kind, out=found.kind, told=Told())
        return [row.text for row in reader.rows("text", [])]


@pytest.mark.parametrize(("far", "end"), [(300, "\n"), (300, "\r\n"), (300, "\r"), (FAR, "\n")])
@pytest.mark.parametrize(
    ("rows", "encoding"),
    [
        (POLISH, "cp1250"),
        (POLISH, "iso8859-2"),
        (POLISH, "utf-8"),
        (FRENCH, "cp1252"),
        (GERMAN, "cp1252"),
        (GERMAN, "utf-8"),
        (["Отличный фильм, очень понравилось", "Скучно и долго"], "utf-8"),
    ],
)
def test_letters_that_come_late_are_right(rows, encoding, far, end, tmp_path):
    texts = [PLAIN] * far + rows + [PLAIN]
    (tmp_path / "in.csv").write_bytes(table(texts, encoding, end))
    assert read(tmp_path / "in.csv") == [text.replace(";", ",") for text in texts]


@pytest.mark.parametrize("first", ["The café was good", "Ein schöner Film für alle", "A naïve film – “good”"])
@pytest.mark.parametrize("far", [1, FAR])
def test_letters_that_all_read_alike_leave_the_rest_open(first, far, tmp_path):
    """An accent or a quotation mark has the same byte in the east and in the west."""
    texts = [first.replace("ï", "é")] * 3 + [PLAIN] * far + POLISH
    (tmp_path / "in.csv").write_bytes(table(texts, "cp1250"))
    assert read(tmp_path / "in.csv") == [text.replace(";", ",") for text in texts]


def test_names_of_the_east_among_words_of_the_west(tmp_path):
    texts = ["Ein schöner Film für alle"] * 3 + [PLAIN] * FAR + ["Mit Wałęsa in Gdańsk und Łódź, sehr schön"]
    (tmp_path / "in.csv").write_bytes(table(texts, "cp1250"))
    assert read(tmp_path / "in.csv") == texts


@pytest.mark.parametrize("far", [0, 300, FAR])
def test_what_decides_nothing_makes_bad_rows_and_no_wrong_letters(far, tmp_path, classifier):
    odd = b"9;fi\xd7lm wa\xbds \x98\xd0\xde\xb3a fi\xa7lm\n"
    data = table([PLAIN] * far, "ascii") + odd + table([PLAIN], "ascii").partition(b"\n")[2]
    (tmp_path / "in.csv").write_bytes(data)
    assert read(tmp_path / "in.csv") == [PLAIN] * far + [None, PLAIN]
    summary = score_table(tmp_path / "in.csv", tmp_path / "out.csv", classifier=classifier)
    assert "--encoding" in summary.first_bad
    assert odd.rstrip() in (tmp_path / "out.csv").read_bytes()


@pytest.mark.parametrize("kind", ["txt", "jsonl", "json"])
def test_other_formats_decide_so_too(kind, tmp_path, classifier):
    texts = [PLAIN] * FAR + POLISH
    if kind == "txt":
        data = "\n".join(texts)
    else:
        rows = [f'{{"text": "{text}"}}' for text in texts]
        data = "\n".join(rows) if kind == "jsonl" else "[" + ",\n".join(rows) + "]"
    (tmp_path / f"in.{kind}").write_bytes(data.encode("cp1250"))
    found, _ = find_formats(str(tmp_path / f"in.{kind}"), "")
    with open_table(found) as source:
        reader = open_reader(source, kind=kind, out="csv", told=Told())
        assert [row.text for row in reader.rows("text", [])] == texts


def test_the_line_is_said_and_the_output_keeps_its_bytes(model_file, tmp_path):
    texts = [PLAIN] * FAR + POLISH
    data = table(texts, "cp1250", "\r\n")
    (tmp_path / "in.csv").write_bytes(data)
    done = run("score", "in.csv", "-o", "out.csv", "--model", model_file, "--lang", "en", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    said = done.stderr.decode()
    assert said.startswith("semicolons, header, utf-8; judging")
    assert f"from line {FAR + 2:,} on the text is cp1250 (guessed)" in said
    made = (tmp_path / "out.csv").read_bytes().splitlines()
    assert [line.rsplit(b";", 3)[0] for line in made] == data.splitlines()
    (tmp_path / "part.csv").write_bytes(table(texts, "cp1250"))
    checked = run("check", "part.csv", "--model", model_file, "--lang", "pl", folder=tmp_path)
    assert "kodowanie tekstu to cp1250" in checked.stdout.decode("utf-8")


def test_a_stream_that_comes_in_pieces_is_read_so_too(classifier, tmp_path):
    class Drops(io.BytesIO):
        def read1(self, size=-1):
            return super().read1(min(size, 7) if size > 0 else 7)

    from opinia.tables.encodings import Late

    texts = [PLAIN] * 30 + POLISH
    late = Late(find_encoding(table([PLAIN], "ascii"), is_whole=False, name="x"))
    made = io.BufferedReader(late.over(Drops(table(texts, "cp1250")))).read()
    assert made == table(texts, "utf-8")
    assert (late.encoding, late.line) == ("cp1250", 32)


@pytest.mark.parametrize("first", ["A good film", "The café was good"])
def test_letters_of_added_names_leave_one_encoding(first, classifier, tmp_path):
    """A header in one encoding and rows in another would be a file that nobody can read."""
    texts = [first] * 3 + [PLAIN] * FAR + POLISH
    (tmp_path / "in.csv").write_bytes(table(texts, "cp1250"))
    options = ScoreOptions(prefix="é_")
    summary = score_table(tmp_path / "in.csv", tmp_path / "out.csv", classifier=classifier, options=options)
    assert summary.bad == len(POLISH)
    assert not summary.findings.encodings
    written = "utf-8" if first.isascii() else "cp1252"
    assert "é_label".encode(written) in (tmp_path / "out.csv").read_bytes().splitlines()[0]


FEW = {
    "cp1250": [
        "Wizyta w Gdańsku",
        "Wałęsa",
        "się",
        "Dvořák",
        "Jiří and Věra",
        "Kovačić",
        "Film jest świetny",
    ],
    "iso8859-2": ["Łódź is nice", "ąęć", "świetny"],
    "cp1252": [
        "café",
        "cœur",
        "crème brûlée",
        "El niño",
        "São Paulo",
        "Ærø",
        "fête",
        "Zürich",
        "£12 or €5",
        "Brontë",
    ],
    "cp1254": ["İstanbul ığdır", "şahane"],
    "utf-8": ["café", "Gdańsk", "się"],
}


@pytest.mark.parametrize("behind", ["", ". It is the best of all the films that I have seen"])
def test_a_few_words_are_read_right_or_not_at_all(behind):
    for encoding, word in ((each, word) for each, words in FEW.items() for word in words):
        text = f"id,text\n1,A good film it was, really\n2,{word}{behind}\n3,A good film it was, really\n"
        data = text.encode(encoding)
        found = find_encoding(data, is_whole=True, name="in.csv")
        made = data.decode(found.name, "surrogateescape")
        assert made == text or any("\udc80" <= letter <= "\udcff" for letter in made), (encoding, word)


def test_english_with_polish_labels():
    """One letter of the header, that two encodings do not share, decides beside many that they do."""
    rows = "".join(f"{n};A good film it was;{('zła', 'dobra')[n % 2]}\r\n" for n in range(2000))
    data = ("Lp.;Treść;Ocena\r\n" + rows).encode("cp1250")
    assert find_encoding(data, is_whole=True, name="in.csv").name == "cp1250"


def test_what_is_told_is_not_asked(tmp_path, classifier):
    (tmp_path / "in.csv").write_bytes(table([PLAIN] * FAR + POLISH, "cp1250"))
    options = ScoreOptions(encoding="utf-8", max_characters=1000)
    summary = score_table(tmp_path / "in.csv", tmp_path / "out.csv", classifier=classifier, options=options)
    assert summary.bad == len(POLISH)
    assert not summary.findings.encodings
    with pytest.raises(DataError, match="no encoding"):
        score_table(
            tmp_path / "in.csv", tmp_path / "o.csv", classifier=classifier, options=ScoreOptions(encoding="x")
        )
