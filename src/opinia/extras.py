"""What is installed by an extra (``pip install '.[train]'``), and what to say where it is not.

Whoever needs such a package calls :func:`require` before the work begins, not when the import fails: a
training that lacks scikit-learn for its teacher should say so at once, and not after hours of pretraining.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any, NoReturn

from opinia.errors import MissingExtraError

_ZSTD = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"

# Of each extra: the modules that opinia imports, and the names under which pip knows them.
_EXTRAS: Mapping[str, Mapping[str, str]] = {
    "train": {
        "matplotlib": "matplotlib",
        "onnx": "onnx",
        "platformdirs": "platformdirs",
        "pooch": "pooch",
        "tomli_w": "tomli-w",
        "torch": "torch",
        "tqdm": "tqdm",
    },
    "teacher": {"sklearn": "scikit-learn", "scipy": "scipy"},
    "tensorboard": {"tensorboard": "tensorboard"},
    "files": {
        "backports.zstd": "backports-zstd",
        "compression.zstd": "backports-zstd",
        "pyarrow": "pyarrow",
        "python_calamine": "python-calamine",
        "xlsxwriter": "xlsxwriter",
    },
    "ray": {"ray": "ray"},
    "spark": {"pyspark": "pyspark", "pandas": "pandas", "pyarrow": "pyarrow"},
    "serve": {
        "fastapi": "fastapi",
        "httptools": "httptools",
        "prometheus_client": "prometheus-client",
        "pydantic": "pydantic",
        "pydantic_core": "pydantic",
        "starlette": "fastapi",
        "uvicorn": "uvicorn",
    },
}
# What each kind of work needs, by the name that its messages give it.
TRAINING = ("torch", "onnx", "tomli_w")
TEACHING = ("sklearn", "scipy")
CALIBRATING = ("scipy",)
DRAWING = ("matplotlib",)
DOWNLOADING = ("pooch", "platformdirs")
WRITING_MODELS = ("onnx",)
PARQUET = ("pyarrow",)
WORKBOOKS = ("python_calamine",)
WRITING_WORKBOOKS = ("xlsxwriter",)
ZSTD = (_ZSTD,)
SERVING = ("fastapi", "httptools", "prometheus_client", "pydantic", "uvicorn")
TENSORBOARD = ("tensorboard",)
RAY = ("ray", "pyarrow")
SPARK = ("pyspark", "pandas", "pyarrow")


def require(what: str, *modules: str) -> None:
    """Check that modules of an extra can be imported; nothing is imported.

    Args:
        what: what needs them, for the message, such as ``"training"``.
        modules: such as ``"torch"``, of this module's lists.

    Raises:
        MissingExtraError: some are not installed; it names their packages and the line that installs them.
    """
    absent = [module for module in modules if not _is_there(module)]
    if absent:
        raise missing(what, *absent)


def available(*modules: str) -> bool:
    """Tell whether modules of an extra can be imported; nothing is imported."""
    return all(map(_is_there, modules))


def missing(what: str, *modules: str) -> MissingExtraError:
    """Return the error that names the packages of modules, and the line that installs them."""
    extras = dict.fromkeys(extra for module in modules if (extra := extra_of(module)))
    packages = dict.fromkeys(_EXTRAS[extra].get(m, m) for m in modules if (extra := extra_of(m)))
    return MissingExtraError(what, ",".join(extras), packages=tuple(packages))


def of_import(what: str, error: ModuleNotFoundError) -> MissingExtraError | None:
    """Return what to say of an import that failed, or None if no extra brings that module."""
    module = error.name or ""
    return missing(what, module) if extra_of(module) else None


def extra_of(module: str) -> str | None:
    """Return the extra that brings a module, or the package that it is in, such as ``"train"``."""
    for extra, modules in _EXTRAS.items():
        for known in modules:
            if module == known or module.startswith(f"{known}.") or known.startswith(f"{module}."):
                return extra
    return None


def unavailable(what: str, error: ModuleNotFoundError) -> Callable[..., NoReturn]:
    """Return a function in the place of one whose packages are missing: it says so when it is called.

    ``from opinia import *`` and ``help(opinia)`` then work without them.

    Raises:
        ModuleNotFoundError: the same again, if no extra brings the module.
    """
    said = of_import(what, error)
    if said is None:
        raise error

    def say_so(*_: Any, **__: Any) -> NoReturn:
        raise said

    return say_so


def _is_there(module: str) -> bool:
    if module in sys.modules:
        return sys.modules[module] is not None
    try:
        return find_spec(module) is not None
    except (ModuleNotFoundError, ValueError):  # its parent is not there; it was put there by hand
        return False
