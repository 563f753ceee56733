"""The editable line of the console: history, and a paste of many lines as one review.

Imported only when a person watches; everything else in opinia does without prompt_toolkit.
"""

from __future__ import annotations

import sys
from bisect import bisect_right

from prompt_toolkit import PromptSession
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.formatted_text.utils import fragment_list_to_text
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.layout.utils import explode_text_fragments

from opinia.language import Language
from opinia.system.stdio import decoded

# Longer pastes hide what was typed around them, and prompt_toolkit draws 1 MB for minutes.
SHOWN_CHARACTERS = 2_000
SHOWN_LINES = 12
# A paste that is not shown stands in the line as one character for private use, and can be
# deleted as one.
_FIRST_MARK = 0x100000
_LAST_MARK = 0x10FFFD


class Editor:
    """A line to type in, with the history of this session.

    Args:
        language: the language of what stands for a long paste.
    """

    def __init__(self, language: Language) -> None:
        self._language = language
        self._pastes: list[str] = []
        bindings = KeyBindings()
        bindings.add(Keys.BracketedPaste)(self._paste)
        self._session: PromptSession[str] = PromptSession(
            history=InMemoryHistory(),
            key_bindings=bindings,
            input_processors=[_ShowPastes(self)],
            enable_suspend=True,
            reserve_space_for_menu=0,
        )

    def ask(self, prompt: str) -> str:
        """Return what the person typed and pasted, without the last line break.

        Raises:
            EOFError: Ctrl-D, or Ctrl-C with nothing typed.
            KeyboardInterrupt: Ctrl-C dropped what was typed.
        """
        try:
            text = self._session.prompt(prompt)
        except KeyboardInterrupt:
            if self._session.default_buffer.text:
                raise
            raise EOFError from None
        return decoded("".join(self.paste_behind(character) or character for character in text))

    def paste_behind(self, character: str) -> str | None:
        """Return the paste that a character stands for, or None."""
        number = ord(character) - _FIRST_MARK
        return self._pastes[number] if 0 <= number < len(self._pastes) else None

    def stand_in(self, paste: str) -> str:
        """Return what is shown in place of a long paste."""
        return self._language.say("console.pasted", count=len(paste)).replace(
            "\N{NO-BREAK SPACE}",
            " ",  # prompt_toolkit underlines the other one
        )

    def _paste(self, event: KeyPressEvent) -> None:
        text = event.data.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
        long = len(text) > SHOWN_CHARACTERS or text.count("\n") >= SHOWN_LINES
        mark = _FIRST_MARK + len(self._pastes)
        if (long or (text and max(map(ord, text)) >= _FIRST_MARK)) and mark <= _LAST_MARK:
            self._pastes.append(text)
            text = chr(mark)
        event.current_buffer.insert_text(text)


class _ShowPastes(Processor):
    """Draws a long paste as a few words that say how long it is."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        fragments = transformation_input.fragments
        if not any(map(self._editor.paste_behind, fragment_list_to_text(fragments))):
            return Transformation(fragments)
        shown: StyleAndTextTuples = []
        places = [0]  # where each character of the line is drawn, and the end of the line
        for style, character, *_ in explode_text_fragments(fragments):
            paste = self._editor.paste_behind(character)
            text = character if paste is None else self._editor.stand_in(paste)
            shown.append((style if paste is None else "class:paste bold", text))
            places.append(places[-1] + len(text))
        last = len(places) - 1
        return Transformation(
            shown,
            source_to_display=lambda i: places[i] if i <= last else places[last] + i - last,
            display_to_source=lambda i: (
                bisect_right(places, i) - 1 if i <= places[last] else i - places[last] + last
            ),
        )


def ask_plainly(prompt: str) -> str:
    """Return one line, from a terminal that can neither colour nor move its cursor.

    Raises:
        EOFError: Ctrl-D, or Ctrl-C with nothing typed.
        KeyboardInterrupt: Ctrl-C dropped what was typed.
    """
    try:
        import readline  # a terminal's own line editing cuts lines at 4,096 bytes
    except ImportError:  # Windows
        readline = None  # type: ignore[assignment]
    else:
        for setting in ("input-meta on", "convert-meta off", "output-meta on"):  # off in the C locale
            readline.parse_and_bind(f"set {setting}")
    sys.stdin.reconfigure(errors="surrogateescape")  # type: ignore[union-attr]
    try:
        return decoded(input(prompt))
    except (EOFError, KeyboardInterrupt) as error:
        print()  # noqa: T201
        if isinstance(error, KeyboardInterrupt) and readline and readline.get_line_buffer():
            raise
        raise EOFError from None
