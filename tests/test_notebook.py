"""The students' notebook runs from top to bottom."""

import json
import os
import subprocess
import sys
from pathlib import Path

NOTEBOOK = Path(__file__).parent.parent / "docs" / "notebooks" / "first_training.ipynb"


def test_the_notebook_runs_and_the_network_learns(tmp_path):
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    assert code.count("plt.show()") == 1
    code = code.replace("plt.show()", "figure.savefig('curves.png')")
    assert '"training.epochs": 12' in code
    code = code.replace('"training.epochs": 12', '"training.epochs": 4')
    environment = {**os.environ, "MPLBACKEND": "agg"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "embedding (Embedding)" in done.stdout
    accuracies = [float(line.split()[-1]) for line in done.stdout.splitlines() if "val_accuracy" in line]
    assert len(accuracies) == 4
    assert max(accuracies) > 0.75
    assert (tmp_path / "curves.png").stat().st_size > 5_000


def test_no_outputs_are_kept():
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    assert all(not cell.get("outputs") for cell in cells)
