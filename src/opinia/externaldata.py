"""A model is one file: a graph that keeps weights in others is refused before ONNX Runtime sees it."""

from __future__ import annotations

from opinia.errors import ModelFileError

REPLACE_IT = "the file may be truncated, foreign or written by a newer version: copy or train it again"

# ONNX is a protobuf message: of its fields only the metadata is known here, and how long each is.
_METADATA_FIELD = 14
_LENGTH_DELIMITED = 2
_FIXED_WIDTHS = {1: 8, 5: 4}


def refuse_external_data(name: str, content: bytes) -> None:
    """Refuse a graph that would make ONNX Runtime open other files, which older ones do anywhere.

    Weights kept elsewhere are named under the key ``location``, so no part of the file but the
    metadata, where it may be a word of the vocabulary, can hold it.
    """
    place = 0
    try:
        while place < len(content):
            key, start = _varint(content, place)
            if key & 7 == _LENGTH_DELIMITED:
                length, start = _varint(content, start)
                place = start + length
            elif key & 7 == 0:
                _, place = _varint(content, start)
            else:
                place = start + _FIXED_WIDTHS[key & 7]
            if key >> 3 != _METADATA_FIELD and content.find(b"location", start, place) >= 0:
                raise ModelFileError(
                    f"{name} keeps weights in another file, which is never read",
                    hint="a model is one file: write it again with its weights inside",
                )
        broken = place > len(content)
    except (IndexError, KeyError):
        broken = True
    if broken or not content:
        raise ModelFileError(
            f"{name} is not a model that can be opened ({len(content):,} bytes): it breaks off or is no ONNX",
            hint=REPLACE_IT,
        )


def _varint(content: bytes, place: int) -> tuple[int, int]:
    """Return a number of the protobuf wire format, and the place behind it."""
    value = 0
    for shift in range(0, 70, 7):
        byte = content[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise IndexError("a number of more than ten bytes")
