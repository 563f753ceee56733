"""FastAPI's own telemetry stays off, even where the program around it has set up OpenTelemetry."""

import subprocess
import sys

import pytest

pytest.importorskip("fastapi.telemetry", reason="this FastAPI has no telemetry")

SCRIPT = """
import asyncio, sys
import httpx
from fastapi import FastAPI
from opentelemetry import _logs, metrics, trace

told = []

class Tracer(trace.NoOpTracer):
    def start_span(self, name, *arguments, **more):
        told.append(("span", name))
        return super().start_span(name, *arguments, **more)

class TracerProvider(trace.TracerProvider):
    def get_tracer(self, *arguments, **more):
        return Tracer()

class Logger(_logs.NoOpLogger):
    def emit(self, *arguments, **more):
        told.append(("log", str(more)))

class LoggerProvider(_logs.LoggerProvider):
    def get_logger(self, name, *arguments, **more):
        return Logger(name)

class Meter(metrics.NoOpMeter):
    def create_histogram(self, name, *arguments, **more):
        told.append(("metric", name))
        return super().create_histogram(name, *arguments, **more)

class MeterProvider(metrics.MeterProvider):
    def get_meter(self, name, *arguments, **more):
        return Meter(name)

trace.set_tracer_provider(TracerProvider())
_logs.set_logger_provider(LoggerProvider())
metrics.set_meter_provider(MeterProvider())

def plain():
    app = FastAPI()
    app.add_route("/healthz", lambda request: 1 / 0)
    return app

def ours():
    from opinia.serve.app import create_app
    from opinia.serve.models import load_models
    return create_app(load_models(["seed"]))

async def ask(app):
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for path in ("/healthz", "/readyz", "/nowhere?text=secret"):
            await client.get(path)
        await client.post("/v1/analyse", json={"texts": 7})

asyncio.run(ask({"plain": plain, "ours": ours}[sys.argv[1]]()))
print(*sorted({kind for kind, _ in told}))
"""


@pytest.mark.parametrize(("app", "told"), [("plain", "log metric span"), ("ours", "")])
def test_nothing_is_told(app, told):
    done = subprocess.run([sys.executable, "-c", SCRIPT, app], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == told
