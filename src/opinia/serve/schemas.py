"""The shapes of requests and answers, as the server checks and the OpenAPI document describes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, FailFast, Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from opinia.model.description import LONGEST_LABEL
from opinia.serve.options import ServeOptions

_TEXT = "A warm, funny and beautifully acted film."


@dataclass(frozen=True)
class Limits:
    """Tells the OpenAPI document the limits of one server, as metadata of a request's type.

    Args:
        options: have them; :func:`opinia.serve.requests.check_texts` sees to them.
    """

    options: ServeOptions

    def __get_pydantic_json_schema__(  # noqa: PLW3201
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Return the schema of the type with its limits."""
        schema = handler(core)
        fields = handler.resolve_ref_schema(schema)["properties"]
        if "text" in fields:
            fields["text"]["maxLength"] = self.options.max_characters
        if "texts" in fields:
            fields["texts"]["maxItems"] = self.options.max_texts
            fields["texts"]["items"]["maxLength"] = self.options.max_characters
        return schema


class _Request(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class AnalyseRequest(_Request):
    """Texts to judge."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"texts": [_TEXT, "Two hours I will not get back."], "details": True}}
    )

    texts: Annotated[list[str], FailFast()] = Field(description="The texts.")
    model: str | None = Field(None, description="Name of a model; without it the default answers.")
    details: bool = Field(False, description="Add tokens and unknown to each result.")


class ExplainRequest(_Request):
    """A text to explain."""

    model_config = ConfigDict(json_schema_extra={"example": {"text": _TEXT}})

    text: str = Field(description="The text.")
    model: str | None = Field(None, description="Name of a model; without it the default answers.")
    target: str | None = Field(
        None,
        description="The class to speak of, one of the model's labels; without it the answer, or of two "
        "classes the last.",
        max_length=LONGEST_LABEL,
    )


class Judgement(BaseModel):
    """What the model says of one text."""

    label: str = Field(description="The more probable of the model's classes.")
    probability: float = Field(description="Of the label.", ge=0, le=1)
    positive: float | None = Field(
        None, description="Of two classes: probability of the last, positive.", ge=0, le=1
    )
    probabilities: dict[str, float] | None = Field(
        None,
        description="Of more classes than two, instead of positive: the probability of each.",
    )
    doubt: str | None = Field(
        None,
        description="Why the answer should not be trusted: no_words, none_known (the model knows none of the "
        "words), other_language (than the model's) or mostly_unknown; null where nothing speaks against it.",
    )
    tokens: int | None = Field(None, description="With details: how many tokens the text has.")
    read_by: str | None = Field(
        None,
        description="With details: the model that read it, where each text is read by that of its language.",
    )
    unknown: float | None = Field(
        None,
        description="With details: share of words outside the vocabulary, marks aside; 1 without words.",
        ge=0,
        le=1,
    )
    language: str | None = Field(
        None,
        description="With details, where there is a doubt: the language that the text seems to be in, as a "
        "code of ISO 639-1; null where it is not clear.",
    )
    unknown_words: float | None = Field(
        None,
        description="With details, where there is a doubt: share of words outside the vocabulary, "
        "without signs such as emoji.",
        ge=0,
        le=1,
    )


class AnalyseAnswer(BaseModel):
    """The judgements, in the order of the texts."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "seed",
                "results": [
                    {
                        "label": "positive",
                        "probability": 0.98,
                        "positive": 0.98,
                        "doubt": None,
                        "tokens": 7,
                        "unknown": 0.0,
                    },
                    {
                        "label": "negative",
                        "probability": 0.61,
                        "positive": 0.39,
                        "doubt": None,
                        "tokens": 7,
                        "unknown": 0.0,
                    },
                ],
            }
        }
    )

    model: str
    results: list[Judgement]


class Contribution(BaseModel):
    """What one piece of the text does to the answer."""

    start: int = Field(description="Where the piece begins, in Unicode code points of the text.")
    end: int = Field(description="Where it ends.")
    contribution: float = Field(
        description="Probability of the target for the whole text, minus that for the text without the piece."
    )


class Point(BaseModel):
    """The answer to the text up to one place."""

    end: int = Field(description="Where the last word read so far ends, in Unicode code points.")
    positive: float = Field(description="Probability of the target for the text up to there.")
    probabilities: list[float] | None = Field(
        None, description="Of more classes than two: of each class there, in the order of classes."
    )


