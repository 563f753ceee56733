"""Standard streams: UTF-8 for programs whatever the locale, and what a terminal can show for people.

What goes into a pipe or a file is UTF-8, as is what comes from one. A terminal has an encoding of its
own; what that lacks is shown by its nearest characters.
"""

from __future__ import annotations

import codecs
import json
import math
import re
import sys
from functools import partial
from typing import Any
from unicodedata import category, normalize

import click

# Bytes that Python could not decode, as it carries them (PEP 383).
_BYTES = re.compile("[\udc80-\udcff]+")
# Halves of a pair; what ends a line to some readers; what a terminal obeys or turns its line by.
_ESCAPED = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_ASCII = "opinia_ascii"
_NEAREST = {
    "\u2212": "-",
    "\u2013": "-",
    "\u2014": "-",
    "\u201c": '"',
    "\u201d": '"',
    "\u201e": '"',
    "\u2018": "'",
    "\u2019": "'",
    "\u2192": "->",
    "\u0142": "l",
    "\u0141": "L",
    "\u00f8": "o",
    "\u00d8": "O",
    "\u00df": "ss",
    "\u00e6": "ae",
    "\u00c6": "AE",
}


def prepare() -> None:
    """Make standard output and standard error ready for any character; called once, by the command line."""
    codecs.register(_plain_ascii)
    codecs.register_error("opinia.data", _as_data)
    for stream in (sys.stdout, sys.stderr):
        if stream is None or not hasattr(stream, "reconfigure"):
            continue
        if stream is sys.stdout and not stream.isatty():
            stream.reconfigure(encoding="utf-8", errors="opinia.data")
            continue
        name = codecs.lookup(stream.encoding).name
        codecs.register_error(f"opinia.{name}", partial(_as_shown, encoding=name))
        stream.reconfigure(encoding=_ASCII if name == "ascii" else name, errors=f"opinia.{name}")


def print_json(value: Any, *, indent: int | None = None) -> None:
    """Print a value as JSON: in UTF-8, or in ASCII to a terminal of another encoding; NaN is null."""
    try:
        text = json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False)
    except ValueError:  # JSON has neither NaN nor infinity
        text = json.dumps(_finite(value), ensure_ascii=False, indent=indent)
    text = _BYTES.sub(_decoded, text)
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    is_utf8 = codecs.lookup(encoding).name == "utf-8"
    click.echo((_ESCAPED if is_utf8 else _NOT_ASCII).sub(_escape, text))


def _finite(value: Any) -> Any:
    """Return a value with null in place of numbers that are none."""
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def decoded(text: str) -> str:
    """Return what a person gave, its bytes that the locale did not know read as UTF-8.

    Bytes that are no UTF-8, either, become U+FFFD.
    """
    return _BYTES.sub(lambda found: _to_bytes(found).decode(errors="replace"), text)


def _to_bytes(found: re.Match[str]) -> bytes:
    return found.group().encode("ascii", "surrogateescape")


def _decoded(found: re.Match[str]) -> str:
    return _to_bytes(found).decode(errors="surrogateescape")


def _escape(found: re.Match[str]) -> str:
    units = found.group().encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))


def _plain_ascii(name: str) -> codecs.CodecInfo | None:
    """Return ASCII under a name of its own: click writes UTF-8 to a terminal that is said to be ASCII."""
    if name != _ASCII:
        return None
    found = codecs.lookup("ascii")
    return codecs.CodecInfo(
        found.encode,
        found.decode,
        incrementalencoder=found.incrementalencoder,
        incrementaldecoder=found.incrementaldecoder,
        name=_ASCII,
    )


def _as_data(error: UnicodeError) -> tuple[str | bytes, int]:
    """Give undecoded bytes back as they came, as names of files need it, and escape other lone surrogates."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letter = error.object[error.start]
    if _BYTES.match(letter):
        return letter.encode("ascii", "surrogateescape"), error.start + 1
    return f"\\u{ord(letter):04x}", error.start + 1


def _as_shown(error: UnicodeError, *, encoding: str) -> tuple[str, int]:
    """Put the nearest characters in place of those that an encoding lacks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = decoded(error.object[error.start : error.end])
    return "".join(_nearest(letter, encoding) for letter in text), error.end


def _nearest(letter: str, encoding: str) -> str:
    if category(letter) in ("Cf", "Mn"):
        return ""
    bare = "".join(part for part in normalize("NFKD", letter) if category(part) != "Mn")
    for shown in (letter, bare, "".join(_NEAREST.get(part, part) for part in bare)):
        try:
            shown.encode(encoding)
        except UnicodeEncodeError:
            continue
        return shown
    return "?"


def padded(text: str, width: int) -> str:
    """Return a text filled up with blanks to so many columns of a terminal.

    A Chinese letter and an emoji take two columns, marks and joiners none.
    """
    return text + " " * (width - columns(text))


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
