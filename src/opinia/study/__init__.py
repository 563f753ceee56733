"""Grids of runs: curves, comparison, computed conclusions."""
