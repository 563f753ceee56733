"""Maps of labels: as told, ready, and proposed; what is proposed works when it is given."""

import re
import shlex

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from opinia.errors import DataError
from opinia.tables.labels.maps import READY, SKIP, read_map
from opinia.tables.labels.proposals import propose
from opinia.tables.labels.reader import LabelReader
from opinia.tables.labels.words import plain_label, rating_of

PAIR = ("negative", "positive")
THREE = ("negative", "neutral", "positive")
N, P = 0, 1


def proposed(error):
    """The maps that a hint names, as a shell hands them over."""
    words = shlex.split(error.hint.replace("'s", "s"), posix=True)
    return [words[place + 1].rstrip(",") for place, word in enumerate(words) if word == "--label-map"]


def read(values, own=PAIR, **options):
    reader = LabelReader(own, **options)
    found = [reader.read(value) for value in values]
    reader.finish()
    return found


def refused(values, own=PAIR, **options):
    reader = LabelReader(own, **options)

    def read_all():
        unknown = reader.unknown(values)
        if unknown:
            raise reader.refused(unknown, among=[str(value) for value in values])
        for value in values:
            reader.read(value)
        reader.finish()

    with pytest.raises(DataError) as caught:
        read_all()
    return caught.value


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "2", "3", "4", "5"], [N, N, SKIP, P, P]),
        (["5", "4", "1"], [P, P, N]),
        ([1.0, 2.0, 3.0, 5.0], [N, N, SKIP, P]),
        (["1 star", "2 stars", "3 stars", "4 stars", "5 stars"], [N, N, SKIP, P, P]),
        (["1 gwiazdka", "2 gwiazdki", "5 gwiazdek"], [N, N, P]),
        (["★☆☆☆☆", "★★☆☆☆", "★★★☆☆", "★★★★☆", "★★★★★"], [N, N, SKIP, P, P]),
        (["⭐", "⭐⭐⭐", "⭐⭐⭐⭐⭐"], [N, SKIP, P]),
        (["1/5", "3/5", "4/5"], [N, SKIP, P]),
        (["2/10", "5/10", "9/10"], [N, SKIP, P]),
        (["4 out of 5", "1 out of 5"], [P, N]),
        (["1.0 out of 5 stars", "5.0 out of 5 stars"], [N, P]),
        ([str(n) for n in range(1, 11)], [N, N, N, N, SKIP, SKIP, P, P, P, P]),
        (["0", "1", "2", "3", "4"], [N, N, SKIP, P, P]),
        (["0", "4", "2"], [N, P, SKIP]),
        (["0", "1", "2"], [N, SKIP, P]),
        (["-1", "0", "1"], [N, SKIP, P]),
        (["-2", "-1", "0", "1", "2"], [N, N, SKIP, P, P]),
        (["1", "2"], [N, P]),
        (["0.5", "2", "3", "3.5", "5"], [N, N, SKIP, P, P]),
        (["-0.9", "0.0", "0.77"], [N, SKIP, P]),
        (["positive", "neutral", "negative"], [P, SKIP, N]),
        (["Pozytywna", "neutralna", "Negatywna"], [P, SKIP, N]),
        (["pozytywny", "mieszany", "negatywny"], [P, SKIP, N]),
        (["yes", "no"], [P, N]),
        (["tak", "nie"], [P, N]),
        (["like", "dislike"], [P, N]),
        (["LABEL_0", "LABEL_1"], [N, P]),
        (["+", "-"], [P, N]),
        (["good", "bad", "meh"], [P, N, SKIP]),
        (["pos", "neg", "unsup"], [P, N, SKIP]),
        (["apple", "pear"], [N, P]),
        (["Extremely Positive", "Neutral", "Extremely Negative", "Positive"], [P, SKIP, N, P]),
        (["5 - excellent", "1 - poor", "3 – so so", "4: good"], [P, N, SKIP, P]),
        (["zdecydowanie tak", "raczej nie", "trudno powiedzieć"], [P, N, SKIP]),
        (["positivo", "negativo", "neutro"], [P, N, SKIP]),
        (["a,b", 'c "d"', "e=f; g"], [N, P, SKIP]),
        (["10", "55", "90"], [N, SKIP, P]),
        ([str(n) for n in range(1, 7)], [N, N, N, P, P, P]),
        ([str(n) for n in range(1, 8)], [N, N, N, SKIP, P, P, P]),
        ([str(n) for n in range(1, 5)], [N, N, P, P]),
        (["0", "1", "2", "3"], [N, N, P, P]),
        (["0", "1", "2", "3", "4", "5"], [N, N, N, SKIP, P, P]),
        ([str(n) for n in range(0, 11)], [N] * 5 + [SKIP] + [P] * 5),
        ([str(n) for n in range(0, 101, 10)], [N] * 5 + [SKIP] + [P] * 5),
        (["0", "7", "13", "20"], [N, N, P, P]),
        (["50", "1"], [SKIP, N]),
        (["95%", "20 %", "50%", "7,5%"], [P, N, SKIP, N]),
        (["1", "2", "3", "4", "5", "-1"], [N, N, SKIP, P, P, SKIP]),
        (["5", "1", "99"], [P, N, SKIP]),
        (["1", "2", "3", "4", "5", "9"], [N, N, SKIP, P, P, SKIP]),
        (["-100", "3", "40"], [N, SKIP, P]),
        (["5/5", "1/5", "8/10"], [P, N, P]),
        (["5/5", "1/5", "8/10", "3/10", "6/10", "4"], [P, N, P, N, SKIP, SKIP]),
        (["positive", "negative", "-"], [P, N, SKIP]),
        (["dobra", "zła", "—", "?"], [P, N, SKIP, SKIP]),
        (["+", "-", "0"], [P, N, SKIP]),
        (["++", "+", "+/-", "-", "--"], [P, P, SKIP, N, N]),
        (["5 stars", "1 star", "not rated"], [P, N, SKIP]),
        (["5", "1", "brak oceny", "good", "bad"], [P, N, SKIP, P, N]),
        (["1E+00", "5E+00", "3e+0", "2,0E+00"], [N, P, SKIP, N]),
        (["4,5", "1,5", "3"], [P, N, SKIP]),
        (["p", "n", "m"], [P, N, SKIP]),
        (["1 star"], [N]),
        (["5 stars"], [P]),
        (["3/4", "1/4"], [P, N]),
        (["3½", "4 1/2", "1", "½"], [P, P, N, SKIP]),
        (["★★★½", "★★★★★", "★"], [P, P, N]),
        (["3.0/5.0", "4.5/5.0", "1.0/5"], [SKIP, P, N]),
        (["5️⃣", "1️⃣", "３", "٤"], [P, N, SKIP, P]),
        (["five stars", "one star", "trzy gwiazdki"], [P, N, SKIP]),
        (["A", "B-", "C+", "F"], [P, P, SKIP, N]),
        (["['positive']", "['negative']", "[]"], [P, N, SKIP]),
        (["__label__positive", "__label__negative"], [P, N]),
        (["positive, happy", "not good", "negative"], [P, SKIP, N]),
        (["Neither satisfied nor dissatisfied", "Satisfied", "Dissatisfied"], [SKIP, P, N]),
    ],
)
def test_what_is_not_understood_is_proposed_and_the_proposal_works(values, expected):
    error = refused(values)
    assert read(values, mapped=proposed(error)[0]) == expected


