"""What the server answers: judgements, explanations, models, studies, page, metrics."""

import json
import re
import threading

import numpy as np
import pytest

from models import CLASSES, write_three_class_model
from opinia.data import sample
from opinia.model.explain import explain
from opinia.serve.app import the_bundle
from opinia.serve.models import load_models
from servers import error_of, figure, running

TEXTS = ["A warm, funny film.", "", "Bad, bad, bad.", "Żółć 🎬 \x00 nul", "\n"]


def analyse(client, texts, **more):
    return client.post("/v1/analyse", json={"texts": texts, **more})


def test_judgements_are_those_of_the_classifier(server, models):
    classifier = models.classifiers["seed"]
    texts = [*TEXTS, *sample.load("test", reviews=40).texts]
    answer = analyse(server, texts).json()
    assert answer["model"] == "seed"
    expected = classifier.predict_proba(texts)
    positives = np.array([result["positive"] for result in answer["results"]])
    assert np.abs(positives - expected[:, 1]).max() <= 1e-5
    assert [result["label"] for result in answer["results"]] == classifier.predict(texts)
    probabilities = np.array([result["probability"] for result in answer["results"]])
    assert np.abs(probabilities - expected.max(axis=1)).max() <= 1e-5
    assert all(set(result) == {"label", "probability", "positive", "doubt"} for result in answer["results"])


def test_details_are_those_of_the_classifier(server, models):
    results = analyse(server, TEXTS, details=True).json()["results"]
    expected = models.classifiers["seed"].classify(TEXTS)
    assert [result["unknown"] for result in results] == [prediction.unknown for prediction in expected]
    assert [result["doubt"] for result in results] == [prediction.doubt for prediction in expected]
    assert [result["tokens"] for result in results] == [4, 0, 3, 4, 0]


def test_doubts_are_told_without_details(server):
    texts = [
        "A warm, funny and beautifully acted film.",
        "!?",
        "Nie podobało mi się to, co zrobili z tą książką, a film jest za długi.",
        "qwxz vbnq zzkw",
    ]
    results = analyse(server, texts).json()["results"]
    assert [result["doubt"] for result in results] == [None, "no_words", "other_language", "none_known"]


def test_no_texts_have_no_results(server):
    assert analyse(server, []).json() == {"model": "seed", "results": []}


def test_models_answer_by_name(server, models):
    listed = server.get("/v1/models").json()
    assert listed["default"] == "seed"
    assert [entry["name"] for entry in listed["models"]] == ["seed", "counting"]
    seed = listed["models"][0]
    assert seed["labels"] == ["negative", "positive"]
    assert seed["parameters"] == 138_369
    assert seed["bytes"] == models.classifiers["seed"].model.size
    assert seed["card"] == models.classifiers["seed"].card
    found = {
        name: analyse(server, ["the film was a good one"], model=name).json() for name in models.classifiers
    }
    assert {name: answer["model"] for name, answer in found.items()} == {
        "seed": "seed",
        "counting": "counting",
    }
    for name, classifier in models.classifiers.items():
        (expected,) = classifier.predict_proba("the film was a good one")[:, 1]
        assert found[name]["results"][0]["positive"] == pytest.approx(expected, abs=1e-5)
    refused = analyse(server, ["good"], model="nobody")
    assert refused.status_code == 404
    assert error_of(refused)["code"] == "unknown_model"
    assert "seed, counting" in error_of(refused)["hint"]


def test_two_models_that_read_as_one_show_both_cards():
    with running(load_models([])) as client:
        auto, *others = client.get("/v1/models").json()["models"]
        cards = {entry["name"]: entry["card"] for entry in others}
        assert auto["name"] == "auto"
        assert [part["name"] for part in auto["models"]] == ["general", "polish"]
        assert auto["card"]["models"] == {name: cards[name] for name in ("general", "polish")}
        for key in ("bytes", "parameters"):
            assert auto[key] == sum(part[key] for part in auto["models"])
        found = analyse(
            client, ["It was good, really 🎬🎬🎉🎉", "zxqy vrrbl qwpt", "Good."], details=True
        ).json()
    assert [result.get("language", "") for result in found["results"]][-1] == ""
    assert all(
        {"language", "unknown_words"} <= result.keys() for result in found["results"] if result["doubt"]
    )


def test_explanation_is_that_of_the_classifier(server, models):
    text = "żółć 🎬 the film was good, not bad"
    answer = server.post("/v1/explain", json={"text": text, "model": "counting"}).json()
    expected = explain(models.classifiers["counting"], text)
    assert answer["unit"] == expected.unit == "word"
    assert (answer["label"], answer["target"]) == (expected.label, expected.target)
    assert answer["positive"] == pytest.approx(expected.positive, abs=1e-5)
    pieces = {text[piece["start"] : piece["end"]]: piece["contribution"] for piece in answer["contributions"]}
    assert pieces["good,"] > 0 > pieces["bad"]
    for piece, own in zip(answer["contributions"], expected.contributions, strict=True):
        assert (piece["start"], piece["end"]) == (own.start, own.end)
        assert piece["contribution"] == pytest.approx(own.contribution, abs=1e-5)
    for point, own in zip(answer["curve"], expected.curve, strict=True):
        assert (point["end"], point["positive"]) == (own.end, pytest.approx(own.positive, abs=1e-5))


