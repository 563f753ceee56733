"""The page without a server: a folder for any static host, in which the models run in the browser.

It is the page of :mod:`opinia.serve.app`, put together in the same way, but for one module: in place of
``transport.js``, which asks a server, that of ``static/`` asks a worker, which holds the models in
JavaScript (``js/`` of a checkout) on ONNX Runtime in WebAssembly. The latter is large and comes from
elsewhere: from the package ``onnxruntime-web``, in one pinned version.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from opinia import __version__
from opinia.errors import InputError
from opinia.model.bilingual import BilingualClassifier
from opinia.model.classifier import Classifier
from opinia.serve.models import Models
from opinia.serve.page.bundle import PAGE, Bundle
from opinia.serve.page.words import module_of_words

RUNTIME = "onnxruntime-web"
RUNTIME_VERSION = "1.30.0"
RUNTIME_FILES = {
    "ort.wasm.min.mjs": "219e6a1fc8a9938268d18efca3c91d310bd2f4a59bbd13744df5b2b7fc6cee3b",
    "ort-wasm-simd-threaded.mjs": "e13f7f94fc51b4ca72b12faeb1ee95f4ace6dfbc8939bc718aabdc0a27c4299b",
    "ort-wasm-simd-threaded.wasm": "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
}
"""What is taken of the package, with the SHA-256 of each file in :data:`RUNTIME_VERSION`."""
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'"
)
"""That of the service, and beside it WebAssembly and workers."""
HEADERS = {
    "Content-Security-Policy": f"{POLICY}; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
OFFLINE = Path(__file__).parent / "offline_assets"
_ICON, _EARLY = "assets/icon.svg", "assets/early.js"
_OFFLINE, _MODELS, _HEADERS = "offline.js", "models.json", "_headers"
_LINKS = re.compile(r'^ *<a href="#/(?:file|training|interface)".*</a>\n', re.MULTILINE)
_CHARSET = '<meta charset="utf-8">\n'


@dataclass(frozen=True)
class StaticPage:
    """What a folder holds.

    Args:
        files: content by its place in the folder.
        default: files of the default model.
    """

    files: Mapping[str, bytes]
    default: tuple[str, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(map(len, self.files.values()))

    @property
    def first(self) -> int:
        """Bytes of what a browser keeps at once: all but the models beside the default one."""
        return sum(len(content) for name, content in self.files.items() if self.is_first(name))

    def is_first(self, name: str) -> bool:
        """Tell whether a file is among those that a browser keeps at once."""
        return not name.startswith("models/") or name in self.default


def find_runtime(given: Path | None = None) -> Path:
    """Return the folder with ONNX Runtime in WebAssembly.

    Args:
        given: a folder of the package, or its ``dist``; None looks where npm installs it, here and in a
            checkout.

    Raises:
        InputError: it is not there.
    """
    here = Path("node_modules", RUNTIME)
    places = [given] if given is not None else [here, Path(__file__).parents[4] / "js" / here]
    for place in places:
        for folder in (place, place / "dist"):
            if all((folder / name).is_file() for name in RUNTIME_FILES):
                return folder
    where = f"in {given}" if given is not None else f"there as {here}"
    raise InputError(
        f"ONNX Runtime in WebAssembly, which the page needs, is not {where}",
        hint=f"npm install {RUNTIME}@{RUNTIME_VERSION} puts it there; --runtime names another folder",
    )


def static_page(models: Models, runtime: Path) -> StaticPage:
    """Put the page together.

    Args:
        models: that judge; the first is the default.
        runtime: folder of :func:`find_runtime`.

    Raises:
        InputError: a file of the runtime is not that of the pinned version.
        ModelFileError: a model is no longer there.
    """
    files = dict(_assets())
    files |= {f"runtime/{name}": content for name, content in _runtime_files(runtime)}
    files |= {f"opinia/{path.name}": path.read_bytes() for path in javascript_files()}
    files["worker.js"] = (OFFLINE / "worker.js").read_bytes()
    found, sources = _models(models)
    files |= {f"models/{name}": content for name, content in found.items()}
    names = [*files, _MODELS, _OFFLINE, _HEADERS]
    about = {"models": models.describe(), "measured": models.measured(), "sources": sources, "files": names}
    files[_MODELS] = to_json(about, inf_nan_mode="null")
    default = sources[models.default]
    page = StaticPage(files, (default,) if isinstance(default, str) else tuple(default.values()))
    files[_OFFLINE] = _offline(page)
    files[_HEADERS] = _headers()
    return page


def write(page: StaticPage, folder: Path, *, force: bool = False) -> None:
    """Write the page into a folder, all of it or nothing.

    Args:
        page: what to write.
        folder: a new or empty one.
        force: put it in place of an older page of this kind.

    Raises:
        InputError: there is something else, or a page that is not to be replaced.
        OSError: it cannot be written.
    """
    is_taken = folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir())))
    if is_taken and not is_page(folder):
        raise InputError(
            f"{folder} is there already, and is no page of opinia's", hint="name a new or an empty folder"
        )
    if is_taken and not force:
        raise InputError(f"there is a page in {folder} already", hint="--force puts the new one in its place")
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as beside:
        new, old = Path(beside, "new"), Path(beside, "old")
        for name, content in page.files.items():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            (new / name).write_bytes(content)
        if folder.exists():
            folder.rename(old)
        new.rename(folder)


def is_page(folder: Path) -> bool:
    """Tell whether a folder holds a page that :func:`write` has written, and nothing else."""
    try:
        known = json.loads((folder / _MODELS).read_text("utf-8"))["files"]
        there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return not folder.is_symlink() and isinstance(known, list) and there <= set(map(str, known))


def javascript_files() -> list[Path]:
    """Return the modules of the JavaScript package that run in a browser.

    An installed package holds them as ``opinia/javascript``; in a checkout they are ``js/src/`` at its root.
    """
    packaged = Path(str(resources.files("opinia") / "javascript"))
    folder = packaged if packaged.is_dir() else Path(__file__).parents[4] / "js" / "src"
    return [path for path in sorted(folder.glob("*.js")) if path.name != "node.js"]


def _assets() -> Iterator[tuple[str, bytes]]:
    """Yield the page itself."""
    bundle = Bundle(module_of_words("static"), instead={"transport": OFFLINE / "transport.js"})
    policy = f'    <meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
    markup = _LINKS.sub("", bundle.markup.content.decode()).replace("<html ", '<html data-server="none" ', 1)
    yield "index.html", markup.replace(_CHARSET, _CHARSET + policy, 1).encode()
    for name, file in bundle.files().items():
        yield f"assets/{name}", file.content
    for name in (_ICON, _EARLY):
        yield name, (PAGE / name).read_bytes()


def _runtime_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for name, digest in RUNTIME_FILES.items():
        content = (folder / name).read_bytes()
        if hashlib.sha256(content).hexdigest() != digest:
            raise InputError(
                f"{folder / name} is not that of {RUNTIME} {RUNTIME_VERSION}: its SHA-256 is another",
                hint=f"npm install {RUNTIME}@{RUNTIME_VERSION}",
            )
        yield name, content


def _models(models: Models) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Return the model files by name, each once, and what each model is made of."""
    known: dict[str, str] = {}
    files: dict[str, bytes] = {}

    def place(name: str, classifier: Classifier) -> str:
        if classifier.sha256 not in known:
            known[classifier.sha256] = f"models/{name}.onnx"
            files[f"{name}.onnx"] = classifier.model.to_bytes()
        return known[classifier.sha256]

    sources: dict[str, Any] = {}
    pairs = {name: each for name, each in models.classifiers.items() if isinstance(each, BilingualClassifier)}
    for name, classifier in models.classifiers.items():
        if name not in pairs:
            sources[name] = place(name, classifier)
    for name, pair in pairs.items():
        parts = zip(pair.languages, pair.models, strict=True)
        sources[name] = {language: place(f"{name}-{language}", part) for language, part in parts}
    return files, sources


def _offline(page: StaticPage) -> bytes:
    """Return the service worker; its version changes whenever any file does."""
    digest = hashlib.sha256()
    for name, content in sorted(page.files.items()):
        digest.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\0".encode())
    first = ["./", *(name for name in page.files if name != "index.html" and page.is_first(name))]
    later = [name for name in page.files if not page.is_first(name)]
    values = {"VERSION": f"{__version__}-{digest.hexdigest()[:16]}", "FIRST": first, "LATER": later}
    lines = [f"const {name} = {json.dumps(value)};\n" for name, value in values.items()]
    return "".join(lines).encode() + (OFFLINE / _OFFLINE).read_bytes()


def _headers() -> bytes:
    """Return what several hosts read as the headers to send; others have a place of their own for them."""
    return ("/*\n" + "".join(f"  {name}: {value}\n" for name, value in HEADERS.items())).encode()
