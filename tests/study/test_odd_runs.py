"""A run with odd files beside one that is whole: the whole one is listed, shown and compared."""

import json
import os
import shutil

import pytest
from click.testing import CliRunner

from odd_files import CASES, spoil
from opinia.cli.runs import command
from opinia.errors import OpiniaError
from opinia.study.grid import make_plan

pytestmark = pytest.mark.skipif(os.name != "posix", reason="no pipes with names")


@pytest.fixture
def folder(root, tmp_path):
    """Two finished runs, of whose files the figures are left."""
    for seed in (1, 2):
        kept = root / f"docs/results/study/runs/batch64-epochs10/seed-{seed}"
        shutil.copytree(kept, tmp_path / "runs" / f"seed-{seed}")
    return tmp_path / "runs"


def call(*arguments):
    return CliRunner().invoke(command, list(map(str, arguments)))


@pytest.mark.parametrize(("name", "how"), CASES)
def test_a_spoilt_run_is_told_and_the_other_is_shown(folder, name, how):
    spoil(folder / "seed-1", name, how)
    listed = call("list", folder, "--json")
    assert listed.exit_code == 0, listed.exception
    first, second = json.loads(listed.stdout)
    assert not second["problem"]
    assert not second["changed"]
    assert first["changed"] or first["problem"] or not first["finished"]
    assert call("list", folder).exit_code == 0
    compared = call("compare", folder)
    assert compared.exit_code == 0, compared.exception
    assert "left out: " in compared.stderr
    for options in ([], ["--json"]):
        shown = call("show", folder / "seed-1", *options)
        assert shown.exit_code == 0 or isinstance(shown.exception, OpiniaError), shown.exception
        if shown.exception:
            assert "\n" not in shown.exception.message


def test_a_folder_of_any_depth_is_looked_through(folder):
    here = os.getcwd()
    os.chdir(folder)
    for _ in range(1500):
        os.mkdir("d")
        os.chdir("d")
    os.chdir(here)
    try:
        assert len(json.loads(call("list", folder, "--json").stdout)) == 2
    finally:
        os.chdir(folder)
        for _ in range(1500):
            os.chdir("d")
        for _ in range(1500):
            os.chdir("..")
            os.rmdir("d")
        os.chdir(here)


@pytest.mark.parametrize("how", ["huge", 2, 3])
def test_a_study_with_a_spoilt_recipe_says_so(study, tmp_path, how):
    run = tmp_path / "short" / "seed-1"
    run.mkdir(parents=True)
    spoil(run, "recipe.toml", how)
    with pytest.raises(OpiniaError, match=r"cannot be continued: .*recipe\.toml|another recipe") as error:
        make_plan(study, tmp_path)
    assert "\n" not in error.value.message