class ExplainAnswer(BaseModel):
    """Why the model judged the text so."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "seed",
                "label": "positive",
                "probability": 0.93,
                "target": "positive",
                "positive": 0.93,
                "unit": "word",
                "contributions": [{"start": 0, "end": 4, "contribution": 0.12}],
                "curve": [{"end": 4, "positive": 0.55}],
            }
        }
    )

    model: str
    label: str
    probability: float
    target: str = Field(description="The class that positive, contributions and curve speak of.")
    positive: float
    unit: str = Field(description="What the pieces are: word or sentence.")
    contributions: list[Contribution]
    curve: list[Point]
    classes: list[str] | None = Field(
        None, description="Of more classes than two: the model's labels, in its order."
    )
    probabilities: dict[str, float] | None = Field(
        None, description="Of more classes than two: the probability of each for the whole text."
    )


class ModelFacts(BaseModel):
    """One model."""

    name: str
    labels: list[str]
    language: str | None = Field(
        description="Language of the texts that the model reads, as a code of ISO 639-1, or other; null "
        "where it is open, or there are several."
    )
    languages: list[str] = Field(description="All of them.")
    parameters: int | None
    bytes: int
    card: dict[str, Any]
    models: list[ModelFacts] | None = Field(
        None, description="Where each text is read by the model of its language: those models."
    )


class ModelsAnswer(BaseModel):
    """The models that are loaded."""

    default: str
    models: list[ModelFacts]


class MeasuredAnswer(BaseModel):
    """What was measured of the files of the models that come with opinia."""

    models: dict[str, dict[str, dict[str, Any]]] = Field(
        description="By name of the model, then of its part, which is itself unless it is two: accuracy on "
        "each kind of text with 95 % intervals, reliability, accuracy by length, behaviour, speed. Other "
        "models have none."
    )


class Epoch(BaseModel):
    """The metrics of one epoch; null where training went out of numbers."""

    epoch: int
    loss: float | None
    accuracy: float | None
    val_loss: float | None
    val_accuracy: float | None


class RunRecipe(BaseModel):
    """What tells the runs of a study apart."""

    batch_size: int
    epochs: int
    seed: int


class Run(BaseModel):
    """One run of a study."""

    name: str
    recipe: RunRecipe
    settings: dict[str, dict[str, Any]] = Field(
        description="Of its recipe, by section: a few always, of the others those that are no defaults."
    )
    finished: bool
    seconds: float | None = Field(description="Of an epoch, the median; null where it is not known.")
    history: list[Epoch]


class Conclusion(BaseModel):
    """A sentence that is computed, and its verdict, which may be empty."""

    verdict: str
    text: str


class Conclusions(BaseModel):
    """What is concluded on one question, and the rule, which may be empty."""

    question: str
    entries: list[Conclusion]
    rule: str


class StudyRuns(BaseModel):
    """One study."""

    name: str
    runs: list[Run]
    conclusions: dict[str, list[Conclusions]] | None = Field(
        description="What follows from its finished runs, by language; null where none is."
    )


class LeftOut(BaseModel):
    """A run whose files are damaged."""

    name: str
    reason: str


class StudiesAnswer(BaseModel):
    """The studies in the server's folder, and the runs that cannot be shown."""

    studies: list[StudyRuns]
    left_out: list[LeftOut]


class Health(BaseModel):
    """Whether the server is well."""

    status: str


class ErrorFacts(BaseModel):
    """What went wrong."""

    code: str = Field(description="A name of the reason, for programs.")
    message: str = Field(description="What failed and what was received.")
    hint: str | None = Field(description="What to do about it.")


class ErrorAnswer(BaseModel):
    """The shape of every error."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "error": {
                    "code": "too_many_texts",
                    "message": "a request holds at most 1,000 texts. Received: 1,200",
                    "hint": "send them in several requests",
                }
            }
        }
    )

    error: ErrorFacts


_SAYS = {
    400: "The body is not JSON, or the Host header names another host.",
    401: "The key is missing or wrong.",
    404: "There is no such model, class or path.",
    408: "The body came too slowly.",
    413: "The body, a text, or their number is too large.",
    415: "The body is not of the type application/json, or it is compressed.",
    422: "The body has not the fields that are expected, or a text cannot be judged.",
    500: "The server failed.",
    503: "Too much waits already, or the deadline has passed.",
}
_RETRY = {"Retry-After": {"description": "Seconds after which to try again.", "schema": {"type": "integer"}}}


def answers(model: type[BaseModel] | str, *errors: int, says: str) -> dict[int | str, dict[str, Any]]:
    """Return the answers of a route: the good one, by its shape or media type, and the errors it may give."""
    found: dict[int | str, dict[str, Any]] = {}
    if isinstance(model, str):
        found[200] = {"description": says, "content": {model: {"schema": {"type": "string"}}}}
    else:
        found[200] = {"description": says, "model": model}
    for status in errors:
        found[status] = {"model": ErrorAnswer, "description": _SAYS[status]}
        if status == 503:
            found[status]["headers"] = _RETRY
    return found
