"""Tables as people have them, in texts of our own: what is read as text and label, and what is proposed."""

import shlex

import numpy as np
import pytest

from opinia.errors import DataError
from opinia.model.classifier import load
from opinia.score import ScoreOptions, score_table
from opinia.score.check import check_table
from opinia.score.labelled import LabelledOptions, judge_labelled
from opinia.tables.columns import answers_in
from scoring import csv_bytes

TEXTS = [
    "I liked this one a lot, and so did all my friends.",
    "Dull, far too long and badly made; I want my money back.",
    "Not for me at all, sorry to say.",
    "It's fine &amp; does what it says, more or less.",
    "The worst thing that I have bought in many years!",
    "Lovely, would buy again without thinking twice.",
]
LONG = [" ".join([text] * 3) for text in TEXTS]
TITLES = ["Loved it", "Bad", "Not for me", "Fine", "The worst thing ever", "Lovely"]
REPLIES = [
    "Thank you for the kind words, we are happy.",
    "",
    "",
    "",
    "We are sorry to hear that, please write.",
    "",
]
IDS = [str(570306133677760513 + number) for number in range(6)]
WHEN = [f"2015-02-{day} 11:35:52 -0800" for day in range(10, 16)]
STARS = [5, 1, 2, 3, 1, 4]
NAMES = ["ann", "bob", "cat", "dan", "eve", "fay"]
WORDS = ["positive", "negative", "neutral"] * 2
TRUTH = [1, 0, 0, None, 0, 1]
OF_WORDS = [1, 0, None] * 2
OF_PAIRS = [1, 0, 0, 1, 0, 1]

