"""Tables to score, and processes that score them."""

import csv
import gzip
import io
import json
import subprocess
import sys

import prepared
from commands import call_bytes
from opinia.tables.streams import zstd

WORDS = ["good", "bad", "film", "was", "zażółć", 'a "quote"', "comma,", "two\nlines", "tab\there", "<br />"]
TIMEOUT = 60


def run(*arguments, folder, data=b"", before="", limit=None, fresh=False):
    """Run the command line; in a process of its own with standard streams, or where Python is to run first.

    Args:
        fresh: the process is to have imported nothing and to have no memory yet.
    """
    if not before and "-" not in arguments:
        return call_bytes(*arguments, data=data, cwd=folder)
    script = f"import sys\n{before}\nfrom opinia.cli.main import main\nmain()"
    command = [sys.executable, "-c", script, *map(str, arguments)]
    begin = subprocess.run if fresh else prepared.run
    return begin(command, input=data, capture_output=True, cwd=folder, timeout=limit or TIMEOUT, check=False)


def texts(count, *, lines=True):
    """Texts of various lengths with all that is awkward in a table."""
    made = []
    for number in range(count):
        words = [WORDS[(number * 7 + place * (number % 5 + 1)) % len(WORDS)] for place in range(number % 23)]
        made.append(" ".join(words))
    return made if lines else [text.replace("\n", " ") for text in made]


def csv_bytes(rows, *, delimiter=","):
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter).writerows(rows)
    return stream.getvalue().encode()


def table(count, *, delimiter=","):
    """A table as CSV: numbers with zeros in front, texts, and a column of odd digits."""
    rows = [[f"{number:05d}", text, "1.50"] for number, text in enumerate(texts(count))]
    return csv_bytes([["id", "text", "price"], *rows], delimiter=delimiter)


def jsonl(values):
    return b"".join(json.dumps(value, ensure_ascii=False).encode() + b"\n" for value in values)


def packed(data, compression):
    return {"": bytes, "gz": gzip.compress, "zst": zstd().compress}[compression](data)


def unpacked(data, compression):
    return {"": bytes, "gz": gzip.decompress, "zst": zstd().decompress}[compression](data)


def cells(data, *, delimiter=","):
    """The records of a CSV file as dictionaries."""
    return list(csv.DictReader(io.StringIO(data.decode(), newline=""), delimiter=delimiter))
