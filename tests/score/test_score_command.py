"""``opinia score`` and ``opinia analyse`` as a person meets them."""

import fcntl
import json
import os
import re
import struct
import subprocess
import sys
import termios

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import prepared
from models import CLASSES, write_three_class_model
from opinia.model.classifier import load
from opinia.score import ScoreOptions
from scoring import cells, csv_bytes, jsonl, run, table

HEAVY = ("torch", "pyarrow", "rich", "backports", "prompt_toolkit", "pandas")


def on_terminal(command, folder):
    """Run a command whose standard error is a terminal, and return what it wrote there."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color"}
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=slave,
        env=environment,
    )
    os.close(slave)
    shown = b""
    while True:
        try:
            data = os.read(master, 1 << 16)
        except OSError:  # Linux says EIO once the last process has closed the terminal
            break
        if not data:
            break
        shown += data
    os.close(master)
    assert process.wait(timeout=60) == 0
    return re.sub(r"\x1b\[[0-9;?]*[ -/]*[@-~]", "", shown.decode())


def test_progress_for_a_person_and_silence_in_a_pipe(model_path, score, tmp_path):
    (tmp_path / "in.csv").write_bytes(table(9000))
    arguments = ["score", "in.csv", "-o", "out.csv", "--model", str(model_path)]
    shown = on_terminal([sys.executable, "-m", "opinia", *arguments], tmp_path)
    assert re.search(r"[\d,]+ rows, [\d,]+ a second", shown)
    assert re.search(r"left +[\d:-]+", shown)
    assert shown.splitlines()[0] == 'commas, header, utf-8; judging column "text"'
    assert shown.rstrip().endswith("9,000 rows written to out.csv")
    piped = score("in.csv", "-o", "piped.csv")
    assert b"a second" not in piped.stderr
    assert b"\x1b" not in piped.stderr
    assert piped.stdout == b""
    assert (tmp_path / "piped.csv").read_bytes() == (tmp_path / "out.csv").read_bytes()


def test_the_summary_counts(score, tmp_path):
    (tmp_path / "in.csv").write_bytes(b"id,text\n1,good\n2,\n3\n4,!?\n5\n")
    said = score("in.csv", "-o", "out.csv", "--text-column", "text").stderr.decode().splitlines()
    assert said == [
        'commas, header, utf-8; judging column "text"',
        "labels: positive 3",
        "warning: 2 of 5 rows could not be judged, see the column 'error'; "
        "the first is row 3: 1 cell where the header has 2",
        "warning: 2 of 5 texts have no words to judge",
        "5 rows written to out.csv",
        "error: 2 of 5 rows could not be judged, more than --max-bad 0.1 allows; out.csv is whole",
        "hint: `opinia check` shows what is read and what is wrong where; --max-bad 1 allows for any number",
    ]


def test_the_added_columns():
    assert [column.name for column in ScoreOptions().added(("no", "yes"))] == [
        "label",
        "probability",
        "error",
    ]
    names = [column.name for column in ScoreOptions(details=True, prefix="a_").added(("no", "yes"))]
    assert names == ["a_label", "a_probability", "a_tokens", "a_unknown", "a_doubt", "a_error"]


def analyse(model_path, folder, *arguments, **options):
    return run("analyse", *arguments, "--model", model_path, folder=folder, **options)


def test_analyse_prints_a_line_a_text(model_path, tmp_path):
    result = analyse(model_path, tmp_path, "a good film", "bad\nbad\tbad", "-", "--lang", "en")
    assert result.returncode == 2
    result = analyse(model_path, tmp_path, "a good film", "bad\nbad\tbad", "good " * 40, "--lang", "en")
    assert result.returncode == 0, result.stderr
    lines = result.stdout.decode().splitlines()
    assert lines[0] == "positive   95.0%  a good film"
    assert re.fullmatch(r"negative   \d\d\.\d%  bad bad bad", lines[1])
    assert lines[2].endswith("good good …")
    assert max(map(len, lines)) < 80
    assert result.stderr == b""
    polish = analyse(model_path, tmp_path, "good", "--lang", "pl")
    assert polish.stdout.decode() == "pozytywna   95,0%  good\n"


def test_analyse_warns_of_texts_it_does_not_know(model_path, tmp_path):
    result = analyse(model_path, tmp_path, "dzień dobry wszystkim państwu", "--lang", "en")
    assert b"the model knows none of these words" in result.stderr
    assert len(result.stdout.splitlines()) == 1


def test_analyse_json_is_an_object_a_line(model_path, classifier, tmp_path):
    result = analyse(model_path, tmp_path, "good", "żółć\nbad", "", "--json")
    rows = [json.loads(line) for line in result.stdout.decode().split("\n")[:-1]]
    assert [row["text"] for row in rows] == ["good", "żółć\nbad", ""]
    assert list(rows[0]) == ["text", "label", "probability", "positive", "unknown", "doubt"]
    for row, expected in zip(rows, classifier.classify(["good", "żółć\nbad", ""]), strict=True):
        assert row["label"] == expected.label
        assert row["probability"] == pytest.approx(expected.probability, abs=1e-6)
        assert row["positive"] == pytest.approx(expected.positive, abs=1e-6)
        assert row["unknown"] == pytest.approx(expected.unknown, abs=1e-6)


def test_analyse_reads_lines_and_answers_at_once(model_path, tmp_path):
    result = analyse(model_path, tmp_path, "-", "--json", data=b"\xef\xbb\xbfgood\r\n\nbad")
    assert [json.loads(line)["text"] for line in result.stdout.splitlines()] == ["good", "", "bad"]
    broken = analyse(model_path, tmp_path, "-", data=b"good\n\xff\n")
    assert broken.returncode == 1
    assert len(broken.stdout.splitlines()) == 1
    assert b"error: line 2 of standard input is not utf-8: byte 0xff at character 1" in broken.stderr
    command = [sys.executable, "-m", "opinia", "analyse", "-", "--model", str(model_path)]
    with prepared.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path) as process:
        process.stdin.write(b"good\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"positive   95.0%  good\n"


def test_analyse_shows_nothing_that_a_terminal_would_obey(model_path, tmp_path):
    result = analyse(model_path, tmp_path, "good \x1b[2J\x07film")
    assert b"\x1b" not in result.stdout
    assert b"\x07" not in result.stdout


def test_analyse_refuses_what_is_too_long(model_path, tmp_path):
    result = analyse(model_path, tmp_path, "-", "--lang", "en", data=b"good " * 500_000)
    assert result.returncode == 1
    assert b"too long: 2,500,000 characters" in result.stderr


@pytest.mark.parametrize("command", [["analyse", "good"], ["score", "in.csv", "-o", "out.csv"]])
def test_the_plain_path_imports_nothing_heavy(command, model_path, tmp_path):
    (tmp_path / "in.csv").write_bytes(b"text\ngood\n")
    before = (
        f"import atexit; atexit.register(lambda: print('loaded', sorted(set({HEAVY}) & set(sys.modules))))"
    )
    result = run(*command, "--model", model_path, folder=tmp_path, before=before, fresh=True)
    assert result.returncode == 0
    assert b"loaded []" in result.stdout


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_three_classes_have_a_column_each_with_details(kind, tmp_path):
    path = write_three_class_model(tmp_path / "three.onnx")
    texts = ["good film", "", "bad", None, "the film"]
    if kind == "parquet":
        pq.write_table(pa.table({"text": texts}), tmp_path / "in.parquet")
    elif kind == "jsonl":
        (tmp_path / "in.jsonl").write_bytes(jsonl([{"text": text} for text in texts]))
    else:
        texts[3] = "film"
        (tmp_path / "in.csv").write_bytes(csv_bytes([["text"], *([text] for text in texts)]))
    done = run(
        "score",
        f"in.{kind}",
        "-o",
        f"out.{kind}",
        "--details",
        "--max-bad",
        "0.2",
        "--model",
        path,
        folder=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    output = tmp_path / f"out.{kind}"
    if kind == "parquet":
        rows = pq.read_table(output).to_pylist()
    elif kind == "jsonl":
        rows = [json.loads(line) for line in output.read_text().splitlines()]
    else:
        rows = cells(output.read_bytes())
    names = [f"probability_{name}" for name in CLASSES]
    assert list(rows[0]) == ["text", "label", "probability", "tokens", "unknown", "doubt", *names, "error"]
    expected = load(path).predict_proba([text or "" for text in texts])
    for text, row, shares in zip(texts, rows, expected, strict=True):
        if text is None:
            assert {row[name] for name in names} == {None}
            continue
        assert [float(row[name]) for name in names] == pytest.approx(shares, abs=1e-6)
        assert row["label"] == CLASSES[shares.argmax()]
        assert float(row["probability"]) == max(float(row[name]) for name in names)
    plain = run(
        "score", f"in.{kind}", "-o", f"plain.{kind}", "--max-bad", "0.2", "--model", path, folder=tmp_path
    )
    assert plain.returncode == 0
    assert b"probability_" not in (tmp_path / f"plain.{kind}").read_bytes()