# name: header or None, columns, texts, label, the truth (None is left out), whether a map is needed.
SHAPES = {
    "tweets about airlines": (
        [
            "tweet_id",
            "airline_sentiment",
            "airline_sentiment_confidence",
            "airline",
            "name",
            "text",
            "created",
        ],
        [IDS, WORDS, [1.0, 0.34, 0.67, 1, 1, 0.9], ["Up", "Off"] * 3, NAMES, TEXTS, WHEN],
        ("text", "airline_sentiment", OF_WORDS),
    ),
    "a shop": (
        ["Id", "ProductId", "ProfileName", "Helpful", "Score", "Time", "Summary", "Text"],
        [range(1, 7), ["B1E4", "B8GR"] * 3, NAMES, [1, 0, 1, 3, 0, 0], STARS, range(1303862400, 1303862406)]
        + [TITLES, LONG],
        ("Text", "Score", TRUTH),
    ),
    "tweets without a header": (
        None,
        [[0, 4] * 3, IDS, ["Mon Apr 06 22:19:45 PDT 2009"] * 6, ["NO_QUERY"] * 6, NAMES, TEXTS],
        ("6", "1", [0, 1] * 3),
    ),
    "two columns without a header": (None, [WORDS, TEXTS], ("2", "1", OF_WORDS)),
    "places": (
        ["business_id", "date", "stars", "text", "type", "cool", "useful", "funny"],
        [["9yK", "ZRJ"] * 3, ["2011-01-26"] * 6, STARS, TEXTS, ["review"] * 6]
        + [[2, 0, 0, 1, 0, 4], [5, 0, 1, 2, 0, 3], [0, 0, 0, 0, 0, 1]],
        ("text", "stars", TRUTH),
    ),
    "a hub": (
        ["text", "label", "label_text"],
        [TEXTS, OF_PAIRS, ["positive", "negative", "negative"] * 2],
        ("text", "label", OF_PAIRS),
    ),
    "clothes": (
        ["", "Clothing ID", "Age", "Title", "Review Text", "Rating", "Recommended IND", "Division Name"],
        [range(6), [767, 1080, 1077, 1049, 847, 1080], [33, 34, 60, 50, 47, 49], TITLES, TEXTS, STARS]
        + [OF_PAIRS, ["Intimates", "General"] * 3],
        ("Review Text", "Rating", TRUTH),
    ),
    "a speaker": (
        ["rating", "date", "variation", "verified_reviews", "feedback"],
        [STARS, ["31-Jul-18"] * 6, ["Charcoal Fabric"] * 6, TEXTS, OF_PAIRS],
        ("verified_reviews", "rating", TRUTH),
    ),
    "medicines, from 1 to 10": (
        ["", "drugName", "condition", "review", "rating", "date", "usefulCount"],
        [range(6), ["A", "B"] * 3, ["x", "Birth Control"] * 3, TEXTS, [9.0, 8.0, 5.0, 2.0, 1.0, 10.0]]
        + [["May 20, 2012"] * 6, [27, 192, 17, 10, 37, 43]],
        ("review", "rating", [1, 1, None, 0, 0, 1]),
    ),
    "parts of tweets": (
        ["textID", "text", "selected_text", "sentiment"],
        [IDS, TEXTS, TITLES, WORDS],
        ("text", "sentiment", OF_WORDS),
    ),
    "apps": (
        ["App", "Translated_Review", "Sentiment", "Sentiment_Polarity", "Sentiment_Subjectivity"],
        [["10 Best"] * 6, TEXTS, [word.title() for word in WORDS], [1.0, -0.25, 0.4, 0.3, -0.5, 0.6]]
        + [[0.5, 0.2, 0.8, 0.3, 0.1, 0.2]],
        ("Translated_Review", "Sentiment", OF_WORDS),
    ),
    "games": (
        ["app_id", "app_name", "review_text", "review_score", "review_votes"],
        [[10] * 6, ["A Game"] * 6, TEXTS, [1, -1, -1, 1, -1, 1], [0, 1, 0, 0, 1, 0]],
        ("review_text", "review_score", OF_PAIRS),
    ),
    "phrases, from 0 to 4": (
        ["PhraseId", "SentenceId", "Phrase", "Sentiment"],
        [range(1, 7), [1] * 6, ["A series of escapades", "A series", "A", "series", "of escapades", "good"]]
        + [[0, 1, 2, 2, 3, 4]],
        ("Phrase", "Sentiment", [0, 0, None, None, 1, 1]),
    ),
    "a store with replies": (
        ["reviewId", "userImage", "content", "score", "thumbsUpCount", "at", "replyContent", "repliedAt"],
        [
            ["gp:" + name for name in NAMES],
            ["https://a.example/i"] * 6,
            TEXTS,
            STARS,
            [21, 0, 3, 1, 2, 0],
            WHEN,
        ]
        + [REPLIES, [""] * 6],
        ("content", "score", TRUTH),
    ),
    "a Polish survey": (
        ["Sygnatura czasowa", "Jak oceniasz spotkanie?", "Co Ci się podobało?", "Uwagi"],
        [["2024/03/01 10:00:00"] * 6, STARS, TEXTS, ["Brak", "", "N/A", "", "dziękuję", "ok"]],
        ("Co Ci się podobało?", "Jak oceniasz spotkanie?", TRUTH),
    ),
    "Polish stars": (
        ["lp", "treść", "ocena", "data"],
        [
            range(1, 7),
            TEXTS,
            ["5 gwiazdek", "1 gwiazdka", "2 gwiazdki", "3 gwiazdki", "1 gwiazdka", "4 gwiazdki"],
        ]
        + [["01.02.2024"] * 6],
        ("treść", "ocena", TRUTH),
    ),
    "true or false": (
        ["app", "review", "recommended"],
        [["x"] * 6, TEXTS, [str(bool(each)) for each in OF_PAIRS]],
        ("review", "recommended", OF_PAIRS),
    ),
    "thumbs": (
        ["comment", "reaction"],
        [TEXTS, ["👎👍"[each] for each in OF_PAIRS]],
        ("comment", "reaction", OF_PAIRS),
    ),
    "bubbles": (
        ["id", "date_of_visit", "review_title", "review_body", "reviewer", "bubbles"],
        [range(6), ["March 2020"] * 6, TITLES, TEXTS, NAMES, [f"{each} of 5 bubbles" for each in STARS]],
        ("review_body", "bubbles", TRUTH),
    ),
    "stars drawn": (
        ["title", "review_description", "stars"],
        [TITLES, TEXTS, ["★" * each + "☆" * (5 - each) for each in STARS]],
        ("review_description", "stars", TRUTH),
    ),
    "yes and no, in Polish": (
        ["klient", "opinia", "polecam"],
        [NAMES, TEXTS, ["tak" if each else "nie" for each in OF_PAIRS]],
        ("opinia", "polecam", OF_PAIRS),
    ),
    "gaps": (
        ["n", "text", "sentiment"],
        [range(6), TEXTS, ["pos", "neg", "NULL", "pos", "#N/D!", ""]],
        ("text", "sentiment", [1, 0, None, 1, None, None]),
    ),
    "its own answers beside the truth": (
        ["opinion", "ocena", "label", "probability", "error"],
        [TEXTS, ["dobra", "zła", "zła"] * 2, ["positive"] * 6, [0.9] * 6, [""] * 6],
        ("opinion", "ocena", [1, 0, 0] * 2),
    ),
    "its own answers twice": (
        ["opinion", "stars", "a_label", "a_probability", "a_tokens", "a_error", "label", "probability"]
        + ["error"],
        [TEXTS, [5, 1, 2] * 2, *[["positive"] * 6, [0.9] * 6, [3] * 6, [""] * 6]]
        + [["positive"] * 6, [0.9] * 6, [""] * 6],
        ("opinion", "stars", [1, 0, 0] * 2),
    ),
    "short reviews beside a long description": (
        ["product", "description", "review", "stars"],
        [["mug"] * 6, TEXTS, ["Great!", "Bad", "Too dear", "So-so", "Nice one", "No"], [5, 1, 2] * 2],
        ("review", "stars", [1, 0, 0] * 2),
    ),
}


