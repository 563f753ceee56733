"""Tables in an object store: read, judged and written where they lie, on a real S3 server, by address."""

import gzip
import hashlib
import json
import socket

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commands import call
from opinia.errors import DataError
from opinia.score import ScoreOptions, score_table
from opinia.score.part_work import make_part, score_parts
from opinia.tables.addresses import check_address
from opinia.tables.places import find_tables, open_folder
from scoring import texts

DETAILS = ScoreOptions(details=True)


@pytest.fixture(scope="module")
def server():
    """The options of addresses on a server of S3 that has a bucket."""
    moto = pytest.importorskip("moto.server", reason="moto is not installed")
    from pyarrow import fs

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIATESTTESTTEST")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "s3cr3t/of+tests")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        running = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        running.start()
        host, port = running.get_host_and_port()
        options = f"endpoint_override={host}:{port}&scheme=http&region=us-east-1"
        system, _ = fs.FileSystem.from_uri(f"s3://reviews?{options}&allow_bucket_creation=true")
        system.create_dir("reviews")
        yield system, f"?{options}"
        running.stop()


def put(server, key, data):
    with server[0].open_output_stream(f"reviews/{key}", compression=None) as stream:
        stream.write(data)


def get(server, key):
    with server[0].open_input_stream(f"reviews/{key}", compression=None) as stream:
        return stream.readall()


def in_process(planned, *, model, run):
    for part in planned:
        yield make_part(part, run=run, model=model)


def score(sources, output, model, engine=in_process, options=DETAILS):
    return score_parts(sources, output, model=model, options=options, engine=engine)


def write_lines(path, count=300):
    rows = [{"id": number, "text": text} for number, text in enumerate(texts(count))]
    path.write_bytes(b"".join(json.dumps(row).encode() + b"\n" for row in rows))
    return path


def test_in_and_out_by_address(server, model, tmp_path, small_parts):
    pq.write_table(pa.table({"text": texts(250)}), tmp_path / "a.parquet")
    (tmp_path / "c.csv.gz").write_bytes(gzip.compress(b"text\ngood\nbad\n"))
    made = [tmp_path / "a.parquet", write_lines(tmp_path / "b.jsonl"), tmp_path / "c.csv.gz"]
    for path in made:
        put(server, f"in/{path.name}", path.read_bytes())
    put(server, "in/_old/d.csv", b"text\nbad\n")
    summary = score([f"s3://reviews/in{server[1]}"], f"s3://reviews/out/{server[1]}", model)
    assert summary.rows == 552
    folder = open_folder(f"s3://reviews/out{server[1]}")
    manifest = json.loads(folder.read("_opinia/manifest.json"))
    assert manifest["rows"] == 552
    found = {part["part"]: get(server, f"out/{part['part']}") for part in manifest["parts"]}
    assert {part["part"]: part["sha256"] for part in manifest["parts"]} == {
        name: hashlib.sha256(data).hexdigest() for name, data in found.items()
    }
    for path in made:
        score_table(path, tmp_path / f"one-{path.name}", classifier=model, options=DETAILS)
    tables = [pq.read_table(pa.BufferReader(found[name])) for name in sorted(found) if "parquet" in name]
    assert len(tables) == 3
    assert pa.concat_tables(tables) == pq.read_table(tmp_path / "one-a.parquet")
    lines = [found[name] for name in sorted(found) if "jsonl" in name]
    assert len(lines) > 3
    assert b"".join(lines) == (tmp_path / "one-b.jsonl").read_bytes()
    one = gzip.decompress((tmp_path / "one-c.csv.gz").read_bytes())
    assert gzip.decompress(found["c.csv.gz"]) == one


def test_a_run_at_an_address_goes_on(server, model, tmp_path, small_parts):
    put(server, "more/b.jsonl", write_lines(tmp_path / "b.jsonl").read_bytes())
    source, output = f"s3://reviews/more/b.jsonl{server[1]}", f"s3://reviews/judged{server[1]}"

    def stopping(planned, **given):
        yield from in_process(planned[:2], **given)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score([source], output, model, engine=stopping)
    before = open_folder(output).names()
    assert "_opinia" in before
    assert score([source], output, model).resumed > 0
    again = open_folder(output)
    (name, *_) = before.keys() - {"_opinia"}
    put(server, "more/b.jsonl", write_lines(tmp_path / "b.jsonl", 310).read_bytes())
    with pytest.raises(DataError, match="other inputs, or inputs that have changed"):
        score([source], output, model)
    assert again.read(name) == get(server, f"judged/{name}")
    fresh = score([source], output, model, options=ScoreOptions(details=True, existing="replace"))
    assert (fresh.rows, fresh.resumed) == (310, 0)


