"""Tables over HTTP: taken, looked at, judged as ``opinia score`` does, shown row by row, and deleted."""

import csv
import gzip
import io
import tempfile
import time
from pathlib import Path

import pytest

from opinia.model.classifier import load
from opinia.score import ScoreOptions, score_table
from opinia.serve.dropped.tables import PREFIX, sweep
from opinia.serve.failures import in_fields
from servers import SECONDS, error_of, running

BYTES = {"Content-Type": "application/octet-stream"}
HEADER = "id,review,stars,shop"
ROWS = [
    '1,"good, so good",5,north',
    "2,bad,1,south",
    "3,good bad bad,1,north",
    '4,"so ""bad"" a film",1,south',
    "5,żółć good,5,north",
    "6,,3,south",
    "7,good",
    "8,good good,1,north",
]
CSV = "\n".join([HEADER, *ROWS, ""]).encode()


def folders():
    return set(Path(tempfile.gettempdir()).glob(f"{PREFIX}*"))


@pytest.fixture(scope="module")
def client(models):
    with running(models, max_table_bytes=1 << 20, max_table_rows=5000, max_tables=4) as client:
        yield client


def send(client, data=CSV, name="my reviews.csv", **more):
    return client.post("/v1/tables", params={"name": name, **more}, content=data, headers=BYTES)


def judged(client, table, **asked):
    """Judge a table to its end, and return what was begun and the answers of its rows by field."""
    begun = client.post(f"/v1/tables/{table}/judge", json={"model": "counting", **asked})
    assert begun.status_code == 200, begun.text
    found, after = {}, 0
    until = time.monotonic() + SECONDS
    while True:
        answer = client.get(f"/v1/tables/{table}/answers", params={"after": after}).json()
        assert answer["next"] == after + len(answer["windows"])
        for window in answer["windows"]:
            assert window["first"] == len(found.get("label", []))
            for key in window.keys() - {"first", "count", "errors", "facets"}:
                assert len(window[key]) == window["count"]
                found.setdefault(key, []).extend(window[key])
            for place, codes in enumerate(window["facets"]):
                found.setdefault(f"facet {place}", []).extend(codes)
            first = window["first"]
            found.setdefault("errors", {}).update({int(n) + first: e for n, e in window["errors"].items()})
        after = answer["next"]
        if answer["state"] in ("done", "failed", "cancelled") and after == answer["of"]:
            return begun.json(), found, answer
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_table_is_looked_at_before_it_is_judged(client):
    looked = send(client).json()
    assert (looked["name"], looked["format"], looked["rows"], looked["bad"]) == (
        "my reviews.csv",
        "csv",
        8,
        1,
    )
    assert [each["name"] for each in looked["columns"]] == ["id", "review", "stars", "shop"]
    assert looked["texts"] == ["review"]
    assert looked["unclear"] is None
    assert looked["labels"]["column"] == "stars"
    assert looked["labels"]["meanings"] is None  # 3 is neither
    assert looked["labels"]["proposal"]
    assert looked["first_rows"][0] == ["1", "good, so good", "5", "north"]
    client.delete(f"/v1/tables/{looked['id']}")


def test_answers_and_output_are_those_of_score(client, counting_path, tmp_path):
    table = send(client).json()["id"]
    begun, found, end = judged(
        client, table, texts=["review"], label="stars", label_map="1=negative;3=skip;5=positive"
    )
    assert end["state"] == "done"
    assert begun["classes"] == ["negative", "positive"]
    assert begun["facets"] == [
        {"column": "stars", "values": ["1", "3", "5"]},
        {"column": "shop", "values": ["north", "south"]},
    ]
    (tmp_path / "in.csv").write_bytes(CSV)
    score_table(
        tmp_path / "in.csv",
        tmp_path / "out.csv",
        classifier=load(counting_path),
        options=ScoreOptions(details=True),
    )
    wanted = (tmp_path / "out.csv").read_bytes()
    answer = client.get(f"/v1/tables/{table}/output")
    assert answer.content == wanted
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''my%20reviews.opinia.csv"
    rows = list(csv.DictReader(io.StringIO(wanted.decode())))
    names = {None: "", 0: "negative", 1: "positive"}
    assert [names[each] for each in found["label"]] == [row["label"] for row in rows]
    assert [each or 0.0 for each in found["probability"]] == [float(row["probability"] or 0) for row in rows]
    assert [each or "" for each in found["doubt"]] == [row["doubt"] for row in rows]
    assert found["errors"] == {6: "2 cells where the header has 4"}
    assert found["truth"] == [1, 0, 0, 0, 1, None, None, 0]
    assert found["facet 1"] == [0, 1, 0, 1, 0, 1, None, 0]
    client.delete(f"/v1/tables/{table}")