@pytest.fixture(scope="module")
def base():
    return load("seed")


@pytest.mark.parametrize("name", SHAPES)
def test_a_table_is_read_as_it_is_meant(name, base, tmp_path):
    header, columns, (text, label, truth) = SHAPES[name]
    rows = list(zip(*columns, strict=True))
    path = tmp_path / "in.csv"
    path.write_bytes(csv_bytes([*([header] if header else []), *rows]))
    found = check_table(path, base, ScoreOptions())
    assert (found.texts, found.label) == ((text,), label)
    assert (found.findings.rows, found.findings.bad) == (6, 0)

    mapped = None
    if found.why_no_labels is not None:
        words = shlex.split(found.why_no_labels.hint)
        mapped = words[words.index("--label-map") + 1].rstrip(",")
        with pytest.raises(DataError) as caught:
            judge_labelled(path, base)
        assert mapped in caught.value.hint
    judged = judge_labelled(path, base, options=LabelledOptions(label_map=mapped))
    assert judged.truth.tolist() == [each for each in truth if each is not None]
    place = header.index(text) if header else int(text) - 1
    texts = [
        str(row[place]).replace("&amp;", "&")
        for row, each in zip(rows, truth, strict=True)
        if each is not None
    ]
    np.testing.assert_allclose(judged.probabilities, base.predict_proba(texts), atol=1e-5)

    summary = score_table(path, tmp_path / "out.csv", classifier=base)
    assert summary.columns == (text,)
    for before, after in zip(
        path.read_bytes().splitlines(), (tmp_path / "out.csv").read_bytes().splitlines(), strict=True
    ):
        assert after.startswith(before + b",")


