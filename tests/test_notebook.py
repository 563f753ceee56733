"""The notebooks run from top to bottom."""

import json
import os
import sys
from pathlib import Path

import pytest

import prepared

FOLDER = Path(__file__).parent.parent / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def code_of(notebook):
    """Return the code of all cells, which keeps its picture instead of showing it."""
    cells = json.loads((FOLDER / notebook).read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    assert code.count("plt.show()") == 1
    return code.replace("plt.show()", "figure.savefig('curves.png')")


def run(code, folder):
    done = prepared.run(
        [sys.executable, "-c", f"import sys\nsys.stdout.reconfigure(encoding='utf-8')\n{code}"],
        kind=prepared.TrainingPopen,
        cwd=folder,
        env={**os.environ, "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert (folder / "curves.png").stat().st_size > 5_000
    return done.stdout


def test_the_first_notebook_runs_and_the_network_learns(tmp_path):
    code = code_of("first_training.ipynb")
    assert '"training.epochs": 12' in code
    code = code.replace('"training.epochs": 12', '"training.epochs": 3, "training.threads": 1')
    said = run(code, tmp_path)
    assert "embedding (Embedding)" in said
    accuracies = [float(line.split()[-1]) for line in said.splitlines() if "val_accuracy" in line]
    assert len(accuracies) == 3
    assert max(accuracies) > 0.75


def test_the_notebook_of_own_texts_runs_and_the_network_learns(tmp_path):
    code = code_of("own_data.ipynb")
    assert "random_state=1, epochs=8," in code
    said = run(code.replace("epochs=8,", "epochs=4, threads=1,"), tmp_path)
    accuracy = float(said.split("accuracy on test: ")[1].split()[0])
    assert accuracy > 0.6  # of three classes
    assert "['dobra', 'zła']" in said


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.name)
def test_no_outputs_are_kept(notebook):
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    assert all(not cell.get("outputs") for cell in cells)
