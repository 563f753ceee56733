"""Models by their names: those that come with opinia; without ONNX Runtime, so that a shell may ask."""

from __future__ import annotations

from pathlib import Path

DEFAULT_MODEL = "base"


def shipped() -> dict[str, Path]:
    """Return the files of the models that come with opinia, by their names, sorted."""
    folder = Path(__file__).parents[1] / "models"
    return {path.stem: path for path in sorted(folder.glob("*.onnx"))}
