"""Who is let in: by key, by the host that is named; and what every answer forbids."""

import pytest

from opinia.serve.middleware import is_allowed
from servers import error_of, running

TEXT = {"texts": ["good"]}
OPEN = ["/", "/assets/icon.svg", "/healthz", "/readyz"]
LOCKED = ["/v1/models", "/v1/studies", "/metrics", "/openapi.json", "/nothing"]


def test_without_the_key_nothing_but_page_and_probes(models):
    with running(models, api_key="right key") as client:
        for path in OPEN:
            assert client.get(path).status_code == 200
        for headers in (
            {},
            {"authorization": "Bearer wrong"},
            {"authorization": "Basic right key"},
            {"authorization": "right key"},
            {"authorization": "Bearer"},
            {"authorization": "Bearer right key and more"},
            {"authorization": b"Bearer \xff\xfe"},
        ):
            for path in LOCKED:
                refused = client.get(path, headers=headers)
                assert refused.status_code == 401
                assert error_of(refused)["code"] == "unauthorised"
                assert refused.headers["www-authenticate"].startswith("Bearer")
            assert client.post("/v1/analyse", json=TEXT, headers=headers).status_code == 401
        right = {"authorization": "bearer right key"}
        assert client.post("/v1/analyse", json=TEXT, headers=right).status_code == 200
        assert client.get("/metrics", headers=right).status_code == 200
        document = client.get("/openapi.json", headers=right).json()
        assert document["paths"]["/v1/analyse"]["post"]["security"] == [{"key": []}]
        assert document["components"]["securitySchemes"] == {"key": {"type": "http", "scheme": "bearer"}}
        assert "security" not in document["paths"]["/healthz"]["get"]
        assert "security" not in document


def test_the_key_is_asked_for_before_the_body_is_read(models):
    with running(models, api_key="key", max_body_bytes=10) as client:
        assert client.post("/v1/analyse", content=b" " * 1000).status_code == 401


@pytest.mark.parametrize(
    ("host", "own", "allowed", "expected"),
    [
        ("localhost", "127.0.0.1", (), True),
        ("LOCALHOST:8000", "127.0.0.1", (), True),
        ("localhost.:8000", "127.0.0.1", (), True),
        ("app.localhost:8000", "127.0.0.1", (), True),
        ("127.0.0.1:8000", "127.0.0.1", (), True),
        ("[::1]:8000", "127.0.0.1", (), True),
        ("evil.example", "127.0.0.1", (), False),
        ("localhost.evil.example", "127.0.0.1", (), False),
        ("127.0.0.1.evil.example", "127.0.0.1", (), False),
        ("evillocalhost", "127.0.0.1", (), False),
        ("192.168.1.5:8000", "127.0.0.1", (), False),
        ("", "127.0.0.1", (), False),
        ("opinia.example", "127.0.0.1", ("opinia.example",), True),
        ("opinia.example:443", "127.0.0.1", ("Opinia.Example",), True),
        ("evil.example", "127.0.0.1", ("*",), True),
        ("192.168.1.5:8000", "0.0.0.0", (), True),
        ("[fd00::5]:8000", "::", (), True),
        ("evil.example:8000", "0.0.0.0", (), False),
        ("nas.local", "nas.local", (), True),
    ],
)
def test_hosts(host, own, allowed, expected):
    assert is_allowed(host, own=own, allowed=allowed) is expected


def test_a_page_that_rebinds_its_name_gets_nothing(models):
    with running(models) as client:
        for path in ("/", "/healthz", "/v1/models", "/assets/icon.svg"):
            refused = client.get(path, headers={"host": "evil.example"})
            assert refused.status_code == 400
            assert error_of(refused)["code"] == "host_not_allowed"
        assert client.post("/v1/analyse", json=TEXT, headers={"host": "evil.example"}).status_code == 400
    with running(models, allowed_hosts=("opinia.example",)) as client:
        assert client.get("/v1/models", headers={"host": "opinia.example"}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/assets/icon.svg"), ("GET", "/metrics"), ("GET", "/no"), ("POST", "/v1/analyse")],
)
def test_every_answer_carries_its_headers(server, method, path):
    headers = server.request(method, path, headers={"origin": "http://evil.example"}).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == ("no-cache" if path in ("/", "/assets/icon.svg") else "no-store")
    assert "server" not in headers
    assert not [name for name in headers if name.startswith("access-control")]
