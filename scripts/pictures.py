"""Take the pictures of docs/pictures from the running program: the page and the console.

    .venv/bin/python scripts/pictures.py

It needs Chromium and tmux (Debian: apt install chromium tmux); fonts-noto-core gives the fonts seen there.
"""

from __future__ import annotations

import contextlib
import csv
import io
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
STUDY = ROOT / "docs" / "results" / "study"
SECONDS = 60
DESKTOP = {"width": 1280, "height": 1120}
SCALE = 2
"""Pixels of a picture in one of the page."""
PHONE = {"width": 390, "height": 800}
REVIEW = (
    "The first half is slow, the characters are dull, and I nearly walked out. But then it finds its feet: "
    "the second half is funny, moving and surprisingly great, and I would watch it again."
)
LISTED = (
    "A warm, funny and beautifully acted film.",
    "Two hours of my life that I will not get back.",
    "Slow at first, and then one of the best thrillers of the year.",
    "The jokes fall flat and the ending is terrible.",
    "I laughed, I cried, and I called my mother.",
)
JUDGED = (
    ("A warm, funny and beautifully acted film.", "positive", "cinema"),
    ("Two hours of my life that I will not get back.", "negative", "cinema"),
    ("Slow at first, and then one of the best thrillers of the year.", "positive", "television"),
    ("The jokes fall flat and the ending is terrible.", "negative", "television"),
    ("I laughed, I cried, and I called my mother.", "positive", "cinema"),
    ("Oh, wonderful: another great hero, another perfect explosion. I loved my nap.", "negative", "cinema"),
    ("Not a bad film at all: I was not bored for a moment.", "positive", "television"),
    ("The worst sequel I have seen, dull, loud and far too long.", "negative", "cinema"),
    ("A great cast, a good idea, and nothing comes of it.", "negative", "television"),
    ("Zabawny, mądry i wzruszający film, polecam każdemu.", "positive", "cinema"),
    ("Nudny i przewidywalny, szkoda czasu.", "negative", "television"),
    ("It is a film.", "positive", "cinema"),
)
TYPED = ("A warm, funny and beautifully acted film.", "Dull, far too long, and badly written.", "żółć i jaźń")
AROUND = "margin: 0; background: #181621"
TERMINAL = (
    "margin: 0; padding: 22px 26px; width: 50rem; color: #ece9f5; font: 15px/1.5 DejaVu Sans Mono, monospace"
)
THEME = TerminalTheme(
    (24, 22, 33),
    (236, 233, 245),
    [
        (60, 56, 76),
        (255, 128, 118),
        (120, 214, 140),
        (240, 200, 110),
        (120, 170, 255),
        (205, 150, 255),
        (110, 210, 220),
        (225, 222, 235),
    ],
    [
        (140, 134, 160),
        (255, 150, 140),
        (140, 230, 160),
        (250, 215, 130),
        (150, 190, 255),
        (220, 175, 255),
        (140, 225, 235),
        (255, 255, 255),
    ],
)


def main() -> None:
    """Take all pictures anew."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, serving() as address:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        take = Camera(browser, address)
        take("review-en", language="en", theme="light", do=review)
        take("review-pl-dark", language="pl", theme="dark", do=review)
        take("texts-en", place="#/texts", language="en", theme="light", do=texts)
        take("file-en", place="#/file", language="en", theme="light", do=table)
        take("card-en", place="#/model/general", language="en", theme="light", do=card)
        take("training-pl-dark", place="#/training", language="pl", theme="dark", do=training)
        take("phone-pl", language="pl", theme="light", viewport=PHONE, do=review_on_phone)
        take("phone-en-dark", language="en", theme="dark", viewport=PHONE, do=review_on_phone)
        take.console("console-pl", console_screen())
        browser.close()
    total = sum(path.stat().st_size for path in PICTURES.glob("*.png"))
    print(f"{total:,} bytes in {PICTURES.relative_to(ROOT)}")


class Camera:
    """Takes pictures of the page as a visitor with some language, theme and window sees it."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser = browser
        self._address = address

    def __call__(
        self,
        name: str,
        *,
        do: Callable[[Page], None],
        language: str,
        theme: str,
        place: str = "#/",
        viewport: dict[str, int] = DESKTOP,
    ) -> None:
        """Open the page, do something on it, and keep what is seen as a PNG."""
        settings = {
            "locale": language,
            "color_scheme": theme,
            "viewport": viewport,
            "reduced_motion": "reduce",
        }
        with self._browser.new_context(**settings, device_scale_factor=SCALE) as context:
            page = context.new_page()
            page.goto(f"{self._address}/{place}")
            do(page)
            page.wait_for_timeout(500)
            keep(name, page.screenshot())

    def console(self, name: str, screen: str) -> None:
        """Draw what a terminal shows, colours included."""
        recorder = Console(record=True, width=80, file=io.StringIO())
        recorder.print(Text.from_ansi(screen), soft_wrap=True)
        drawn = recorder.export_html(theme=THEME, inline_styles=True, code_format="{code}")
        with self._browser.new_context(device_scale_factor=SCALE) as context:
            page = context.new_page()
            page.set_content(f'<body style="{AROUND}"><pre style="{TERMINAL}">{drawn.strip()}</pre>')
            keep(name, page.locator("pre").screenshot())


