"""Collect what ``general`` or ``polish`` learns from into one file, which ``recipes/`` names.

    python scripts/collect/collect.py english ../shared/data/en --teacher runs/base -o runs/english.jsonl.gz
    python scripts/collect/collect.py polish ../shared/data/pl -o runs/polish.jsonl.gz

Once both are there, scripts/collect/teacher.py can take on an embedding model with them, and
``--embedding-teacher`` collects both again with what that says: mixed into the labels of short texts, and as
the labels of sentences of reviews and posts, which have none of their own.

Texts of the behaviour checks, and whatever shares five words in a row with one of them, are left out; so is
every text whose letters are those of a validation text.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import grammar_en
import grammar_pl
import lexicons
from reviews import film_reviews, sentences
from sets import Row, english, plain, polish

from opinia import load
from opinia.evaluate.behaviour import CASES_BY_LANGUAGE, read_cases
from opinia.system.files import write_atomically
from opinia.text.words import split_words

ABOUT = {
    "imdb": "IMDB Large Movie Review Dataset (Maas et al. 2011)",
    "imdb_unlabelled": "its unlabelled reviews, with soft labels of `record`",
    "imdb_sentences": "sentences of its unlabelled reviews, with soft labels of `record`",
    "imdb_pieces": "other sentences of those, with soft labels of an embedding teacher",
    "amazon4": "Multi-Domain Sentiment Dataset (Blitzer, Dredze & Pereira 2007)",
    "amazon4_titles": "titles of the same reviews",
    "amazon4_sentences": "sentences of the same reviews, with soft labels of an embedding teacher",
    "pros_cons": "pros and cons of products (Ganapathibhotla & Liu 2008), CC BY 4.0",
    "goemotions": "GoEmotions (Demszky et al. 2020), Apache-2.0",
    "tweets_rated": "tweets rated by 20 people (Hutto & Gilbert 2014), MIT",
    "news_rated": "sentences of news rated by 20 people (Hutto & Gilbert 2014), MIT",
    "developer_posts": "Senti4SD (Calefato et al. 2018), MIT",
    "post_sentences": "sentences of the same posts, with soft labels of an embedding teacher",
    "vader_words": "the lexicon of VADER (Hutto & Gilbert 2014), MIT",
    "hotels": "PolEmo: sentences of hotel reviews (Kocoń et al. 2019), CC BY-SA 4.0",
    "medicine": "PolEmo: sentences of reviews of doctors (Kocoń et al. 2019), CC BY-SA 4.0",
    "reviews": "CLARIN-Emo: Polish reviews, CC BY 4.0",
    "review_sentences": "CLARIN-Emo: sentences of the same reviews, CC BY 4.0",
    "wordnet_examples": "plWordNet 4 emo: example sentences with the sentiment of one word's sense",
    "polvader_words": "the lexicon of polvader (Jastrzębski 2026), MIT",
    "grammar": "sentences of opinia's own grammar (scripts/collect)",
}
LIMITS = {
    "english": "Opinions in English, from a word to a review. It says positive or negative of texts without "
    "an opinion, too, then near one half; irony and mixed feelings are often missed",
    "polish": "Opinions in Polish, from a word to a review, above all of films, hotels, doctors and things. "
    "It says positive or negative of texts without an opinion, too; irony is often missed",
}
LICENCES = {"english": "MIT", "polish": "CC BY-SA 4.0"}
"""Of a model that has learnt from the sets: see docs/licences.md."""
SENTENCES_OF = {
    "amazon4": ("amazon4_sentences", 4),
    "developer_posts": ("post_sentences", 1),
    "imdb_unlabelled": ("imdb_pieces", 1),
}
"""Sets whose texts are cut, the set of what comes of it, and the pieces a text."""
TEACHING = {
    "amazon4_sentences": 1.0, "post_sentences": 1.0, "imdb_pieces": 1.0, "imdb_sentences": 0.6,
    "amazon4_titles": 0.4,
    "pros_cons": 0.3, "goemotions": 0.4, "tweets_rated": 0.4, "news_rated": 0.4, "developer_posts": 0.3,
    "vader_words": 0.3, "hotels": 0.3, "medicine": 0.3, "review_sentences": 0.4, "reviews": 0.2,
    "wordnet_examples": 0.6, "polvader_words": 0.3,
}  # fmt: skip
"""Share of what the embedding teacher says in the target of a text of a set."""
RUN = 5
"""Words in a row that no collected text shares with a behaviour check."""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("language", type=click.Choice(["english", "polish"]))
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--imdb", type=click.Path(exists=True, path_type=Path), help="A copy of the IMDB reviews.")
@click.option("--teacher", help="Run that has soft labels of its reviews, or a model that gives them now.")
@click.option("--sentences", default=10000, show_default=True, help="Sentences of unlabelled film reviews.")
@click.option("--films", default=12000, show_default=True, help="Labelled film reviews.")
@click.option("--unlabelled", default=14000, show_default=True, help="Film reviews without a label.")
@click.option("--grammar", default=60000, show_default=True, help="Sentences of the grammar.")
@click.option("--embedding-teacher", type=click.Path(exists=True, path_type=Path), help="Made by teacher.py.")
@click.option(
    "--again", metavar="MODEL", help="A model that these teachers taught, instead of the embedding teacher."
)
@click.option("--seed", default=1, show_default=True, help="Of what is drawn.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="A .jsonl.gz file.")
def main(
    language: str,
    folder: Path,
    output: Path,
    embedding_teacher: Path | None,
    again: str | None,
    **options: Any,
) -> None:
    """Collect the texts of a LANGUAGE from the sets in FOLDER."""
    rows = [*(_english(folder, **options) if language == "english" else _polish(folder, **options))]
    if embedding_teacher or again:
        rows += sentences(rows, SENTENCES_OF, seed=options["seed"])
    rows = [*_fit(rows)]
    if embedding_teacher is not None:
        from teacher import Teacher

        rows = taught(rows, Teacher(embedding_teacher).judge)
    elif again is not None:
        model = load(again)
        rows = taught(rows, lambda texts: model.predict_proba(texts)[:, 1])
    sets = {name: {"from": _about(name, teacher=options["teacher"], again=again)} for name in _sets(rows)}
    head = {
        "name": f"opinia-{language}",
        "limits": LIMITS[language],
        "licence": LICENCES[language],
        "sets": sets,
    }
    lines = [head, *(_line(row) for row in rows)]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    write_atomically(output, gzip.compress(text.encode("utf-8", "surrogatepass"), mtime=0))
    print(f"{len(rows):,} texts in {output}: {', '.join(_sets(rows))}")


def _english(folder: Path, *, imdb: Path | None, teacher: str | None, **options: Any) -> Iterator[Row]:
    seed = options["seed"]
    yield from english(folder)
    yield from lexicons.vader()
    yield from (
        Row(text, target, "grammar", text)
        for text, target in grammar_en.samples(options["grammar"], seed=seed)
    )
    yield from film_reviews(
        imdb,
        teacher,
        reviews=options["films"],
        unlabelled=options["unlabelled"],
        sentences=options["sentences"],
        seed=seed,
    )


def _polish(folder: Path, **options: Any) -> Iterator[Row]:
    seed = options["seed"]
    yield from polish(folder)
    yield from lexicons.polvader(seed=seed)
    yield from (
        Row(text, target, "grammar", text)
        for text, target in grammar_pl.samples(options["grammar"], seed=seed)
    )


def taught(rows: list[Row], judge: Callable[[list[str]], Sequence[float]]) -> list[Row]:
    """Return rows with what a teacher says of them mixed into their targets."""
    asked = [place for place, row in enumerate(rows) if row.part == "train" and TEACHING.get(row.set)]
    said = judge([rows[place].text for place in asked])
    found = [*rows]
    for place, probability in zip(asked, said, strict=True):
        row = rows[place]
        share = TEACHING[row.set]
        found[place] = replace(row, target=(1 - share) * row.target + share * float(probability))
    return found


def _about(name: str, *, teacher: str | None, again: str | None) -> str:
    """Return what a card says of a set, the teachers that were asked by name."""
    about = ABOUT[name]
    if teacher is not None and not Path(teacher).is_dir():
        about = about.replace("`record`", f"`{Path(teacher).stem}`")
    return (
        about
        if again is None
        else about.replace("an embedding teacher", f"`{Path(again).stem}` as it was before")
    )


def _sets(rows: Iterable[Row]) -> list[str]:
    return [*dict.fromkeys(row.set for row in rows)]


def _fit(rows: list[Row]) -> Iterator[Row]:
    """Yield the rows without what stands in validation or near a behaviour check.

    Of validation those are kept whose target is clear; all sets weigh alike there.
    """
    closed = {plain(row.text) for row in rows if row.part == "validation"}
    cases = [case for path in CASES_BY_LANGUAGE.values() for case in read_cases(path)]
    runs = {run for case in cases for text in case.texts for run in _runs(text)}
    checks = {plain(text) for case in cases for text in case.texts}
    counts: dict[str, int] = {}
    for row in rows:
        if row.part == "validation" and row.is_clear:
            counts[row.set] = counts.get(row.set, 0) + 1
    for row in rows:
        letters = plain(row.text)
        if row.part == "validation":
            if row.is_clear:
                yield replace(row, target=float(row.target > 0.5), weight=1000 / counts[row.set])
        elif not (letters in closed or letters in checks or runs.intersection(_runs(row.text))):
            yield row


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    words = split_words(text)
    return (tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1))


def _line(row: Row) -> dict[str, Any]:
    return {
        "text": row.text, "target": round(row.target, 4), "set": row.set, "part": row.part,
        "weight": round(row.weight, 4),
    }  # fmt: skip


if __name__ == "__main__":
    main()
