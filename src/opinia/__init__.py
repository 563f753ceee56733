"""Recurrent networks that judge opinions: train them, compare them, put them to work."""

__version__ = "0.1.0"
