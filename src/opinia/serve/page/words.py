"""The words of the page in every language, as a module of JavaScript."""

from __future__ import annotations

import hashlib
from functools import cache

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from opinia.language import LANGUAGES


async def page_words(request: Request) -> Response:
    """Answer with the words in every language, or 304 to who has them."""
    module, tag = words_module()
    asked = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    if tag in asked or asked == ["*"]:
        return Response(status_code=304, headers={"etag": tag})
    return Response(module, media_type="text/javascript", headers={"etag": tag})


@cache
def words_module() -> tuple[bytes, str]:
    """Return the module of the page's words and its entity tag."""
    module = module_of_words()
    return module, f'"{hashlib.sha256(module).hexdigest()[:32]}"'


def module_of_words(*instead: str) -> bytes:
    """Return the module of the page's words; a model's labels are called what they are called everywhere.

    Args:
        instead: sections of the language room whose words take the place of the page's.
    """
    words = {
        code: {
            **language.words["page"],
            **{key: word for section in instead for key, word in language.words[section].items()},
            **{f"label_{label}": word for label, word in language.words["label"].items()},
            **{f"tongue_{code}": word for code, word in language.words["tongue"].items()},
        }
        for code, language in LANGUAGES.items()
    }
    return b"export default " + to_json(words) + b";\n"
