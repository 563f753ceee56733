"""Wrong requests: one clear error each, never a 500."""

import gzip
import json
import time

import numpy as np
import pytest

from models import write_counting_model
from opinia.model.file import Description, write_model
from opinia.serve.models import load_models
from opinia.text.tokenizer import Tokenizer
from servers import connect, error_of, figure, running, started

JSON = {"content-type": "application/json"}
NESTED = b"[" * 100_000 + b"]" * 100_000
SHAPES = [
    (b"{}", "the field 'texts' is missing"),
    (b"[]", "the body must be an object. Received: a list"),
    (b"null", "the body must be an object. Received: null"),
    (b"1e999", "the body must be an object. Received: a number"),
    (b'{"texts": "good"}', "texts must be a list of texts. Received: a text"),
    (b'{"texts": ["a", null]}', "Received: null at position 1"),
    (b'{"texts": ["a", "b", 3]}', "Received: a number at position 2"),
    (b'{"texts": [true]}', "Received: true or false at position 0"),
    (b'{"texts": [NaN]}', "Received: a number at position 0"),
    (b'{"texts": [-Infinity]}', "Received: a number at position 0"),
    (b'{"texts": [' + b"9" * 4000 + b"]}", "Received: a number at position 0"),
    (b'{"texts": [{"text": "good"}]}', "Received: an object at position 0"),
    (b'{"texts": [["good"]]}', "Received: a list at position 0"),
    (b'{"texts": ["a"], "model": 7}', "model must be a text. Received: a number"),
    (b'{"texts": ["a"], "details": "yes"}', "details must be true or false. Received: a text"),
    (b'{"texts": ["a"], "detials": true}', "there is no such field. Received: 'detials'"),
]
NO_JSON = [
    b"",
    b"{",
    b"good",
    b'{"texts": ["a"]} more',
    b'{"texts": ["\xff\xfe"]}',
    b'{"texts": ["\\ud800"]}',
    b'{"texts": ["\\udc00 tail"]}',
    b'{"texts": ["\xed\xa0\x80"]}',
    b'{"texts": ["a\x00b"]}',
    b"\xef\xbb\xbf{}",
    NESTED,
    b'{"texts": ' + NESTED + b"}",
    '{"texts": ["a"]}'.encode("utf-16"),
]


@pytest.mark.parametrize(("body", "says"), SHAPES)
def test_a_wrong_shape_is_named(server, body, says):
    response = server.post("/v1/analyse", content=body, headers=JSON)
    assert response.status_code == 422
    assert error_of(response)["code"] == "invalid_request"
    assert says in error_of(response)["message"]
    assert "texts, model, details" in error_of(response)["hint"]


@pytest.mark.parametrize("body", NO_JSON, ids=range(len(NO_JSON)))
@pytest.mark.parametrize("path", ["/v1/analyse", "/v1/explain"])
def test_what_is_no_json_is_named(server, path, body):
    response = server.post(path, content=body, headers=JSON)
    assert response.status_code == 400
    assert error_of(response)["code"] == "invalid_json"


def test_a_list_of_millions_of_wrong_entries_is_one_error(server):
    response = server.post("/v1/analyse", content=b'{"texts":[' + b"1," * 3_000_000 + b"1]}", headers=JSON)
    assert response.status_code == 422
    assert "position 0" in error_of(response)["message"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/json5"},
        {**JSON, "content-encoding": "gzip"},
        {**JSON, "content-encoding": "br"},
    ],
)
def test_other_types_and_encodings_are_refused(server, headers):
    body = json.dumps({"texts": ["good"]}).encode()
    response = server.post("/v1/analyse", content=gzip.compress(body), headers=headers)
    assert response.status_code == 415
    assert error_of(response)["hint"]
    with_charset = {"content-type": "Application/JSON; charset=utf-8"}
    assert server.post("/v1/analyse", content=body, headers=with_charset).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("POST", "/v1/analyse/", 404),
        ("GET", "/v1/analyse", 405),
        ("POST", "/v1/models", 405),
        ("DELETE", "/", 405),
        ("POST", "/assets/api.js", 405),
        ("OPTIONS", "/v1/analyse", 405),
        ("TRACE", "/healthz", 405),
    ],
)
def test_wrong_paths_and_methods(server, method, path, status):
    response = server.request(method, path)
    assert response.status_code == status
    error_of(response)
    assert "access-control-allow-origin" not in response.headers
    if status == 405 and path != "/assets/api.js":
        assert response.headers["allow"]


