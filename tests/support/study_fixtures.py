"""Fixtures of a study that trains in seconds: its folder, trained once, and copies of it to spoil."""

import shutil
from pathlib import Path

import pytest

from opinia.study.grid import run_study
from opinia.study.recipe import Study
from studies import STUDY


@pytest.fixture(scope="session")
def study() -> Study:
    return STUDY


@pytest.fixture(scope="session")
def undisturbed(study, tmp_path_factory) -> Path:
    """The folder of the study, trained without a break. Not to be written to."""
    folder = tmp_path_factory.mktemp("study") / "runs"
    run_study(study, folder, jobs=2)
    return folder


@pytest.fixture
def finished(undisturbed, tmp_path) -> Path:
    """A copy of the finished study, to spoil."""
    return Path(shutil.copytree(undisturbed, tmp_path / "runs"))
