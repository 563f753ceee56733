"""A run with odd files beside one that is whole: the page's list goes on, and says what it left out."""

import os
import shutil

import pytest

from odd_files import CASES, spoil
from opinia.serve.studies import Studies
from servers import running

pytestmark = pytest.mark.skipif(os.name != "posix", reason="no pipes with names")
READ = [(name, how) for name, how in CASES if name in ("recipe.toml", "history.csv")]


@pytest.fixture
def folder(root, tmp_path):
    kept = root / "docs/results/study/runs/batch64-epochs10/seed-1"
    for name in ("good", "spoilt"):
        shutil.copytree(kept, tmp_path / "mine" / name / "seed-1")
    return tmp_path


@pytest.mark.parametrize(("name", "how"), READ)
def test_one_spoilt_run_leaves_the_others(folder, name, how):
    spoil(folder / "mine" / "spoilt" / "seed-1", name, how)
    answer = Studies(folder).describe()
    shown = [run["name"] for study in answer["studies"] for run in study["runs"]]
    left = [run["name"] for run in answer["left_out"]]
    if (name, how) == ("recipe.toml", 0):  # a recipe of nothing is the published one
        assert shown == ["good-seed1", "spoilt-seed1"]
        return
    assert shown == ["good-seed1"]
    assert left == ["mine/spoilt-seed1"]
    (reason,) = (run["reason"] for run in answer["left_out"])
    assert "\n" not in reason
    assert str(folder) not in reason


def test_the_server_answers_and_stops_beside_a_pipe(models, folder):
    spoil(folder / "mine" / "spoilt" / "seed-1", "recipe.toml", "pipe")
    with running(models, studies=folder) as client:
        answer = client.get("/v1/studies")
    assert answer.status_code == 200
    assert answer.json()["left_out"] == [
        {"name": "mine/spoilt-seed1", "reason": "recipe.toml cannot be read: it is no regular file"}
    ]