def test_limits_on_texts(models):
    with running(models, max_texts=3, max_characters=10, max_total_characters=25) as client:

        def ask(*texts):
            response = client.post("/v1/analyse", json={"texts": texts})
            return response.status_code, (error_of(response) if response.is_error else {})

        assert ask("a" * 10, "b" * 10, "c" * 5)[0] == 200
        status, error = ask("a", "b", "c", "d")
        assert (status, error["code"]) == (413, "too_many_texts")
        assert error["message"] == "a request holds at most 3 texts. Received: 4"
        status, error = ask("a", "b" * 11)
        assert (status, error["code"]) == (413, "text_too_long")
        assert error["message"] == "a text has at most 10 characters. Received: 11 at position 1"
        status, error = ask("a" * 10, "b" * 10, "c" * 6)
        assert (status, error["code"]) == (413, "texts_too_long")
        explained = client.post("/v1/explain", json={"text": "ą" * 11})
        assert (explained.status_code, error_of(explained)["code"]) == (413, "text_too_long")
        document = client.get("/openapi.json").json()
        body = document["paths"]["/v1/analyse"]["post"]["requestBody"]
        assert body["required"]
        assert body["content"]["application/json"]["schema"] == {
            "$ref": "#/components/schemas/AnalyseRequest"
        }
        texts = document["components"]["schemas"]["AnalyseRequest"]["properties"]["texts"]
        assert (texts["maxItems"], texts["items"]["maxLength"]) == (3, 10)


@pytest.mark.parametrize("is_chunked", [False, True])
@pytest.mark.parametrize("size", [2, 64])
def test_a_body_too_large_is_refused_while_it_is_read(models, size, is_chunked):
    chunks = [b" " * 65_536] * size
    with running(models, max_body_bytes=100_000) as client:
        body = iter(chunks) if is_chunked else b"".join(chunks)
        response = client.post("/v1/analyse", content=body, headers=JSON)
        assert response.status_code == 413
        assert error_of(response)["code"] == "body_too_large"
        assert client.post("/v1/analyse", content=b" " * 90_000, headers=JSON).status_code == 400


@pytest.mark.parametrize("declared", [4 << 20, 1 << 40])
def test_who_sends_too_much_before_reading_still_reads_why(models, declared):
    with running(models, max_body_bytes=100_000) as client, connect(client) as connection:
        connection.sendall(
            b"POST /v1/analyse HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n" % declared
        )
        connection.sendall(b" " * (4 << 20))  # fails where the connection is closed with bytes unread
        time.sleep(0.2)
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert answer.endswith(b"}")


