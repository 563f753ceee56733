"""The page in four files: its modules as one, its style sheets as one, compressed, named after their content.

A browser far away waits for each request anew; forty small files that name each other take it half a minute.
The files of :data:`PAGE` stay what a person edits and reads, and nothing has to be built: the server puts
them together when it starts.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from opinia.palette import COLOURS, light, style_sheet

PAGE = Path(__file__).parent
ENTRY = "main.js"
PALETTE = "palette"
"""Style sheet and module that are made of :mod:`opinia.palette`."""

_STYLES = re.compile(r'(?:^[ \t]*+<link rel="stylesheet" href="assets/[\w.-]+">\n)++', re.MULTILINE)
_STYLE = re.compile(r'href="assets/([\w.-]+)"')
_IMPORT = re.compile(r'^import (?:\{([^}]*)\} from |(\w+) from )"\./([\w-]+)\.js";[^\n]*\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?function|class|const) (\w+)", re.MULTILINE)
_LEFT = re.compile(r"^(?:import|export)\b", re.MULTILINE)


@dataclass(frozen=True)
class File:
    """A file that is sent, with its compressed form.

    Args:
        content: its bytes.
        media_type: what it is.
    """

    content: bytes
    media_type: str

    @cached_property
    def digest(self) -> str:
        """What changes whenever the content does."""
        return hashlib.sha256(self.content).hexdigest()[:16]

    @cached_property
    def _packed(self) -> bytes:
        return gzip.compress(self.content, 9, mtime=0)

    def answer(self, request: Request) -> Response:
        """Answer with the file, in the form that the client takes, or 304 to who has it."""
        packed = takes_gzip(request.headers.get("accept-encoding", ""))
        tag = f'"{self.digest}{"-gzip" if packed else ""}"'
        headers = {"etag": tag, "vary": "Accept-Encoding"}
        asked = request.headers.get("if-none-match", "").split(",")
        if {tag, "*"} & {each.strip().removeprefix("W/") for each in asked}:
            return Response(status_code=304, headers=headers)
        if packed:
            headers["content-encoding"] = "gzip"
        return Response(self._packed if packed else self.content, media_type=self.media_type, headers=headers)


class Bundle:
    """The page's files, put together once.

    Args:
        words: the module with the words of the page, ``export default …;``.
        page: folder with ``index.html`` and ``assets``.
        instead: files that take the place of the page's own, by the name of the module.
    """

    def __init__(
        self, words: bytes, page: Path = PAGE, *, instead: Mapping[str, Path] = MappingProxyType({})
    ) -> None:
        self._assets, self._instead = page / "assets", instead
        markup = (page / "index.html").read_text("utf-8")
        styles = "".join(self._read(name) for name in _STYLE.findall(self._found(_STYLES, markup)))
        self.style = File(styles.encode(), "text/css")
        self.script = File(_joined(self._read, words.decode("utf-8")).encode(), "text/javascript")
        link = f'    <link rel="stylesheet" href="assets/{self.style_name}">\n'
        markup = _STYLES.sub(link, markup, count=1).replace(f"assets/{ENTRY}", f"assets/{self.script_name}")
        self.markup = File(markup.encode(), "text/html")

    @property
    def style_name(self) -> str:
        """The name of the style sheet, which no other content ever has."""
        return f"opinia.{self.style.digest}.css"

    @property
    def script_name(self) -> str:
        """The name of the script."""
        return f"opinia.{self.script.digest}.js"

    def files(self) -> Mapping[str, File]:
        """Return what can be kept for ever, by name."""
        return {self.style_name: self.style, self.script_name: self.script}

    def _read(self, name: str) -> str:
        if name == f"{PALETTE}.css":
            return style_sheet()
        return self._instead.get(name.removesuffix(".js"), self._assets / name).read_text("utf-8")

    @staticmethod
    def _found(pattern: re.Pattern[str], text: str) -> str:
        match = pattern.search(text)
        assert match is not None  # noqa: S101 - the page is ours
        return match[0]


def takes_gzip(accepted: str) -> bool:
    """Tell whether a header Accept-Encoding allows gzip (RFC 9110, 12.5.3)."""
    for entry in accepted.lower().split(","):
        name, *parameters = (part.strip() for part in entry.split(";"))
        if name == "gzip":
            return not any(re.fullmatch(r"q=0(?:\.0*)?", each) for each in parameters)
    return False


def _joined(read: Callable[[str], str], words: str) -> str:
    """Return the entry's module and all that it imports as one module, each in a scope of its own."""
    palette = to_json({"style": style_sheet(), "colours": {name: light(name) for name in COLOURS}}).decode()
    done: dict[str, str] = {
        "words": f"const m_words = {words.removeprefix('export default ')}",
        PALETTE: f"const m_{PALETTE} = {palette};\n",
    }
    _add("main", read, done, ())
    return "".join(done.values())


def _add(name: str, read: Callable[[str], str], done: dict[str, str], above: tuple[str, ...]) -> None:
    assert name not in above, f"modules import each other in a circle: {(*above, name)}"  # noqa: S101
    if name in done:
        return
    text = read(f"{name}.js")
    for _, _, source in _IMPORT.findall(text):
        _add(source, read, done, (*above, name))
    exported = [found for _, found in _EXPORT.findall(text)]
    body = _EXPORT.sub(r"\1 \2", _IMPORT.sub(lambda match: f"{''.join(_taken(match))}\n", text))
    assert not _LEFT.search(body), f"{name}.js imports or exports in another way"  # noqa: S101
    done[name] = f"const m_{name} = (() => {{\n{body}\nreturn {{ {', '.join(exported)} }};\n}})();\n"


def _taken(match: re.Match[str]) -> Iterator[str]:
    """Yield what takes the place of an import: names out of the module's object."""
    names, whole, source = match.groups()
    if whole:
        yield f"const {whole} = m_{source};"
    else:
        yield f"const {{{names.replace(' as ', ': ')}}} = m_{source};"
