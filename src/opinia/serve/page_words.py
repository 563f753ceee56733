"""The words of the page as a module of JavaScript: they stand in ``opinia.language``, with all others."""

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
    """Return the module and its entity tag; a model's labels are called what they are called everywhere."""
    words = {
        code: {
            **language.words["page"],
            **{f"label_{label}": word for label, word in language.words["label"].items()},
        }
        for code, language in LANGUAGES.items()
    }
    module = b"export default " + to_json(words) + b";\n"
    return module, f'"{hashlib.sha256(module).hexdigest()[:32]}"'