def test_a_client_that_asks_first_is_spared_the_body(models):
    with running(models, max_body_bytes=100_000) as client, connect(client) as connection:
        connection.sendall(
            b"POST /v1/analyse HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 200000\r\nExpect: 100-continue\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_all_bodies_together_are_bounded(models):
    with running(models, max_buffered_bytes=1000) as client:
        response = client.post("/v1/analyse", json={"texts": ["a" * 2000]})
        assert response.status_code == 503
        assert response.headers["retry-after"] == "1"
        for _ in range(5):  # what was counted is given back
            assert client.post("/v1/analyse", json={"texts": ["a" * 300]}).status_code == 200


def test_bytes_that_are_no_http(server):
    for sent in (b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/1.1\r\nbad header\r\n\r\n", b"x" * 200_000):
        with connect(server) as connection:
            try:
                connection.sendall(sent)
                answer = connection.recv(1000)
            except ConnectionError:
                continue
            assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 431 "))
    with connect(server) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"a" * 100_000)
        connection.settimeout(20)
        assert connection.recv(100).startswith(b"HTTP/1.1 431 ")
    assert server.get("/healthz").status_code == 200


LONG = "good bad " * 30


def write_failing_model(path):
    """A model whose graph takes fifty words and fails on more: damage that no check finds."""
    from onnx import TensorProto, helper, numpy_helper

    nodes = [
        helper.make_node("Gather", ["counts", "lengths"], ["count"]),
        helper.make_node("Unsqueeze", ["count", "axis"], ["logits"]),
    ]
    weights = [
        numpy_helper.from_array(np.linspace(-2, 2, 51, dtype=np.float32), "counts"),
        numpy_helper.from_array(np.array([1], np.int64), "axis"),
    ]
    values = [
        helper.make_tensor_value_info("ids", TensorProto.INT32, ["batch", "time"]),
        helper.make_tensor_value_info("lengths", TensorProto.INT32, ["batch"]),
    ]
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 1])
    graph = helper.make_graph(nodes, "failing", values, [output], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    write_model(path, model, Description(Tokenizer(("good", "bad"))))
    return path


def test_a_model_that_fails_is_an_error_and_not_the_end(tmp_path):
    models = load_models([str(write_failing_model(tmp_path / "failing.onnx"))])
    with running(models) as client:
        for path, body in (("analyse", {"texts": [LONG]}), ("explain", {"text": LONG})):
            for _ in range(3):
                response = client.post(f"/v1/{path}", json=body)
                assert response.status_code == 503
                assert error_of(response)["code"] == "unavailable"
        assert figure(client, 'opinia_rejected_total{code="unavailable"}') == 6
        assert client.post("/v1/analyse", json={"texts": ["good"]}).status_code == 200
        assert client.get("/healthz").status_code == 200


def test_no_text_reaches_the_log(tmp_path):
    """Not in a body, a path, a query, a header, a wrong request, nor in an error of the network."""
    secret = "SECRETWORD"
    write_failing_model(tmp_path / "failing.onnx")
    write_counting_model(tmp_path / "counting.onnx")
    arguments = ("--model", "counting.onnx", "--model", "failing.onnx", "--log-requests")
    with started(tmp_path, *arguments) as process, process.client() as client:
        statuses = [
            client.post("/v1/analyse", json={"texts": [f"{secret} good"]}).status_code,
            client.post("/v1/explain", json={"text": f"{secret} good"}).status_code,
            client.post("/v1/analyse", json={"texts": [secret, 3]}).status_code,
            client.post("/v1/analyse", json={secret: [secret]}).status_code,
            client.post("/v1/analyse", content=f'{{"texts": [{secret}', headers=JSON).status_code,
            client.post("/v1/analyse", json={"texts": [f"{secret} {LONG}"], "model": "failing"}).status_code,
            client.post("/v1/explain", json={"text": f"{secret} {LONG}", "model": "failing"}).status_code,
            client.get(f"/{secret}?text={secret}", headers={"X-Text": secret}).status_code,
            client.get(f"/assets/{secret}").status_code,
            client.get("/", headers={"Host": secret}).status_code,
            client.request(secret, "/").status_code,
        ]
        assert statuses == [200, 200, 422, 422, 400, 503, 503, 404, 404, 400, 400]
        with connect(client) as connection:
            connection.sendall(secret.encode() + b" \x00\r\n\r\n")
            connection.recv(1000)
        process.popen.terminate()
        assert process.popen.wait(60) == 0
        assert process.popen.stdout.read() == b""
    written = process.log.read_text()
    assert "POST /v1/analyse 200" in written
    assert "a batch failed" in written
    assert secret not in written
