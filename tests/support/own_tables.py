"""Tables as people have them, each of another kind and in another format, of texts made by small grammars."""

from __future__ import annotations

import csv
import json
import random
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = dict[str, Any]

_HOTEL = {
    "negatywna": ("brudno", "głośno", "obsługa niemiła", "śniadanie zimne", "łazienka w pleśni", "źle"),
    "neutralna": ("pokój jak pokój", "przeciętnie", "jak wszędzie", "nic szczególnego", "parking jest"),
    "pozytywna": ("czyściutko", "cichutko", "obsługa życzliwa", "śniadanie pyszne", "łóżka wygodne"),
}
_TWEET = {
    "neg": ("worst service ever 😡", "so disappointed", "this is a scam 👎", "never again #fail", "awful"),
    "neu": ("just landed", "new timetable is out", "does it ship to the islands?", "opening at nine"),
    "pos": ("love it ❤️", "best team ever 🎉", "made my day 😍 #happy", "so grateful", "absolutely brilliant"),
}
_STARS = {
    1: ("broken on arrival", "complete waste of money", "returned it at once"),
    2: ("rather flimsy", "disappointing battery", "not worth the price"),
    3: ("does its job", "average at best", "okay for what it costs"),
    4: ("good value", "solid with small flaws", "works well enough"),
    5: ("flawless in every way", "exceeded my hopes", "perfect gift, superb"),
}
_PARTS = (
    "screen",
    "zoom",
    "battery",
    "strap",
    "menu",
    "lens",
    "case",
    "speaker",
    "cable",
    "button",
    "manual",
)
_SIDES = {
    "con": ("poor {}", "flimsy {}", "no {}", "{} fails", "slow {}", "noisy {}", "{} broke"),
    "pro": ("great {}", "sturdy {}", "nice {}", "{} shines", "quick {}", "lovely {}", "{} lasts"),
}
_COMMENT = {
    0: ("that was a stupid idea", "I hate how this ended", "what a terrible answer", "you ruined it"),
    1: ("thank you so much for this", "I love how kind you are", "what a great answer", "you made me smile"),
}
_PRODUCT = {
    "bad": ("the handle came off", "it leaks", "support never answered", "the paint smells awful"),
    "good": ("the handle feels sturdy", "it keeps tea hot", "support was quick", "the colour is gorgeous"),
}
_DOCTOR = {
    "nie polecam": ("nie słuchał pacjenta", "spóźnił się godzinę", "badał pobieżnie", "wyszłam ze łzami"),
    "polecam": ("wszystko wyjaśnił", "przyjął punktualnie", "badał dokładnie", "wyszłam uspokojona"),
}
_POST = {
    "negative": ("this API is a nightmare", "I am sick of this bug", "the docs are useless"),
    "neutral": ("the loop starts at zero", "use a dictionary here", "which version do you run"),
    "positive": ("works like a charm, thanks", "this is an elegant answer", "you saved my evening"),
}


@dataclass(frozen=True)
class Kind:
    """A kind of table.

    Args:
        name: of the kind.
        file: what the table is called.
        columns: of texts, labels and groups; the last may be empty.
        count: rows.
        make: returns rows of it, by their number and a seed.
        write: writes rows.
        classes: as the trained model has them.
        language: of the texts; None where they have too few words to tell it.
        options: of ``opinia train`` beside the table.
        ask: a text for the console, and how it begins to answer.
    """

    name: str
    file: str
    columns: tuple[str, str, str]
    count: int
    make: Callable[[int, int], list[Row]]
    write: Callable[[Path, list[Row]], None]
    classes: tuple[str, ...]
    language: str | None
    options: tuple[str, ...]
    ask: tuple[str, str]


def hotel_sentences(count: int, seed: int) -> list[Row]:
    """Return Polish sentences in three classes."""
    draw, rows = random.Random(seed), []
    for number in range(count):
        label = draw.choice(list(_HOTEL))
        said = ", ".join(draw.sample(_HOTEL[label], 2))
        where = draw.choice(("W Łebie", "W Świnoujściu", 'W hotelu „Źródło”; pokój "duży"', "Nad jeziorem"))
        rows.append({"Lp": number + 1, "Treść": f"{where} przez {draw.randint(2, 20)} dni: {said}."})
        rows[-1]["Ocena"] = label
    return rows


