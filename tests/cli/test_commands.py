"""``opinia study`` and ``opinia runs`` from the outside."""

import json
import os
import signal
import subprocess
import sys

import pytest
import tomli_w
from click.testing import CliRunner

import prepared
from opinia.cli.runs import command as runs
from opinia.cli.study import command as study_command
from opinia.errors import DataError, RecipeError, TrainingError
from opinia.evaluate.ledger import read_ledger
from opinia.study.recipe import run_folder
from studies import RUNS, TINY


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(tomli_w.dumps({"name": "tiny", "seeds": [1], "recipe": TINY, "runs": RUNS}))
    return path


def call(command, *arguments):
    result = CliRunner().invoke(command, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_a_finished_study_is_reported_where_it_is_wanted_and_tested_once(recipe, finished, tmp_path):
    result = call(study_command, recipe, "-o", finished, "--test")
    assert result.exit_code == 0
    assert "long passes through short" in result.stderr
    assert "every run of this study is finished already" in result.stderr
    assert result.stdout.strip() == str(finished / "report" / "report.html")
    figures = json.loads((finished / "report" / "report.json").read_text("utf-8"))
    rows = read_ledger(finished / "ledger.csv")
    assert [row.split for row in rows] == ["sample:test"] * 3
    assert [run["test_accuracy"]["mean"] for run in figures["runs"]] == [row.accuracy for row in rows]
    before = {path: path.read_bytes() for path in finished.rglob("*.*")}
    elsewhere = tmp_path / "results"
    report = ["--report-only", "--report", elsewhere, "--lang", "pl"]
    again = call(study_command, recipe, "-o", finished, "--test", *report)
    assert again.exit_code == 0
    assert read_ledger(finished / "ledger.csv") == rows
    assert {path: path.read_bytes() for path in finished.rglob("*.*")} == before
    assert (elsewhere / "report.md").is_file()
    assert "Wnioski" in (elsewhere / "report.html").read_text("utf-8")


def test_an_unfinished_study_is_not_tested(recipe, finished):
    (finished / "other" / "seed-1" / "run.json").unlink()
    with pytest.raises(TrainingError, match="not final: other, seed 1"):
        call(study_command, recipe, "-o", finished, "--report-only", "--test")
    assert not (finished / "ledger.csv").exists()


def test_wrong_calls_and_recipes(recipe, finished, tmp_path):
    assert call(study_command, recipe, "--jobs", "0").exit_code == 2
    assert call(study_command, recipe, "--lang", "de").exit_code == 2
    assert call(study_command, recipe, "-o", finished, "--report-only", "--retrain").exit_code == 2
    with pytest.raises(RecipeError, match="cannot be read"):
        call(study_command, tmp_path / "absent.toml")
    recipe.write_text(recipe.read_text().replace("epochs = 4", "epoch = 4"))
    with pytest.raises(RecipeError, match="run 'long': unknown key 'epoch'") as error:
        call(study_command, recipe)
    assert "epochs" in error.value.hint
    with pytest.raises(DataError, match="holds no finished run"):
        call(study_command, "-o", finished, "--report-only")


@pytest.mark.skipif(os.name != "posix", reason="signals to a group of processes are POSIX's")
def test_ctrl_c_stops_says_how_to_go_on_and_loses_nothing(recipe, tmp_path, study):
    """The whole group of processes hears the signal, as at a terminal."""
    script = "from opinia.cli.study import command; command()"
    arguments = [sys.executable, "-c", script, str(recipe), "-o", str(tmp_path / "runs"), "--jobs", "2"]
    process = prepared.TrainingPopen(arguments, stderr=subprocess.PIPE, text=True, start_new_session=True)
    said = []
    for line in process.stderr:
        said.append(line)
        if "epoch 1/" in line:
            os.killpg(process.pid, signal.SIGINT)
            break
    rest = process.stderr.read()
    assert process.wait() == 130
    assert "stopped; the same command goes on where it was" in rest
    assert "Traceback" not in rest
    assert "to train: long, seed 1, 4 epochs\n" in said
    assert any(run_folder(tmp_path / "runs", name, 1).checkpoint.is_file() for name in study.runs)


def test_runs_are_listed_with_their_state(finished):
    (finished / "other" / "seed-1" / "run.json").unlink()
    (finished / "short" / "seed-1" / "last.onnx").write_bytes(b"changed")
    (finished / "long" / "seed-1" / "recipe.toml").write_text("name = 3")
    listed = {
        line.split("\t")[0]: line.split("\t") for line in call(runs, "list", finished).stdout.splitlines()
    }
    assert listed[str(finished / "other" / "seed-1")][-1] == "unfinished"
    assert listed[str(finished / "short" / "seed-1")][-1] == "changed: last.onnx"
    assert listed[str(finished / "long" / "seed-1")][-1] == "changed: recipe.toml"
    assert listed[str(finished / "short" / "seed-1")][1:4] == ["64", "2/2", "1"]
    entries = json.loads(call(runs, "list", finished, "--json").stdout)
    assert [entry["finished"] for entry in entries] == [True, False, True]


def test_a_run_is_shown(finished):
    shown = call(runs, "show", finished / "long" / "seed-1").stdout
    history = run_folder(finished, "long", 1).history()
    assert f"{history[0].val_loss:.4f}" in shown
    assert "learning_rate 0.01" in shown
    entry = json.loads(call(runs, "show", finished / "long" / "seed-1", "--json").stdout)
    assert [row["val_accuracy"] for row in entry["history"]] == [epoch.val_accuracy for epoch in history]
    with pytest.raises(DataError, match="there is no run in"):
        call(runs, "show", finished)


def test_runs_are_compared_and_drawn(finished, tmp_path):
    (finished / "other" / "seed-1" / "run.json").unlink()
    compared = call(runs, "compare", finished)
    assert "left out: the run in" in compared.stderr
    assert "short and long are one training" in compared.stdout
    figures = json.loads(call(runs, "compare", finished, "--json").stdout)
    assert figures["trainings"] == [["short", "long"]]
    drawn = call(runs, "plot", finished, "-o", tmp_path / "curves", "--lang", "pl").stdout.splitlines()
    assert len(drawn) == 6
    assert "<!-- Epoka -->" in (tmp_path / "curves" / "run-long.svg").read_text("utf-8")
