"""The templates of reports and pages: whatever is filled in is escaped, for HTML or for Markdown."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from unicodedata import bidirectional, category

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from opinia.palette import style_sheet

_FOLDER = Path(__file__).parent / "templates"


@cache
def html_environment() -> Environment:
    """Return the templates that make HTML. Texts come out as HTML that shows them; ``inline`` knows code."""
    environment = _environment(autoescape=True, finalize=_shown_in_html)
    environment.filters["inline"] = inline
    environment.globals["palette"] = Markup(style_sheet())  # noqa: S704 - ours
    return environment


@cache
def markdown_environment() -> Environment:
    """Return the templates that make Markdown. Texts come out as Markdown that shows them as they stand."""
    return _environment(autoescape=False, finalize=_shown_in_markdown)


def inline(text: str) -> Markup:
    """Return a text as HTML: escaped, what is between backticks as code."""
    parts = [escape(_shown_in_html(part)) for part in text.split("`")]
    return Markup("").join(Markup("<code>{}</code>").format(p) if i % 2 else p for i, p in enumerate(parts))


def fill(text: str, **values: str) -> Markup:
    """Return words of ours as HTML, with their places filled in: what is no HTML already is escaped."""
    return escape(text).format(**{name: _shown_in_html(value) for name, value in values.items()})


def _environment(*, autoescape: bool, finalize: object) -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=autoescape,  # noqa: S701 - Markdown has an escape of its own, in finalize
        finalize=finalize,  # type: ignore[arg-type]
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _shown_in_html(value: object) -> object:
    """Return a text without characters that HTML cannot hold, or that turn the direction of a line."""
    if not isinstance(value, str) or isinstance(value, Markup) or value.isprintable():
        return value
    return "".join(c if c.isprintable() or c in "\n\t" else _replacement(c) for c in value)


def _replacement(letter: str) -> str:
    # Unseen characters stay, joiners of emoji among them, but for marks that turn the direction of the line.
    is_unseen = category(letter) == "Cf" and bidirectional(letter) == "BN"
    return letter if is_unseen or letter in "\u00a0\u3000" else " " if letter.isspace() else "\ufffd"


def _shown_in_markdown(value: object) -> object:
    """Return a text with a backslash before what Markdown would read; code between backticks stays code."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    parts = value.split("`")
    parts[::2] = [re.sub(r"[\\*_\[\]<>|#&]", r"\\\g<0>", part) for part in parts[::2]]
    return "`".join(parts)