@pytest.mark.parametrize(
    ("values", "first", "second"),
    [
        (["-1", "0", "1"], [N, SKIP, P], [SKIP, N, P]),
        (["1", "2"], [N, P], [P, N]),
        (["apple", "pear"], [N, P], [P, N]),
        (["m", "f"], [N, P], [P, N]),
        (["okay"], [N], [P]),
        (["0", "1", "2"], [N, SKIP, P], [N, P, SKIP]),
        (["0", "4"], [N, P], [N, P]),
        (["1", "6"], [N, SKIP], [N, P]),
        (["85", "99"], [P, P], [N, P]),
    ],
)
def test_what_may_mean_two_things_is_proposed_both_ways(values, first, second):
    one, other, *_ = proposed(refused(values))
    assert (read(values, mapped=one), read(values, mapped=other)) == (first, second)


@pytest.mark.parametrize(
    ("own", "values", "expected"),
    [
        (THREE, ["1", "2", "3", "4", "5"], [0, 0, 1, 2, 2]),
        (THREE, ["1", "2", "3"], [0, 1, 2]),
        (THREE, ["-1", "0", "1"], [0, 1, 2]),
        (("bad", "fine", "good"), ["Negative", "mixed", "Positive"], [0, 1, 2]),
        (("a", "b", "c"), ["x", "y", "z"], [0, 1, 2]),
        (("a", "b", "c"), ["5", "6", "7"], [0, 1, 2]),
        (("a", "b", "c"), ["a", "b", "c", "d"], [0, 1, 2, SKIP]),
        (("1", "2", "3", "4", "5"), ["0", "1", "2", "3", "4"], [0, 1, 2, 3, 4]),
        (("1", "2"), ["0", "1"], [0, 1]),
        (("1", "2", "3"), ["1", "2", "3", "5"], [0, 1, 2, SKIP]),
        (("spam", "ham"), ["junk", "mail"], [0, 1]),
        (("positive", "negative"), ["1", "2", "3", "4", "5"], [1, 1, SKIP, 0, 0]),
    ],
)
def test_proposals_follow_the_classes(own, values, expected):
    assert read(values, own, mapped=proposed(refused(values, own))[0]) == expected