def test_places_of_letters_in_disguise_are_those_of_the_text_as_sent():
    with running(load_models(["base"])) as client:
        text = "😀 \ufeffwon\u00adderful ﬁlm, ｇｏｏｄ"
        answer = client.post("/v1/explain", json={"text": text}).json()
    shown = [text[piece["start"] : piece["end"]] for piece in answer["contributions"]]
    assert shown == ["😀", "won\u00adderful", "ﬁlm", ",", "ｇｏｏｄ"]
    assert answer["curve"][-1]["end"] == len(text)


def test_a_text_too_long_to_explain_is_refused(server):
    refused = server.post("/v1/explain", json={"text": "good " * 16_001})
    assert (refused.status_code, error_of(refused)["code"]) == (413, "text_too_long")
    assert "16,001 words" in error_of(refused)["message"]


def test_long_texts_are_judged_beside_short_ones(server, models):
    texts = ["good " * 6000, "bad", "bad " * 8000]
    expected = models.classifiers["seed"].predict_proba(texts)[:, 1]
    positives = [result["positive"] for result in analyse(server, texts).json()["results"]]
    assert np.abs(np.array(positives) - expected).max() <= 1e-5


def test_studies_of_a_folder(models, root, tmp_path):
    folder = tmp_path / "results"
    run = folder / "mine" / "runs" / "small" / "seed-1"
    run.mkdir(parents=True)
    with running(models, studies=folder) as client:
        assert client.get("/v1/studies").json() == {"studies": [], "left_out": []}
    kept = root / "docs/results/study/runs/batch64-epochs10/seed-1"
    (run / "recipe.toml").write_bytes((kept / "recipe.toml").read_bytes())
    (run / "history.csv").write_text("epoch,loss,accuracy,val_loss,val_accuracy\n1,nan,0.5,0.7,0.5\n")
    broken = folder / "mine" / "runs" / "broken" / "seed-1"
    broken.mkdir(parents=True)
    (broken / "recipe.toml").write_text("what")
    alone = folder / "alone"
    alone.mkdir()
    for name in ("recipe.toml", "history.csv"):
        (alone / name).write_bytes((kept / name).read_bytes())
    with running(models, studies=folder) as client:
        studies = {study["name"]: study["runs"] for study in client.get("/v1/studies").json()["studies"]}
    assert set(studies) == {"mine", "results"}
    (small,) = studies["mine"]
    assert small["name"] == "small-seed1"
    assert small["recipe"] == {"batch_size": 64, "epochs": 10, "seed": 1}
    assert small["history"] == [
        {"epoch": 1, "loss": None, "accuracy": 0.5, "val_loss": 0.7, "val_accuracy": 0.5}
    ]
    (other,) = studies["results"]
    assert other["name"] == "alone"
    assert len(other["history"]) == 10


def test_without_a_folder_there_are_no_studies(server):
    assert server.get("/v1/studies").json() == {"studies": [], "left_out": []}


def test_page_and_its_files(server, root):
    page = server.get("/")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    bundle = the_bundle()
    assert page.content == bundle.markup.content
    for name, file in bundle.files().items():
        assert f'"assets/{name}"' in page.text
        kept = server.get(f"/assets/{name}")
        assert kept.content == file.content
        assert kept.headers["content-encoding"] == "gzip"
        assert int(kept.headers["content-length"]) < 0.5 * len(file.content)
        assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
        plain = server.get(f"/assets/{name}", headers={"Accept-Encoding": "gzip;q=0, identity"})
        assert plain.content == file.content
        assert "content-encoding" not in plain.headers
        assert plain.headers["vary"] == "Accept-Encoding"
        assert plain.headers["etag"] != kept.headers["etag"]
    assert page.headers["cache-control"] == "no-cache"
    assert server.get("/assets/opinia.0123456789abcdef.js").headers["cache-control"] == "no-cache"
    assert len(re.findall(r"<(?:script|link rel=\"stylesheet\")", page.text)) == 3
    for path in (root / "src/opinia/serve/page/assets").rglob("*.*"):
        name = path.relative_to(root / "src/opinia/serve/page").as_posix()
        assert server.get(f"/{name}").content == path.read_bytes()
    again = server.get("/", headers={"If-None-Match": page.headers["etag"]})
    assert again.status_code == 304
    for path in ("/assets/", "/assets/..%2f..%2fapp.py", "/assets/%2e%2e/index.html", "/docs", "/redoc"):
        assert error_of(server.get(path))["code"] == "not_found"


def test_health_and_heads(server):
    assert server.get("/healthz").json() == {"status": "alive"}
    assert server.get("/readyz").json() == {"status": "ready"}
    head = server.head("/healthz")
    assert head.status_code == 200
    assert head.content == b""
    assert server.get("/healthz").status_code == 200  # on the same connection


