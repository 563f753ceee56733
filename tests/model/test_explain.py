"""Explanations: places, what a contribution is, the curve, and that the work is bounded."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import opinia
from models import WORDS, graph_of, random_network, write_counting_model
from opinia import Classifier, InputError
from opinia.model.explain import MAX_EVALUATIONS, MAX_TOKENS, WORD_TOKENS, explain, make_plan
from opinia.model.file import Description, write_model
from opinia.text.normalise import normalise
from opinia.text.phrases import find_phrase
from opinia.text.tokenizer import Tokenizer

NEAR = 2e-5  # a text's probability depends on the texts beside it by up to 1e-5
VOCABULARY = ("the", "film", "bad", "good", "not", "!", ".", ",", "don't", ":)", "é", "8/10")
ODD = st.text(
    alphabet=st.one_of(
        st.sampled_from("aé Ω\u0130ß\u2019'.,!?:)(-<>/8 \t\n\u0085\u00a0\u200d😀🏽\ufe0f\ud83d\x00\u202e"),
        st.sampled_from("\u00ad\u200b\ufeff\u0301\u0336ｇｏｄ！…ﬁ𝐠𝐨𝐝ⓐ⑧\u20e3\u093c\u3164"),
        st.characters(),
    ),
    max_size=60,
)


class Recorder(Classifier):
    """A classifier that keeps the length of every text it is given as ids."""

    def probabilities(self, encoded):
        self.lengths = [*getattr(self, "lengths", []), *map(len, encoded)]
        return super().probabilities(encoded)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_counting_model(tmp_path_factory.mktemp("model") / "counting.onnx")


@pytest.fixture(scope="module")
def counting(path):
    return opinia.load(path, threads=1)


@pytest.fixture(scope="module", params=["keras", "words"])
def noisy(request, tmp_path_factory):
    """A network with random weights, where every word tells."""
    tokenizer = Tokenizer(
        VOCABULARY if request.param == "words" else ("the", "film", "bad", "good", "not"), request.param
    )
    path = tmp_path_factory.mktemp("model") / "noisy.onnx"
    write_model(path, graph_of(random_network(len(tokenizer))), Description(tokenizer))
    return opinia.load(path, threads=1)


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    import onnx

    graph = graph_of(random_network(len(WORDS) + 2))
    for weight in graph.graph.initializer:
        if weight.name in {"output_kernel", "output_bias"}:
            rows = np.concatenate([onnx.numpy_helper.to_array(weight) * k for k in (1, 2, -1)])
            weight.CopyFrom(onnx.numpy_helper.from_array(rows, weight.name))
    graph.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 3
    path = tmp_path_factory.mktemp("model") / "three.onnx"
    write_model(path, graph, Description(Tokenizer(WORDS), ("poor", "fair", "fine")))
    return opinia.load(path, threads=1)


def long_text(words, *, seed=0):
    draw = random.Random(seed)
    return " ".join(draw.choice(["good", "bad", "the", "film.", "it!", "was?\n"]) for _ in range(words))


def test_words_speak_for_their_side(counting):
    explanation = explain(counting, "The film was good, and a BAD (good) film")
    assert (explanation.unit, explanation.target) == ("word", "positive")
    by_word = {
        "The film was good, and a BAD (good) film"[piece.start : piece.end]: piece.contribution
        for piece in explanation.contributions
    }
    assert list(by_word) == ["The", "film", "was", "good,", "and", "a", "BAD", "(good)"]
    assert by_word["good,"] > 0.05
    assert by_word["(good)"] > 0.05
    assert by_word["BAD"] < -0.01
    assert abs(by_word["was"]) < 0.01


def test_a_contribution_is_the_change_when_the_piece_is_left_out(noisy):
    text = "Not a good film! The bad film, not good. Don't :) é 8/10"
    ids = np.array(noisy.model.description.tokenizer.encode(text), np.int32)
    explanation = explain(noisy, text)
    assert len(explanation.contributions) == len(explanation.curve) == len(ids)
    alone = noisy.predict_proba(text)[0]
    assert explanation.label == noisy.predict(text)[0]
    assert explanation.probability == alone.max()
    assert explanation.positive == alone[1]
    for i, (piece, point) in enumerate(zip(explanation.contributions, explanation.curve, strict=True)):
        without = noisy.probabilities([np.delete(ids, i)])[0, 1]
        assert piece.contribution == pytest.approx(float(alone[1]) - float(without), abs=NEAR)
        assert point.positive == pytest.approx(noisy.predict_proba(text[: point.end])[0, 1], abs=NEAR)
    assert max(abs(piece.contribution) for piece in explanation.contributions) > 0.01
    assert explanation.curve[-1].positive == explanation.positive


@settings(max_examples=60, deadline=None)
@given(text=ODD)
def test_places_are_those_of_the_original_text(noisy, text):
    tokenizer = noisy.model.description.tokenizer
    explanation = explain(noisy, text)
    ids = tokenizer.encode(text)
    place = 0
    for token, piece, point in zip(ids, explanation.contributions, explanation.curve, strict=True):
        assert place <= piece.start < piece.end <= len(text)
        assert tokenizer.encode(text[piece.start : piece.end]) == [token]
        assert point.end == piece.end
        place = piece.end
    if ids:
        assert explanation.curve[-1].positive == noisy.predict_proba(text)[0, 1]


DISGUISED = "\ufeffThe ﬁlm is n\u200bot ｇｏｏｄ, b\u00adad e\u0301 ｄｏｎ’ｔ"
PLAIN = "The film is not good, bad é don't"


def test_disguise_changes_nothing_but_places(noisy):
    if noisy.model.description.tokenizer.kind == "keras":
        pytest.skip("Keras's rule takes letters in disguise for other letters")
    found = explain(noisy, DISGUISED, phrases=["not good", "\u200bNOT  good"])
    expected = explain(noisy, PLAIN, phrases=["not good", "not good"])
    assert found.positive == expected.positive
    for piece, other in zip(found.contributions, expected.contributions, strict=True):
        assert piece.contribution == other.contribution
        assert normalise(DISGUISED[piece.start : piece.end]) == PLAIN[other.start : other.end]
    shown = [DISGUISED[piece.start : piece.end] for piece in found.contributions]
    assert shown[1] == "ﬁlm"
    assert shown[6] == "b\u00adad"
    assert [DISGUISED[piece.start : piece.end] for piece in found.phrases] == ["n\u200bot ｇｏｏｄ"] * 2
    assert [piece.contribution for piece in found.phrases] == [p.contribution for p in expected.phrases]


@pytest.mark.parametrize("text", ["", "  \n", "- -- !!!"])
def test_a_text_without_words_has_an_answer_and_no_pieces(counting, text):
    explanation = explain(counting, text)
    assert explanation.positive == counting.predict_proba("")[0, 1]
    assert (explanation.contributions, explanation.curve, explanation.unit) == ((), (), "word")


def test_words_that_the_model_does_not_know_count_as_unknown(counting):
    explanation = explain(counting, "zażółć gęślą")
    assert [(piece.start, piece.end) for piece in explanation.contributions] == [(0, 6), (7, 12)]
    assert all(abs(piece.contribution) < NEAR for piece in explanation.contributions)


def test_a_phrase_is_left_out_as_a_whole(noisy):
    text = "It is NOT\n bad, not good; the notbad film, not  bad at all"
    found = explain(noisy, text, phrases=["not bad", "absent", (0, 8)]).phrases
    shown = [text[piece.start : piece.end].rstrip(",") for piece in found]
    assert shown == ["NOT\n bad", "not  bad", "It is NOT"]
    ids = noisy.model.description.tokenizer.encode(text)
    spans = noisy.model.description.tokenizer.spans(text)
    for piece in found:
        rest = [
            i for i, (start, end) in zip(ids, spans, strict=True) if end <= piece.start or start >= piece.end
        ]
        without = noisy.probabilities([np.array(rest, np.int32)])[0, 1]
        assert piece.contribution == pytest.approx(noisy.predict_proba(text)[0, 1] - without, abs=NEAR)


def test_a_phrase_is_found_in_any_case_spacing_and_apostrophe():
    assert find_phrase("Don\u2019t  LOOK, don't\tlook; don't looks", "don't look") == [(0, 11), (13, 23)]
    assert find_phrase("so :) and :-) (*)", "(*)") == [(14, 17)]
    assert find_phrase("heart of art", "art") == [(9, 12)]
    assert find_phrase("so \u200bno\u00adt\u00a0ｂａｄ\u200b", "not bad") == [(4, 12)]


@pytest.mark.parametrize(
    ("phrase", "said"),
    [
        ("  ", "needs a word"),
        ((3, 3), "inside the text's 10 characters"),
        ((-1, 3), "inside"),
        ((0, 11), "inside"),
        ((4, 6), "no word at the place"),
    ],
)
def test_impossible_phrases_are_refused(counting, phrase, said):
    with pytest.raises(InputError, match=said):
        explain(counting, "good  film", phrases=[phrase])


@pytest.mark.parametrize("text", [None, 3, b"good", ["good"]])
def test_what_is_no_text_is_refused(counting, text):
    with pytest.raises(InputError, match="Received"):
        explain(counting, text)


def test_of_three_classes_the_answer_itself_is_explained(three):
    text = "good film it was bad"
    explanation = explain(three, text)
    proba = three.predict_proba(text)[0]
    assert explanation.target == explanation.label == three.predict(text)[0]
    assert explanation.positive == explanation.probability == proba.max()
    for column, label in enumerate(("poor", "fair", "fine")):
        asked = explain(three, text, target=label)
        assert (asked.target, asked.positive) == (label, proba[column])
        assert asked.label == explanation.label
        assert asked.curve[-1].positive == proba[column]
        with pytest.raises(InputError, match="'poor', 'fair', 'fine'"):
            explain(three, text, target="positive")


def test_a_long_text_is_explained_by_sentences(counting):
    sentences = ["The film was good.", "It was bad!\n", "It was a film, and a film", "<br />And bad..."] * 30
    text = " ".join(sentences)
    explanation = explain(counting, text)
    assert explanation.unit == "sentence"
    shown = [text[piece.start : piece.end] for piece in explanation.contributions]
    expected = ["The film was good.", "It was bad!", "It was a film, and a film", "<br />And bad..."] * 30
    assert shown == expected
    assert explanation.curve[-1].positive == explanation.positive == counting.predict_proba(text)[0, 1]
    ends = [point.end for point in explanation.curve]
    assert ends == sorted(set(ends))


def test_a_sentence_without_end_is_cut(counting):
    explanation = explain(counting, "good film " * 300)
    lengths = {round((piece.end - piece.start) / 5) for piece in explanation.contributions}
    assert lengths == {60}


@pytest.mark.parametrize("words", [1, 2, 57, WORD_TOKENS, WORD_TOKENS + 1, 999, 5000, MAX_TOKENS])
def test_the_plan_is_bounded_and_covers_the_text(words):
    for text in (long_text(words), "good " * words, "good. " * words):
        spans = Tokenizer(WORDS).spans(text)
        plan = make_plan(text, spans)
        assert [first for first, _ in plan.pieces] == [0, *(last for _, last in plan.pieces[:-1])]
        assert plan.pieces[-1][1] == plan.ends[-1] == words
        assert all(first < last for first, last in plan.pieces)
        assert list(plan.ends) == sorted(set(plan.ends))
        assert plan.ends[0] >= 1
        assert plan.evaluations <= 159_600 + 80_200
        assert len(plan.pieces) >= min(words, 7)
        assert len(plan.ends) >= min(words, 9)
        assert plan.unit == ("word" if words <= WORD_TOKENS else "sentence")
    steps = np.diff([0, *plan.ends])
    assert steps.max() - steps.min() <= 1


@pytest.mark.parametrize("words", [0, 30, WORD_TOKENS, 700, 3000])
def test_the_model_reads_what_was_planned(path, words):
    text = long_text(words)
    recorder = Recorder.from_path(path, threads=1)
    spans = recorder.model.description.tokenizer.spans(text)
    phrases = [(0, 9)] if words else []
    explain(recorder, text, phrases=phrases)
    assert sum(recorder.lengths) == make_plan(text, spans, phrases=phrases).evaluations <= MAX_EVALUATIONS


def test_phrases_are_bounded_too():
    text = "good " * WORD_TOKENS
    spans = Tokenizer(WORDS).spans(text)
    plan = make_plan(text, spans, phrases=["good"])
    assert plan.evaluations == MAX_EVALUATIONS == 399_400
    with pytest.raises(InputError, match="too many phrases for a text of 400 words: 401 places, at most 399"):
        make_plan(text, spans, phrases=["good", (0, 4)])


def test_a_megabyte_is_refused_before_the_model_reads_it(path):
    recorder = Recorder.from_path(path, threads=1)
    with pytest.raises(InputError, match="209,716 words, at most 16,000"):
        explain(recorder, "good " * 209_716)
    assert not hasattr(recorder, "lengths")