@pytest.mark.parametrize(
    "pair", [("0", "1"), ("neg", "pos"), ("👎", "👍"), ("false", "TRUE"), ("Negatywne", "pozytywne")]
)
def test_plain_pairs_need_no_map(pair):
    assert read([*pair, pair[0]]) == [N, P, N]


def test_empty_cells_and_placeholders_have_no_label():
    values = ["nan", "NULL", "None", "#NAME?", "N/A", "", " ", None, float("nan"), "#NAZWA?", "n/d", "1", "0"]
    assert read(values) == [None] * 11 + [P, N]
    assert read(["NULL", "x"], mapped="NULL=negative; x=positive") == [N, P]
    assert read(["none", "some"], ("none", "some")) == [0, 1]


def test_hidden_labels_are_refused():
    for values in (["-1"], [-1, -1], ["-1.0", "-1"]):
        error = refused(values)
        assert "hidden" in error.message
        assert read(values, mapped=proposed(error)[0]) == [N] * len(values)
    assert read(["-1", "1"]) == [N, P]


def test_a_column_of_ratings_with_one_value_is_not_guessed():
    reader = LabelReader(PAIR)
    reader.read("1")
    with pytest.raises(DataError, match="or one star"):
        reader.finish(is_rating=True)
    assert read(["1"]) == [P]


def test_numbers_of_classes_without_a_zero_are_refused():
    error = refused(["1", "2", "1"], ("bad", "fine", "good"))
    from_1, from_0 = proposed(error)
    assert read(["1", "2"], ("bad", "fine", "good"), mapped=from_1) == [0, 1]
    assert read(["1", "2"], ("bad", "fine", "good"), mapped=from_0) == [1, 2]


def test_two_numbers_for_three_classes_are_refused():
    error = refused(["1", "0"], THREE)
    assert [read(["1", "0"], THREE, mapped=mapped) for mapped in proposed(error)] == [[1, 0], [2, 0]]
    assert read(["1", "0", "positive"], THREE) == [1, 0, 2]
    assert read(["1", "0", "2"], THREE) == [1, 0, 2]


def test_several_scales_are_refused():
    with pytest.raises(DataError, match="several scales"):
        read(["4/5", "4/10"], mapped="1,2=negative; 4,5=positive")
    reader = LabelReader(PAIR, mapped="1,2=negative; 4,5=positive")
    error = reader.conflict(["4/5", "4/10"])
    assert read(["4/5", "4/10"], mapped=proposed(error)[0]) == [P, N]


