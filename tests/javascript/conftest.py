"""Node and what the JavaScript package runs on; tests skip, with a reason, where they are missing."""

import os
import shutil

import compared
import pytest


def skip(reason):
    """Skip a test, but in CI, where Node and its packages are set up before."""
    if os.environ.get("CI") == "true" and os.environ.get("OPINIA_NODE") == "required":
        pytest.fail(f"in CI this is no reason to skip: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def node():
    """The path of Node."""
    found = shutil.which("node")
    if found is None:
        skip("there is no Node on this machine: on Debian, apt install nodejs npm")
    return found


@pytest.fixture(scope="session")
def web(node, root):
    """The name of the runtime in WebAssembly, which is installed."""
    del node
    if not (root / "js/node_modules" / compared.WEB).is_dir():
        skip(f"{compared.WEB} is not in js/node_modules: sh scripts/node.sh")
    return compared.WEB


@pytest.fixture(scope="session")
def native(node, root):
    """The name of the native runtime, which not every machine installs: it has 200 MB."""
    del node
    if not (root / "js/node_modules" / compared.NATIVE).is_dir():
        pytest.skip(f"{compared.NATIVE} is not installed: npm install --no-save {compared.NATIVE}, in js")
    return compared.NATIVE
