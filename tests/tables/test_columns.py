"""Which columns are taken for texts and labels, by name and by content, and which are refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opinia.errors import DataError
from opinia.tables.cell_text import is_placeholder, joined, judged_text
from opinia.tables.columns import choose_labelled, choose_texts, free_prefix, profile

LONG = [
    "I liked this one a lot, and so did she.",
    "Dull, far too long and badly made.",
    "Not for me at all, sorry.",
]
SHORT = ["Loved it", "So dull", "Not for me"]
OTHER = [
    "The seats are soft and wide in here.",
    "Too loud for a quiet evening out.",
    "Parking was easy this time round.",
]
STARS = ["5", "1", "2"]
IDS = ["a17", "b22", "c31"]
DATES = ["2024-01-02", "2023-11-30", "2022-05-06"]
URLS = ["https://a.example/1", "https://a.example/2", "https://a.example/3"]


def rows(*columns):
    return list(zip(*columns, strict=True))


def texts(columns, *cells, wanted=None):
    return choose_texts(columns, wanted, name="t.csv", sample=rows(*cells) if cells else ()).texts


def refused(columns, *cells, wanted=None):
    with pytest.raises(DataError) as caught:
        texts(columns, *cells, wanted=wanted)
    return caught.value


@pytest.mark.parametrize(
    "name",
    ["treść", "Tresc", "tekst", "recenzja", "Opinia", "Phrase", "reviewDescription", "review_body", "content"]
    + [
        "comment",
        "tweet",
        "Review Text",
        "reviews.text",
        "user_comment",
        "KOMENTARZ",
        "text",
        "Review",
        "review_text",
    ],
)
def test_texts_are_known_by_name(name):
    assert texts(["id", name, "n"]) == (name,)
    assert texts(["id", name, "n"], IDS, SHORT, STARS) == (name,)
    assert texts(["title", name, "n"], SHORT, LONG, STARS) == (name,)


def test_texts_are_known_by_what_they_are():
    assert texts(["a", "b", "c", "d", "e"], IDS, DATES, LONG, STARS, URLS) == ("c",)
    assert texts(
        ["headline", "b"], ["On the film", "About it again", "Once more of it"], [3 * t for t in LONG]
    ) == ("b",)


def test_a_name_that_holds_something_else_gives_way():
    assert texts(["review", "opis", "n"], STARS, LONG, IDS) == ("opis",)
    assert texts(["content", "text"], URLS, LONG) == ("text",)
    assert texts(["review", "text"], STARS, LONG) == ("text",)


def test_two_that_read_alike_are_refused_by_name():
    error = refused(["pros", "cons", "n"], LONG, OTHER, STARS)
    assert "'pros', 'cons' read alike" in error.message
    assert "--text-column pros; --text-column pros,cons joins them" in error.hint
    assert "read alike" in refused(["text", "comment"], LONG, OTHER).message
    assert texts(["pros", "cons", "n"], LONG, OTHER, STARS, wanted="pros,cons") == ("pros", "cons")


def test_nothing_that_reads_like_text_is_refused():
    assert "no obvious column of texts" in refused(["a", "b"], STARS, DATES).message


def test_several_columns_in_the_order_given():
    columns = ["id", "title", "text", "a, b", "title,id"]
    assert texts(columns, wanted="text,title") == ("text", "title")
    assert texts(columns, wanted="text , title") == ("text", "title")
    assert texts(columns, wanted=["text", "title"]) == ("text", "title")
    assert texts(columns, wanted="title,id") == ("title,id",)
    assert texts(columns, wanted='"a, b",text') == ("a, b", "text")
    assert texts(columns, wanted=["a, b", "title,id"]) == ("a, b", "title,id")
    assert texts(columns, wanted="3") == ("text",)
    assert texts(["a", "3", "c"], wanted="3") == ("3",)
    assert "names 'text' twice" in refused(columns, wanted="text,text").message
    assert "has no column 'nothing'" in refused(columns, wanted="text,nothing").message


def test_joining():
    assert joined(["Great", "I liked it."]) == "Great. I liked it."
    assert joined(["Great.", "I liked it"]) == "Great. I liked it"
    assert joined([" Great! ", "", "NaN", "So good"]) == "Great! So good"
    assert joined(["Why…", "Because?", "ok"]) == "Why… Because? ok"
    assert joined(["", "null"]) == ""


@given(st.lists(st.text(alphabet="ab .!?", max_size=6), max_size=5))
@settings(derandomize=True)
def test_joining_keeps_every_word_and_doubles_no_stop(parts):
    made = joined(parts)
    assert "".join(made.split()).replace(".", "") == "".join("".join(parts).split()).replace(".", "")
    assert made.count("..") <= sum(part.count("..") for part in parts)


def test_entities_and_placeholders():
    assert judged_text("Tom &amp; Jerry&#39;s &lt;br /&gt; &quot;x&quot;") == 'Tom & Jerry\'s <br /> "x"'
    assert judged_text("it&amp;#39;s AT&T &nosuch; & &#x27;") == "it's AT&T &nosuch; & '"
    for empty in ("NaN", "NULL", " none ", "#NAME?", "N/A", "#N/D!", "<NA>"):
        assert judged_text(empty) == ""
    for text in ("nothing", "Nan was lovely", "null and void", ""):
        assert not is_placeholder(text)


def labelled(columns, *cells, text=None, label=None):
    found = choose_labelled(columns, text, label, name="t.csv", sample=rows(*cells) if cells else ())
    return " + ".join(found.texts), found.label


@pytest.mark.parametrize(
    "name",
    [
        "label",
        "Sentiment",
        "rating",
        "score",
        "stars",
        "star_rating",
        "airline_sentiment",
        "ocena",
        "Polarity",
    ]
    + ["overall", "reviews.rating", "etykieta", "wydźwięk", "liczba gwiazdek", "Liked"],
)
def test_labels_are_known_by_name(name):
    assert labelled(["id", "text", name], IDS, LONG, STARS) == ("text", name)
    assert labelled(["id", "text", name, "n"]) == ("text", name)


def test_labels_by_content_and_by_rank():
    assert labelled(
        ["id", "text", "opinion_of_it", "n"], IDS, LONG, ["pos", "neg", "pos"], ["17", "22", "35"]
    ) == (
        "text",
        "opinion_of_it",
    )
    assert labelled(["text", "rating", "sentiment"], LONG, STARS, ["pos", "neg", "neg"]) == (
        "text",
        "sentiment",
    )
    assert labelled(
        ["text", "category", "sentiment"], LONG, ["toys", "books", "toys"], ["pos", "neg", "neg"]
    ) == (
        "text",
        "sentiment",
    )
    assert labelled(["title", "text", "y"], SHORT, LONG, STARS, text="title,text") == ("title + text", "y")


def test_labels_that_are_not_obvious_are_refused():
    for columns, cells in (
        (["text", "a", "b"], (LONG, STARS, ["1", "0", "0"])),
        (["text", "label", "target"], (LONG, STARS, STARS)),
    ):
        with pytest.raises(DataError, match="no obvious column of labels"):
            labelled(columns, *cells)


@pytest.mark.parametrize(
    ("cells", "role"),
    [
        (LONG, "text"),
        (LONG[:1] * 30, "text"),
        (STARS, "label"),
        (["★★★★☆", "★☆☆☆☆"], "label"),
        (["positive", "neutral"], "label"),
        ([str(n) for n in range(100, 160)], "number"),
        (["1,50 zł", "2,00 zł"], "category"),
        (DATES, "date"),
        (["Jan 5, 2020", "March 12, 2021"], "date"),
        (URLS, "address"),
        (["a17", "b22", "c31", "d44"], "identifier"),
        (["red", "blue"] * 20, "category"),
        (["", None, "NaN", float("nan")], "empty"),
        (["とても良い映画でした。", "退屈でした、残念です。"], "text"),
    ],
)
def test_roles(cells, role):
    assert profile("x", cells).role == role


def test_free_prefixes():
    names = ["label", "error"]
    assert free_prefix(["text"], names, told="", name="t") == ""
    assert free_prefix(["text", "error"], names, told="", name="t") == "opinia_"
    assert free_prefix(["label", "opinia_error"], names, told="", name="t") == "opinia2_"
    assert free_prefix(["label"], names, told="new_", name="t") == "new_"
    with pytest.raises(DataError, match="has a column 'new_label' already"):
        free_prefix(["new_label"], names, told="new_", name="t")
