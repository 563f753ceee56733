"""Tables in parts: the same digits as in one piece, nothing lost or doubled, and going on."""

import gzip
import hashlib
import json
import zipfile
from dataclasses import fields, replace
from threading import Thread

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from opinia.errors import DataError
from opinia.model.classifier import load
from opinia.score import ScoreOptions, score_table
from opinia.score.part_work import make_part, score_parts
from opinia.score.parts import plan_parts
from scoring import cells, csv_bytes, texts

DETAILS = ScoreOptions(details=True)


def in_process(planned, *, model, run):
    for part in planned:
        yield make_part(part, run=run, model=model)


def stopping_after(count):
    """An engine that fails when so many parts are made."""

    def engine(planned, **given):
        yield from in_process(planned[:count], **given)
        raise KeyboardInterrupt

    return engine


def score(sources, output, model, options=DETAILS, engine=in_process, **more):
    return score_parts(
        list(map(str, sources)), str(output), model=model, options=options, engine=engine, **more
    )


def manifest(folder):
    return json.loads((folder / "_opinia/manifest.json").read_bytes())


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def write_parquet(path, count=730):
    odd = [None if number % 50 == 3 else text for number, text in enumerate(texts(count))]
    table = pa.table({"id": list(range(count)), "text": pa.array(odd, pa.string())})
    pq.write_table(table, path, row_group_size=250)
    return path


def write_lines(path, count=400):
    lines = [
        "no JSON"
        if number % 60 == 7
        else json.dumps({"id": number, "text": text}, ensure_ascii=number % 2 == 0)
        for number, text in enumerate(texts(count))
    ]
    lines[200:200] = ["", "[1]"]
    path.write_bytes("\n".join(lines).encode())  # without a last line end
    return path


def check_manifest(folder, rows):
    found = manifest(folder)
    assert found["rows"] == rows
    assert sum(part["rows"] for part in found["parts"]) == rows
    names = {part["part"] for part in found["parts"]}
    assert names == set(files(folder))
    for part in found["parts"]:
        assert hashlib.sha256((folder / part["part"]).read_bytes()).hexdigest() == part["sha256"]


def test_parts_of_parquet_are_the_table_that_one_process_writes(model, tmp_path, small_parts):
    table = write_parquet(tmp_path / "in.parquet")
    summary = score([table], tmp_path / "out", model)
    whole = score_table(table, tmp_path / "one.parquet", classifier=model, options=DETAILS)
    assert len(files(tmp_path / "out")) == 8
    assert pq.read_table(tmp_path / "out") == pq.read_table(tmp_path / "one.parquet")
    assert summary.findings == whole.findings
    check_manifest(tmp_path / "out", 730)


def test_parts_of_json_lines_are_the_bytes_that_one_process_writes(model, tmp_path, small_parts):
    table = write_lines(tmp_path / "in.jsonl")
    summary = score([table], tmp_path / "out", model)
    whole = score_table(table, tmp_path / "one.jsonl", classifier=model, options=DETAILS)
    found = files(tmp_path / "out")
    assert len(found) > 5
    assert b"".join(found[name] for name in sorted(found)) == (tmp_path / "one.jsonl").read_bytes()
    assert summary.findings == whole.findings
    check_manifest(tmp_path / "out", whole.rows)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1250", "utf-16"])
def test_csv_of_any_dialect_is_one_part(model, tmp_path, encoding):
    data = csv_bytes([["nr", "tekst"], *([n, f"zażółć {t}"] for n, t in enumerate(texts(60)))], delimiter=";")
    (tmp_path / "in.csv").write_bytes(data.decode().encode(encoding))
    score([tmp_path / "in.csv"], tmp_path / "out", model)
    score_table(tmp_path / "in.csv", tmp_path / "one.csv", classifier=model, options=DETAILS)
    assert files(tmp_path / "out") == {"in.csv": (tmp_path / "one.csv").read_bytes()}


def test_packed_tables_stay_packed(model, tmp_path):
    (tmp_path / "in.csv.gz").write_bytes(gzip.compress(csv_bytes([["text"], *([t] for t in texts(40))])))
    score([tmp_path / "in.csv.gz"], tmp_path / "out", model, ScoreOptions())
    (found,) = files(tmp_path / "out").values()
    assert len(cells(gzip.decompress(found))) == 40


def test_what_is_found_in_several_tables_is_added_up(model, tmp_path):
    lines = "".join(f"{number},good\n" for number in range(9))  # as where a quote is closed rows later
    odd = csv_bytes([["n", "text"], ["1", lines], ["2", "dobrÄ… ksiÄ…ÅĽka"]])
    for name in ("a.csv", "b.csv", "c.csv"):
        (tmp_path / name).write_bytes(b"n,text\n1,good\n2,\n3,N/A\n" if name == "a.csv" else odd)
    sources = [tmp_path / name for name in ("a.csv", "b.csv", "c.csv")]
    found = score(sources, tmp_path / "out", model).findings
    singly = [score_table(path, f"{path}.out.csv", classifier=model).findings for path in sources]
    for field in fields(found):
        if isinstance(getattr(found, field.name), int) and not field.name.startswith("first_"):
            assert getattr(found, field.name) == sum(getattr(each, field.name) for each in singly)
    assert found.merged == 2
    assert found.first_merged == singly[1].first_merged
    assert found.first_garbled == singly[1].first_garbled


