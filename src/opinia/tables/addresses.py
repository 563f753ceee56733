"""Addresses of object stores and other file systems: what is one, what it may hold, how pyarrow takes it.

They are those that pyarrow knows, ``s3://``, ``gs://``, ``abfs://``, ``hdfs://`` and ``file://``, with
options behind a question mark, as in ``s3://bucket/key?endpoint_override=127.0.0.1:9000&scheme=http``.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from opinia.errors import DataError

_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]+)://", re.IGNORECASE)
_SECRET = re.compile(r"secret|token|passw|access_?key|account_?key|signature|^sig$|^sas", re.IGNORECASE)
_HOST_AND_PORT = re.compile(r"(?:[^@:]*@)?(?:\[[0-9a-f:.]*\]|[^@:]*)(?::[0-9]*)?", re.IGNORECASE)
_LEGAL = "/:%@=+,;~!$&'()[]*"
_MEANT = re.compile(r"[%?#*\[\]]")


def is_address(name: str) -> bool:
    """Tell whether a name is the address of something in an object store, or of any other file system."""
    return _ADDRESS.match(name) is not None


def check_address(name: str) -> None:
    """Check that a name holds no credentials: they would stand in messages and manifests.

    Raises:
        DataError: it does; they are not repeated.
    """
    found = _ADDRESS.match(name)
    if found is None:
        return
    scheme, (base, _, options) = found[1].lower(), name[found.end() :].partition("?")
    host = base.partition("/")[0]
    is_bare = scheme == "file" or _HOST_AND_PORT.fullmatch(host) is not None
    if scheme.startswith("s3"):  # a bucket has neither
        is_bare = "@" not in host and ":" not in host
    for option in options.split("&"):
        key, _, value = option.partition("=")
        is_bare = is_bare and not _SECRET.search(unquote(key)) and "@" not in unquote(value)
    if not is_bare:
        raise DataError(
            f"an address must not hold credentials. Received one that begins with {found[1]}://",
            hint="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or what the store has in their place, on "
            "every machine",
        )


def uri_of(name: str) -> str:
    """Return an address as pyarrow takes it: a person may write blanks, letters and ``#`` as they are."""
    base, mark, options = name.partition("?")
    return quote(base, safe=_LEGAL) + mark + options


def escaped(key: str) -> str:
    """Return the key of a file so that it stands for nothing else within an address."""
    return _MEANT.sub(lambda found: f"%{ord(found[0]):02X}", key)


def path_of(address: str) -> str:
    """Return what an address names, without its options and escapes."""
    return unquote(address.partition("?")[0])
