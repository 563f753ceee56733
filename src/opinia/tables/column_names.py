"""Names that columns of texts, of labels and of other things have: the one list of them."""

from __future__ import annotations

import re
import unicodedata

from opinia.tables.labels.words import POLARITIES


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


TEXTS = _set(
    "body comment commentary comments commenttext content customerreview document documents feedbacktext "
    "fulltext komentarz komentarze message messages opinia opinie opinion phrase phrases post rawtext "
    "recenzja recenzje responsetext review reviewbody reviewcomment reviewcomments reviewcontent "
    "reviewcontents reviewdescription reviews reviewstext reviewtext reviewtextcontent sentence sentences "
    "tekst tekstopinii tekstrecenzji teksty text textraw texts tresc treść treśćkomentarza treśćopinii "
    "treśćrecenzji tweet tweets tweettext usercomment userreview utterance uwagi verbatim wiadomość "
    "wypowiedz wypowiedź"
)
"""Names of columns of texts."""
LABELS = _set(
    "airlinesentiment category class classlabel emocja emocje emotion emotions etykieta etykiety gold "
    "goldlabel ispositive klasa label labels labelsentiment nastroj nastrój opinionclass polarity polarnosc "
    "polarność reviewsentiment "
    "sentiment sentimentclass sentimentlabel sentiments sentyment target truth tweetsentiment wydzwiek "
    "wydźwięk y"
)
"""Of labels."""
RATINGS = _set(
    "bubbles customerrating grade gwiazdki liczbagwiazdek liked nota ocena oceny overall overallrating "
    "polecam punkty rating ratings ratingscore ratingvalue reaction recommended reviewrating reviewscore "
    "reviewsrating reviewstars score scores scorevalue star starrating stars thumbs userrating votedup"
)
"""Of stars, points and thumbs."""
OTHERS = _set(
    "asin author autor data date helpful id index lp name nr reviewid summary title tytuł user userid"
)
"""Of what else stands in tables of reviews."""
HEADERS = (TEXTS | LABELS | RATINGS | OTHERS) - POLARITIES.keys()
"""Names that tell a header: hardly one of them is a cell of a table, as "recommended" may be."""


def plain_name(name: str) -> str:
    """Return a column's name as it is compared: its letters and digits, without case."""
    folded = unicodedata.normalize("NFC", name).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def is_rating_name(column: str) -> bool:
    """Tell whether a column is called as those of stars and points are."""
    return plain_name(column) in RATINGS or ends_in(column, RATINGS)


def ends_in(column: str, names: frozenset[str]) -> bool:
    """Tell whether the last of several words of a column's name is one of some names."""
    parts = [part for part in re.split(r"[._/\s-]+", column.strip()) if part]
    return len(parts) > 1 and plain_name(parts[-1]) in names
