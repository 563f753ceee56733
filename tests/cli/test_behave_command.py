"""``opinia behave`` with real model files."""

import json
import re

import pytest
from click.testing import CliRunner

import opinia
from models import write_counting_model
from opinia.cli.behave import command
from opinia.errors import DataError, ModelFileError
from opinia.evaluate.behaviour import PARTS, judge, pass_rates, read_cases

OWN = """
[[capability]]
name = "counting"
test = "label"
positive = ["good", "good good bad"]
negative = ["the film was good", "bad"]

[[capability]]
name = "moves"
test = "direction"
negative = [["good", "good bad"], ["bad", "good\\u001b[2J"]]
"""


@pytest.fixture
def counting(tmp_path):
    return write_counting_model(tmp_path / "counting.onnx")


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(OWN, encoding="utf-8")
    return path


def said(*arguments):
    result = CliRunner().invoke(command, [*map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_table_and_json_of_the_shipped_model_say_what_the_module_says():
    expected = pass_rates(judge(read_cases(), opinia.load().predict_proba))
    found = json.loads(said("--json"))
    assert {key: found[key] for key in ("capabilities", "all")} == expected
    assert found["model"] == opinia.load().model.sha256
    assert {failure["part"] for failure in found["failures"]} == {PARTS[0]}
    both = json.loads(said("--json", "--held-out"))["failures"]
    assert [failure for failure in both if failure["part"] == PARTS[0]] == found["failures"]
    missed = sum(expected["all"][part]["cases"] - expected["all"][part]["passed"] for part in PARTS)
    assert len(both) == missed
    last = said().splitlines()[-1]
    counts = [expected["all"][part] for part in PARTS]
    assert re.findall(r"\d+/\d+", last) == [f"{row['passed']}/{row['cases']}" for row in counts]


def test_cases_of_ones_own(counting, own):
    assert said(counting, "--cases", own).splitlines() == [
        "          test         development      held out",
        "counting  label        50%     1/2  100%     2/2",
        "moves     direction   100%     1/1    0%     0/1",
        "all                    67%     2/3   67%     2/3",
    ]


def test_failures_are_listed_held_out_ones_only_when_asked_for(counting, own):
    lines = said(counting, "--cases", own, "--failures").splitlines()[5:]
    assert lines[0] == "counting/negative/1 (label negative)"
    assert lines[1].endswith("the film was good")
    assert len(lines) == 2
    lines = said(counting, "--cases", own, "--failures", "--held-out").splitlines()[5:]
    assert lines[2] == "moves/negative/2 (direction negative)"
    assert lines[4].endswith("good?[2J")  # no control character reaches a terminal


def test_a_run_folder_stands_for_its_best_model(counting, own, tmp_path):
    (tmp_path / "run").mkdir()
    counting.rename(tmp_path / "run" / "best.onnx")
    assert "1/2" in said(tmp_path / "run", "--cases", own)


def test_bad_calls_are_refused(tmp_path, own):
    result = CliRunner().invoke(command, ["--held-out"])
    assert result.exit_code == 2
    assert "--failures" in result.output
    with pytest.raises(ModelFileError, match="no model"):
        CliRunner().invoke(command, [str(tmp_path / "none.onnx")], catch_exceptions=False)
    with pytest.raises(DataError, match="cannot be read"):
        CliRunner().invoke(command, ["--cases", str(tmp_path / "none.toml")], catch_exceptions=False)