def tweets(count: int, seed: int) -> list[Row]:
    """Return tweets with handles, links, hashtags and emoji, in three classes."""
    draw, rows = random.Random(seed), []
    for number in range(count):
        label = draw.choice(list(_TWEET))
        said = " ".join(draw.sample(_TWEET[label], 2))
        text = f"@user{draw.randint(1, 999)} {said} https://t.example/{number:x}"
        rows.append(
            {"id": 10**17 + number, "user": {"name": f"u{number}", "followers": draw.randint(0, 999)}}
        )
        rows[-1] |= {"text": draw.choice(("", "RT ")) + text, "sentiment": label}
    return rows


def stars(count: int, seed: int) -> list[Row]:
    """Return product reviews with one to five stars."""
    draw, rows = random.Random(seed), []
    for number in range(count):
        label = draw.choice(list(_STARS))
        said = ". ".join(draw.sample(_STARS[label], 2)).capitalize()
        text = (
            f"{said}. Bought in {draw.randint(2001, 2020)} for {draw.choice(('home', 'work', 'a friend'))}."
        )
        rows.append({"Order": f"A-{number:05}", "Review": text, "Stars": label})
    return rows


def phrases(count: int, seed: int) -> list[Row]:
    """Return pros and cons of one line each."""
    draw, rows = random.Random(seed), []
    for _ in range(count):
        label = draw.choice(list(_SIDES))
        said = [each.format(draw.choice(_PARTS)) for each in draw.sample(_SIDES[label], draw.randint(1, 3))]
        rows.append({"phrase": ", ".join(said), "label": label})
    return rows


def comments(count: int, seed: int) -> list[Row]:
    """Return comments that are labelled 0 and 1."""
    draw, rows = random.Random(seed), []
    for number in range(count):
        label = number % 2
        said = draw.choice(_COMMENT[label])
        about = draw.choice(
            ("about the garden", "in the kitchen", "for my dog", "on the train", "with the kids")
        )
        rows.append({"comment": f"Honestly, {said} {about}, number {draw.randint(2, 90)}!", "label": label})
    return rows


def products(count: int, seed: int) -> list[Row]:
    """Return reviews of products, several of each product, whose name stands in the text."""
    draw, rows = random.Random(seed), []
    for number in range(count):
        label, product = draw.choice(list(_PRODUCT)), f"kettle {number % 40 + seed * 100}"
        said = " and ".join(draw.sample(_PRODUCT[label], 2))
        rows.append({"product": product, "text": f"Of the {product}: {said}, day {draw.randint(1, 300)}."})
        rows[-1]["label"] = label
    return rows


def doctors(count: int, seed: int) -> list[Row]:
    """Return Polish reviews of doctors in two classes."""
    draw, rows = random.Random(seed), []
    for number in range(count):
        label = list(_DOCTOR)[number % 2]
        said = ", ".join(draw.sample(_DOCTOR[label], 2))
        rows.append({"text": f"Lekarz w poniedziałek o {draw.randint(8, 18)}: {said}.\n\nWizyta {number}.\n"})
        rows[-1]["label"] = label
    return rows


def posts(count: int, seed: int) -> list[Row]:
    """Return posts of developers in three classes, one in ten without a label."""
    draw, rows = random.Random(seed), []
    for number in range(count):
        label = draw.choice(list(_POST))
        said = "; ".join(draw.sample(_POST[label], 2))
        text = f"@dev{draw.randint(1, 50)} {said}. <code>f(x{number})</code>"
        rows.append({"body": text, "polarity": None if number % 10 == 9 else label})
    return rows


