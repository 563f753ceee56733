"""A fuzzer for tables of few rows: ``python tests/tables/fuzz_few.py 5000`` runs it for some minutes.

One to five rows say little of their form, and a guess from little is soon wrong. Every delimiter, quoting,
encoding, line end and extension, one to four columns in any order, with and without a header, saved anew by a
spreadsheet or not: what is read must be what was written, or be refused.
"""

import csv
import io
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from fuzz_forms import ENCODINGS, ENDS, LABELS, MIDDLES, STARTS, resaved

import fuzzing

GOOD = ("read", "asked about", "refused")
NAMES = {
    "id": ("id", "nr", "Index", "review_id", ""),
    "text": ("text", "recenzja", "Review", "treść", "comment"),
    "label": ("label", "ocena", "Rating", "stars", "sentyment"),
    "date": ("date", "data", "when"),
    "author": ("author", "user", "kto"),
}
LAYOUTS = [
    ("id", "text", "label"),
    ("text", "label"),
    ("label", "text"),
    ("id", "text"),
    ("text",),
    ("text",),
    ("id", "author", "text", "label"),
    ("text", "label", "date"),
    ("date", "label", "text"),
    ("author", "text"),
]
AUTHORS = ["anna", "Tom K.", "jan_52", "Łukasz", "O'Neil", "kasia"]
SHORT = ["Great", "ok", "Nuda.", "Polecam!", "5", "so-so", "Very good", "Bad film, really", "nie"]
EXTENSIONS = ["csv", "csv", "tsv", "txt", "txt", "dat", "tab", "asc", "jsonl", "json", "ndjson", "log", ""]


def some_text(chance):
    """A review, mostly of one sentence, perhaps of a word, perhaps with quotes at its ends."""
    kind = chance.random()
    if kind < 0.15:
        return chance.choice(SHORT)
    text = " ".join(chance.choice(part) for part in (STARTS, MIDDLES, ENDS))
    if kind < 0.2:
        return f'"{chance.choice(STARTS)}" is what they said'
    if kind < 0.25:
        return f'{text} "{chance.choice(STARTS)}"'
    return text


def some_cell(chance, kind, number, labels):
    """A cell of a column, as the row's number and the kind of labels say."""
    if kind == "id":
        return str(number + 1)
    if kind == "date":
        return f"2024-05-{number % 28 + 1:02}"
    return some_text(chance) if kind == "text" else chance.choice(AUTHORS if kind == "author" else labels)


def some_table(chance):
    """A table as bytes, its file's extension, its header, what it holds, its layout and how it was made."""
    sign = chance.choice(",;\t|")
    quoting = chance.choice(["minimal", "minimal", "all", "words", "none", "backslash"])
    end = chance.choice(["\n", "\r\n", "\r"])
    layout = chance.choice(LAYOUTS)
    header = [chance.choice(NAMES[kind]) for kind in layout] if chance.random() < 0.5 else None
    labels = LABELS[chance.choice([*LABELS])]
    if sign == ",":  # a spreadsheet takes the quotes from around "3,5", and nobody can tell it from two cells
        labels = [label.replace(",", ".") for label in labels]
    is_resaved = quoting in ("minimal", "all") and sign in ",\t" and end == "\r\n" and chance.random() < 0.4
    rows = []
    for number in range(chance.choice([1, 2, 2, 3, 3, 4, 5])):
        row = [some_cell(chance, kind, number, labels) for kind in layout]
        if quoting != "none" and not is_resaved and chance.random() < 0.1:
            row[layout.index("text")] += end + chance.choice(STARTS)
        rows.append(row)
    if quoting == "none" and len(layout) > 1:
        rows = [[each.replace(sign, " ") for each in row] for row in rows]
    every = [header, *rows] if header else rows
    if quoting == "none":
        text = "".join(sign.join(row) + end for row in every)
    else:
        stream = io.StringIO(newline="")
        how = {"all": csv.QUOTE_ALL, "words": csv.QUOTE_NONNUMERIC}.get(quoting, csv.QUOTE_MINIMAL)
        more = {"doublequote": False, "escapechar": "\\"} if quoting == "backslash" else {}
        if quoting == "words":
            every = [[int(cell) if cell.isdecimal() else cell for cell in row] for row in every]
        csv.writer(stream, delimiter=sign, quoting=how, lineterminator=end, **more).writerows(every)
        text = stream.getvalue()
    if is_resaved:  # which would break a text of several lines into rows
        text = resaved(text)
    if chance.random() < 0.2:
        text = text.removesuffix(end)
    encoding = chance.choice([*ENCODINGS, "utf-8", "utf-16-be"])
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        encoding, data = "utf-8", text.encode()
    made = (sign, quoting, end, header, layout, encoding, is_resaved)
    return data, chance.choice(EXTENSIONS), header, rows, layout, made


def attack(seed, folder, classifier):
    """Read one table as ``check`` does, and say how it ended, or what is wrong."""
    from opinia.errors import DataError
    from opinia.score import ScoreOptions
    from opinia.score.check import check_table
    from opinia.tables import Told, find_formats, open_reader, open_table

    data, extension, header, rows, layout, made = some_table(random.Random(seed))
    path = folder / (f"in.{extension}" if extension else "in")
    path.write_bytes(data)
    try:
        found, _ = find_formats(str(path), "")
        with open_table(found) as source:
            reader = open_reader(source, kind=found.kind, out="cells", told=Told())
            columns, read = reader.columns, list(reader.table.every())
        check = check_table(path, classifier, ScoreOptions())
    except DataError as error:
        return "refused" if error.message else "no word"
    made = (extension, *made)
    good = [[str(cell) for cell in cells] for cells, error in read if error is None]
    if 10 * (len(read) - len(good)) > len(read) or check.findings.garbled or check.findings.merged:
        return "refused"  # it is said, and the status is no success
    names = [str(place + 1) for place in range(len(layout))] if header is None else header
    is_plain = columns == ("text",) and len(layout) == 1
    is_fasttext = header is None and columns == layout == ("label", "text")  # its lines have such names
    is_plain = is_plain or is_fasttext
    if not is_plain and list(columns) != [name or given for name, given in zip(names, columns, strict=False)]:
        return f"columns {columns} of {made}"
    if is_fasttext:
        rows = [[label.removeprefix("__label__"), text] for label, text in rows]
    if good != rows:
        return f"rows {good[:2]} of {made}"
    if check.why_no_texts is not None:
        return "asked about"
    place = layout.index("text")
    if check.texts != (columns[place],):
        return f"texts {check.texts} of {made}"
    if check.label is None:
        return "read" if "label" not in layout else "asked about"
    if "label" not in layout or check.label != columns[layout.index("label")]:
        return f"labels {check.label} of {made}"
    return "read"


def worker(first, last):
    fuzzing.work_on_tables(first, last, attack)


if __name__ == "__main__":
    sys.exit(fuzzing.main(__file__, __doc__, worker, good=GOOD))
