"""What ``opinia.serve.connection`` needs of uvicorn, which is no public interface of it, is there.

Where this fails after an upgrade, uvicorn has changed below :mod:`opinia.serve.connection`: read what changed
in ``uvicorn/protocols/http/httptools_impl.py``, run ``tests/serve``, and only then widen the range.
"""

import ast
import inspect
import re
import tomllib
from pathlib import Path

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from opinia.errors import OpiniaError
from opinia.serve import connection
from opinia.serve.options import ServeOptions
from opinia.serve.server import make_server

OVERRIDDEN = {
    HttpToolsProtocol: {
        "connection_made": "self transport",
        "connection_lost": "self exc",
        "data_received": "self data",
        "on_message_begin": "self",
        "on_header": "self name value",
        "on_headers_complete": "self",
        "on_body": "self body",
        "on_message_complete": "self",
        "on_response_complete": "self",
        "send_400_response": "self msg",
        "timeout_keep_alive_handler": "self",
        "pause_writing": "self",
        "resume_writing": "self",
        "shutdown": "self",
        "_start_asgi_task": "self cycle app",
    },
    uvicorn.Server: {"shutdown": "self sockets"},
}
USED = {
    HttpToolsProtocol: {
        *("connections", "cycle", "headers", "loop", "parser", "pipeline", "timeout_keep_alive_task"),
        *("transport", "url", "_unset_keepalive_if_required"),
    },
    RequestResponseCycle: {
        *("disconnected", "keep_alive", "message_event", "response_complete", "response_started"),
    },
    uvicorn.Server: {"config", "force_exit", "lifespan", "server_state", "servers"},
}
OURS = {
    HttpToolsProtocol: (connection.FramedProtocol, connection.Connection),
    uvicorn.Server: (connection.Server,),
}


@pytest.mark.parametrize("theirs", OVERRIDDEN)
def test_every_method_is_overridden_as_it_is_called(theirs):
    for name, parameters in OVERRIDDEN[theirs].items():
        assert list(inspect.signature(getattr(theirs, name)).parameters) == parameters.split(), name
    for ours in OURS[theirs]:
        overridden = {name for name in vars(ours).keys() & vars(theirs).keys() if not name.startswith("__")}
        assert overridden <= OVERRIDDEN[theirs].keys()
        for name in overridden:
            parameters = inspect.signature(vars(ours)[name]).parameters
            assert list(parameters) == OVERRIDDEN[theirs][name].split(), name


@pytest.mark.parametrize("theirs", USED)
def test_every_attribute_is_set(theirs):
    written = inspect.getsource(theirs)
    for name in USED[theirs]:
        assert hasattr(theirs, name) or re.search(rf"\bself\.{name}\b(: [^=\n]+)? = ", written), name


@pytest.mark.parametrize("theirs", OURS)
def test_nothing_else_is_used(theirs):
    """The lists above are all that our code reads of uvicorn's own."""
    written = [ast.parse(inspect.getsource(ours)) for ours in OURS[theirs]]
    names = {
        node.attr
        for tree in written
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
    }
    own = {name for ours in OURS[theirs] for each in (vars(ours), ours.__annotations__) for name in each}
    assert names - own - OVERRIDDEN[theirs].keys() == USED[theirs]


@pytest.mark.parametrize("version", ["0.34.0", "0.52.4", "0.55.0", "1.0", "0.55.0rc1"])
def test_another_version_is_refused(models, monkeypatch, version):
    monkeypatch.setattr(uvicorn, "__version__", version)
    with pytest.raises(
        OpiniaError, match=rf"uvicorn from 0\.53 on, below 0\.55. Received: {version}"
    ) as caught:
        make_server(models, ServeOptions())
    assert caught.value.hint == f"pip install '{wanted()}'"


def wanted():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    (found,) = [each for each in project["project"]["optional-dependencies"]["serve"] if "uvicorn" in each]
    return found


def test_uvicorn_is_overridden_in_one_file_alone():
    root = Path(connection.__file__).parents[1]
    found = {
        path.name for path in root.rglob("*.py") if re.search(r"(from|import) uvicorn\.", path.read_text())
    }
    assert found == {"connection.py"}
