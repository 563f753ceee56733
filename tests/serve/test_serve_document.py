"""Requests made up from our own OpenAPI document: each answer is one that it describes, and none is a 500."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

from servers import running

EXAMPLES = 25
REFUSED = ["400", "401", "404", "413", "415", "422"]
GOOD, BAD = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
KEY = {"Authorization": "Bearer key"}
OPERATIONS = [
    ("POST", "/v1/analyse"),
    ("POST", "/v1/explain"),
    ("GET", "/v1/models"),
    ("GET", "/v1/measured"),
    ("GET", "/v1/studies"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
]


@pytest.fixture(scope="module")
def document(models):
    """The document of a server with a key, as a client reads it."""
    with running(models, api_key="key", max_texts=20, max_characters=1000) as client:
        found = schemathesis.openapi.from_url(f"{client.base_url}/openapi.json", headers=KEY)
        found.config.checks.negative_data_rejection.expected_statuses = REFUSED
        yield found


def test_all_operations_are_tried(document):
    assert {(found.ok().method.upper(), found.ok().path) for found in document.get_all_operations()} == set(
        OPERATIONS
    )


@pytest.mark.parametrize(
    ("method", "path", "mode"),
    [(*operation, GOOD) for operation in OPERATIONS] + [(*operation, BAD) for operation in OPERATIONS[:2]],
)
def test_every_answer_is_described(document, method, path, mode):
    operation = document[path][method]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES if method == "POST" else 2,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    def ask(case):
        case.call_and_validate(headers=KEY, timeout=60)

    ask()
