"""What commands show on a terminal of 80 columns: a row a line, the whole of it, and what matters first."""

import os
import re
import sys
from pathlib import Path

import pytest
from rich.console import Console

from opinia.cli.helpers.printing import print_table
from opinia.cli.helpers.progress import HEADING, narrow_line
from opinia.cli.helpers.study_view import StudyView, _Line
from opinia.runs.history import Epoch
from opinia.study.recipe import default_study, trainings
from terminals import Terminal, screen

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals of this kind")

WIDTH = 80
ROOT = Path(__file__).parents[2]
RUNS = ROOT / "docs/results/study/runs"


def on_terminal(*words, **changes):
    """Run a command on a terminal of 80 columns, and return the lines that it wrote."""
    terminal = Terminal(sys.executable, "-m", "opinia", *map(str, words), **changes)
    try:
        assert terminal.end() == 0, terminal.text
        return terminal.text.splitlines()
    finally:
        terminal.close()


def fits(lines):
    return [line for line in lines if len(line.rstrip()) > WIDTH]


def test_a_run_takes_a_line_and_its_folder_is_told_once():
    lines = on_terminal("runs", "list", RUNS)
    assert lines[0] == f"in {RUNS}:"
    assert fits(lines[1:]) == []
    rows = [line.split() for line in lines if line.rstrip().endswith("finished")]
    assert len(rows) == 15
    assert rows[0] == ["batch128-epochs20/seed-1", "128", "20/20", "1", "0.8652", "4", "0.8284", "finished"]


def test_runs_are_compared_in_sentences_and_no_name_is_cut():
    terminal = Terminal(sys.executable, "-m", "opinia", "runs", "compare", str(RUNS), "--lang", "pl")
    assert terminal.end() == 0
    lines = terminal.text.splitlines()
    terminal.close()
    assert fits(lines) == []
    text = terminal.text
    assert "**" not in text
    assert "###" not in text
    for run in RUNS.iterdir():
        assert re.search(rf"^{run.name}  *", text, re.MULTILINE)
    assert "nie zmieściły się: " in text
    assert "• Tak. batch128-epochs20: przeuczenie" in text


def test_a_run_is_shown_by_what_is_its_own():
    lines = on_terminal("runs", "show", RUNS / "batch64-epochs10/seed-1")
    assert fits(lines[1:]) == []
    assert "training: batch_size 64, epochs 10, learning_rate 0.001, seed 1, threads 1" in lines
    assert not [line for line in lines if "dropout" in line]
    assert len(lines) < 24


def test_a_model_says_first_what_matters():
    lines = on_terminal("info", "seed")
    assert len(lines) < 24
    assert "accuracy on validation  87.1%" in [line.rstrip() for line in lines[:6]]
    assert lines[-1].endswith("info seed --card")
    assert any("fingerprint" in line for line in on_terminal("info", "seed", "--card"))


def test_checks_of_behaviour_fit():
    lines = on_terminal("behave", "seed")
    assert fits(lines) == []
    assert re.fullmatch(r"all +\d+% \d+/\d+ +\d+% \d+/\d+", re.sub(" +", " ", lines[-1]).strip())


def test_a_study_names_its_runs_and_their_best():
    study = default_study()
    view = StudyView(study, Path("runs"), jobs=1)
    for training in trainings(study):
        view._lines[training.run, training.seed] = _Line(
            training, 20, 12.5, loss=0.3, accuracy=0.9, history=[Epoch(1, 0.3, 0.9, 0.4, 0.86)]
        )
    for width in (60, WIDTH, 120):
        view._console = Console(width=width, force_terminal=False)
        with view._console.capture() as captured:
            view._console.print(view._table())
        shown = captured.get()
        for name in {training.run for training in trainings(study)}:
            assert name in shown
        assert "0.8600 (1)" in shown
        assert ("accuracy" in shown.replace("val_accuracy", "")) == (width == 120)


def test_an_epoch_fits_below_its_heading():
    best = narrow_line(Epoch(100, 0.3, 0.9, 0.4, 0.86), 100, 1234.5, is_best=True)
    other = narrow_line(Epoch(3, 0.3, 0.9, float("nan"), float("nan")), 100, 12.0, is_best=False)
    assert len(HEADING) == len(best) == len(other) <= WIDTH
    assert "*" in best
    assert "nan" not in other


def test_a_program_gets_every_column(capsys):
    print_table(["name", "a", "b"], [["x" * 90, "1", "2"]], words=["name"], spare=["a"])
    assert capsys.readouterr().out == f"name\ta\tb\n{'x' * 90}\t1\t2\n"


def test_ctrl_c_takes_the_bar_of_score_away(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("text\n" + "A warm, funny and beautifully acted film.\n" * 200_000)
    words = ("score", str(table), "-o", str(tmp_path / "out.csv"), "--model", "seed", "--lang", "en")
    terminal = Terminal(sys.executable, "-m", "opinia", *words)
    terminal.expect(r"rows, [\d,]+ a second", timeout=180)
    terminal.send("\x03")
    assert terminal.end() == 130
    shown = screen(terminal.raw)
    terminal.close()
    assert "stopped; the same call with --resume continues what was saved" in shown
    assert not [line for line in shown if "a second" in line]
