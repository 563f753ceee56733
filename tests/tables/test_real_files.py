"""Files as people have them: each reads exactly as it should, or is refused in one clear sentence."""

import pytest

from models import write_counting_model
from opinia.errors import DataError
from opinia.language import LANGUAGES
from opinia.model.classifier import load
from opinia.score import ScoreOptions, score_table, windows
from opinia.tables import find_formats, open_reader, open_table, partfile
from opinia.tables.rows import Column
from real_files import SHAPES, WRAPPED
from scoring import run


@pytest.fixture(scope="module")
def model_file(tmp_path_factory):
    return write_counting_model(tmp_path_factory.mktemp("real") / "counting.onnx")


@pytest.fixture(scope="module")
def classifier(model_file):
    return load(model_file)


def options_of(shape):
    """Return what a person says of a file, as the command line takes it."""
    said = dict(zip(shape.options[::2], shape.options[1::2], strict=False))
    header = False if "--no-header" in shape.options else None
    return ScoreOptions(text_column=said.get("--text-column", shape.column), header=header, prefix="new_")


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_it_reads_exactly_or_is_refused(shape, classifier, tmp_path):
    path, output = tmp_path / shape.name, tmp_path / f"out.{shape.name}"
    path.write_bytes(shape.data)
    found, _ = find_formats(str(path), "")
    told = options_of(shape).told() if shape.options else ScoreOptions().told()
    if shape.texts is None:
        with open_table(found) as source, pytest.raises(DataError) as caught:
            open_reader(source, kind=found.kind, out=found.kind, told=told)
        assert caught.value.hint
        with pytest.raises(DataError):
            score_table(path, output, classifier=classifier)
        assert not output.exists()
        return
    with open_table(found) as source:
        reader = open_reader(source, kind=found.kind, out=found.kind, told=told)
        assert reader.columns == shape.columns
        assert shape.says in reader.dialect.describe(LANGUAGES["en"])
        rows = list(reader.rows(shape.column, [Column("label", "text")]))
    assert tuple(row.text for row in rows) == shape.texts
    assert all(row.error for row in rows if row.text is None)
    summary = score_table(path, output, classifier=classifier, options=options_of(shape))
    bad = shape.texts.count(None)
    assert (summary.rows, summary.bad, summary.column) == (len(shape.texts), bad, shape.column)
    if shape.says == WRAPPED:  # nothing of a row's own cells is lost, but the quotes around them
        bare = [line[1:-1].replace(b'""', b'"') for line in shape.data.splitlines()]
        assert all(line in output.read_bytes() for line in bare)
        return
    if not bad and "line_ends" not in shape.name:
        made = output.read_bytes()
        for line in shape.data.replace(b"\r", b"\n").split(b"\n"):
            line = line.rstrip(b"},") if line.startswith(b"{") else line  # more fields stand behind
            assert line.strip(b"\0") in made or shape.column in ("1", "text") and len(shape.columns) == 1
    if not bad and b"\0" not in shape.data and len(shape.columns) > 1:
        assert output.read_bytes().startswith(shape.data[:3])


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("polish_cp1250.csv", 'semicolons, header, cp1250 (guessed); judging column "recenzja"'),
        ("no_header.tsv", 'tabs, no header, utf-8; judging column "2"'),
        ("begins_with_a_quote.tsv", 'tabs, no quoting, header, utf-8; judging column "text"'),
    ],
)
def test_the_command_says_how_it_was_read(name, says, model_file, tmp_path):
    (shape,) = [shape for shape in SHAPES if shape.name == name]
    (tmp_path / name).write_bytes(shape.data)
    done = run("score", name, "-o", f"out.{name}", *shape.options, "--model", model_file, folder=tmp_path)
    assert done.stderr.decode().splitlines()[0] == says
    polish = run(
        *("score", name, "-o", "-", *shape.options, "--model", model_file),
        folder=tmp_path,
        before="import os; os.environ['LC_ALL'] = 'pl_PL.UTF-8'",
    )
    assert "oceniana kolumna" in polish.stderr.decode("utf-8")
    assert polish.stdout == (tmp_path / f"out.{name}").read_bytes()


def test_what_is_told_decides(model_file, tmp_path):
    (tmp_path / "in.csv").write_bytes("1;Świetny film good;5\n2;bad;1\n".encode("iso8859-2"))
    told = ["--delimiter", "semicolon", "--quoting", "none", "--no-header", "--encoding", "iso8859-2"]
    done = run(
        "score", "in.csv", "-o", "-", "--text-column", "2", *told, "--model", model_file, folder=tmp_path
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.decode("iso8859-2").splitlines()
    assert [line.rpartition(";")[0].rpartition(";")[0] for line in lines] == [
        "1;Świetny film good;5;positive",
        "2;bad;1;negative",
    ]
    done = run("score", "in.csv", "-o", "-", "--delimiter", "ab", "--model", model_file, folder=tmp_path)
    assert b"what stands between cells is one sign. Received: 'ab'\nhint: --delimiter" in done.stderr


def test_a_run_that_goes_on_reads_as_before(classifier, tmp_path, monkeypatch):
    monkeypatch.setattr(windows, "ROWS", 64)
    monkeypatch.setattr(partfile, "SEGMENT_BYTES", 4096)
    rows = "".join(f"{n};good film\n" for n in range(2000))
    (tmp_path / "in.csv").write_text("id;text\n" + rows)

    def stop(progress):
        if progress.rows > 1000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_table(tmp_path / "in.csv", tmp_path / "out.csv", classifier=classifier, on_progress=stop)
    options = ScoreOptions(existing="resume", quoting="none")
    with pytest.raises(DataError, match="dialect changed since"):
        score_table(tmp_path / "in.csv", tmp_path / "out.csv", classifier=classifier, options=options)
    summary = score_table(
        tmp_path / "in.csv",
        tmp_path / "out.csv",
        classifier=classifier,
        options=ScoreOptions(existing="resume"),
    )
    assert summary.rows == 2000
    assert summary.resumed > 0


def test_without_quotes_nothing_may_break_a_row(classifier, tmp_path):
    (tmp_path / "in.csv").write_text('id,text\n1,"good film\n2,bad\n3,' + "bad" * 9000 + "\n")
    options = ScoreOptions(quoting="none", prefix="a,b", existing="replace")
    with pytest.raises(DataError, match="without quotes no cell can hold 'a,blabel'"):
        score_table(tmp_path / "in.csv", tmp_path / "out.csv", classifier=classifier, options=options)
    options = ScoreOptions(quoting="none", max_characters=5000, existing="replace")
    score_table(tmp_path / "in.csv", tmp_path / "out.csv", classifier=classifier, options=options)
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert [line.count(",") for line in lines] == [4, 4, 4, 4]  # what is said of row 3 has commas elsewhere
    assert "too long: 27 000 characters" in lines[3]


def test_lines_that_end_as_on_old_macs(classifier, tmp_path):
    (tmp_path / "in.txt").write_bytes(b"good film\rbad film\rgood")
    assert score_table(tmp_path / "in.txt", tmp_path / "out.txt", classifier=classifier).rows == 3
    rows = (tmp_path / "out.txt").read_bytes().split(b"\r")
    assert [row.split(b"\t")[0] for row in rows if row] == [b"positive", b"negative", b"positive"]
    assert [row.split(b"\t")[-1] for row in rows if row] == [b"good film", b"bad film", b"good"]
