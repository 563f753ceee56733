"""Small copies of the data set in each of its forms, and what a test tells the server to do."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

COUNTS = {
    ("train", "pos"): 6,
    ("train", "neg"): 5,
    ("test", "pos"): 4,
    ("test", "neg"): 3,
    ("train", "unsup"): 12,
}
RATINGS = {"pos": 9, "neg": 2, "unsup": 0}
MOVIES = {"pos": 1000, "neg": 2000, "unsup": 3000}


def small_members() -> dict[str, bytes]:
    """The files of a small ``aclImdb/``, by path. Texts are our own; some are awkward on purpose."""
    awkward = ["line\r\nbreak\nand\rmore", "", "Zażółć <br /><br /> gęślą", "caf\u0085e \x96", " trailing \n"]
    members: dict[str, bytes] = {
        "aclImdb/README": b"read me",
        "aclImdb/train/labeledBow.feat": b"9 0:1\n" * 50,
    }
    for (part, kind), count in COUNTS.items():
        first = MOVIES[kind] + (500 if part == "test" else 0)
        urls = [
            f"http://www.imdb.com/title/tt{first + number // 2:07d}/usercomments\n" for number in range(count)
        ]
        # The list of a tar follows its folder, so numbers come in another order than the canonical one.
        for number in sorted(range(count), key=str, reverse=True):
            text = awkward[number] if number < len(awkward) else f"plain review {number}"
            name = f"aclImdb/{part}/{kind}/{number}_{RATINGS[kind]}.txt"
            members[name] = f"{text} ({part} {kind})".encode() if text else b""
        members[f"aclImdb/{part}/urls_{kind}.txt"] = "".join(urls).encode()
    return members


def pack(path: Path, members: Mapping[str, bytes], *extra: tarfile.TarInfo) -> Path:
    """Write a ``.tar.gz`` of these members; ``extra`` headers (links, odd paths) come first."""
    with gzip.open(path, "wb", compresslevel=1) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for info in extra:
            tar.addfile(info)
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def unpack(folder: Path, members: Mapping[str, bytes]) -> Path:
    """Write these members as files below a folder."""
    for name, content in members.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def repack(folder: Path, members: Mapping[str, bytes]) -> Path:
    """Write these members as JSON Lines and a table of movies, as the repacked data set has them."""
    rows: dict[str, list[str]] = {"train": [], "test": [], "unsup": []}
    table = ["split\tclass\tid\tmovie\n"]
    for name, content in members.items():
        _, part, *rest = name.split("/")
        if len(rest) != 2:
            continue
        kind, review = rest[0], rest[1].removesuffix(".txt")
        split = "unsup" if kind == "unsup" else part
        row: dict[str, object] = {"id": review, "text": content.decode()}
        if split != "unsup":
            row |= {"label": int(kind == "pos"), "rating": RATINGS[kind]}
        rows[split].append(json.dumps(row) + "\n")
        urls = members[f"aclImdb/{part}/urls_{kind}.txt"].decode().splitlines()
        table.append(f"{split}\t{kind}\t{review}\t{urls[int(review.split('_')[0])].split('/')[4]}\n")
    folder.mkdir(parents=True, exist_ok=True)
    for split, lines in rows.items():
        write_xz(folder / f"{split}.jsonl.xz", "".join(lines))
    write_xz(folder / "movie_ids.tsv.xz", "".join(table))
    return folder


def write_xz(path: Path, text: str) -> None:
    path.write_bytes(lzma.compress(text.encode(), preset=0))


@dataclass
class Server:
    """A file server on the loopback: what it sends can be changed, what it was asked is counted.

    Args:
        content: what it announces.
        cut: for each of the first requests, how many bytes it really sends before it hangs up.
        status: the HTTP status of its answers.
    """

    url: str
    content: bytes = b""
    cut: list[int] = field(default_factory=list)
    status: int = 200
    requests: int = 0
