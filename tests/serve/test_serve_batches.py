"""Requests are judged together, wait within bounds, and end at their deadline."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pytest

from opinia.data import sample
from opinia.serve.metrics import Metrics
from opinia.serve.scheduler import QuickLane
from servers import connect, error_of, figure, request_bytes, running, wait_until

LONG = "the film was good and bad " * 3800  # 99 thousand characters


def analyse(client, texts, **more):
    return client.post("/v1/analyse", json={"texts": texts, **more})


@pytest.mark.parametrize("a_request", [1, 7])
def test_together_they_are_judged_as_alone(models, a_request):
    texts = sample.load("test", reviews=280).texts
    texts = [text * (1 + i % 5) for i, text in enumerate(texts)]
    expected = models.classifiers["seed"].predict_proba(texts)[:, 1]
    starts = range(0, len(texts), a_request)
    with running(models, batch_delay=0.02) as client, ThreadPoolExecutor(24) as pool:

        def positives(start):
            results = analyse(client, texts[start : start + a_request]).json()["results"]
            return [result["positive"] for result in results]

        found = [value for values in pool.map(positives, starts) for value in values]
        batches = figure(client, "opinia_batch_texts_count")
        assert figure(client, "opinia_batch_texts_sum") == len(texts)
    assert np.abs(np.array(found) - expected).max() <= 1e-5
    assert batches < len(starts)


def test_a_full_queue_says_when_to_come_again(models):
    # The first text waits for company, and there is room for no second one.
    with running(models, queue_texts=1, batch_delay=2.0, threads=1) as client:
        first = threading.Thread(target=analyse, args=(client, ["good"]))
        first.start()
        wait_until(lambda: figure(client, 'opinia_queue{lane="quick"}') == 1)
        refused = analyse(client, ["good"])
        first.join()
        assert refused.status_code == 503
        assert error_of(refused)["code"] == "queue_full"
        assert int(refused.headers["retry-after"]) >= 1
        assert figure(client, 'opinia_rejected_total{code="queue_full"}') == 1
        # An empty queue takes a request of any size, or it could never be answered.
        assert analyse(client, ["good", "bad", "good"]).status_code == 200


def test_what_is_slow_is_bounded_by_its_cost(models):
    with running(models, queue_slow_tokens=500_000) as client, ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: client.post("/v1/explain", json={"text": LONG[:60_000]}), range(3)))
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses[0] == 200
        assert statuses[-1] == 503
        refused = next(answer for answer in answers if answer.status_code == 503)
        assert error_of(refused)["code"] == "queue_full"
        assert refused.headers["retry-after"] == "5"


def test_a_deadline_ends_the_waiting(models):
    with running(models, deadline=0.05, threads=1) as client:
        for path, body in (
            ("/v1/explain", {"text": LONG[:60_000]}),
            ("/v1/analyse", {"texts": [LONG] * 10}),
            ("/v1/analyse", {"texts": [LONG[:1000]] * 1000}),
        ):
            late = client.post(path, json=body)
            assert late.status_code == 503
            assert error_of(late)["code"] == "deadline_exceeded"
            assert int(late.headers["retry-after"]) >= 1
        wait_until(lambda: not figure(client, 'opinia_queue{lane="quick"}'))
        wait_until(lambda: not figure(client, 'opinia_queue{lane="slow"}'))
        # What was given up was not done: ten long texts were asked for, and fewer were judged.
        assert figure(client, 'opinia_texts_total{model="seed"}') < 1010
        assert figure(client, 'opinia_explained_total{model="seed"}') == 0


def test_short_texts_do_not_wait_for_long_ones(models):
    with running(models, deadline=300.0) as client, ThreadPoolExecutor(2) as pool:
        slow = [
            pool.submit(client.post, "/v1/explain", json={"text": LONG[:60_000]}),
            pool.submit(analyse, client, [LONG] * 3),
        ]
        wait_until(lambda: figure(client, "opinia_http_requests_in_progress") == 3)
        answered = 0
        while not all(task.done() for task in slow):
            assert analyse(client, ["a good film"]).status_code == 200
            answered += 1
        assert [task.result().status_code for task in slow] == [200, 200]
    assert answered >= 5


def test_a_client_that_leaves_costs_nothing_more(models):
    body = httpx.Request("POST", "http://x", json={"text": LONG[:60_000]}).content
    with running(models) as client:
        for _ in range(3):
            with connect(client) as connection:
                connection.sendall(request_bytes(body, path="/v1/explain"))
                wait_until(lambda: figure(client, "opinia_http_requests_in_progress") == 2)
        wait_until(lambda: figure(client, "opinia_disconnected_total") == 3)
        wait_until(lambda: not figure(client, 'opinia_queue{lane="slow"}'))
        assert analyse(client, ["good " * 5000]).status_code == 200  # the lane is free again
        assert figure(client, 'opinia_explained_total{model="seed"}') == 0
        assert figure(client, "opinia_http_requests_in_progress") == 1


def test_a_request_of_many_texts_takes_turns(models):
    """Without a server: what a batch takes when a large request came before a small one."""
    import asyncio
    from collections import deque

    from opinia.serve.scheduler import SHARE_TEXTS, Texts
    from opinia.serve.work import Work

    async def order():
        lane = QuickLane(
            models.classifiers,
            threads=1,
            batch_delay=0,
            max_texts=10**6,
            max_characters=10**9,
            max_tokens=10**6,
            metrics=Metrics(),
        )
        for count in (1000, 1):
            work = Work(time.monotonic() + 60, count)
            lane.put("seed", Texts(work, ["good"] * count, deque(range(count))))
        _, pieces = lane._gather()
        return [len(places) for _, places in pieces]

    taken = asyncio.run(order())
    assert taken[:3] == [SHARE_TEXTS, 1, SHARE_TEXTS]
