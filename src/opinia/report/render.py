"""Blocks as Markdown, with pictures beside it, and as one HTML page that holds its pictures."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

from opinia.language import LANGUAGES
from opinia.palette import themed
from opinia.report.blocks import Block, Heading
from opinia.report.templating import html_environment, markdown_environment

CURVES = "curves"


def to_markdown(blocks: Sequence[Block]) -> str:
    """Return a report as Markdown; its pictures stand in the folder ``curves`` beside it."""
    return markdown_environment().get_template("report.md").render(blocks=blocks, curves=CURVES)


def to_html(blocks: Sequence[Block], *, language: str, pictures: Mapping[str, bytes]) -> str:
    """Return a report as one page that needs no other file and no network.

    Args:
        blocks: the report.
        language: code of its language.
        pictures: the SVG of each picture, by name.
    """
    title = next((block.text for block in blocks if isinstance(block, Heading)), "")
    encoded = {name: base64.b64encode(themed(svg)).decode("ascii") for name, svg in pictures.items()}
    template = html_environment().get_template("report.html")
    say = LANGUAGES[language].say
    return template.render(blocks=blocks, title=title, language=language, pictures=encoded, say=say)
