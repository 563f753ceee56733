"""Models by their names: those that come with opinia; without ONNX Runtime, so that a shell may ask."""

from __future__ import annotations

from pathlib import Path

DEFAULT_MODEL = "general"
AUTO = "auto"
"""Stands for the models of :data:`BY_LANGUAGE`: each text is read by that of its language."""
BY_LANGUAGE = {"en": "general", "pl": "polish"}
"""The models of each language, the first of which also reads what is in no other."""


def shipped() -> dict[str, Path]:
    """Return the files of the models that come with opinia, by their names, sorted."""
    folder = Path(__file__).parents[1] / "models"
    return {path.stem: path for path in sorted(folder.glob("*.onnx"))}
