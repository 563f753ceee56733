"""What a server counts, in the registry of its own that Prometheus reads."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_TEXTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_TOKENS = (16, 64, 256, 1024, 4096, 16384, 65536, 262144)


class Metrics:
    """Counters, histograms and gauges of one server."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        self.requests = Counter(
            "opinia_http_requests", "Requests answered.", ["route", "status"], registry=registry
        )
        self.seconds = Histogram(
            "opinia_http_request_seconds",
            "From the headers of a request to the end of its answer.",
            ["route"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.in_progress = Gauge(
            "opinia_http_requests_in_progress", "Requests at work or waiting.", registry=registry
        )
        self.connections = Gauge("opinia_http_connections", "Connections that are open.", registry=registry)
        self.rejected = Counter(
            "opinia_rejected", "Requests answered with an error, by its code.", ["code"], registry=registry
        )
        self.disconnected = Counter(
            "opinia_disconnected", "Clients that left before their answer.", registry=registry
        )
        self.texts = Counter("opinia_texts", "Texts judged.", ["model"], registry=registry)
        self.tokens = Counter("opinia_tokens", "Tokens of the texts judged.", ["model"], registry=registry)
        self.explained = Counter("opinia_explained", "Texts explained.", ["model"], registry=registry)
        self.batch_texts = Histogram(
            "opinia_batch_texts", "Texts judged together.", buckets=_TEXTS, registry=registry
        )
        self.batch_tokens = Histogram(
            "opinia_batch_tokens", "Tokens judged together.", buckets=_TOKENS, registry=registry
        )
        self.batch_seconds = Histogram(
            "opinia_batch_seconds", "Tokenising and judging a batch.", buckets=_SECONDS, registry=registry
        )
        self.queue = Gauge(
            "opinia_queue", "What waits: texts, or slow pieces of work.", ["lane"], registry=registry
        )

    def watch_queue(self, lane: str, depth: Callable[[], int]) -> None:
        """Read the depth of a queue whenever the metrics are asked for."""
        self.queue.labels(lane).set_function(depth)

    def exposition(self) -> bytes:
        """Return everything in the text format of Prometheus."""
        return generate_latest(self.registry)
