"""opinia on Ray Serve: batches over requests, more replicas where requests wait, and a check of health.

In this file's folder, with opinia and Ray Serve installed (``pip install "ray[serve]"``):

    RAY_USAGE_STATS_ENABLED=0 serve run ray_serve:app
    curl -s localhost:8000 -H 'Content-Type: application/json' -d '{"texts": ["A warm, funny film."]}'

``OPINIA_MODEL`` names the model, as ``--model`` does. Unlike ``opinia serve`` it has no key, no page, and of
limits only these: it stands behind something that has them.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

from ray import serve
from starlette.requests import Request
from starlette.responses import JSONResponse

import opinia

MOST_TEXTS = 1000
MOST_CHARACTERS = 100_000


@serve.deployment(
    ray_actor_options={"num_cpus": 1},
    max_ongoing_requests=32,
    max_queued_requests=1024,  # of those beyond it each is answered with 503
    autoscaling_config={
        "min_replicas": 1,
        "max_replicas": 16,
        "target_ongoing_requests": 16,
        "upscale_delay_s": 5,
        "downscale_delay_s": 120,
    },
    health_check_period_s=10,
    health_check_timeout_s=30,
)
class Judge:
    """Judges texts with one thread; each replica has a processor of its own."""

    def __init__(self, model: str | None) -> None:
        self._classifier = opinia.load(model, threads=1)

    @serve.batch(max_batch_size=32, batch_wait_timeout_s=0.002)
    async def judge(self, asked: list[list[str]]) -> list[list[dict[str, Any]]]:
        """Judge the texts of several requests at once."""
        texts = [text for each in asked for text in each]
        made = await asyncio.to_thread(self._classifier.classify, texts)
        found = iter(
            {"label": each.label, "probability": each.probability, "doubt": each.doubt} for each in made
        )
        return [[next(found) for _ in each] for each in asked]

    async def __call__(self, request: Request) -> JSONResponse:
        """Answer ``{"texts": [...]}``; one bad entry refuses the request."""
        try:
            texts = (await request.json())["texts"]
        except (ValueError, KeyError, TypeError):
            return JSONResponse({"error": 'send JSON such as {"texts": ["..."]}'}, 422)
        if not isinstance(texts, list) or not 0 < len(texts) <= MOST_TEXTS:
            return JSONResponse({"error": f"texts is a list of 1 to {MOST_TEXTS:,} texts"}, 422)
        if not all(isinstance(text, str) and len(text) <= MOST_CHARACTERS for text in texts):
            message = f"an entry is no text, or longer than {MOST_CHARACTERS:,} characters"
            return JSONResponse({"error": message}, 422)
        return JSONResponse({"results": await self.judge(texts)})

    def check_health(self) -> None:
        """Fail where the network does: Ray then puts another replica in the place of this one."""
        self._classifier.predict(["good"])


app = Judge.bind(os.environ.get("OPINIA_MODEL"))
