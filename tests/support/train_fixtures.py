"""A network and a corpus small enough to train in half a second: 600 reviews, beside those of validation."""

import pytest

from opinia.runs.environment import describe
from opinia.runs.folder import RunFolder
from opinia.runs.recipe import Recipe
from opinia.train.texts import prepare

TINY = {
    "text.max_tokens": 200,
    "network.embedding": 8,
    "network.units": 8,
    "network.dense": 8,
    "training.epochs": 3,
    "training.batch_size": 64,
    "training.learning_rate": 0.01,
    "training.threads": 1,
    "data.source": "sample",
    "data.validation": 1400,
}


@pytest.fixture(scope="session")
def tiny() -> Recipe:
    return Recipe().replace(TINY)


@pytest.fixture(scope="session")
def task(tiny):
    return prepare(tiny)


@pytest.fixture
def start(tmp_path, task):
    """Return a function that starts a run folder for a recipe."""

    def started(recipe: Recipe, name: str = "run") -> RunFolder:
        folder = RunFolder(tmp_path / name)
        folder.start(recipe, describe(task.card["data"], threads=recipe.training.threads))
        return folder

    return started
