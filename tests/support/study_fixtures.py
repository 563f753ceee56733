"""Fixtures of a study that trains in seconds: its folder, trained once, and copies of it to spoil."""

import shutil
from pathlib import Path

import pytest

from opinia.study.grid import run_study
from opinia.study.recipe import Study
from opinia.study.workers import train_job
from studies import STUDY


@pytest.fixture(scope="session")
def study() -> Study:
    return STUDY


@pytest.fixture(scope="session")
def undisturbed(study, tmp_path_factory) -> Path:
    """The folder of the study, trained without a break, in the process of the tests. Not to be written to."""
    folder = tmp_path_factory.mktemp("study") / "runs"
    run_study(study, folder, engine=_train_here)
    return folder


def _train_here(jobs, *, on_progress):
    """Train without the processes that a study begins, each of which would import PyTorch."""
    assert [train_job(job, on_progress) for job in jobs] == [None] * len(jobs)


@pytest.fixture
def finished(undisturbed, tmp_path) -> Path:
    """A copy of the finished study, to spoil."""
    return Path(shutil.copytree(undisturbed, tmp_path / "runs"))