def write_csv(path: Path, rows: list[Row], *, delimiter: str = ",", encoding: str = "utf-8") -> None:
    """Write rows as CSV."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


def _write_polish(path: Path, rows: list[Row]) -> None:
    write_csv(path, rows, delimiter=";", encoding="cp1250")


def _write_tsv(path: Path, rows: list[Row]) -> None:
    write_csv(path, rows, delimiter="\t")


def _write_json_lines(path: Path, rows: list[Row]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def _write_workbook(path: Path, rows: list[Row]) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Orders")
        sheet.write_row(0, 0, list(rows[0]))
        for place, row in enumerate(rows, 1):
            sheet.write_row(place, 0, list(row.values()))


def _write_parquet(path: Path, rows: list[Row]) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.Table.from_pylist(rows)
    place = table.column_names.index("label")
    parquet.write_table(table.set_column(place, "label", table["label"].dictionary_encode()), path)


def _write_folder(path: Path, rows: list[Row]) -> None:
    for number, row in enumerate(rows):
        place = path / row["label"]
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number:04}.txt").write_text(row["text"], encoding="utf-8")


def _write_sqlite(path: Path, rows: list[Row]) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("CREATE TABLE posts (id INTEGER PRIMARY KEY, body TEXT, polarity TEXT)")
        connection.executemany("INSERT INTO posts (body, polarity) VALUES (:body, :polarity)", rows)
    connection.close()


_NOTHING = ("--init-from", "none")
KINDS = (
    Kind(
        "Polish sentences in three classes, as Excel saves them, which begin with polish",
        "hotele.csv",
        ("Treść", "Ocena", ""),
        300,
        hotel_sentences,
        _write_polish,
        ("negatywna", "neutralna", "pozytywna"),
        "pl",
        ("--epochs", "1"),
        ("W Łebie przez 5 dni: brudno, głośno.", "negatywna ("),
    ),
    Kind(
        "tweets",
        "tweets.jsonl",
        ("text", "sentiment", ""),
        400,
        tweets,
        _write_json_lines,
        ("neg", "neu", "pos"),
        "en",
        (*_NOTHING, "--epochs", "5"),
        ("@user5 love it ❤️ so grateful", "pos ("),
    ),
    Kind(
        "five classes of stars in a workbook",
        "stars.xlsx",
        ("Review", "Stars", ""),
        500,
        stars,
        _write_workbook,
        ("1", "2", "3", "4", "5"),
        "en",
        (*_NOTHING, "--epochs", "6"),
        ("Does its job. Average at best. Bought in 2004 for work.", "3 ("),
    ),
    Kind(
        "five thousand rows of one line",
        "phrases.tsv",
        ("phrase", "label", ""),
        5_000,
        phrases,
        _write_tsv,
        ("con", "pro"),
        None,
        (*_NOTHING, "--epochs", "1"),
        ("great zoom, sturdy case", "pro ("),
    ),
    Kind(
        "two hundred rows, which begin with base",
        "comments.csv",
        ("comment", "label", ""),
        200,
        comments,
        write_csv,
        ("0", "1"),
        "en",
        ("--epochs", "1"),
        ("Honestly, what a terrible answer in the kitchen!", "0 ("),
    ),
    Kind(
        "two classes in Parquet, by product",
        "products.parquet",
        ("text", "label", "product"),
        400,
        products,
        _write_parquet,
        ("bad", "good"),
        "en",
        (*_NOTHING, "--epochs", "5", "--group-column", "product"),
        ("It keeps tea hot and the colour is gorgeous.", "good ("),
    ),
    Kind(
        "a folder a class, in Polish",
        "opinie",
        ("text", "label", ""),
        240,
        doctors,
        _write_folder,
        ("nie polecam", "polecam"),
        "pl",
        (*_NOTHING, "--epochs", "5"),
        ("Lekarz w poniedziałek: wszystko wyjaśnił, badał dokładnie.", "polecam ("),
    ),
    Kind(
        "a database in which some labels are missing",
        "posts.db",
        ("body", "polarity", ""),
        400,
        posts,
        _write_sqlite,
        ("negative", "neutral", "positive"),
        "en",
        (*_NOTHING, "--epochs", "5"),
        ("this API is a nightmare; the docs are useless", "negatywna ("),
    ),
)
