"""The application: its routes, and the OpenAPI document that describes them."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.security import HTTPBearer
from pydantic_core import to_json
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from opinia import __version__
from opinia.errors import InputError, OpiniaError
from opinia.model.classifier import Classifier, find_class, shortest_digits
from opinia.serve import schemas
from opinia.serve.dropped.routes import add_tables, tidied
from opinia.serve.dropped.tables import Tables
from opinia.serve.failures import CODES, GONE, ClientGone, Refusal, as_refusal, internal_error
from opinia.serve.metrics import CONTENT_TYPE, Metrics
from opinia.serve.middleware import ASSETS, Gate, until_gone
from opinia.serve.models import Models
from opinia.serve.options import ServeOptions
from opinia.serve.page.bundle import PAGE, Bundle, File
from opinia.serve.page.words import page_words, words_module
from opinia.serve.requests import JSONRoute, check_texts
from opinia.serve.scheduler import Engine
from opinia.serve.schemas import answers
from opinia.serve.studies import Studies
from opinia.serve.work import Answer, Work, WorkFailed
from opinia.system.printable import quoted

# Where the environment asks for it, FastAPI hands OpenTelemetry each path and each error's message and stack,
# which may quote a text. Metrics are at /metrics.
UNTOLD: Any = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
_MOST_SHOWN = 50


def create_app(models: Models, options: ServeOptions = ServeOptions()) -> Gate:  # noqa: B008
    """Return the application, with everything in front of it that requests have to pass.

    Args:
        models: that answer; see :func:`opinia.serve.models.load_models`.
        options: limits and the rest.
    """
    metrics = Metrics()
    service = Service(models, options, metrics)
    app = FastAPI(
        title="opinia",
        version=__version__,
        summary="Judges opinions with recurrent networks.",
        docs_url=None,  # its pages load scripts from a network of others
        redoc_url=None,
        redirect_slashes=False,
        telemetry=UNTOLD,  # older versions have none, and take no notice
        lifespan=service.lifespan,
    )
    app.router.route_class = JSONRoute
    _add_errors(app, metrics)
    _add_judging(app, service)
    _add_reading(app, service)
    add_tables(app, service.tables, options, service.locks)
    _add_probes(app, service)
    _add_page(app)
    return Gate(app, options, metrics)


class Service:
    """What the routes share.

    Args:
        models: that answer.
        options: limits and the rest.
        metrics: what is counted.
    """

    def __init__(self, models: Models, options: ServeOptions, metrics: Metrics) -> None:
        self.models = models
        self.options = options
        self.metrics = metrics
        self.engine = Engine(models, options, metrics)
        self.studies = Studies(options.studies)
        self.tables = Tables(models, options)
        self.is_ready = False
        key = Depends(HTTPBearer(scheme_name="key", auto_error=False))
        self.locks = [] if options.api_key is None else [key]
        """What the document says of the key; the gate looks at it, before a body is read."""

    @contextlib.asynccontextmanager
    async def lifespan(self, app: FastAPI) -> AsyncIterator[None]:  # noqa: ARG002
        """Keep the threads at work while the application runs."""
        self.engine.start()
        self.is_ready = True
        try:
            async with tidied(self.tables):
                yield
        finally:
            self.is_ready = False
            await asyncio.to_thread(self.engine.stop)

    def deadline(self) -> float:
        """Return until when a request that has come now is to be answered."""
        return time.monotonic() + self.options.deadline

    async def finish(self, work: Work, request: Request) -> list[Any]:
        """Wait for work, as long as its client does and its deadline allows.

        Raises:
            Refusal: it took too long (503), or it failed (500).
            ClientGone: nobody waits for it any more.
        """
        gone = asyncio.ensure_future(until_gone(request.receive))
        try:
            left = max(0.0, work.deadline - time.monotonic())
            either: set[asyncio.Future[Any]] = {work.future, gone}
            await asyncio.wait(either, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if work.future.done():
                return work.future.result()
            if gone.done():
                raise ClientGone
        except WorkFailed:
            raise internal_error() from None
        except OpiniaError as error:
            raise as_refusal(error) from None
        finally:
            gone.cancel()
            work.abandon()
        raise Refusal(
            503,
            "deadline_exceeded",
            f"no answer within {self.options.deadline:g} seconds",
            hint="send less at once, or try again when there is less to do",
            retry_after=5,
        )


def _add_judging(app: FastAPI, service: Service) -> None:
    options, limits = service.options, schemas.Limits(service.options)

    @app.post(
        "/v1/analyse",
        summary="Judge texts",
        dependencies=service.locks,
        responses=answers(
            schemas.AnalyseAnswer, 400, 401, 404, 408, 413, 415, 422, 500, 503, says="The judgements."
        ),
    )
    async def analyse(request: Request, asked: Annotated[schemas.AnalyseRequest, limits]) -> Response:
        """Say of each text which class is the more probable, in the order of the texts."""
        name, classifier = service.models.find(asked.model)
        check_texts(asked.texts, options)
        work = service.engine.judge(name, asked.texts, service.deadline())
        found = await service.finish(work, request)
        labels = classifier.classes_.tolist()
        return _json(
            {"model": name, "results": [_judgement(a, labels, asked.details, classifier) for a in found]}
        )

    @app.post(
        "/v1/explain",
        summary="Explain the judgement of one text",
        dependencies=service.locks,
        responses=answers(
            schemas.ExplainAnswer, 400, 401, 404, 408, 413, 415, 422, 500, 503, says="The explanation."
        ),
    )
    async def explain(request: Request, asked: Annotated[schemas.ExplainRequest, limits]) -> Response:
        """Say what each word or sentence does to the judgement, and how it comes about in reading."""
        name, classifier = service.models.find(asked.model)
        check_texts([asked.text], options)
        target = None if asked.target is None else _class_of(classifier, asked.target)
        work = service.engine.explain(name, asked.text, service.deadline(), target=target)
        (found,) = await service.finish(work, request)
        return _json({"model": name, **found})


def _add_reading(app: FastAPI, service: Service) -> None:
    models = to_json(service.models.describe(), inf_nan_mode="null")

    @app.get(
        "/v1/models",
        summary="List the models",
        dependencies=service.locks,
        responses=answers(schemas.ModelsAnswer, 401, says="The models."),
    )
    async def list_models() -> Response:
        """Return name, labels, size and card of each model, and which one is the default."""
        return Response(models, media_type="application/json")

    @app.get(
        "/v1/measured",
        summary="Say how right the models are",
        dependencies=service.locks,
        responses=answers(schemas.MeasuredAnswer, 401, says="What was measured of the models."),
    )
    async def list_measured() -> Response:
        """Return accuracy by kind and length of text, calibration, behaviour and speed of shipped models."""
        return _json(service.models.measured())

    @app.get(
        "/v1/studies",
        summary="List the studies",
        dependencies=service.locks,
        responses=answers(schemas.StudiesAnswer, 401, says="The studies."),
    )
    async def list_studies() -> Response:
        """Return the runs of the studies in the server's folder, with their metrics epoch by epoch."""
        return _json(await run_in_threadpool(service.studies.describe))

    @app.get(
        "/metrics",
        summary="Metrics for Prometheus",
        dependencies=service.locks,
        response_class=Response,
        responses=answers("text/plain", 401, says="The metrics."),
    )
    async def metrics() -> Response:
        """Return counters, histograms and gauges in the text format of Prometheus."""
        return Response(service.metrics.exposition(), headers={"content-type": CONTENT_TYPE})


