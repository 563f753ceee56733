"""The colours of everything that people look at, on light and on dark ground: here, and nowhere else.

The page, explanations, reports, pictures and terminals take them from here. Blue is *for* and orange
*against*, which eyes that see no red or green tell apart; marks (solid, dashed) say the same. What is written
in one of them has a contrast of at least 4.5 on ``paper`` and ``card`` (WCAG 2.2).
"""

from __future__ import annotations

COLOURS = {
    "paper": ("#f6f4ef", "#14121c"),
    "card": ("#fffefb", "#1e1b29"),
    "ink": ("#1f1b2e", "#efecf8"),
    "soft": ("#5f5a6e", "#aca6bf"),
    "line": ("#e3ded3", "#343046"),
    "edge": ("#8b8696", "#7d7792"),
    "accent": ("#4a3bb8", "#b3a7ff"),
    "on-accent": ("#ffffff", "#191530"),
    "wash": ("#ece8fb", "#2c2744"),
    "for": ("#00679f", "#6cc0f5"),
    "against": ("#b04a00", "#ffa163"),
    "for-tint": ("#4aa8dc", "#2b7fb3"),
    "against-tint": ("#f19a4e", "#b0632a"),
    "problem": ("#a3123a", "#ff92a8"),
    "notice": ("#fdf0d5", "#3b2f14"),
}
"""By what it is for: the colour on light ground, and on dark."""
SERIES = (
    ("#00679f", "#6cc0f5"),
    ("#b04a00", "#ffa163"),
    ("#00734f", "#4ecf9f"),
    ("#a0307f", "#f09cd0"),
    ("#5a5266", "#c3bcd3"),
    ("#7a6500", "#e3c64f"),
    ("#a3123a", "#ff92a8"),
    ("#4a3bb8", "#b3a7ff"),
)
"""Of classes, runs and systems beside each other, in their order."""
TYPES = {
    "sans": 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", sans-serif',
    "serif": 'ui-serif, "Iowan Old Style", "Palatino Linotype", Palatino, "Noto Serif", Georgia, serif',
}
TERMINAL = {"for": 32, "against": 166, "undecided": 244}
"""Of a terminal's 256: its ground is not known, so they are to be read on black and on white."""


def light(name: str) -> str:
    """Return the colour of a name on light ground, such as ``"#1f1b2e"``."""
    return COLOURS[name][0]


def style_sheet() -> str:
    """Return the colours and types as CSS variables, which are light or dark as the element's scheme is."""
    lines = [f"  --{name}: light-dark({day}, {night});" for name, (day, night) in COLOURS.items()]
    for number, (day, night) in enumerate(SERIES):
        lines.append(f"  --series-{number}: light-dark({day}, {night});")
        lines.append(f"  --turned-{number}: light-dark({night}, {day});")  # on the ground of the other scheme
    lines += [f"  --{name}: {families};" for name, families in TYPES.items()]
    return "\n".join([":root {", "  color-scheme: light dark;", *lines, "}", ""])


def themed(svg: bytes) -> bytes:
    """Return a picture that was drawn in light colours so that it turns dark where a system does."""
    pairs = dict([*COLOURS.values(), *SERIES])
    text = svg.decode("utf-8")
    found = {day: night for day, night in pairs.items() if day in text}
    if not found or "<defs>" not in text:  # nothing of ours in it, or nothing that was drawn
        return svg
    day_rules, night_rules = [], []
    for number, (day, night) in enumerate(found.items()):
        text = text.replace(day, f"var(--c{number})")
        day_rules.append(f"--c{number}:{day}")
        night_rules.append(f"--c{number}:{night}")
    style = (
        f"<style>:root{{{';'.join(day_rules)}}}"
        f"@media (prefers-color-scheme:dark){{:root{{{';'.join(night_rules)}}}}}</style>"
    )
    head, end, rest = text.partition("<defs>")
    return f"{head}{style}{end}{rest}".encode()
