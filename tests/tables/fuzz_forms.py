"""A fuzzer for the forms of tables: ``python tests/tables/fuzz_forms.py 5000`` runs it for some minutes.

Tables of reviews are written in every way that programs write them: delimiter, quoting, encoding, line ends,
header, labels, name of the file, saved anew by a spreadsheet. What is read must be what was written, or the
table, its labels or its rows must be refused.
"""

import csv
import io
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import fuzzing

GOOD = ("read", "read, labels to be mapped", "asked about", "refused")
STARTS = [
    "I liked it",
    "The plot is thin",
    "Bardzo dobry film",
    "Une très belle fête",
    "It’s dull",
    "Nuda; źle",
]
MIDDLES = ["and the music, too", 'said "wow" twice', "– nothing new", "w sumie żal; szkoda", "(8/10)", "a&b"]
ENDS = ["of course.", "really!", "I left early", "nie polecam.", "5 stars", "was it good?"]
HEADERS = [
    ("id", "text", "label"),
    ("nr", "recenzja", "ocena"),
    ("Index", "Review", "Rating"),
    ("", "treść", "sentyment"),
    ("when", "comment", "is_negative"),
    ("review_id", "review_body", "stars"),
]
LABELS = {
    "pairs": ["0", "1"],
    "signs": ["-1", "1"],
    "stars": ["1", "2", "3", "4", "5"],
    "words": ["positive", "negative"],
    "words with neutral": ["pozytywna", "negatywna", "neutralna"],
    "points": ["1,5", "3,0", "4,5"],
    "spelt": ["1 star", "5 stars", "3 stars"],
    "codes": ["__label__1", "__label__2"],
    "shares": ["95%", "12%", "40%"],
    "truths": ["TRUE", "FALSE"],
    "gaps": ["1", "0", "", "NULL"],
}
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1250", "cp1252", "iso8859-2", "cp852"]
NAMES = ["csv", "csv", "tsv", "txt", "dat"]


def some_table(chance):
    """A table as bytes, the name of its file, what it holds, and how it was made."""
    sign = chance.choice(",;\t|")
    quoting = chance.choice(["minimal", "minimal", "all", "none"])
    end = chance.choice(["\n", "\r\n", "\r\n", "\r"])
    header = chance.choice([*HEADERS, None])
    kind = chance.choice([*LABELS])
    rows = []
    for number in range(chance.choice([2, 3, 5, 12, 40])):
        text = " ".join(chance.choice(part) for part in (STARTS, MIDDLES, ENDS))
        if quoting != "none" and chance.random() < 0.1:
            text += end + chance.choice(STARTS)
        first = str(number + 1) if header is None or header[0] != "when" else f"2024-05-{number % 28 + 1:02}"
        rows.append([first, text, chance.choice(LABELS[kind])])
    if quoting == "none":
        rows = [[each.replace(sign, " ") for each in row] for row in rows]
    every = [list(header), *rows] if header else rows
    if quoting == "none":
        text = "".join(sign.join(row) + end for row in every)
    else:
        stream = io.StringIO(newline="")
        how = csv.QUOTE_ALL if quoting == "all" else csv.QUOTE_MINIMAL
        csv.writer(stream, delimiter=sign, quoting=how, lineterminator=end).writerows(every)
        text = stream.getvalue()
    is_resaved = quoting != "none" and sign in ",\t" and end == "\r\n" and chance.random() < 0.3
    if is_resaved:
        text = resaved(text)
    encoding = chance.choice(ENCODINGS)
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        encoding, data = "utf-8", text.encode()
    made = (sign, quoting, end, header, kind, encoding, is_resaved)
    return data, chance.choice(NAMES), header, rows, made


def resaved(text):
    """A table that a spreadsheet has opened with semicolons between cells, and saved."""
    read = [next(csv.reader([line], delimiter=";"), []) for line in text.split("\r\n")[:-1]]
    width = max(map(len, read))
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=";").writerows([*cells, *[""] * (width - len(cells))] for cells in read)
    return stream.getvalue()


def attack(seed, folder, classifier):
    """Read one table as ``check`` does, and say how it ended, or what is wrong."""
    from opinia.errors import DataError
    from opinia.score import ScoreOptions
    from opinia.score.check import check_table
    from opinia.tables import Told, find_formats, open_reader, open_table

    data, kind, header, rows, made = some_table(random.Random(seed))
    path = folder / f"in.{kind}"
    path.write_bytes(data)
    try:
        found, _ = find_formats(str(path), "")
        with open_table(found) as source:
            reader = open_reader(source, kind=found.kind, out="cells", told=Told())
            columns, read = reader.columns, list(reader.table.every())
        check = check_table(path, classifier, ScoreOptions())
    except DataError as error:
        return "refused" if error.message else "no word"
    good = [list(cells) for cells, error in read if error is None]
    is_marked = 10 * (len(read) - len(good)) > len(read) or check.findings.garbled
    if not is_marked:
        names = tuple(map(str, range(1, 4))) if header is None else header
        if header is None and columns != names or header is not None and columns[1:] != names[1:]:
            return f"columns {columns} of {made}"
        if any(cells not in rows for cells in good) or len(read) != len(rows):
            return f"rows {good[:2]} of {made}"
    if check.why_no_texts is not None:
        return "asked about"
    if is_marked:
        return "refused"
    if check.texts != (columns[1],):
        return f"texts {check.texts} of {made}"
    if check.label != columns[2]:
        return "asked about" if check.label is None else f"labels {check.label} of {made}"
    return labels_of(check, made)


def labels_of(check, made):
    """Say what became of the labels: read rightly, or refused with a map that reads them."""
    right = {
        "0": "negative",
        "1": "positive",
        "-1": "negative",
        "positive": "positive",
        "negative": "negative",
    }
    right |= {"TRUE": "positive", "FALSE": "negative", "pozytywna": "positive", "negatywna": "negative"}
    header, kind = made[3], made[4]
    if check.why_no_labels is not None:
        hint = check.why_no_labels.hint or ""
        return "read, labels to be mapped" if "--label" in hint or "is it" in hint else f"no hint of {made}"
    if header and header[2] == "is_negative" and kind in ("pairs", "truths", "gaps"):
        return f"labels of is_negative taken for {check.meanings}"
    wrong = {label: said for label, said in check.meanings.items() if right.get(label) != said}
    return f"labels {wrong} of {made}" if wrong else "read"


def worker(first, last):
    fuzzing.work_on_tables(first, last, attack)


if __name__ == "__main__":
    sys.exit(fuzzing.main(__file__, __doc__, worker, good=GOOD))
