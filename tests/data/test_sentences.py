"""Sentences cut from reviews."""

import numpy as np

from opinia.data.sentences import MOST_WORDS, cut_sentences, cut_texts
from opinia.text.tokenizer import Tokenizer

MARKS = np.array([2, 3], np.int32)


def cut(rows, seed=0):
    lengths = np.array([len(row) for row in rows], np.int64)
    ids = np.zeros((len(rows), max(1, lengths.max())), np.int32)
    for line, row in zip(ids, rows, strict=True):
        line[: len(row)] = row
    pieces, sizes = cut_sentences(ids, lengths, MARKS, np.random.default_rng(seed))
    assert not any(piece[size:].any() for piece, size in zip(pieces, sizes, strict=True))
    return [piece[:size].tolist() for piece, size in zip(pieces, sizes, strict=True)]


def test_whole_neighbouring_sentences_are_cut():
    sentences = [[10, 11, 2], [12, 3], [13, 14, 15, 2], [16]]
    review = sum(sentences, [])
    whole = {
        tuple(sum(sentences[first:last], []))
        for first in range(4)
        for last in range(first + 1, min(first + 3, 4) + 1)
    }
    seen = {tuple(cut([review], seed)[0]) for seed in range(300)}
    assert seen == whole


def test_odd_reviews():
    assert cut([[], [5], [2], [2, 2, 3]])[:3] == [[], [5], [2]]
    assert len(cut([[9] * 500])[0]) == MOST_WORDS


def test_sentences_of_texts_stand_in_them_as_written():
    texts = ["A fine Film!  Really, it is.<br />See it?", "No end", ""]
    tokenizer = Tokenizer.adapt(texts, max_tokens=50, kind="words")
    seen = {tuple(cut_texts(tokenizer, texts, seed=seed)) for seed in range(60)}
    assert {second for _, second, _ in seen} == {"No end"}
    assert {third for _, _, third in seen} == {""}
    firsts = {first for first, _, _ in seen}
    assert {"A fine Film!", "Really, it is.", "A fine Film!  Really, it is."} <= firsts
    assert all(first in texts[0] for first in firsts)