def _add_probes(app: FastAPI, service: Service) -> None:
    @app.get("/healthz", summary="Alive", responses=answers(schemas.Health, 503, says="The process answers."))
    async def healthz() -> Response:
        """Answer 200 as long as the process and its threads are at work; needs no key."""
        if not service.engine.is_alive():
            raise Refusal(503, "broken", "a thread has died", hint="start the server again", retry_after=60)
        return _json({"status": "alive"})

    @app.get("/readyz", summary="Ready", responses=answers(schemas.Health, 503, says="It judges texts."))
    async def readyz() -> Response:
        """Answer 200 while the server takes requests; needs no key."""
        if not service.is_ready:
            raise Refusal(503, "stopping", "the server starts or stops", retry_after=5)
        return _json({"status": "ready"})


def _add_page(app: FastAPI) -> None:
    bundle = the_bundle()

    async def page(request: Request) -> Response:
        return bundle.markup.answer(request)

    def kept(file: File) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            return file.answer(request)

        return answer

    app.add_route("/", page, methods=["GET"], include_in_schema=False)
    for name, file in bundle.files().items():
        app.add_route(f"{ASSETS}/{name}", kept(file), methods=["GET"], include_in_schema=False)
    app.add_route(f"{ASSETS}/words.js", page_words, methods=["GET"], include_in_schema=False)
    app.mount(ASSETS, StaticFiles(directory=PAGE / "assets", check_dir=False), name="assets")