@pytest.mark.parametrize(
    "key", ["a b.csv", "zażółć#1.csv", "100%.csv", "what?.csv", "x[1]*.csv", "p=1/q.csv"]
)
def test_odd_names(server, model, key):
    folder = f"odd-{sum(key.encode())}"
    put(server, f"{folder}/{key}", b"text\ngood\n")
    (found,) = find_tables([f"s3://reviews/{folder}{server[1]}"])
    assert find_tables([found.name]) == [found]
    output = f"s3://reviews/out-{folder}{server[1]}"
    assert score([found.name], output, model).rows == 1
    assert key.rpartition("/")[2] in open_folder(output).names()


def test_patterns(server):
    for name in ("p/a.csv", "p/b.csv", "p/deep/a.csv", "p/a.txt"):
        put(server, name, b"text\ngood\n")

    def names(pattern):
        found = find_tables([f"s3://reviews/{pattern}{server[1]}"])
        return [each.name.partition("?")[0].removeprefix("s3://reviews/") for each in found]

    assert names("p/*.csv") == ["p/a.csv", "p/b.csv"]
    assert names("p/**/a.csv") == ["p/a.csv", "p/deep/a.csv"]
    assert names("p/[!b].*") == ["p/a.csv", "p/a.txt"]
    assert names("p/%61.csv") == ["p/%61.csv"]
    with pytest.raises(DataError, match="no file fits"):
        names("p/*.parquet")


def test_what_is_not_there_or_cannot_be_reached_is_said(server, model):
    with pytest.raises(DataError, match="there is no file s3://reviews/none.csv"):
        score([f"s3://reviews/none.csv{server[1]}"], f"s3://reviews/none{server[1]}", model)
    put(server, "one.csv", b"text\ngood\n")
    with pytest.raises(DataError, match="s3://no-such-bucket/out.* cannot be used: .*bucket") as error:
        score([f"s3://reviews/one.csv{server[1]}"], f"s3://no-such-bucket/out{server[1]}", model)
    assert "s3cr3t" not in str(error.value)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        options = f"?endpoint_override=127.0.0.1:{closed.getsockname()[1]}&scheme=http&region=us-east-1"
        with pytest.raises(DataError, match="cannot be used: .*connect"):
            find_tables([f"s3://reviews/one.csv{options}"])


SECRETS = [
    "s3://AKIA:s3cr3t@reviews/x.csv",
    "s3://AKIA:s3cr3t/of+tests@reviews/x.csv",
    "S3://AKIA@reviews/x.csv",
    "s3://reviews/x.csv?secret_key=s3cr3t",
    "s3://reviews/x.csv?endpoint_override=AKIA:s3cr3t@127.0.0.1:9000",
    "abfs://reviews@account.dfs.core.windows.net/x.csv?client_secret=s3cr3t",
    "abfs://account:s3cr3t@reviews/x.csv",
    "hdfs://user:s3cr3t@host:9000/x.csv",
]


@pytest.mark.parametrize("address", SECRETS)
def test_credentials_are_refused_and_never_said(address, tmp_path):
    (tmp_path / "in.csv").write_text("text\ngood\n")
    for use in (check_address, open_folder, lambda name: find_tables([name])):
        with pytest.raises(DataError, match="must not hold credentials") as error:
            use(address)
        assert "s3cr3t" not in f"{error.value} {error.value.hint}"
    for words in (
        ["score", address, "-o", "out.csv"],
        ["score", "in.csv", "-o", address],
        ["check", address],
    ):
        done = call(*words, cwd=tmp_path)
        assert done.returncode != 0
        assert "must not hold credentials" in done.stderr
        assert "s3cr3t" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "address",
    [
        "s3://reviews/a@b:c/x.csv?endpoint_override=127.0.0.1:9000&scheme=http&region=eu-north-1",
        "gs://anonymous@reviews/x.csv",
        "abfs://reviews@account.dfs.core.windows.net/x.csv",
        "hdfs://user@host:9000/x.csv",
        "hdfs://[::1]:9000/x.csv",
        "file:///tmp/a:b@c.csv",
        "reviews.csv",
    ],
)
def test_other_addresses_are_taken(address):
    check_address(address)
