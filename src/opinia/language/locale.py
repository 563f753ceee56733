"""Which language a person reads: that of the environment's locale, where no option says another."""

from __future__ import annotations

import os
from collections.abc import Mapping

POLISH = "pl"
ENGLISH = "en"
_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""The first of these that is set and not empty decides (POSIX, Environment Variables, 8.2)."""


def locale_language(environment: Mapping[str, str] | None = None) -> str:
    """Return ``"pl"`` where the locale of messages is Polish, else ``"en"``.

    Args:
        environment: variables by name; None takes those of this process.
    """
    found = os.environ if environment is None else environment
    told = next((value for name in _VARIABLES if (value := found.get(name))), "")
    for mark in "._@-":  # pl_PL.UTF-8, pl.UTF-8, pl@latin, pl-PL
        told = told.partition(mark)[0]
    return POLISH if told.lower() in (POLISH, "polish") else ENGLISH
