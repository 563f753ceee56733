"""Damaged and hostile archives of reviews: ``python tests/data/fuzz_archives.py 100000`` runs for minutes.

Each is made from the members of a small data set: paths that lead elsewhere, links, devices, sparse files,
long and odd headers, streams that are cut, changed or unfold to much. It must be refused in one sentence, or
give the reviews that another reader, Python's own with its own rules, finds in it.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import random
import re
import struct
import sys
import tarfile
import tempfile
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import fuzzing
from data_forms import small_members
from fuzzing import damaged

GOOD = ("refused", "read")
MEMORY = 3 << 30
"""Of addresses, for a process that reads: libraries take most of them without using them."""
SPLITS = ("train", "test", "unsup")
ODD_NAMES = (
    "/etc/passwd",
    "../x",
    "aclImdb/../../x",
    "aclImdb/train/pos/../../../0_9.txt",
    "..\\x",
    "C:\\x",
    "C:x",
    "\\\\host\\x",
    "./aclImdb/train/pos/0_9.txt",
    "././aclImdb/train/pos/0_9.txt",
    "aclImdb//train/pos/0_9.txt",
    "aclImdb/train/pos/0_9.txt/",
    "aclImdb/train/pos/0_99.txt",
    "aclImdb/train/pos/00_9.txt",
    "aclImdb/train/pos/99999999_9.txt",
    "aclImdb/train/pos/٣_9.txt",
    "aclImdb/train/pos/7_9.txt\n",
    "aclImdb/train/pos/7_9.TXT",
    "aclImdb/train/pos/a_b.txt",
    "aclImdb/train/urls_pos.txt",
    "aclImdb/test/unsup/0_0.txt",
    "",
    ".",
    "..",
    "a" * 99,
    "a" * 5000,
    "d/" * 600 + "f",
    "\x1b[2J",
    "zażółć",
    "\udcff",
    "aclImdb\0/train/pos/0_9.txt",
)
TYPES = (
    b"0",
    b"\0",
    b"1",
    b"2",
    b"3",
    b"4",
    b"5",
    b"6",
    b"7",
    b"S",
    b"L",
    b"K",
    b"x",
    b"g",
    b"X",
    b"D",
    b"M",
    b"Z",
)
SIZES = (
    0,
    1,
    511,
    512,
    513,
    1 << 20,
    (1 << 20) + 1,
    1 << 30,
    (1 << 33) - 1,
    1 << 40,
    1 << 62,
    -1,
    -512,
    -(1 << 40),
)


def made(number):
    """Return the bytes of an archive."""
    draw = random.Random(number)
    members = list(MEMBERS)
    if draw.random() < 0.3:
        changed_members(draw, members)
    kind = draw.randrange(16)
    if kind == 0:
        return draw.choice((b"", b"\x1f\x8b", draw.randbytes(draw.randrange(2000)), bytes(10_240)))
    blocks = [BLOCKS.get(member) or block(*member) for member in members]
    for _ in range(draw.choice((0, 1, 1, 1, 2, 4))):
        blocks.insert(draw.randrange(len(blocks) + 1), odd_block(draw))
    if draw.random() < 0.1:
        draw.shuffle(blocks)
    plain = b"".join(blocks) + draw.choice((bytes(1024), bytes(1024), bytes(512), b"", bytes(10_240)))
    if kind < 5:
        plain = damaged(draw, plain)
    elif kind == 5:
        plain = plain[: draw.randrange(len(plain))]
    packed = squeezed(draw, plain)
    if kind in (6, 7):
        packed = damaged(draw, packed)
    elif kind == 8:
        packed = packed[: draw.randrange(len(packed))]
    elif kind == 9:
        packed += draw.choice((b"\0" * 100, b"rubbish", packed, packed[:30], zeros(draw)))
    return packed


def changed_members(draw, members):
    """Change names and contents, as somebody might who repacks the data set."""
    for _ in range(draw.choice((1, 1, 3))):
        place = draw.randrange(len(members))
        name, content = members[place]
        way = draw.randrange(6)
        if way == 0:
            del members[place]
        elif way == 1:
            members.append((name, content))
        elif way == 2:
            members[place] = (draw.choice(ODD_NAMES), content)
        elif way == 3:
            members[place] = (name, damaged(draw, content or b"x"))
        elif way == 4:
            members[place] = (name, content + bytes(draw.choice((1, 600, 1 << 20))))
        else:
            members[place] = (f"./{name}", content)


def block(name, content, *, kind=b"0", size=None, link="", checksum=None, magic=b"ustar\x0000", sparse=b""):
    """Return a member as it stands in a tar: its header, whatever is in it, and its content."""
    encoded = os.fsencode(name)
    header = bytearray(512)
    header[:100] = encoded[:100].ljust(100, b"\0")
    header[100:124] = b"0000644\x000000000\x000000000\x00"
    size = len(content) if size is None else size
    if 0 <= size < 1 << 33:
        header[124:136] = b"%011o\0" % size
    else:
        header[124:136] = struct.pack(">B", 0x80 if size > 0 else 0xFF) + (size % (1 << 88)).to_bytes(
            11, "big"
        )
    header[136:148] = b"00000000000\0"
    header[156:157] = kind
    header[157:257] = os.fsencode(link)[:100].ljust(100, b"\0")
    header[257:265] = magic
    header[345:500] = sparse.ljust(155, b"\0")[:155]
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % (sum(header) if checksum is None else checksum)
    return bytes(header) + content + bytes(-len(content) % 512)


def odd_block(draw):
    """Return a member that no honest archive of reviews has."""
    name = draw.choice(ODD_NAMES)
    way = draw.randrange(9)
    if way == 0:
        return block(
            name, b"text", kind=draw.choice(TYPES), link=draw.choice(("", "/etc/passwd", "../x", name))
        )
    if way == 1:
        return block("aclImdb/train/pos/0_9.txt", b"x", size=draw.choice(SIZES), kind=draw.choice(TYPES))
    if way == 2:
        return block("aclImdb/more.txt", b"x", size=draw.choice(SIZES))
    if way == 3:
        long = os.fsencode(name) + b"\0"
        return block(
            "././@LongLink", long, kind=draw.choice((b"L", b"K")), size=draw.choice((None, *SIZES))
        ) + block("short", b"text")
    if way == 4:
        return pax(draw, name)
    if way == 5:
        sparse = (
            draw.randbytes(96) if draw.random() < 0.5 else b"%011o %011o " % (draw.choice((0, 1 << 30)), 512)
        )
        return block("aclImdb/hole", b"x" * 512, kind=b"S", sparse=sparse, magic=b"ustar  \0")
    if way == 6:
        return block(name, b"text", checksum=draw.randrange(1 << 18))
    if way == 7:
        return block(name, b"text", magic=draw.choice((b"ustar  \0", bytes(8), b"\xff" * 8)))
    return draw.choice((bytes(512), bytes(1024), draw.randbytes(512), draw.randbytes(700), b"\xff" * 512))


def pax(draw, name):
    """Return an extended header, well formed or not, and the member that it is about."""
    keys = (
        "path",
        "linkpath",
        "size",
        "GNU.sparse.major",
        "GNU.sparse.map",
        "GNU.sparse.size",
        "hdrcharset",
        "mtime",
    )
    values = (
        name,
        "-1",
        "9" * 30,
        "1" * 300,
        "2 " * 400,
        "1e999",
        "0,1,2",
        "BINARY",
        "nan",
        "\udc80",
        "",
        "1" * 60_000,
    )
    content = b""
    for _ in range(draw.choice((1, 1, 2, 5, 300))):
        record = b" %s=%s\n" % (os.fsencode(draw.choice(keys)), os.fsencode(draw.choice(values)))
        length = len(record) + len(str(len(record))) + draw.choice((0, 0, 0, 0, 1, -1, 10**6, -(10**3)))
        content += b"%d" % length + record
    if draw.random() < 0.2:
        content = damaged(draw, content)
    return block("pax", content, kind=draw.choice((b"x", b"g", b"X"))) + block("aclImdb/extra", b"text")


MEMBERS = tuple(small_members().items())
BLOCKS = {member: block(*member) for member in MEMBERS}


def squeezed(draw, plain):
    """Pack as gzip does, in one piece or several, now and then with odd flags, or not at all."""
    way = draw.randrange(12)
    if way == 0:
        place = draw.randrange(len(plain) + 1)
        return gzip.compress(plain[:place], 1, mtime=0) + gzip.compress(plain[place:], 1, mtime=0)
    if way == 1:
        return draw.choice((plain, zlib.compress(plain, 1), plain[:1] + gzip.compress(plain, 1)))
    if way == 2:
        packed = bytearray(gzip.compress(plain, 1, mtime=0))
        packed[3] = draw.randrange(256)
        return bytes(packed)
    return gzip.compress(plain, 1, mtime=0)


_ZEROS = {}


def zeros(draw):
    """Return a stream that unfolds to a million bytes or 16."""
    size = draw.choice((1 << 20, 1 << 24))
    if size not in _ZEROS:
        _ZEROS[size] = gzip.compress(bytes(size), 9, mtime=0)
    return _ZEROS[size]


def outcome(number, path):
    """Read an archive, and say in a word or two what came of it."""
    from opinia.data.imdb import load_splits
    from opinia.errors import DataError

    content = made(number)
    path.write_bytes(content)
    try:
        found = load_splits(SPLITS, source=path)
    except DataError as error:
        return "refused" if error.message and "\n" not in error.message else f"said {error.message!r}"
    except Exception as error:  # whatever it is, it is what is looked for
        return f"a traceback: {type(error).__name__}"
    try:
        return "read" if facts(found) == expected(content) else "silently wrong: other reviews"
    except Exception as error:
        return f"silently wrong: another reader refuses it ({type(error).__name__})"


def facts(found):
    """Return each review as the archive has it: split, id, digest of its text, movie."""
    return {
        (split, name, hashlib.sha256(text.encode()).hexdigest(), movie)
        for split, reviews in found.items()
        for name, text, movie in zip(reviews.ids, reviews.texts, reviews.groups, strict=True)
    }


def expected(content):
    """Read the archive whole, with Python's reader and rules written for this once more."""
    texts, movies = {}, {}
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(content)), encoding="utf-8") as tar:
        for member in tar:
            parts = member.name.removeprefix("./").split("/")
            if not member.isreg() or parts[0] != "aclImdb" or len(parts) not in (3, 4):
                continue
            split, last = parts[1], parts[-1]
            kind = parts[2] if len(parts) == 4 else last.removeprefix("urls_").removesuffix(".txt")
            if (split, kind) == ("train", "unsup"):
                split = "unsup"
            elif split not in ("train", "test") or kind not in ("pos", "neg"):
                continue
            data = tar.extractfile(member).read()
            if len(parts) == 3 and last == f"urls_{kind}.txt":
                for number, line in enumerate(data.decode().rstrip().split("\n")):
                    movies[split, kind, number] = re.search("tt[0-9]+", line)[0]
            elif len(parts) == 4 and re.fullmatch(r"[0-9]{1,7}_[0-9]{1,2}\.txt", last):
                texts[split, kind, last[:-4]] = hashlib.sha256(data).hexdigest()
    return {
        (split, name, text, movies[split, kind, int(name.split("_")[0])])
        for (split, kind, name), text in texts.items()
    }


def worker(first, last):
    import opinia.data.imdb  # noqa: F401  before memory is bounded

    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except ImportError:  # Windows
        pass
    in_memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=in_memory if in_memory.is_dir() else None) as folder:
        path = Path(folder) / "aclImdb_v1.tar.gz"
        fuzzing.work(first, last, lambda number: outcome(number, path))


if __name__ == "__main__":
    sys.exit(fuzzing.main(__file__, __doc__, worker, good=GOOD))