@pytest.mark.parametrize(
    ("header", "columns", "said"),
    [
        (["address", "Negative_Review", "Positive_Review"], [NAMES, TEXTS, TEXTS[::-1]], "read alike"),
        (["pros", "cons", "n"], [TEXTS, TEXTS[::-1], STARS], "'pros', 'cons' read alike"),
        (["a", "b", "c"], [STARS, IDS, WHEN], "no obvious column of texts"),
    ],
)
def test_what_may_be_meant_otherwise_is_refused(header, columns, said, base, tmp_path):
    path = tmp_path / "in.csv"
    path.write_bytes(csv_bytes([header, *zip(*columns, strict=True)]))
    for work in (
        judge_labelled,
        lambda source, _: score_table(source, tmp_path / "out.csv", classifier=base),
    ):
        with pytest.raises(DataError, match=said):
            work(path, base)
    assert said in check_table(path, base, ScoreOptions()).why_no_texts.message
    assert not (tmp_path / "out.csv").exists()


def test_a_hidden_test_set_is_refused(base, tmp_path):
    path = tmp_path / "in.csv"
    path.write_bytes(csv_bytes([["text", "label"], *([text, -1] for text in TEXTS)]))
    with pytest.raises(DataError, match="labels are hidden"):
        judge_labelled(path, base)
    assert "hidden" in check_table(path, base, ScoreOptions()).why_no_labels.message


def test_answers_are_found_among_thousands_of_columns():
    parts = ("label", "probability", "tokens", "error")
    answers = [f"{number}_{name}" for number in range(2_000) for name in parts]
    columns = ["text", "label", "error", "probability", *answers, "label_probability"]
    assert answers_in(columns) == tuple(answers)


def test_answers_of_score_alone_are_no_truth(base, tmp_path):
    path = tmp_path / "in.csv"
    path.write_bytes(csv_bytes([["opinion"], *([text] for text in TEXTS)]))
    score_table(path, tmp_path / "out.csv", classifier=base)
    with pytest.raises(DataError, match="'label' holds answers of opinia score"):
        judge_labelled(tmp_path / "out.csv", base)
    told = judge_labelled(tmp_path / "out.csv", base, options=LabelledOptions(label_column="label"))
    assert len(told.truth) == len(TEXTS)
    assert check_table(tmp_path / "out.csv", base, ScoreOptions()).label is None


@pytest.mark.parametrize("name", ["opinia", "review"])
def test_the_same_few_words_beside_a_long_description_are_asked_about(name, base, tmp_path):
    path = tmp_path / "in.csv"
    rows = [["mug", f"{text} {n}", ("meh", "ok", "dno")[n % 3]] for n, text in enumerate(TEXTS * 2)]
    path.write_bytes(csv_bytes([["product", "description", name], *rows]))
    with pytest.raises(DataError, match=f"'{name}', 'description' read alike"):
        score_table(path, tmp_path / "out.csv", classifier=base)


@pytest.mark.parametrize(
    "names", [("pozytywne", "negatywne"), ("id", "positive", "negative"), ("Negative", "Positive")]
)
def test_both_sides_of_an_opinion_above_texts_are_names(names, base, tmp_path):
    path = tmp_path / "in.csv"
    rows = [[str(n), *texts][-len(names) :] for n, texts in enumerate(zip(TEXTS, TEXTS[1:], strict=False))]
    path.write_bytes(csv_bytes([names, *rows]))
    found = check_table(path, base, ScoreOptions(text_column=names[-1]))
    assert (found.texts, found.findings.rows) == ((names[-1],), len(TEXTS) - 1)


def test_both_sides_of_an_opinion_above_others_are_a_row(base, tmp_path):
    path = tmp_path / "in.csv"
    path.write_bytes(csv_bytes([["good", "bad"], ["bad", "awful"], ["great", "good"], ["bad", "bad"]]))
    assert check_table(path, base, ScoreOptions(text_column="1")).findings.rows == 4