def test_a_map_that_lacks_a_label_is_completed():
    error = refused(["1", "3", "5"], mapped="1,2=negative; 4,5=positive")
    assert "--label-map says nothing of '3'" in error.message
    assert read(["1", "3", "5"], mapped=proposed(error)[0]) == [N, SKIP, P]
    error = refused(["1", "6"], mapped="stars-5")
    assert read(["1", "3", "6"], mapped=proposed(error)[0]) == [N, SKIP, SKIP]


@pytest.mark.parametrize("name", READY)
@pytest.mark.parametrize("own", [PAIR, THREE, ("Neg", "Pos"), ("bad", "good"), ("pozytywna", "negatywna")])
def test_ready_maps_fit_every_model_of_opinions(name, own):
    found = read_map(name, own)
    assert set(found.exact.values()) >= ({0, 1} if len(own) == 2 else {0, 2})
    assert set(found.exact.values()) <= {SKIP, 0, 1, 2}


def test_ready_maps_by_name():
    assert read([1, 2, 3, 4, 5], mapped="stars-5") == [N, N, SKIP, P, P]
    assert read([1, 2, 3, 4, 5], THREE, mapped="Stars-5") == [0, 0, 1, 2, 2]
    assert read(["No", "tak"], mapped="yes-no") == [N, P]
    assert read(["👎", "thumbs UP"], mapped="thumbs") == [N, P]
    with pytest.raises(DataError, match="is for opinions: the model's classes are 'spam', 'ham'"):
        read_map("stars-5", ("spam", "ham"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is written label,label=class"),
        ("1,2", "is written"),
        ("1=", "is written"),
        ("=positive", "is written"),
        ("1=positive=negative", "is written"),
        ("1=nowhere", "there is no class 'nowhere'"),
        ("1=positive; 1.0=negative", "two meanings"),
        ("1,2=skip; *=skip", "leaves every label out"),
        ('"1=positive', "is written"),
        ("*=positive; *=negative", "two meanings"),
        ("4.5=positive; 4.50=negative", "two meanings"),
        (
            "0..2.5=negative; 2.5..5=positive",
            "two ranges that overlap and mean different things: 0..2.5 and 2.5..5",
        ),
        ("0..3=negative; 2..5=positive", "two ranges that overlap"),
        ("2..5=positive; 0..10=negative", "two ranges that overlap"),
        ("5..1=negative; 6=positive", "a range with nothing in it"),
        ("1..<1=negative; 6=positive", "a range with nothing in it"),
        ("2,5..3,5=positive", "a range with nothing in it"),
        ("stars", "is written"),
    ],
)
def test_maps_that_cannot_be_read(text, said):
    with pytest.raises(DataError, match=re.escape(said)) as caught:
        read_map(text, PAIR)
    assert caught.value.hint


def test_the_language_of_maps():
    mapped = '1..4 = neg; "a,b",*= skip ;7..10,"x;y" =POSITIVE;'
    assert read([1, 4, 5, "8", 9.5, "a,b", "x;y", "what"], mapped=mapped) == [N, N, SKIP, P, P, SKIP, P, SKIP]


OWNS = [PAIR, THREE, ("a", "b"), ("bad", "fine", "good"), ("positive", "negative"), ("0", "1"), ("x", "skip")]
ALONE = ["0", "1", "2", "5", "50", "-1", "0/0", "1/1", "0/1", "3/5", "★", "okay", "neutral", "unsup", "skip"]
ALONE += ["*", "**", "-", "+", "1..2", ",", ";", "=", '"', "a=b", "\\", "0.0", "1e400", "NULL", "x"]


def assert_reads(labels, own):
    """Every map that is proposed can be read, and says something of each label."""
    made = propose(labels, own)
    for text in (made.text, *(text for text, _ in made.others)):
        reader = LabelReader(own, mapped=text)
        assert reader.unknown(labels) == []
        assert all(reader.read(label) is not None for label in labels if reader.shown(label))