def keep(name: str, picture: bytes) -> None:
    """Write a PNG as small as it gets without loss: palettes turn soft shadows into bands."""
    Image.open(io.BytesIO(picture)).convert("RGB").save(PICTURES / f"{name}.png", optimize=True)


def review(page: Page) -> None:
    """Type a review and point at its curve."""
    page.fill("#text", REVIEW)
    page.wait_for_selector("#curve .curve-line")
    box = page.locator("#curve svg").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.55 * box["width"], box["y"] + 60)


def review_on_phone(page: Page) -> None:
    """Type a review."""
    page.fill("#text", REVIEW)
    page.wait_for_selector("#tint .piece")


def texts(page: Page) -> None:
    """Judge several texts."""
    page.fill("#add-text", "\n".join(LISTED))
    page.click("#add-form .primary")
    page.locator("#rows .badge").nth(len(LISTED) - 1).wait_for()


def table(page: Page) -> None:
    """Judge a table with labels."""
    file = io.StringIO()
    csv.writer(file).writerows([("review", "sentiment", "seen"), *JUDGED])
    content = {"name": "reviews.csv", "mimeType": "text/csv", "buffer": file.getvalue().encode()}
    page.set_input_files("#file-input", content)
    page.click("#file-judge")
    page.wait_for_selector("#file-download")
    page.mouse.move(0, 0)


def card(page: Page) -> None:
    """Wait for what was measured."""
    page.wait_for_selector("#card-parts .card-figure")


def training(page: Page) -> None:
    """Point at an epoch of the curves."""
    page.wait_for_selector("#charts path.line", state="attached")
    page.locator("#charts svg").first.hover(position={"x": 150, "y": 130})


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """Run ``opinia serve`` on a free port."""
    command = [sys.executable, "-m", "opinia", "serve", "--port", "0", "--studies", str(STUDY)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            found = re.search(r"http://\S+:\d+", process.stderr.readline())
            assert found is not None
            yield found[0]
        finally:
            process.terminate()


def console_screen() -> str:
    """Type reviews into the console in a real terminal, tmux, and return what it shows."""
    with tempfile.TemporaryDirectory() as folder:
        tmux = ["tmux", "-S", f"{folder}/socket", "-f", "/dev/null"]

        def show() -> str:
            command = [*tmux, "capture-pane", "-e", "-p"]
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout

        def wait_for(pattern: str, count: int) -> None:
            until = time.monotonic() + SECONDS
            while len(re.findall(pattern, show())) < count:
                assert time.monotonic() < until, show()
                time.sleep(0.1)

        program = shlex.join([sys.executable, str(ROOT / "runner.py")])
        shell = f"printf '$ python runner.py\\n'; exec {program}"
        subprocess.run([*tmux, "new-session", "-d", "-x", "80", "-y", "24", shell], check=True)
        try:
            for number, text in enumerate(TYPED):
                wait_for(r"(?m)^(?:\x1b\[[\d;]*m)*>", number + 1)
                subprocess.run([*tmux, "send-keys", "-l", text], check=True)
                subprocess.run([*tmux, "send-keys", "Enter"], check=True)
                wait_for(r"ywna.{0,12} \(", number + 1)
            time.sleep(1)
            return show().rstrip()
        finally:
            subprocess.run([*tmux, "kill-server"], check=False)


if __name__ == "__main__":
    main()
