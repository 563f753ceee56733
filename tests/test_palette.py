"""One palette: its contrasts, pictures that turn dark with it, and no colour written elsewhere."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from opinia.palette import COLOURS, SERIES, style_sheet, themed

SOURCE = Path(__file__).parents[1] / "src/opinia"
HEX = re.compile(r"#[0-9a-f]{6}\b", re.IGNORECASE)
CONTRAST = 4.5
"""For text (WCAG 2.2, 1.4.3)."""
WRITTEN = {name: COLOURS[name] for name in ("ink", "soft", "accent", "for", "against", "problem")}
WRITTEN |= {f"series {number}": pair for number, pair in enumerate(SERIES)}


def luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_written_can_be_read(name):
    for scheme, colour in enumerate(WRITTEN[name]):
        for ground in ("paper", "card"):
            assert contrast(colour, COLOURS[ground][scheme]) >= CONTRAST


def test_no_colour_is_written_elsewhere():
    files = [path for kind in ("py", "css", "js", "html") for path in SOURCE.rglob(f"*.{kind}")]
    assert len(files) > 300
    found = {
        path.name: colours
        for path in files
        if path.name != "palette.py" and (colours := HEX.findall(path.read_text("utf-8")))
    }
    assert found == {}


def test_a_picture_turns_dark_with_its_reader():
    (day, night), (ground, dark) = COLOURS["for"], COLOURS["card"]
    picture = f'<svg xmlns="http://www.w3.org/2000/svg"><defs/><defs>\n</defs><path style="fill: {day}"/>'
    picture = (picture + f'<path style="fill: {ground}; stroke: #123456"/></svg>').replace(
        "<defs/>", "<defs></defs>"
    )
    turned = themed(picture.encode()).decode()
    ET.fromstring(turned)
    rules = turned[turned.index("<style>") : turned.index("</style>")]
    assert day in rules
    assert night in rules
    assert dark in rules
    left = turned.replace(rules, "")
    assert HEX.findall(left) == ["#123456"]


def test_the_style_sheet_names_every_colour():
    sheet = style_sheet()
    for name, (day, night) in COLOURS.items():
        assert f"--{name}: light-dark({day}, {night});" in sheet
