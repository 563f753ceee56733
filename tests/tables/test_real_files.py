"""Files as people have them: each reads exactly as it should, or is refused in one clear sentence."""

import pytest

from opinia.errors import DataError
from opinia.tables import Told, find_formats, open_reader, open_source
from opinia.tables.rows import Column
from real_files import SHAPES


def read(path, *, options=()):
    """Return columns and, row by row, the texts as the reader has them, None for a bad row."""
    said = dict(zip(options[::2], options[1::2], strict=False))
    name = said.get("--text-column")
    told = Told(names=() if name is None else (name,), header=False if "--no-header" in options else None)
    kind, _ = find_formats(str(path), "")
    with open_source(str(path), compression=kind.compression) as source:
        reader = open_reader(source, kind=kind.kind, out=kind.kind, told=told)
        yield reader
        yield reader.columns


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_it_reads_exactly_or_is_refused(shape, tmp_path):
    path = tmp_path / shape.name
    path.write_bytes(shape.data)
    steps = read(path, options=shape.options)
    if shape.texts is None:
        with pytest.raises(DataError) as caught:
            next(steps)
        assert caught.value.hint
        return
    reader = next(steps)
    assert reader.columns == shape.columns
    rows = list(reader.rows(shape.column, [Column("label", "text")]))
    assert tuple(row.text for row in rows) == shape.texts
    assert all(row.error for row in rows if row.text is None)