def test_rows_are_shown_and_searched(client):
    table = send(client).json()["id"]
    shown = client.post(f"/v1/tables/{table}/rows", json={"rows": [3, 0, 6]}).json()["rows"]
    assert shown == [
        ["4", 'so "bad" a film', "1", "south"],
        ["1", "good, so good", "5", "north"],
        "2 cells where the header has 4",
    ]

    def search(text):
        return client.post(f"/v1/tables/{table}/search", json={"text": text}).json()["rows"]

    assert search("BAD") == [1, 2, 3]
    assert search('"bad"') == [3]
    assert search("Żółć") == [4]
    assert search('", "') == []  # what stands between cells is in none
    assert search("cells") == []
    assert error_of(client.post(f"/v1/tables/{table}/rows", json={"rows": [8]}))["code"] == "invalid_request"
    client.delete(f"/v1/tables/{table}")


@pytest.mark.parametrize(
    ("name", "data", "rows"),
    [
        ("a.tsv", b"review\tstars\ngood film, really\t5\nbad film, really\t1\n", 2),
        ("a.csv.gz", gzip.compress(CSV), 8),
        ("a.jsonl", b'{"review": "good film and so"}\n{"review": "bad film and so"}\n', 2),
        ("a.json", b'[{"review": "good film and so"}, {"review": "bad film and so"}]', 2),
        ("a.txt", "good\nbad\nżółć\n".encode("cp1250"), 3),
    ],
)
def test_every_format_of_the_table_reader(client, name, data, rows):
    looked = send(client, data, name).json()
    assert looked["rows"] == rows
    _, found, end = judged(client, looked["id"], texts=looked["texts"])
    assert end["state"] == "done"
    assert len(found["label"]) == rows
    assert client.get(f"/v1/tables/{looked['id']}/output").status_code == 200
    client.delete(f"/v1/tables/{looked['id']}")


def test_workbooks_become_workbooks(client, tmp_path):
    xlsxwriter = pytest.importorskip("xlsxwriter")
    book = xlsxwriter.Workbook(tmp_path / "book.xlsx")
    for name in ("first", "second"):
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, ["review", "n"])
        sheet.write_row(1, 0, [f"good {name}", 1])
    book.close()
    looked = send(client, (tmp_path / "book.xlsx").read_bytes(), "book.xlsx").json()
    assert looked["unreadable"]["message"] == "book.xlsx has several sheets with rows: 'first', 'second'"
    looked = client.post(f"/v1/tables/{looked['id']}/look", json={"part": "second"}).json()
    assert looked["first_rows"] == [["good second", "1"]]
    _, found, _ = judged(client, looked["id"], texts=["review"])
    assert found["label"] == [1]
    output = client.get(f"/v1/tables/{looked['id']}/output")
    assert output.content[:2] == b"PK"
    assert "book.opinia.xlsx" in output.headers["content-disposition"]
    client.delete(f"/v1/tables/{looked['id']}")


def test_other_reading_is_told(client):
    looked = send(client, "text;n\nzażółć;1\n".encode("cp1250")).json()
    again = client.post(
        f"/v1/tables/{looked['id']}/look",
        json={"encoding": "iso8859-2", "delimiter": "semicolon", "header": False},
    )
    assert again.json()["rows"] == 2
    assert [each["name"] for each in again.json()["columns"]] == ["1", "2"]
    client.delete(f"/v1/tables/{looked['id']}")


def test_what_is_no_table_is_refused_and_leaves_nothing(client):
    before = folders()
    for data, name, status, code in (
        (CSV, "a.pdf", 422, "unreadable_table"),
        (b"x" * ((1 << 20) + 1), "a.csv", 413, "table_too_large"),
    ):
        answer = send(client, data, name)
        assert (answer.status_code, error_of(answer)["code"]) == (status, code)
    chunks = (b"x" * 65536 for _ in range(17))
    answer = client.post("/v1/tables?name=a.csv", content=chunks, headers=BYTES)
    assert error_of(answer)["code"] == "table_too_large"
    answer = client.post("/v1/tables?name=a.csv", content=CSV, headers={"Content-Type": "text/plain"})
    assert error_of(answer)["code"] == "unsupported_media_type"
    assert folders() == before


