"""The words of the page, as the server sends them: from the one language room, and kept by the browser."""

import json
import urllib.error
import urllib.request

import pytest

from opinia.language import LANGUAGES


def fetch(address, **headers):
    request = urllib.request.Request(f"{address}/assets/words.js", headers=headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read().decode("utf-8"), answer.headers


def test_the_words_are_those_of_the_language_room(page_server):
    text, headers = fetch(page_server.address)
    assert headers["content-type"] == "text/javascript; charset=utf-8"
    words = json.loads(text.removeprefix("export default ").removesuffix(";\n"))
    assert words.keys() == LANGUAGES.keys()
    for code, language in LANGUAGES.items():
        labels = {f"label_{label}": word for label, word in language.words["label"].items()}
        tongues = {f"tongue_{code}": word for code, word in language.words["tongue"].items()}
        assert words[code] == {**language.words["page"], **labels, **tongues}


def test_they_are_kept_and_guarded_like_the_other_files(page_server):
    _, words = fetch(page_server.address)
    with urllib.request.urlopen(f"{page_server.address}/assets/main.js", timeout=60) as answer:
        other = answer.headers
    for name in ("cache-control", "content-security-policy", "x-content-type-options"):
        assert words[name] == other[name] is not None
    for tag in (words["etag"], f"W/{words['etag']}", f'"other", {words["etag"]}', "*"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            fetch(page_server.address, **{"If-None-Match": tag})
        assert caught.value.code == 304
        assert caught.value.headers["etag"] == words["etag"]
        assert caught.value.read() == b""
    assert fetch(page_server.address, **{"If-None-Match": '"other"'})[0]
