"""The interactive session, and the same for text that comes through a pipe.

A person at a terminal gets a prompt, an editable line and an answer below it. Without a terminal
every line of standard input is one review, and line N of the output answers line N of the input.
"""

from __future__ import annotations

import os
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from typing import BinaryIO

import click

from opinia.console.examples import EXAMPLES
from opinia.errors import InputError, JudgementError, TooLongError
from opinia.language import LANGUAGES, Language
from opinia.model.classifier import Classifier, Prediction
from opinia.model.one_text import MAX_CHARACTERS, check_words, doubt_about
from opinia.palette import TERMINAL
from opinia.system.interrupts import Interrupts, noted_interrupts
from opinia.text.language import OTHER

PROMPT = "> "
END_WORDS = frozenset(word for one in LANGUAGES.values() for word in one.say("console.end_words").split())
# What people type to leave or to ask in other programs, and no text: emoticons such as :x are not among them.
END_COMMANDS = frozenset(
    {":q", ":q!", ":qa", ":wq", ":quit", ":exit", "\\q", "/quit", "/exit", "exit()", "quit()"}
)
HELP_COMMANDS = frozenset({"?", ":?", ":h", ":help", "\\?", "\\h", "/help", "-h", "--help", "help()"})
HELP_WORDS = frozenset(word for one in LANGUAGES.values() for word in one.say("console.help_words").split())
LONG_TEXT = 50_000
MOST_LABELS = 12

_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_COLOURS = {
    "negative": TERMINAL["against"],
    "positive": TERMINAL["for"],
    "uncertain": TERMINAL["undecided"],
}


def start(
    classifier: Classifier, language: Language, *, examples: bool = False, uncertain: float = 0.0
) -> None:
    """Judge what a person types or a pipe brings, until it ends.

    Args:
        classifier: the model at work.
        language: the language of the answers.
        examples: judge the bundled reviews when there is no input at all.
        uncertain: half the width of the band around one half; see :meth:`Classifier.classify`.

    Raises:
        InputError: a line is too long or not text, or there is nowhere to write the answers.
    """
    if sys.stdout is None:
        raise InputError("standard output is closed: the answers have nowhere to go")
    if sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty():
        Conversation(classifier, language, uncertain=uncertain).hold()
        return
    if sys.stdin is not None and sys.stdin.isatty():  # answers into a file, typed by a person
        click.echo(greeting(classifier, language), err=True)
    lines = (
        0 if sys.stdin is None else judge_lines(classifier, language, sys.stdin.buffer, uncertain=uncertain)
    )
    if lines == 0 and examples and not classifier.reads_films:
        click.echo(language.say("console.no_examples"), err=True)
    elif lines == 0 and examples:
        judge_examples(classifier, language)


def greeting(classifier: Classifier, language: Language) -> str:
    """Say what to type: a film review, or a text in the language that the model reads."""
    if len(classifier.languages) > 1:
        one, other = map(language.in_language, classifier.languages)
        return language.say("console.greeting.two", one=one, other=other)
    if classifier.reads_films and not classifier.reads_any_text:
        return language.say("console.greeting")
    reads = classifier.doubter.asked_for
    if reads in (None, OTHER):
        return language.say("console.greeting.open")
    return language.say("console.greeting.own", model=language.in_language(reads))


def judge_examples(classifier: Classifier, language: Language) -> None:
    """Print the bundled reviews, shortened, and the answer to each whole one."""
    for review in EXAMPLES:
        prediction = classifier.classify(review)[0]
        click.echo(PROMPT + textwrap.shorten(review, 76, placeholder=" ..."))
        click.echo(language.answer(prediction.label, prediction.probability))


def judge_lines(
    classifier: Classifier, language: Language, stream: BinaryIO, *, uncertain: float = 0.0
) -> int:
    """Answer each line as it comes, an empty one by an empty line, and return how many there were.

    Of each kind of warning the first is printed at once, with its line, and the number at the end.
    """
    number, unsure, not_utf8 = 0, 0, 0
    for line in _lines(stream):
        number += 1
        try:
            text = line.decode()
        except UnicodeDecodeError:
            text = line.decode(errors="replace")
            not_utf8 += 1
            if not_utf8 == 1:
                _warn(language, number, language.say("console.not_utf8"))
        if not text.strip():
            click.echo()
            continue
        try:
            check_words(text, classifier, language)
            prediction = classifier.classify(text, uncertain=uncertain)[0]
        except (TooLongError, JudgementError) as error:
            raise InputError(f"line {number} of standard input: {error.message}", hint=error.hint) from error
        click.echo(language.answer(prediction.label, prediction.probability))
        doubt = doubt_about(text, prediction, classifier, language)
        if doubt is not None:
            unsure += 1
            if unsure == 1:
                _warn(language, number, doubt)
    for count, summary in ((unsure, "console.unsure_lines"), (not_utf8, "console.not_utf8_lines")):
        if count > 1:
            click.echo(language.say(summary, count=count, lines=language.number(number)), err=True)
    return number


