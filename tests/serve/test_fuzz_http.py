"""Some hundreds of odd requests; ``python tests/serve/fuzz_http.py 10000`` sends more."""

import fuzz_http

import fuzzing
import opinia
from opinia.model.classifier import Classifier


def test_odd_requests_are_answered_rightly_or_refused():
    ends, examples = fuzzing.run(fuzz_http.__file__, 1_000_000, 300, seconds=2 * fuzz_http.SECONDS)
    assert set(ends) <= {"2xx", "4xx", "unfinished"}, examples
    assert ends["2xx"] > 60
    assert ends["4xx"] > 60


def test_the_fuzzer_sees_a_wrong_answer(server, monkeypatch):
    """With a model that says otherwise when answers are looked at again, it does not stay silent."""
    address = (server.base_url.host, server.base_url.port)
    judge = fuzz_http.Judge({"seed": opinia.load("seed")}, b"")
    honest = Classifier.predict_proba
    seeds = [seed for seed in range(200) if b'"counting"' not in fuzz_http.made(seed).data][:40]
    before = {fuzz_http.attack(address, seed, judge)[1] for seed in seeds}
    monkeypatch.setattr(Classifier, "predict_proba", lambda self, texts: 1 - honest(self, texts))
    after = [fuzz_http.attack(address, seed, judge)[1] or "" for seed in seeds]
    assert not any("a wrong answer" in (fault or "") for fault in before)
    assert any("a wrong answer" in fault for fault in after)


def test_the_fuzzer_sees_a_fault_of_the_server():
    judge = fuzz_http.Judge({}, b"<html>")
    json, html = b"content-type: application/json", b"content-type: text/html"
    assert judge.fault(200, html, b"<html>", b"") is None
    assert "another page" in judge.fault(200, html, b"<h1>", b"")
    assert "status 500" in judge.fault(500, json, b'{"error": {}}', b"")
    assert "says nothing" in judge.fault(400, json, b'{"error": {"code": "", "message": ""}}', b"")
    assert "no JSON" in judge.fault(200, json, b'{"results": []}', b"{")