@cache
def the_bundle() -> Bundle:
    """Return the page's files, put together when they are first asked for."""
    return Bundle(words_module()[0])


def _add_errors(app: FastAPI, metrics: Metrics) -> None:
    @app.exception_handler(Refusal)
    async def refuse(request: Request, refusal: Refusal) -> Response:  # noqa: ARG001
        metrics.rejected.labels(refusal.code).inc()
        return refusal.response()

    @app.exception_handler(HTTPException)
    async def refuse_route(request: Request, error: HTTPException) -> Response:
        messages = {404: "there is nothing at this path", 405: "this path does not take this method"}
        hints = {404: "/openapi.json lists the paths", 405: "the header Allow names those it takes"}
        status = error.status_code
        message = messages.get(status, "the request cannot be answered")
        refusal = Refusal(status, CODES.get(status, "error"), message, hint=hints.get(status))
        response = await refuse(request, refusal)
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(ClientGone)
    async def forget(request: Request, gone: ClientGone) -> Response:  # noqa: ARG001
        metrics.disconnected.inc()
        return Response(status_code=GONE)  # nobody reads it

    @app.exception_handler(Exception)
    async def report_failure(request: Request, error: Exception) -> Response:
        return await refuse(request, internal_error())


def _judgement(answer: Answer, labels: list[str], details: bool, classifier: Classifier) -> dict[str, Any]:
    row = answer.probabilities
    best = int(classifier.answers(row[None])[0])
    judgement: dict[str, Any] = {"label": labels[best], "probability": shortest_digits(row[best])}
    if len(labels) == 2:
        judgement["positive"] = shortest_digits(row[-1])
    else:
        judgement["probabilities"] = dict(zip(labels, map(shortest_digits, row), strict=True))
    judgement["doubt"] = answer.doubt
    if details:
        judgement |= {"tokens": answer.tokens, "unknown": answer.unknown}
        if answer.read_by is not None:
            judgement["read_by"] = answer.read_by
        if answer.doubt is not None:
            judgement |= {"language": answer.language, "unknown_words": answer.unknown_words}
    return judgement


def _class_of(classifier: Classifier, name: str) -> str:
    """Return the class that a name means.

    Raises:
        Refusal: the model has none of this name; the hint lists those that it has.
    """
    labels = classifier.model.description.labels
    try:
        return labels[find_class(labels, name)]
    except InputError:
        known = ", ".join(map(quoted, labels[:_MOST_SHOWN])) + (", …" if len(labels) > _MOST_SHOWN else "")
        raise Refusal(
            404, "unknown_class", "the model has no class of this name", hint=f"classes: {known}"
        ) from None


def _json(content: object) -> Response:
    return Response(to_json(content), media_type="application/json")