def test_two_models_by_language(tmp_path, small_parts):
    both = load(None, threads=1)
    words = ["A warm and funny film.", "Szkoda czasu, nudny film.", "Świetny, polecam każdemu!", "Dull."]
    pq.write_table(pa.table({"text": [words[n % 4] for n in range(220)]}), tmp_path / "in.parquet")
    score([tmp_path / "in.parquet"], tmp_path / "out", both)
    score_table(tmp_path / "in.parquet", tmp_path / "one.parquet", classifier=both, options=DETAILS)
    assert pq.read_table(tmp_path / "out") == pq.read_table(tmp_path / "one.parquet")
    assert set(pq.read_table(tmp_path / "out")["read_by"].to_pylist()) == {"general", "polish"}


def test_a_run_that_was_cut_off_goes_on(model, tmp_path, small_parts):
    table = write_parquet(tmp_path / "in.parquet")
    with pytest.raises(KeyboardInterrupt):
        score([table], tmp_path / "out", model, engine=stopping_after(3))
    assert not (tmp_path / "out/_opinia/manifest.json").exists()
    before = {name: (tmp_path / "out" / name).stat().st_mtime_ns for name in files(tmp_path / "out")}
    assert len(before) == 3
    (tmp_path / "out/.a.0123.opinia-tmp").write_bytes(b"of a worker that was killed")
    (spoilt,) = list(before)[:1]
    (tmp_path / "out" / spoilt).write_bytes(b"half")
    kept = []
    summary = score([table], tmp_path / "out", model, on_kept=lambda *counts: kept.append(counts))
    assert kept == [(2, 8)]
    assert (summary.rows, summary.resumed) == (730, 200)
    score([table], tmp_path / "new", model)
    assert files(tmp_path / "out") == files(tmp_path / "new")
    check_manifest(tmp_path / "out", 730)
    again = score([table], tmp_path / "out", model, engine=stopping_after(0))
    assert again.findings == summary.findings  # nothing was left to do


def test_a_part_without_its_account_is_made_again(model, tmp_path, small_parts):
    table = write_parquet(tmp_path / "in.parquet")
    score([table], tmp_path / "out", model)
    account = min((tmp_path / "out/_opinia/parts").iterdir())
    account.unlink()
    before = files(tmp_path / "out")
    score([table], tmp_path / "out", model)
    assert account.exists()
    assert files(tmp_path / "out") == before


@pytest.mark.parametrize("what", ["model", "options", "input", "more"])
def test_another_run_is_refused(model, tmp_path, small_parts, what):
    table = write_parquet(tmp_path / "in.parquet", 150)
    score([table], tmp_path / "out", model)
    other, options, sources = model, DETAILS, [table]
    if what == "model":
        other = load("small", threads=1)
    elif what == "options":
        options = ScoreOptions(details=True, uncertain=0.1)
    elif what == "input":
        write_parquet(table, 160)
    else:
        sources = [table, write_parquet(tmp_path / "more.parquet", 20)]
    before = files(tmp_path / "out")
    with pytest.raises(DataError, match="holds a run with (another|other)") as error:
        score(sources, tmp_path / "out", other, options)
    assert "--force" in error.value.hint
    assert files(tmp_path / "out") == before
    score(sources, tmp_path / "out", other, ScoreOptions(**{**vars(options), "existing": "replace"}))
    assert set(files(tmp_path / "out")) == {part["part"] for part in manifest(tmp_path / "out")["parts"]}


def test_a_folder_of_others_is_refused_and_untouched(model, tmp_path):
    table = write_parquet(tmp_path / "in.parquet", 20)
    (tmp_path / "out").mkdir()
    (tmp_path / "out/letter.txt").write_text("mine")
    for existing in ("refuse", "replace", "resume"):
        with pytest.raises(DataError, match="is not empty, and holds no run"):
            score([table], tmp_path / "out", model, ScoreOptions(existing=existing))
    assert files(tmp_path / "out") == {"letter.txt": b"mine"}


def test_two_runs_in_one_folder_are_refused(model, tmp_path, small_parts):
    table = write_parquet(tmp_path / "in.parquet", 150)

    said = []

    def again():
        try:
            score([table], tmp_path / "out", model)
        except DataError as error:
            said.append(error.message)

    def second(planned, **given):
        thread = Thread(target=again)
        thread.start()
        thread.join()
        yield from in_process(planned, **given)

    score([table], tmp_path / "out", model, engine=second)
    assert [message.partition(" in ")[0] for message in said] == ["another thread is scoring"]
    check_manifest(tmp_path / "out", 150)


