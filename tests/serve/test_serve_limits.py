"""Texts of many words and marks: refused beyond a limit, read in pieces, and their memory is given back."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from models import write_counting_model, write_failing_model
from opinia.serve.models import load_models
from servers import error_of, running, started

LONGEST = 40


def analyse(client, *texts, model=None):
    return client.post("/v1/analyse", json={"texts": texts} | ({"model": model} if model else {}))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_the_memory_of_large_requests_is_given_back(tmp_path):
    """100,000 commas took a gigabyte for good."""
    names = ("base", "seed", "small")
    chosen = [part for name in names for part in ("--model", name)]
    with started(tmp_path, *chosen, is_fresh=True) as process, process.client() as client:
        for model in names:
            for _ in range(3):
                assert analyse(client, *["a good film " * 100] * 64, model=model).status_code == 200
        before = process.resident_bytes()
        for model in names:
            commas = analyse(client, "," * 100_000, model=model)
            if model == "seed":  # it knows no marks: a text without words
                assert commas.status_code == 200
            else:
                assert commas.status_code == 413
                assert error_of(commas)["code"] == "text_too_long"
                assert "at most 50,000 words and marks. Received: 100,000" in error_of(commas)["message"]
            for text in ("," * 50_000, "a " * 50_000):
                assert analyse(client, text, model=model).status_code == 200
            assert analyse(client, *["," * 16_000] * 3, "good", model=model).status_code == 200
        explained = client.post("/v1/explain", json={"text": "," * 100_000})
        assert explained.status_code == 413
        assert client.post("/v1/explain", json={"text": "good, " * 3000, "model": "seed"}).status_code == 200
        grown = process.resident_bytes() - before
    assert grown < 40_000_000, f"{grown:,} bytes more than before"


def test_words_and_marks_have_a_limit_in_both_lanes(models):
    with running(models, max_tokens=20) as client:
        assert analyse(client, "good " * 20).status_code == 200
        for texts, where in ((["good " * 21], ""), (["bad", "good " * 21], " at position 1")):
            refused = analyse(client, *texts)
            assert (refused.status_code, error_of(refused)["code"]) == (413, "text_too_long")
            assert (
                error_of(refused)["message"] == f"a text has at most 20 words and marks. Received: 21{where}"
            )
        long = "good " * 4000  # it has a lane of its own
        for texts, where in (([long], ""), (["bad", long], " at position 1")):
            refused = analyse(client, *texts)
            assert refused.status_code == 413
            assert error_of(refused)["message"].endswith(f"Received: 4,000{where}")
        assert analyse(client, "good").status_code == 200


def test_a_request_that_is_refused_or_fails_takes_no_others_with_it(tmp_path):
    """They are judged in one batch: the delay is long enough for all to come together."""
    failing = write_failing_model(tmp_path / "failing.onnx", longest=LONGEST)
    counting = load_models([str(write_counting_model(tmp_path / "counting.onnx"))]).classifiers["counting"]
    requests = [["good " * (1 + number), "bad"] for number in range(24)]
    requests[5] = ["good " * (LONGEST + 1)]
    requests[11] = ["bad", "good " * 101]
    with (
        running(load_models([str(failing)]), threads=1, batch_delay=0.5, max_tokens=100) as client,
        ThreadPoolExecutor(len(requests)) as pool,
    ):
        answers = list(pool.map(lambda texts: analyse(client, *texts), requests))
        for number, (texts, answer) in enumerate(zip(requests, answers, strict=True)):
            if number == 5:
                assert (answer.status_code, error_of(answer)["code"]) == (503, "unavailable")
                assert "the network failed on a text of this request" in error_of(answer)["message"]
                assert answer.headers["retry-after"]
            elif number == 11:
                assert (answer.status_code, error_of(answer)["code"]) == (413, "text_too_long")
                assert error_of(answer)["message"].endswith("Received: 101 at position 1")
            else:
                expected = counting.predict_proba(texts)[:, 1]
                got = [result["positive"] for result in answer.json()["results"]]
                assert got == pytest.approx(expected, abs=1e-5)
        long = analyse(client, "z" * 20_000 + " good" * (LONGEST + 1))  # the lane of long texts
        assert long.status_code == 503
        assert analyse(client, "good").status_code == 200
        assert client.get("/healthz").status_code == 200
