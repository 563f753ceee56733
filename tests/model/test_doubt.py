"""Which answers are doubted: unknown words, another language, no words; the same on all fronts."""

import pytest

from models import write_counting_model
from opinia.language import LANGUAGES
from opinia.model.classifier import load
from opinia.model.doubt import DOUBTS, unknown_words
from opinia.text.language import LANGUAGES as CODES
from opinia.text.language import language_of

IN_LANGUAGES = {
    "pl": ["Film jest nudny i za długi, nie polecam.", "Nie podobało mi się to, co zrobili z tą książką."],
    "de": ["Der Film ist sehr langweilig und viel zu lang.", "Ein wunderbarer Film mit großartigen Bildern."],
    "fr": ["C'est nul et ennuyeux du début à la fin.", "Je n'ai pas aimé ce film, il est trop long."],
    "es": ["No me gustó nada, es muy aburrida y larga.", "El mejor libro que he leído este año."],
    "it": ["Non mi è piaciuto per niente, noioso e lungo.", "Un film bello, gli attori sono molto bravi."],
    "pt": ["Um filme maravilhoso com atores muito bons.", "Não gostei, é muito chato e longo."],
    "nl": ["Ik vond het niet leuk, het was te lang en saai."],
    "cs": ["Nelíbilo se mi to, film je dlouhý a nudný."],
    "sv": ["Det var tråkigt och alldeles för långt."],
    "ru": ["Мне не понравилось, это скучно и долго."],
    "uk": ["Мені не сподобалося, це нудно і дуже довго."],
    "ja": ["とても良い映画でした。"],
    "zh": ["这部电影很好看"],
    "el": ["Μια πολύ καλή ταινία"],
    "ko": ["정말 좋은 영화였어요"],
    "en": ["Les Miserables is the best musical film of the year and it was not at all too long."],
}
NOT_CLEAR = [
    "",
    "Great!",
    "A warm, funny and beautifully acted film.",
    "This la la land film was de facto a mess",
    "I've seen a few of Mr. Ve's, se and to.",
    "Das Boot",
    "👍👍👍 !!!",
]


@pytest.mark.parametrize("code", IN_LANGUAGES)
def test_languages_are_told_apart(code):
    assert [language_of(text) for text in IN_LANGUAGES[code]] == [code] * len(IN_LANGUAGES[code])


@pytest.mark.parametrize("text", NOT_CLEAR)
def test_what_is_not_clear_has_no_language(text):
    assert language_of(text) in (None, "en")


@pytest.mark.parametrize("name", ["base", "small", "seed"])
def test_shipped_models_read_english_and_doubt_the_rest(name):
    classifier = load(name)
    assert classifier.doubter.language == "en"
    for code, texts in IN_LANGUAGES.items():
        found = {prediction.doubt for prediction in classifier.classify(texts)}
        assert (found == {None}) if code == "en" else None not in found, (code, found)
    polish, none, unknown, fine = classifier.classify(
        [IN_LANGUAGES["pl"][0], "?! ...", "qwxz vbnq zzkw", "A warm, funny and beautifully acted film."]
    )
    assert polish.doubt in ("other_language", "none_known")
    assert (none.doubt, unknown.doubt, fine.doubt) == ("no_words", "none_known", None)


@pytest.mark.parametrize("name", ["base", "small", "seed", "general", "polish", "auto"])
def test_marks_are_no_known_words(name):
    unknown = [
        "xqzzt",
        "xqzzt.",
        "xqzzt!!",
        "(xqzzt)",
        "xqzzt, vbnq: zzkw?",
        '"Xqzzt" - "vbnq"...',
        "¿xqzzt?",
    ]
    known = ["xqzzt 10.", *(["xqzzt. 8/10!", "xqzzt :)", "xqzzt 👍."] if name != "seed" else [])]
    none = ["", "...", "(((", "?!" * 30, "[ ] ( )", "; : ,"]
    classifier = load(name)
    assert {prediction.doubt for prediction in classifier.classify(unknown)} == {"none_known"}
    assert {prediction.unknown for prediction in classifier.classify(unknown)} == {1.0}
    assert [prediction.doubt for prediction in classifier.classify(known)] == [None] * len(known)
    assert {prediction.doubt for prediction in classifier.classify(none)} == {"no_words"}
    # What a text ends with makes no difference to what is known of its words.
    plain, marked = classifier.classify(["the vbnq film", "(the vbnq) film!?..."])
    assert plain.unknown == marked.unknown == pytest.approx(1 / 3)


@pytest.mark.parametrize("name", ["seed", "general", "polish"])
def test_a_number_alone_says_nothing_but_a_rating_does(name):
    """Who judges a column of years, prices or ids has chosen another than that of the texts."""
    numbers = ["1994", " 2023-05-01\n", "$1,299.00", "+48 555 123 456", "1994!", "#1234", "95/1000", "9" * 40]
    others = ["10", "8/10", "100", "100/100", "9.5", "1000%", "in 1994", "9" * 41, "0"]
    classifier = load(name)
    assert {prediction.doubt for prediction in classifier.classify(numbers)} == {"no_words"}
    assert "no_words" not in {prediction.doubt for prediction in classifier.classify(others)}


@pytest.mark.parametrize("name", ["small", "polish"])
def test_shares_of_unknown_words_are_of_words(name):
    tokenizer = load(name).model.description.tokenizer
    assert unknown_words("xqzzt!!, (vbnq) 8", tokenizer) == pytest.approx(2 / 3)
    assert unknown_words("xqzzt... \N{LARGE BLUE SQUARE}", tokenizer) == 0.5
    assert unknown_words("?! ...", tokenizer) == 0


@pytest.mark.parametrize("name", ["small", "polish", "auto"])
def test_texts_together_are_doubted_as_one_by_one(name):
    classifier = load(name)
    texts = [
        *(text for of_one in IN_LANGUAGES.values() for text in of_one),
        *NOT_CLEAR,
        "xqzzt vbnq",
        ":)",
        "8/10",
    ]
    encoded = [classifier.encode(text) for text in texts]
    alone = [classifier.doubt(text, ids) for text, ids in zip(texts, encoded, strict=True)]
    assert set(alone) >= {None, "no_words", "none_known", "other_language"}
    assert classifier.doubts(texts, encoded) == alone
    assert classifier.unknown_shares(encoded).tolist() == [*map(classifier.unknown_share, encoded)]
    assert classifier.doubts([], []) == []
    assert classifier.unknown_shares([]).tolist() == []


def test_a_vocabulary_that_tells_no_language_doubts_none(tmp_path):
    classifier = load(write_counting_model(tmp_path / "counting.onnx"))
    assert classifier.doubter.language is None
    text = "le film est good good good good"
    assert classifier.classify(text)[0].doubt is None
    assert classifier.classify("one two three four good")[0].doubt == "mostly_unknown"


@pytest.mark.parametrize("limit", [0.1, 2, -1, "no", True, None])
def test_the_limit_of_the_card_counts_where_it_is_one(limit, tmp_path):
    path = write_counting_model(tmp_path / "a.onnx", card={"text": {"unknown_limit": limit}})
    expected = "mostly_unknown" if limit == 0.1 else None
    assert load(path).classify("the film was a good one")[0].doubt == expected


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=list(LANGUAGES))
def test_every_doubt_and_every_language_has_words(language):
    for doubt in DOUBTS:
        for code in (*CODES, None):
            assert language.doubt(doubt, share=0.5, found=code, model=code)
    said = language.doubt("other_language", share=0.5, found="es", model="en")
    assert ("Spanish" in said) or ("hiszpańsku" in said)