def test_too_many_rows_are_refused(client):
    looked = send(client, b"text\n" + b"good\n" * 5001).json()
    assert looked["unreadable"] == {
        "message": "a table has at most 5,000 rows here",
        "hint": "opinia score reads tables of any size",
    }
    assert (
        error_of(client.post(f"/v1/tables/{looked['id']}/judge", json={"texts": ["text"]}))["code"]
        == "unreadable_table"
    )
    client.delete(f"/v1/tables/{looked['id']}")


@pytest.mark.parametrize("name", ["r" * 300 + ".csv.gz", "x/" + "é" * 250 + ".CSV.gz", "a." * 150 + "csv.gz"])
def test_a_long_name_keeps_its_format(client, name):
    looked = send(client, gzip.compress(CSV), name).json()
    assert (looked["format"], looked["rows"]) == ("csv.gz", 8)
    assert len(looked["name"]) == 200
    assert looked["name"].lower().endswith(".csv.gz")
    client.delete(f"/v1/tables/{looked['id']}")


def test_windows_are_asked_for_by_numbers_that_there_are(client):
    table = send(client).json()["id"]
    _, _, end = judged(client, table, texts=["review"])
    for after in ("-1", "x", "1e3", "", "1.0", "٣", "99", str(10**30), "0x1", " 1"):
        answer = client.get(f"/v1/tables/{table}/answers", params={"after": after})
        assert (answer.status_code, error_of(answer)["code"]) == (422, "invalid_request"), after
        assert f"from 0 to {end['of']}. Received: {after[:40]!r}" in error_of(answer)["message"]
    assert client.get(f"/v1/tables/{table}/answers", params={"after": end["of"]}).json()["windows"] == []
    client.delete(f"/v1/tables/{table}")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            '{"rows": [1e30]}',
            "every entry of rows must be a whole number. Received: the number 1e+30 at position 0",
        ),
        (
            '{"rows": [0, 1.5]}',
            "every entry of rows must be a whole number. Received: the number 1.5 at position 1",
        ),
        ('{"rows": ["1"]}', "every entry of rows must be a whole number. Received: a text at position 0"),
        (
            '{"rows": [true]}',
            "every entry of rows must be a whole number. Received: true or false at position 0",
        ),
        ('{"rows": 3}', "rows must be a list of whole numbers. Received: a number"),
        ('{"rows": [' + "1," * 500 + "1]}", "rows has at most 500 entries. Received: 501"),
        ('{"rows": [8]}', "rows are numbers from 0 to 7"),
        ('{"rows": [1' + "0" * 40 + "]}", "rows are numbers from 0 to 7"),
    ],
)
def test_rows_that_cannot_be_are_refused_by_what_they_are(client, body, said):
    table = send(client).json()["id"]
    answer = client.post(
        f"/v1/tables/{table}/rows", content=body, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, error_of(answer)["message"]) == (422, said)
    client.delete(f"/v1/tables/{table}")


def test_errors_name_the_fields_of_requests(client):
    data = b"number,one,other,stars\n1,this is a good long film,that was a bad long film,5\n"
    alike = send(client, data + b"2,a dull film and a long one,nothing in it was good at all,1\n").json()
    assert "--" not in alike["unclear"]
    assert "one" in alike["unclear"]
    table = alike["id"]
    refused = [
        client.post(f"/v1/tables/{table}/judge", json=asked)
        for asked in (
            {"texts": ["one", "other"], "label": "twelve"},
            {"texts": ["three"]},
            {"texts": []},
        )
    ]
    refused += [
        client.post(f"/v1/tables/{table}/look", json=asked)
        for asked in ({"delimiter": "%%"}, {"encoding": "utf-17"})
    ]
    read = client.post(f"/v1/tables/{table}/look", json={})
    labels = [
        client.post(f"/v1/tables/{table}/look", json={"label": "stars", "label_map": label_map})
        for label_map in ("nonsense", "1=skip", "1=negative;1=positive", "1=negative")
    ]
    assert "label_map is written label" in labels[0].json()["labels"]["error"]["message"]
    for answer in (*refused, read, *labels):
        assert "--" not in answer.text.replace(table, ""), answer.text  # a name drawn at random may have it
    assert error_of(refused[3])["hint"].startswith("delimiter: comma, semicolon")
    assert error_of(refused[4])["code"] == "unreadable_table"
    client.delete(f"/v1/tables/{table}")


