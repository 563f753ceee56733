"""One text that a person gives: how long it may be, and in words why its answer should not be trusted."""

from __future__ import annotations

from opinia.errors import TooLongError
from opinia.language import Language
from opinia.model.classifier import Classifier, Prediction
from opinia.model.doubt import MOSTLY_UNKNOWN, OTHER_LANGUAGE, may_be_foreign
from opinia.model.long_texts import MAX_TOKENS
from opinia.text.language import language_of

MAX_CHARACTERS = 2 << 20
"""Of one text; the longest review of IMDB has 14 kB."""


def check_words(text: str, classifier: Classifier, language: Language) -> None:
    """Check that a text has no more words than are read.

    Raises:
        TooLongError: it has.
    """
    if len(text) > MAX_TOKENS:  # else it has no more words than that
        words = len(classifier.encode(text))
        if words > MAX_TOKENS:
            most = language.number(MAX_TOKENS)
            raise TooLongError(language.say("console.too_many_words", count=words, most=most))


def doubt_about(text: str, prediction: Prediction, classifier: Classifier, language: Language) -> str | None:
    """Return why an answer should not be trusted, in words; None if it may. See :mod:`opinia.model.doubt`."""
    if prediction.doubt is None:
        return None
    tokenizer = classifier.reader_of(text).model.description.tokenizer
    asks = prediction.doubt != MOSTLY_UNKNOWN or may_be_foreign(
        text, prediction.unknown, tokenizer, classifier.languages
    )
    return language.doubt(
        prediction.doubt,
        share=prediction.unknown,
        found=language_of(text) if prediction.doubt == OTHER_LANGUAGE else None,
        model=classifier.languages if asks else None,
    )
