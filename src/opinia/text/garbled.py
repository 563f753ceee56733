"""Letters that a wrong encoding has made of others: ``Ã³`` for ``ó``, ``â€™`` for an apostrophe.

What is found are pairs of signs that no language writes beside each other, and that UTF-8 leaves where it is
read as an encoding of one byte a character (cp1252, latin-1, cp1250, cp1251, cp852); letters of one such
encoding read as another within words (``s³aba``); signs of control where letters were, question marks within
words and the sign for a letter that was lost; and letters written as escapes, with a backslash and digits.
Capitals alone tell little, so of most pairs a small letter must stand beside them.
"""

from __future__ import annotations

import re

_WEST = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\x80-\xbf"
"""What cp1252 and latin-1 make of the bytes of UTF-8 that stand behind a first one."""
_EAST = "€‚„…†‡‰Š‹ŚŤŽŹ‘’“”•–—™š›śťžź\x80-\xa0ˇ˘Ł¤Ą¦§¨©Ş«¬\xad®Ż°±˛ł´µ¶·¸ąş»Ľ˝ľż"
"""What cp1250 makes of them."""
_SMALL = "a-zß-öø-ÿāăąćčďđēęěğģīįıķĺľłńňņōőœŕřśşšťūůűųźżž"
_GARBLED = re.compile(
    "|".join(
        (
            "â(?:€.|\x80[\x80-\xbf]|‚¬|„[¢˘])",
            f"(?<=[{_SMALL}])[ÂÃÄÅÎÏ][{_WEST}]",
            f"(?<=[{_SMALL}])[ÂĂÄĹÎĎ][{_EAST}]",
            f"[ÃÅ][{_WEST}](?=[{_SMALL}])",
            f"Ä[{_WEST}](?=[a-z])",
            "[ĂĹ][€‚„…†‡‰‹‘’“”•–—™›\x80-\xa0ˇ˘¤¦§¨©«¬\xad®°±˛´µ¶·¸»˝](?=[a-z])",
            "Â[\xa0-\xbf]",
            f"(?:[ÐÑ][{_WEST}]){{2,}}",
            "(?:[РС][\u0400-\u040f\u0450-\u045f€‚„…†‡‰‹‘’“”•–—™›\xa0-\xbf]){2,}",
            "вЂ|[ÔΓ]Ç",
            "ðŸ|ð\x9f|đź[‘’“”¤]",
            f"(?<=[{_SMALL}])[├┼─┬][^\x00-\x7f]",
            f"[{_SMALL}](?:[¹¿¶±¼¦¯]|(?<!m)³)[{_SMALL}]",
            "(?<!\\w)[¦¶¼¾Ÿ][a-z]",
            "[a-z][\u0402-\u042f]",
            "[\x8a\x8c\x8e\x9a\x9c\x9e\x9f]",
            f"(?<=[{_SMALL}])[\x80-\x84\x86-\x95\x98-\x9b\x9d](?=[{_SMALL}])",
            "\ufffd",
        )
    )
)
_TRACE = re.compile("[âÂÃÄÅÎÏĂĹĎÐÑÇðđ├┼─┬¹³¿¶±¼¾¦¯Ÿ\x80-\x84\x86-\x95\x98-\x9f\u0402-\u042f\ufffd]")
"""Signs of which one is the first or the second of each pair: they are looked for ten times as fast."""
_ASCII = bytes(range(128))
_ESCAPED = re.compile(r"\\u[0-9a-fA-F]{4}|\\x[0-9a-f]{2}")
_BEFORE_LETTER = re.compile(r"\?[a-z]")
_LOST = re.compile(r"[a-z]\?[a-z]|(?<!\S)\?[a-z]{2}")
"""One alone may lack a blank: ``really?yes``."""


def garbled_in(text: str) -> str | None:
    """Return the first signs of a text that a wrong encoding has left there, or None.

    Example:
        >>> garbled_in("Itâ€™s fine"), garbled_in("sÅ‚aba gra"), garbled_in("Été à Łódź – „naïve”")
        ('â€™', 'Å‚', None)
    """
    if not text.isascii():
        strange = text.encode(errors="replace").translate(None, _ASCII).decode()
        trace = _TRACE.search(strange)
        if trace is not None:
            found = _GARBLED.search(text, max(0, text.index(trace[0]) - 1))
            if found is not None:
                return found[0]
    if "\\" in text:
        found = _ESCAPED.search(text)
        if found is not None:
            return found[0]
    if "?" in text and len(_BEFORE_LETTER.findall(text)) > 1:
        lost = _LOST.findall(text)
        return lost[0] if len(lost) > 1 else None
    return None