def test_metrics_count_what_happens(models):
    with running(models) as client:
        analyse(client, ["good film", "bad"], model="counting")
        analyse(client, ["good"], model="nobody")
        client.post("/v1/explain", json={"text": "good film"})
        client.get("/nothing")
        page = client.get("/metrics")
        assert page.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert figure(client, 'opinia_http_requests_total{route="/v1/analyse",status="200"}') == 1
        assert figure(client, 'opinia_http_requests_total{route="/v1/analyse",status="404"}') == 1
        assert figure(client, 'opinia_http_requests_total{route="other",status="404"}') == 1
        assert figure(client, 'opinia_http_request_seconds_count{route="/v1/analyse"}') == 2
        assert figure(client, 'opinia_texts_total{model="counting"}') == 2
        assert figure(client, 'opinia_tokens_total{model="counting"}') == 3
        assert figure(client, 'opinia_explained_total{model="seed"}') == 1
        assert figure(client, "opinia_batch_texts_sum") == 2
        assert figure(client, "opinia_batch_tokens_sum") == 3
        assert figure(client, 'opinia_queue{lane="quick"}') == 0
        assert figure(client, 'opinia_queue{lane="slow"}') == 0
        assert figure(client, 'opinia_rejected_total{code="unknown_model"}') == 1
        assert figure(client, 'opinia_rejected_total{code="not_found"}') == 1
        assert figure(client, "opinia_http_requests_in_progress") == 1  # this one
        assert figure(client, "opinia_http_connections") == 1


def test_document_describes_the_routes_and_its_examples_hold(server):
    document = server.get("/openapi.json").json()
    assert set(document["paths"]) == {
        "/v1/analyse",
        "/v1/explain",
        "/v1/models",
        "/v1/measured",
        "/v1/studies",
        "/healthz",
        "/readyz",
        "/metrics",
    }

    def example(content):
        shape = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
        return document["components"]["schemas"][shape]["example"]

    for path in ("/v1/analyse", "/v1/explain"):
        described = document["paths"][path]["post"]
        answer = server.post(path, json=example(described["requestBody"]["content"]))
        assert answer.status_code == 200
        assert set(answer.json()) == set(example(described["responses"]["200"]["content"]))
    assert "http://" not in json.dumps(document)
    assert "https://" not in json.dumps(document)


def test_several_models_at_once_keep_apart(server, models):
    texts = ["good film", "bad film", "the film was bad and good and good"]
    expected = {name: c.predict_proba(texts)[:, 1] for name, c in models.classifiers.items()}
    wrong = []

    def ask(name):
        for _ in range(10):
            results = analyse(server, texts, model=name).json()["results"]
            if np.abs(np.array([r["positive"] for r in results]) - expected[name]).max() > 1e-5:
                wrong.append(results)

    threads = [threading.Thread(target=ask, args=(name,)) for name in [*models.classifiers] * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_names_of_models(counting_path, tmp_path):
    run = tmp_path / "my-run"
    run.mkdir()
    (run / "best.onnx").write_bytes(counting_path.read_bytes())
    loaded = load_models([str(counting_path), f"b={counting_path}", str(run)])
    assert list(loaded.classifiers) == ["counting", "b", "my-run"]
    shipped = load_models([])
    assert shipped.default == "auto"
    assert sorted(shipped.classifiers) == ["auto", "base", "general", "polish", "seed", "small"]


def test_the_documentation_shows_what_is_answered(root):
    text = (root / "docs/serve.md").read_text(encoding="utf-8")
    asked = json.loads(re.search(r"-d '(.*)'$", text, re.MULTILINE)[1])
    shown = json.loads(text.partition("```json\n")[2].partition("```")[0])
    with running(load_models([])) as client:
        answered = client.post("/v1/analyse", json=asked).json()
    assert answered["model"] == shown["model"]
    for one, other in zip(answered["results"], shown["results"], strict=True):
        assert one == {
            key: pytest.approx(v, abs=0.005) if isinstance(v, float) else v for key, v in other.items()
        }


def test_a_model_of_three_classes_answers_by_their_names(tmp_path):
    path = write_three_class_model(tmp_path / "three.onnx")
    models = load_models([f"three={path}"])
    with running(models) as client:
        results = analyse(client, TEXTS, details=True).json()["results"]
        explained = client.post("/v1/explain", json={"text": "bad film"}).json()
    expected = models.classifiers["three"].predict_proba(TEXTS)
    for result, row in zip(results, expected, strict=True):
        told = ["label", "probability", "probabilities", "doubt", "tokens", "unknown"]
        assert list(result) == [*told, *(["language", "unknown_words"] if result["doubt"] else [])]
        assert list(result["probabilities"]) == list(CLASSES)
        assert list(result["probabilities"].values()) == pytest.approx(row, abs=1e-5)
        assert (
            result["probabilities"][result["label"]]
            == result["probability"]
            == max(result["probabilities"].values())
        )
    assert explained["target"] == explained["label"] == "bad"