def test_ranges_without_an_end():
    mapped = "0..2.5=negative; 2.5<..<3.5=skip; 3.5..5=positive; 7<..8=positive; 9..<9.5=negative"
    assert read(["0", 2.5, "2.51", "3.49", 3.5, "5", "7.1", "8", "9"], mapped=mapped) == [
        N,
        N,
        SKIP,
        SKIP,
    ] + [*[P, P, P, P, N]]
    for value in ("7", "9.5", "5.01"):
        assert "says nothing of" in refused([value], mapped=mapped).message
    assert read(["1", "3", "5"], mapped="3=skip; 1..2=negative; 2..4=negative; 5=positive") == [N, SKIP, P]


@given(st.lists(st.floats(0, 10).map(lambda x: round(x, 1)), min_size=2, max_size=9))
@settings(derandomize=True)
def test_proposed_ranges_do_not_overlap(values):
    made = propose([f"{value:g}" for value in values], PAIR)
    for text in (made.text, *(text for text, _ in made.others)):
        found = read_map(text, PAIR)
        for place in range(0, 1001):
            assert sum(place / 100 in each for each in found.ranges) <= 1


@given(
    st.lists(
        st.one_of(st.integers(0, 120), st.floats(0, 12).map(lambda x: round(x, 1))), min_size=1, max_size=9
    )
)
@settings(derandomize=True)
def test_a_higher_number_never_means_less(values):
    """What is left out lies between, or is a code of surveys for no answer, or a rating of 0 for none."""
    made = propose([f"{value:g}" for value in values], PAIR)
    for text, why in ((made.text, ""), *made.others):
        if "negative" not in why:  # the one that turns two classes round
            meant = [read([f"{value:g}"], mapped=text)[0] for value in sorted(values)]
            kept = [each for each in meant if each != SKIP]
            assert kept == sorted(kept), (text, values)


def test_many_labels_are_read_in_linear_time():
    """Each label once more would be looked at with each new one: ten seconds for these, were it so."""
    reader = LabelReader(PAIR, mapped="0..4=negative; 4<..10=positive")
    for number in range(10_000):
        assert reader.read(f"{number / 1000:.4f}/10") == (number > 4000)
    assert reader.conflict() is None


def test_a_guess_asks_whether_it_is_the_column():
    for values in (["toys", "books"], ["toys", "books", "tools"], ["okay"], ["5", "300"]):
        assert refused(values).hint.startswith(
            "is this the column of labels? --label-column names another; if"
        )
    assert not refused(["good", "poor"]).hint.startswith("is this")


@pytest.mark.parametrize(
    ("values", "own", "expected"),
    [
        (["positive", "postive", "negative"], PAIR, [P, P, N]),
        (["positive", "negative", "Nagative", "negtaive", "possitve"], PAIR, [P, N, N, N, P]),
        (["pos", "neg", "postive"], PAIR, [P, N, P]),
        (["positive", "nuetral", "negative"], THREE, [2, 1, 0]),
        (["pozytywny", "negatywny", "pozytwny"], PAIR, [P, N, P]),
        (["1 star", "5 stars", "neutrla"], PAIR, [N, P, SKIP]),
        (["apples", "pears", "aples"], ("apples", "pears"), [0, 1, 0]),
        (["very good", "very poor", "vry good"], ("very good", "other"), [0, SKIP, SKIP]),
        (["team1", "team2"], ("team1", "other"), [0, SKIP]),
        (["happy", "unhappy"], ("happy", "neither"), [0, SKIP]),
        (["kinda", "kindb", "kindc"], ("kinda", "kindb"), [0, 1, SKIP]),
        (["majority", "minority"], ("majority", "all"), [0, SKIP]),
    ],
)
def test_a_misspelt_label_is_proposed_for_what_it_misspells(values, own, expected):
    assert read(values, own, mapped=propose(values, own).text) == expected


def test_a_map_is_completed_by_misspelt_labels():
    told = "good=positive; dreadful=negative"
    (made,) = proposed(refused(["good", "dreadful", "dreadfull", "so so"], mapped=told))
    assert read(["dreadfull", "so so"], mapped=made) == [N, SKIP]