def _warn(language: Language, line: int, what: str) -> None:
    click.echo(language.say("console.warning", line=line, what=what), err=True)


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    most = 4 * MAX_CHARACTERS
    number = 0
    while line := stream.readline(most + 2):
        number += 1
        if number == 1:
            if line.startswith(_UTF16_BOMS):
                raise InputError(
                    "standard input is UTF-16, not UTF-8", hint="convert it first: iconv -f UTF-16 -t UTF-8"
                )
            line = line.removeprefix(_UTF8_BOM)
        line = line.removesuffix(b"\n").removesuffix(b"\r")
        if len(line) > MAX_CHARACTERS and len(line.decode(errors="replace")) > MAX_CHARACTERS:
            raise InputError(
                f"line {number} of standard input is too long for one review: "
                f"more than {MAX_CHARACTERS:,} characters",
                hint="one line is one review: put a line break between reviews",
            )
        yield line


class Conversation:
    """A person at a terminal: prompt, line, answer, until Ctrl-D or a word such as ``exit``.

    A word such as ``help`` explains. Ctrl-C drops what stands in the line; on an empty line it ends, and
    while a text is judged it cancels that. However it ends, the status is 0.
    """

    def __init__(self, classifier: Classifier, language: Language, *, uncertain: float = 0.0) -> None:
        self._classifier = classifier
        self._language = language
        self._uncertain = uncertain
        self._plain = os.environ.get("TERM") in {"dumb", "unknown"}
        # None lets click decide for each stream: no colours where it is not a terminal.
        self._colour = False if self._plain or os.environ.get("NO_COLOR") else None
        self._work: _Judgement | None = None

    def hold(self) -> None:
        """Greet, and answer until the person ends it."""
        from opinia.console import prompt

        ask = prompt.ask_plainly if self._plain else prompt.Editor(self._language).ask
        self._remark(greeting(self._classifier, self._language))
        while self._turn(ask):
            pass
        if self._work is not None and self._work.is_alive():
            # A cancelled text may keep ONNX Runtime busy for seconds, and nobody waits for it.
            sys.stdout.flush()
            os._exit(0)

    def _turn(self, ask: Callable[[str], str]) -> bool:
        try:
            text = ask(PROMPT)
            word = text.strip().casefold()
            if word in END_WORDS | END_COMMANDS:
                return False
            if word in HELP_WORDS | HELP_COMMANDS:
                self._help()
            elif word:
                self._answer(text)
        except EOFError:
            return False
        except KeyboardInterrupt:
            pass
        return True

    def _help(self) -> None:
        """Say what can be typed, the line of the greeting among it."""
        language = self._language
        labels = ", ".join(map(language.label, self._classifier.model.description.labels[:MOST_LABELS]))
        more = " …" if len(self._classifier.model.description.labels) > MOST_LABELS else ""
        self._remark(greeting(self._classifier, language))
        self._remark(language.say("console.help", labels=labels + more))

    def _answer(self, text: str) -> None:
        language = self._language
        if len(text) > MAX_CHARACTERS:
            most = language.number(MAX_CHARACTERS)
            self._remark(language.say("console.too_long", count=len(text), most=most))
            return
        wait = len(text) > LONG_TEXT and not self._plain
        try:
            if wait:
                self._echo(click.style(language.say("console.judging"), dim=True), end="")
            prediction = self._judge(text)
        except (TooLongError, JudgementError) as error:
            self._echo("\r\x1b[K" if wait else "", end="")
            self._remark(error.message)
            return
        except KeyboardInterrupt:
            self._echo("\r\x1b[K" if wait else "", end="")
            self._remark(language.say("console.cancelled"))
            return
        colour = _COLOURS.get(prediction.label)
        answer = language.answer(prediction.label, prediction.probability)
        self._echo(("\r\x1b[K" if wait else "") + click.style(answer, fg=colour))
        doubt = doubt_about(text, prediction, self._classifier, language)
        if doubt is not None:
            self._remark(doubt)

    def _judge(self, text: str) -> Prediction:
        """Judge in a thread: ONNX Runtime cannot be interrupted, but waiting for it can."""
        with noted_interrupts() as interrupts:
            if self._work is not None:
                self._work.wait(interrupts)
            if not interrupts.came:
                self._work = _Judgement(self._classifier, text, self._uncertain, self._language)
                self._work.start()
                self._work.wait(interrupts)
        assert self._work is not None  # noqa: S101 - for the type checker
        return self._work.prediction()

    def _remark(self, text: str) -> None:
        click.echo(click.style(text, dim=True), err=True, color=self._colour)

    def _echo(self, text: str, *, end: str = "\n") -> None:
        click.echo(text + end, nl=False, color=self._colour)


class _Judgement(threading.Thread):
    def __init__(self, classifier: Classifier, text: str, uncertain: float, language: Language) -> None:
        super().__init__(daemon=True)
        self._language = language
        self._classifier = classifier
        self._text = text
        self._uncertain = uncertain
        self._outcome: Prediction | Exception | None = None

    def run(self) -> None:
        try:
            check_words(self._text, self._classifier, self._language)
            self._outcome = self._classifier.classify(self._text, uncertain=self._uncertain)[0]
        except Exception as error:  # it belongs to the thread that waits
            self._outcome = error

    def wait(self, interrupts: Interrupts) -> None:
        """Wait until the text is judged or Ctrl-C was pressed."""
        while self.is_alive() and not interrupts.came:
            self.join(0.05)

    def prediction(self) -> Prediction:
        if not isinstance(self._outcome, Prediction):
            raise self._outcome or RuntimeError("the text was not judged")
        return self._outcome