def test_folders_and_patterns(model, tmp_path, small_parts):
    (tmp_path / "in/deep").mkdir(parents=True)
    (tmp_path / "in/_old").mkdir()
    write_parquet(tmp_path / "in/a.parquet", 20)
    write_parquet(tmp_path / "in/deep/a.parquet", 30)
    write_parquet(tmp_path / "in/_old/b.parquet", 10)
    (tmp_path / "in/readme.md").write_text("no table")
    assert score([tmp_path / "in"], tmp_path / "out", model).rows == 50
    assert len(files(tmp_path / "out")) == 2
    assert score([tmp_path / "in/*.parquet"], tmp_path / "first", model).rows == 20
    with pytest.raises(DataError, match="no file fits"):
        plan_parts([str(tmp_path / "*.csv")], model, DETAILS)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no tables are in"):
        plan_parts([str(tmp_path / "empty")], model, DETAILS)
    with pytest.raises(DataError, match="named twice"):
        plan_parts([str(tmp_path / "in"), str(tmp_path / "in/a.parquet")], model, DETAILS)


@pytest.mark.parametrize("name", ["book.xlsx", "reviews.db", "all.zip", "doc.json"])
def test_what_cannot_be_read_in_parts_is_refused(model, tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    if name == "all.zip":
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("in.csv", "text\ngood\n")
    with pytest.raises(DataError, match="is not read in parts"):
        plan_parts([str(tmp_path / name)], model, DETAILS)


def test_bad_rows_say_where_they_stand(model, tmp_path, small_parts):
    table = pa.table({"text": pa.array(["good"] * 299 + [None], pa.string())})
    pq.write_table(table, tmp_path / "in.parquet")
    assert score([tmp_path / "in.parquet"], tmp_path / "out", model).first_bad == "row 300: no text but null"
    with pytest.raises(DataError, match="row 300: no text but null"):
        score([tmp_path / "in.parquet"], tmp_path / "strict", model, ScoreOptions(strict=True))


def test_a_row_group_of_many_rows_is_cut(model, tmp_path, small_parts):
    pq.write_table(pa.table({"text": texts(350)}), tmp_path / "in.parquet", row_group_size=1000)
    score([tmp_path / "in.parquet"], tmp_path / "out", model)
    found = pq.read_table(tmp_path / "out")
    assert found["text"].to_pylist() == texts(350)
    assert len(files(tmp_path / "out")) == 4


def test_a_table_without_rows_is_a_part_without_rows(model, tmp_path):
    pq.write_table(pa.table({"text": pa.array([], pa.string())}), tmp_path / "in.parquet")
    assert score([tmp_path / "in.parquet"], tmp_path / "out", model).rows == 0
    assert pq.read_table(tmp_path / "out").num_rows == 0


class Meanwhile:
    """An engine that does something before it makes the second part."""

    def __init__(self, act):
        self._act = act

    def __call__(self, planned, *, model, run):
        yield make_part(planned[0], run=run, model=model)
        run = self._act(run) or run
        yield make_part(planned[1], run=run, model=model)


@pytest.mark.parametrize("place", [0, 1])
def test_a_worker_of_other_versions_is_refused(model, tmp_path, small_parts, place):
    def other(run):
        versions = list(run.versions)
        versions[place] = "0.0.1"
        return replace(run, versions=tuple(versions))

    table = write_parquet(tmp_path / "in.parquet", 150)
    with pytest.raises(DataError, match=r"the run was begun with .*0\.0\.1") as error:
        score([table], tmp_path / "out", model, engine=Meanwhile(other))
    assert "same versions" in error.value.hint
    assert len(files(tmp_path / "out")) == 1


def test_an_input_that_changes_meanwhile_ends_the_run(model, tmp_path, small_parts):
    table = write_parquet(tmp_path / "in.parquet", 150)

    def change(_):
        write_parquet(table, 151)

    with pytest.raises(DataError, match=r"in.parquet has changed since the run was begun"):
        score([table], tmp_path / "out", model, engine=Meanwhile(change))
    assert len(files(tmp_path / "out")) == 1


@pytest.mark.parametrize("is_local", [True, False])
def test_a_worker_that_outlives_its_run_leaves_the_next_one_alone(model, tmp_path, small_parts, is_local):
    table = write_parquet(tmp_path / "in.parquet", 150)
    out = tmp_path / "out" if is_local else (tmp_path / "out").as_uri()
    kept = []

    def keep(run):
        kept.append(run)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score([table], out, model, engine=Meanwhile(keep))
    other = load("small", threads=1)
    score([table], out, other, ScoreOptions(details=True, existing="replace"))
    before = files(tmp_path / "out")
    planned = plan_parts([str(table)], model, DETAILS).parts
    for part in planned:
        with pytest.raises(DataError, match="another run has begun in"):
            make_part(part, run=kept[0], model=model)
    assert files(tmp_path / "out") == before
