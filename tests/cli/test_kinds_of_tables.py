"""Tables as people have them, from the file to answers: trained on, judged, looked at, asked."""

import csv
import re
import sys

import numpy as np
import pytest

import opinia
import prepared
from commands import call
from opinia.runs.folder import RunFolder
from own_tables import KINDS, write_csv

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=KINDS, ids=[kind.name for kind in KINDS])
def trained(request, tmp_path_factory):
    """A kind of table, the folder with it and its run, and what the training said."""
    kind = request.param
    folder = tmp_path_factory.mktemp("kind")
    kind.write(folder / kind.file, kind.make(kind.count, 0))
    asked = ["--data", kind.file, "-o", "run", "--threads", "1", *kind.options]
    done = call("train", *asked, cwd=folder)
    assert done.returncode == 0, done.stderr
    return kind, folder, done


@pytest.fixture(scope="module")
def fresh(trained):
    """Rows of the same kind that were not learnt from, as a CSV file of texts and labels."""
    kind, folder, _ = trained
    text, label, _ = kind.columns
    rows = [row for row in kind.make(200, 1) if row[label] is not None]
    rows = [{"review": row[text], "truth": row[label]} for row in rows]
    write_csv(folder / "fresh.csv", rows)
    return rows


def figures_of(line):
    """Return the accuracy in a line, as it is said, and the count of texts."""
    found = re.search(r"accuracy on validation: ([\d.]+)% of ([\d,]+) texts", line)
    assert found, line
    return float(found[1]), int(found[2].replace(",", ""))


def test_the_training_says_what_it_read_and_what_came_of_it(trained):
    kind, folder, done = trained
    accuracy, texts = figures_of(done.stderr)
    labelled = [row for row in kind.make(kind.count, 0) if row[kind.columns[1]] is not None]
    card = opinia.load(folder / "run").card["data"]
    assert card["validation"]["reviews"] == texts
    assert card["train"]["reviews"] + texts == len(labelled)
    assert card["rows"]["all"] == kind.count
    assert card["columns"] == {"texts": [kind.columns[0]], "labels": kind.columns[1]}
    if len(kind.classes) > 2:
        assert card["train"]["classes"].keys() == card["validation"]["classes"].keys() == {*kind.classes}
    else:
        assert 0 < card["validation"]["positives"] < texts
    text, label, group = map(repr, kind.columns)
    assert f"texts in the column {text}, labels in {label}; --text-column and " in done.stderr
    without = f", {kind.count - len(labelled)} without a label" if len(labelled) < kind.count else ""
    assert f"{kind.count:,} rows: {len(labelled):,} with a text and a label{without}" in done.stderr
    assert (f"groups by {group}: " in done.stderr) == bool(kind.columns[2])
    majority = float(re.search(r"calling every text '.*?': ([\d.]+)%", done.stderr)[1])
    assert accuracy > majority + 15
    assert "tf-idf and logistic regression on the same texts: " in done.stderr
    assert "nothing of use" not in done.stderr
    assert done.stdout.split()[-2:] == ["--model", "run"]
    run = RunFolder(folder / "run")
    assert run.changed_files() == []
    assert not run.has_checkpoint  # nothing could go on from it
    assert "the best epoch was chosen on these texts" in done.stderr


def test_a_finished_run_says_why_it_cannot_be_made_longer(trained):
    _, folder, _ = trained
    again = call("train", "--resume", "run", cwd=folder)
    assert (again.returncode, again.stderr.splitlines()[0]) == (0, "run is finished already")
    longer = call("train", "--resume", "run", "--epochs", "50", cwd=folder)
    assert longer.returncode == 1
    assert "its step size is spread over all" in longer.stderr
    assert "hint: train anew: " in longer.stderr


def test_the_model_has_the_classes_and_the_language_of_the_table(trained):
    kind, folder, done = trained
    classifier = opinia.load(folder / "run")
    assert tuple(classifier.classes_) == kind.classes
    assert classifier.card["language"] == kind.language
    begins = classifier.card["recipe"]["training"]["init_from"]
    assert begins == (kind.name.split()[-1] if "which begin with" in kind.name else "")
    assert ("the training begins with it" in done.stderr) == bool(begins)


def test_evaluating_on_validation_says_what_the_training_said(trained):
    _, folder, done = trained
    said = call("evaluate", "run", "own:validation", "--lang", "en", cwd=folder)
    assert said.returncode == 0, said.stderr
    accuracy, texts = figures_of(done.stderr)
    evaluated = re.search(r"accuracy\W+(0\.\d+|1\.0+)", said.stdout)
    assert evaluated, said.stdout
    assert float(evaluated[1]) * 100 == pytest.approx(accuracy, abs=0.06)
    assert re.search(rf"\b{texts:,}\b", said.stdout)


def test_new_rows_are_judged_and_what_is_wrong_is_listed(trained, fresh):
    _, folder, _ = trained
    done = call("score", "fresh.csv", "--model", "run", "-o", "judged.csv", "--force", cwd=folder)
    assert done.returncode == 0, done.stderr
    with (folder / "judged.csv").open(encoding="utf-8", newline="") as file:
        judged = list(csv.DictReader(file))
    assert [(row["review"], row["truth"]) for row in judged] == [
        (row["review"], str(row["truth"])) for row in fresh
    ]
    wrong = [number for number, row in enumerate(judged, 1) if row["label"] != row["truth"]]
    assert len(wrong) < 0.2 * len(judged)
    answers = opinia.load(folder / "run").predict([row["review"] for row in judged])
    assert [row["label"] for row in judged] == list(answers)

    listing = ["fresh.csv", "--text-column", "review", "--label-column", "truth", "--only", "wrong"]
    done = call("errors", "run", *listing, "-o", "errors.csv", "--most", "500", cwd=folder)
    assert done.returncode == 0, done.stderr
    with (folder / "errors.csv").open(encoding="utf-8-sig", newline="") as file:
        listed = list(csv.DictReader(file))
    assert sorted(int(row["row"]) for row in listed) == wrong
    assert all(row["label"] != row["answer"] for row in listed)


def test_new_rows_are_evaluated(trained, fresh):
    _, folder, _ = trained
    columns = ["--text-column", "review", "--label-column", "truth"]
    done = call("evaluate", "run", "fresh.csv", *columns, "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    accuracy = float(re.search(r'"accuracy": ([\d.]+)', done.stdout)[1])
    answers = opinia.load(folder / "run").predict([row["review"] for row in fresh])
    right = np.mean([answer == str(row["truth"]) for answer, row in zip(answers, fresh, strict=True)])
    assert accuracy == pytest.approx(right, abs=1e-4)
    assert accuracy > 0.8


def test_the_console_answers_with_the_names_of_the_table(trained):
    kind, folder, _ = trained
    text, answer = kind.ask
    command = [sys.executable, "-m", "opinia", "--model", "run", "--lang", "pl"]
    done = prepared.run(command, cwd=folder, input=f"{text}\n", capture_output=True, text=True, check=True)
    assert done.stdout.startswith(answer), done.stdout
