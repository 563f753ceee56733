"""The service with five classes, whose names are no plain words, and with a model that reads Polish."""

import csv
import io
import json

import pytest

from models import CLASSES, FIVE, POLISH, polish_card, write_class_model, write_counting_model
from opinia.serve.models import load_models
from servers import error_of, running

TEXTS = ["bad bad bad", "bad", "the film", "good", "good good good"]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("classes")
    five = write_class_model(folder / "five.onnx")
    polish = write_class_model(folder / "polish.onnx", CLASSES, words=POLISH, card=polish_card())
    return load_models([str(five), str(polish), str(write_counting_model(folder / "two.onnx"))])


@pytest.fixture(scope="module")
def client(loaded):
    with running(loaded) as client:
        yield client


def test_judgements_name_every_class(client, loaded):
    shares = loaded.classifiers["five"].predict_proba(TEXTS)
    found = client.post("/v1/analyse", json={"texts": TEXTS, "details": True}).json()["results"]
    assert [each["label"] for each in found] == [FIVE[row.argmax()] for row in shares]
    for each, row in zip(found, shares, strict=True):
        assert list(each["probabilities"]) == list(FIVE)
        assert list(each["probabilities"].values()) == pytest.approx(row, abs=1e-5)
        assert "positive" not in each


def test_the_answer_is_explained_or_the_class_that_is_asked_for(client, loaded):
    shares = loaded.classifiers["five"].predict_proba("good film")[0]
    body = {"text": "good film"}
    for asked, number in ((None, shares.argmax()), *((name, place) for place, name in enumerate(FIVE))):
        found = client.post("/v1/explain", json={**body, "target": asked}).json()
        assert (found["label"], found["target"]) == (FIVE[shares.argmax()], FIVE[number])
        assert found["positive"] == pytest.approx(shares[number], abs=1e-5)
        assert found["classes"] == list(found["probabilities"]) == list(FIVE)
        assert found["curve"][-1]["probabilities"] == pytest.approx(shares, abs=1e-5)
        assert found["curve"][-1]["positive"] == pytest.approx(shares[number], abs=1e-5)


def test_of_two_classes_either_is_explained_and_nothing_is_added(client):
    found = client.post("/v1/explain", json={"text": "good film", "model": "two"}).json()
    assert list(found) == [
        *("model", "label", "probability", "target", "positive", "unit", "contributions", "curve")
    ]
    assert set(found["curve"][0]) == {"end", "positive"}
    body = {"text": "good film", "model": "two", "target": "negative"}
    other = client.post("/v1/explain", json=body).json()
    assert other["target"] == "negative"
    assert other["positive"] == pytest.approx(1 - found["positive"], abs=1e-6)


def test_a_wrong_class_is_answered_with_the_list(client):
    answer = client.post("/v1/explain", json={"text": "good", "target": "gut"})
    assert answer.status_code == 404
    error = error_of(answer)
    assert error["code"] == "unknown_class"
    assert FIVE[2] in error["hint"]
    assert FIVE[4] in error["hint"]
    assert "gut" not in json.dumps(error)
    assert client.post("/v1/explain", json={"text": "good", "target": 3}).status_code == 422


def test_models_say_what_they_read(client):
    found = {each["name"]: each for each in client.get("/v1/models").json()["models"]}
    assert found["five"]["labels"] == list(FIVE)
    assert {name: each["language"] for name, each in found.items()} == {
        "five": "en",
        "polish": "pl",
        "two": "en",
    }


def test_the_document_tells_of_them(client):
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    assert "target" in schemas["ExplainRequest"]["properties"]
    assert {"classes", "probabilities"} <= schemas["ExplainAnswer"]["properties"].keys()
    assert "probabilities" in schemas["Point"]["properties"]
    assert "language" in schemas["ModelFacts"]["properties"]


def test_many_texts_at_once_are_judged_as_one_by_one(client, loaded):
    texts = TEXTS * 40
    found = client.post("/v1/analyse", json={"texts": texts}).json()["results"]
    assert [each["label"] for each in found] == loaded.classifiers["five"].predict(texts)


def test_a_table_is_judged_by_every_class(client, loaded):
    file = io.StringIO()
    csv.writer(file).writerows([("text", "label"), *zip(TEXTS, FIVE, strict=True)])
    table = client.post(
        "/v1/tables?name=five.csv&model=five",
        content=file.getvalue().encode(),
        headers={"Content-Type": "application/octet-stream"},
    ).json()
    assert table["labels"]["meanings"] == {label: label for label in FIVE}
    asked = {"texts": ["text"], "label": "label", "model": "five"}
    assert client.post(f"/v1/tables/{table['id']}/judge", json=asked).json()["classes"] == list(FIVE)
    found = {"state": "waiting"}
    while found["state"] in ("waiting", "judging"):
        found = client.get(f"/v1/tables/{table['id']}/answers").json()
    (window,) = found["windows"]
    shares = loaded.classifiers["five"].predict_proba(TEXTS)
    assert window["truth"] == list(range(5))
    assert window["label"] == [int(row.argmax()) for row in shares]
    assert window["probability"] == pytest.approx([row.max() for row in shares], abs=1e-5)
    assert window["second"] == pytest.approx([sorted(row)[-2] for row in shares], abs=1e-5)
    client.delete(f"/v1/tables/{table['id']}")