def test_hints_are_told_in_the_fields_of_requests():
    assert in_fields("--header or --no-header says which") == "header (true or false) says which"
    assert in_fields("leave them out; --force starts again") == "leave them out"
    assert in_fields("--quoting none takes quotes as they are") is None
    assert in_fields("name one, as in /tmp/table.xlsx::Sheet 1") == "part names one, such as 'Sheet 1'"
    assert in_fields("--text-column 'a--b' judges it; a --header-like thing") == "texts 'a--b' judges it"
    assert in_fields("it holds -- and numbers") == "it holds -- and numbers"
    assert in_fields(None) is None


def test_a_removed_table_is_gone_from_the_disk(client):
    before = folders()
    table = send(client).json()["id"]
    (made,) = folders() - before
    assert (made.stat().st_mode & 0o777) == 0o700
    assert client.delete(f"/v1/tables/{table}").status_code == 204
    assert folders() == before
    for path in (f"/v1/tables/{table}/answers", f"/v1/tables/{table}/output"):
        assert error_of(client.get(path))["code"] == "unknown_table"
    assert client.delete(f"/v1/tables/{table}").status_code == 204


def test_judging_is_cancelled(client, models):
    text = b"good bad " * 100
    table = send(client, b"text\n" + (text + b"\n") * 1000).json()["id"]
    assert (
        client.post(f"/v1/tables/{table}/judge", json={"texts": ["text"], "model": "seed"}).status_code == 200
    )
    assert client.delete(f"/v1/tables/{table}").status_code == 204
    assert client.post("/v1/analyse", json={"texts": ["good"]}).status_code == 200


def test_only_so_many_tables_are_held(client):
    tables = [send(client).json()["id"] for _ in range(4)]
    answer = send(client)
    assert (answer.status_code, error_of(answer)["code"]) == (503, "too_many_tables")
    for table in tables:
        client.delete(f"/v1/tables/{table}")
    table = send(client).json()["id"]
    client.delete(f"/v1/tables/{table}")


def test_forgotten_tables_and_those_of_a_stopped_server_go(models):
    before = folders()
    with running(models, table_idle_seconds=0.0) as client:
        first = send(client).json()["id"]
        second = send(client).json()["id"]  # which deletes the first
        assert error_of(client.get(f"/v1/tables/{first}/answers"))["code"] == "unknown_table"
        assert client.get(f"/v1/tables/{second}/answers").status_code == 404
        assert len(folders() - before) == 1
    assert folders() == before


def test_what_a_killed_server_left_is_swept(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left = tmp_path / f"{PREFIX}left"
    left.mkdir()
    (left / "lock").touch()
    (left / "table.csv").write_bytes(CSV)
    foreign = tmp_path / f"{PREFIX}foreign"
    foreign.mkdir()
    sweep()
    assert not left.exists()
    assert foreign.exists()


def test_a_server_may_take_no_tables(models):
    with running(models, max_table_bytes=0) as client:
        assert client.get("/v1/tables").json()["max_bytes"] == 0
        assert error_of(send(client))["code"] == "no_tables"


def test_a_locked_server_asks_for_its_key(models):
    with running(models, api_key="key") as client:
        assert send(client).status_code == 401
        assert client.get("/v1/tables/x/output").status_code == 401


def test_a_table_without_a_name_or_of_another_type_is_told_what_to_send(client):
    nameless = client.post("/v1/tables", content=b"text\ngood\n", headers=BYTES)
    assert nameless.status_code == 422
    assert "?name=reviews.csv" in nameless.json()["error"]["hint"]
    csv = client.post("/v1/tables?name=a.csv", content=b"text\ngood\n", headers={"Content-Type": "text/csv"})
    assert csv.status_code == 415
    assert "application/octet-stream. Received: text/csv" in csv.json()["error"]["message"]
