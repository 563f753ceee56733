"""A fuzzer for tables: ``python tests/score/fuzz_tables.py 5000`` runs it for some minutes.

Tables of every format are damaged at random and scored. Each must end in an answer or in one clear
error; the answers are read back by another parser and compared with what the model says of the texts.
"""

import csv
import gzip
import io
import json
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import fuzzing

GOOD = ("answered", "refused")
WORDS = [
    "good",
    "bad",
    "film",
    "zażółć",
    '"',
    ",",
    "\t",
    "\n",
    "\r\n",
    "\\",
    "\0",
    "\ud83d",
    "😀",
    "<br />",
    "{",
    "]",
    "",
]
KINDS = ["csv", "tsv", "jsonl", "txt", "parquet", "csv.gz", "jsonl.zst", "txt.gz"]


def some_text(chance):
    return " ".join(chance.choices(WORDS, k=chance.randrange(12)))


def some_table(kind, chance):
    """A table of a kind as bytes, well made but for odd texts."""
    texts = [some_text(chance) for _ in range(chance.randrange(30))]
    clean = [text.encode(errors="replace").decode() for text in texts]
    base, _, packing = kind.partition(".")
    if base == "parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        sink = io.BytesIO()
        codec = chance.choice(["none", "snappy", "gzip", "zstd", "lz4", "brotli"])
        table = pa.table({"text": pa.array(clean, pa.string()), "n": pa.array(range(len(clean)), pa.int64())})
        pq.write_table(table, sink, compression=codec, use_dictionary=chance.random() < 0.5)
        return sink.getvalue()
    if base in ("csv", "tsv"):
        stream = io.StringIO(newline="")
        writer = csv.writer(stream, delimiter="," if base == "csv" else "\t")
        writer.writerows([["n", "text"], *([number, text] for number, text in enumerate(clean))])
        data = stream.getvalue().encode()
    elif base == "jsonl":
        ascii_only = chance.random() < 0.5
        data = "".join(
            json.dumps({"n": number, "text": text}, ensure_ascii=ascii_only) + "\n"
            for number, text in enumerate(texts if ascii_only else clean)
        ).encode()
    else:
        data = "".join(text.replace("\n", " ") + "\n" for text in clean).encode()
    if packing == "gz":
        return gzip.compress(data, 1, mtime=0)
    if packing == "zst":
        from opinia.tables.streams import zstd

        return zstd().compress(data)
    return data


def damaged(data, chance):
    """Bytes with some of them changed, cut out, doubled or put in; now and then as they were."""
    for _ in range(chance.choice([0, 1, 1, 2, 5, 20])):
        place = chance.randrange(len(data) + 1)
        end = min(len(data), place + chance.randrange(1, 40))
        way = chance.randrange(6)
        if way == 0 and data:
            place = min(place, len(data) - 1)
            data = data[:place] + bytes([data[place] ^ (1 << chance.randrange(8))]) + data[place + 1 :]
        elif way == 1:
            data = data[:place] + data[end:]
        elif way == 2:
            data = data[:end] + data[place:]
        elif way == 3:
            data = data[:place] + chance.randbytes(chance.randrange(1, 9)) + data[place:]
        elif way == 4:
            data = (
                data[:place]
                + chance.choice([b'"', b"\n", b",", b"{", b"\xff\xfe", b"\r", b"\x1f\x8b"])
                + data[place:]
            )
        elif chance.random() < 0.1:
            data = data[:place]
    return data


def rows_of(path, kind):
    """The rows of an output, read by another parser: text, label and error of each."""
    base = kind.partition(".")[0]
    data = path.read_bytes()
    if kind.endswith(".gz"):
        data = gzip.decompress(data)
    elif kind.endswith(".zst"):
        from opinia.tables.streams import zstd

        data = zstd().decompress(data)
    if base == "parquet":
        import pyarrow.parquet as pq

        table = pq.read_table(path).select(["text", "label", "error"])
        return [tuple(row.values()) for row in table.to_pylist()]
    text = data.decode("utf-8-sig", "surrogateescape")
    if base == "jsonl":
        rows = [json.loads(line) for line in text.split("\n") if line.strip(" \t\r")]
        return [(row.get("text"), row["label"], row["error"]) for row in rows]
    if base == "txt":
        lines = [line.split("\t", 3) for line in text.split("\n")[:-1]]
        return [(line.removesuffix("\r"), label or None, error or None) for label, _, error, line in lines]
    delimiter = "," if base == "csv" else "\t"
    lines = io.StringIO(text, newline="")
    table = [row for row in csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE) if row]
    place = table[0].index("text") if "text" in table[0] else 0
    label, error = table[0].index("label"), table[0].index("error")
    return [(row[place], row[label] or None, row[error] or None) for row in table[1:]]


def attack(seed, folder, classifier):
    """Score one damaged table, and say how it ended: ``refused``, ``answered`` or what is wrong."""
    from opinia.errors import OpiniaError
    from opinia.score import ScoreOptions, score_table

    chance = random.Random(seed)
    kind = chance.choice(KINDS)
    for left in folder.iterdir():
        left.unlink()
    (folder / f"in.{kind}").write_bytes(damaged(some_table(kind, chance), chance))
    # Told how it is written: of a damaged quote the other parser swallows the rows behind, and ours one line.
    form = {"delimiter": "," if kind.startswith("csv") else "\t", "quoting": "none", "header": True}
    form = form if kind.startswith(("csv", "tsv")) else {}
    options = ScoreOptions(text_column=None if kind.startswith("txt") else "text", encoding="utf-8", **form)
    try:
        summary = score_table(
            folder / f"in.{kind}", folder / f"out.{kind}", classifier=classifier, options=options
        )
    except OpiniaError as error:
        left = sorted(path.name for path in folder.iterdir())
        return "refused" if error.message and left == [f"in.{kind}"] else f"left {left}"
    rows = rows_of(folder / f"out.{kind}", kind)
    if len(rows) != summary.rows:
        return f"{len(rows)} rows where {summary.rows} were told"
    good = [(text, label) for text, label, error in rows if error is None]
    said = list(classifier.predict([text for text, _ in good])) if good else []
    if said != [label for _, label in good]:
        return "another answer than the model's"
    if any(label is not None for _, label, error in rows if error is not None):
        return "a bad row with an answer"
    return "answered"


def worker(first, last):
    fuzzing.work_on_tables(first, last, attack)


if __name__ == "__main__":
    sys.exit(fuzzing.main(__file__, __doc__, worker, good=GOOD))