@pytest.mark.parametrize(
    "values",
    [
        [str(number) for number in range(1, 31)],
        [f"tt{number}" for number in range(30)],
        [str(1_000 + 37 * number) for number in range(30)],
        [*map(str, range(1, 31)), "5"],
    ],
)
@pytest.mark.parametrize("options", [{}, {"told": ("bad", "good")}, {"mapped": "bad=negative;good=positive"}])
def test_ids_are_no_labels(values, options):
    reader = LabelReader(PAIR, **options)
    reader.set_column("review_id")
    counts = {value: values.count(value) for value in values}
    error = reader.refused(reader.unknown(values), among=[*counts], counts=counts)
    assert "the column 'review_id' looks like one of names or ids, nearly all different" in error.message
    assert error.hint == "--label-column names the column of labels"


@pytest.mark.parametrize(
    "values",
    [
        [f"{number / 7:.2f}" for number in range(30)],
        [str(number) for number in range(0, 101, 4)],
        [str(number % 25) for number in range(100)],
    ],
)
def test_points_that_are_nearly_all_different_are_no_ids(values):
    counts = {value: values.count(value) for value in values}
    reader = LabelReader(PAIR)
    error = reader.refused(reader.unknown(values), among=[*counts], counts=counts)
    assert "--label-map" in error.hint


def test_a_stray_label_is_no_class():
    """One 2 among many 0 and 1 is a slip, and does not make the 1 what lies between."""
    reader = LabelReader(PAIR)
    for value in ["0", "1"] * 50:
        reader.read(value)
    one, other = proposed(reader.refused(["2"]))
    assert read(["0", "1", "2"], mapped=one) == [N, P, SKIP]
    assert read(["0", "1", "2"], mapped=other) == [N, SKIP, P]
    assert "a stray 2" in reader.refused(["2"]).hint


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1E+00", "0E+00"], [P, N]),
        (["1.000000e+00", "0.000000e+00"], [P, N]),
        (["-1E0", "1e0"], [N, P]),
        (["1,0", "0,0"], [P, N]),
        (["1.", "0."], [P, N]),
        (["１", "٠"], [P, N]),
        (["1e+00", "1", "1.0"], [P, P, P]),
    ],
)
def test_numbers_as_spreadsheets_write_them(values, expected):
    assert read(values) == expected


def test_a_map_of_another_scale_is_refused():
    for mapped, value in (
        ("stars-5", "4/10"),
        ("stars-10", "4/5"),
        ("1..5=positive", "2/100"),
    ):
        error = refused([value], mapped=mapped)
        assert "is out of" in error.message
        assert read([value], mapped=proposed(error)[0]) in ([N], [P])
    assert read(["4/5"], mapped="1,2=negative; 4=positive") == [P]
    assert read(["4/10", "8/10", "4/5"], mapped="4/10=negative; 8/10=positive; 4/5=positive") == [N, P, P]


@given(
    st.lists(
        st.text(min_size=1, max_size=12).filter(str.strip), min_size=1, max_size=8, unique_by=plain_label
    ),
    st.sampled_from(OWNS),
)
@example(["0", "0/0"], PAIR)
@example(["0/0"], PAIR)
@example(["neutral", "unsup"], PAIR)
@settings(derandomize=True)
def test_any_labels_have_a_proposal_that_reads_them_all(labels, own):
    assert_reads(labels, own)


@pytest.mark.parametrize("own", OWNS)
def test_a_single_label_has_a_proposal(own):
    for label in ALONE:
        assert_reads([label], own)


@given(st.lists(st.sampled_from([*ALONE, "0/5", "8/10", "meh", "good", "3 stars", "4.5", "?"]), min_size=1))
@settings(derandomize=True)
def test_any_mixture_has_a_proposal(labels):
    for own in OWNS:
        assert_reads(labels, own)


@given(st.lists(st.floats(-100, 1000).map(lambda x: f"{x:g}"), min_size=1, max_size=12, unique=True))
@settings(derandomize=True)
def test_any_numbers_have_a_proposal_that_reads_them_all(labels):
    assert_reads(labels, PAIR)


@pytest.mark.parametrize(
    "text", ["4 of 3", "1,000", "12 monkeys", "5 people", "☆", "★☆★", "1/2/3", "", "five stars!"]
)
def test_what_is_no_rating(text):
    assert rating_of(plain_label(text)) is None
