"""A study that trains in seconds, and histories made by hand."""

from pathlib import Path

from opinia.runs.history import Epoch
from opinia.runs.recipe import Recipe
from opinia.study.recipe import study_from_dict
from opinia.study.records import Record, Results

TINY = {
    "text": {"max_tokens": 200},
    "network": {"embedding": 8, "units": 8, "dense": 8},
    "training": {"learning_rate": 0.01, "threads": 1},
    "data": {"source": "sample", "validation": 1400},
}
RUNS = {
    "short": {"training": {"epochs": 2}},
    "long": {"training": {"epochs": 4}},
    "other": {"training": {"epochs": 2, "batch_size": 128}},
}


STUDY = study_from_dict({"name": "tiny", "seeds": [1], "recipe": TINY, "runs": RUNS})


def contents(folder: Path) -> dict[str, bytes]:
    """Return what must be the same however a study was trained."""
    names = ("history.csv", "best.onnx", "last.onnx", "recipe.toml", "environment.json")
    return {str(path.relative_to(folder)): path.read_bytes() for name in names for path in folder.rglob(name)}


def record(
    name: str,
    val_accuracy,
    *,
    seed=1,
    val_loss=None,
    loss=None,
    accuracy=None,
    batch=64,
    reviews="same",
    **more,
) -> Record:
    """Make a record by hand; what is not given falls or rises steadily, without overfitting."""
    epochs = len(val_accuracy)
    loss = loss or [0.5 - 0.01 * i for i in range(epochs)]
    val_loss = val_loss or [0.5 - 0.005 * i for i in range(epochs)]
    accuracy = accuracy or [0.8 + 0.001 * i for i in range(epochs)]
    history = tuple(
        Epoch(i + 1, *values)
        for i, values in enumerate(zip(loss, accuracy, val_loss, val_accuracy, strict=True))
    )
    changes = {"name": name, "training.epochs": epochs, "training.batch_size": batch, "training.seed": seed}
    data = {"source": "imdb", "validation": {"reviews": 2500, "movies": 9}, "train": {"reviews": 20000}}
    return Record(
        recipe=Recipe().replace({**changes, **more}),
        history=history,
        seconds=tuple(2.0 for _ in history),
        environment={"data": {**data, "fingerprint": reviews}, "versions": {"opinia": "0"}, "threads": 2},
        best_model=Path("none"),
        sha256=f"{name}-{seed}",
    )


def results(*records: Record) -> Results:
    """Group records by the names of their recipes."""
    runs: dict[str, tuple[Record, ...]] = {}
    for one in records:
        runs[one.recipe.name] = (*runs.get(one.recipe.name, ()), one)
    return Results("made", runs)
