"""Long texts are read whole: nothing is cut off, up to the limit of a megabyte."""

import numpy as np
import pytest
from onnxruntime import InferenceSession

from models import graph_of, random_network
from opinia.model.batches import BATCH_TOKENS
from opinia.model.classifier import load
from opinia.model.file import Description, write_model
from opinia.score import ScoreOptions, score_table
from opinia.text.tokenizer import Tokenizer
from scoring import cells, csv_bytes

WORDS = ("the", "film", "was", "a", "and", "it", "bad", "good")


def scored(tmp_path, classifier, texts, **options):
    (tmp_path / "in.csv").write_bytes(csv_bytes([["text"], *([text] for text in texts)]))
    chosen = ScoreOptions(details=True, **options)
    score_table(tmp_path / "in.csv", tmp_path / "out.csv", classifier=classifier, options=chosen)
    return cells((tmp_path / "out.csv").read_bytes())


def test_a_megabyte_is_read_whole(tmp_path, classifier):
    long = "bad " * 20 + "film " * 190_000 + "good " * 9_000
    assert 990_000 < len(long) < 1 << 20
    rows = scored(tmp_path, classifier, ["bad", long, "good"])
    assert [row["label"] for row in rows] == ["negative", "positive", "positive"]
    assert rows[1]["tokens"] == "199020"
    assert classifier.predict(long) == ["positive"]
    assert classifier.predict(long[:500_000]) == ["negative"]


def test_the_network_gets_every_word_once(tmp_path, classifier, monkeypatch):
    """As many words go into the network as stand in the texts, with little padding: time grows with them.

    What is longer than a piece goes through each direction by itself, so its words come twice.
    """
    lengths = [1, 300, 255, 256, 257, 5_000, 8_191, 8_192, 8_193, 40_000, 190_000]
    classifier.predict("film " * (BATCH_TOKENS + 1))  # the parts are made, and tried
    read, pieces, padded = [], [], []
    whole = InferenceSession.run

    def counting(self, names, feed):
        if "ids" in feed:  # else it makes logits of what was read
            (read if len(feed) == 2 else pieces).extend(feed["lengths"].tolist())
            padded.append(feed["ids"].size)
        return whole(self, names, feed)

    monkeypatch.setattr(InferenceSession, "run", counting)
    rows = scored(tmp_path, classifier, [" ".join(["film"] * length) for length in lengths], threads=2)
    assert [int(row["tokens"]) for row in rows] == lengths
    long = [length for length in lengths if length > BATCH_TOKENS]
    assert sorted(read) == sorted(set(lengths) - set(long))
    assert sum(pieces) == 2 * sum(long)
    assert max(pieces) == BATCH_TOKENS
    assert sum(padded) <= 1.01 * (sum(lengths) + sum(long))


@pytest.mark.parametrize("words", [BATCH_TOKENS, BATCH_TOKENS + 1, 100_000])
def test_the_answer_is_that_of_the_graph_itself(words, tmp_path):
    """A network of random weights, whose answer hangs on the first words and on the last."""
    tokenizer = Tokenizer(WORDS)
    path = tmp_path / "random.onnx"
    write_model(path, graph_of(random_network(len(tokenizer))), Description(tokenizer))
    classifier = load(path)
    chosen = np.random.default_rng(words).integers(0, len(WORDS), words)
    text = " ".join(WORDS[i] for i in chosen)
    ids = np.array([tokenizer.encode(text)], np.int32)
    assert ids.shape == (1, words)
    feed = {"ids": ids, "lengths": np.array([words], np.int32)}
    ((logit,),) = classifier.model.session.run(None, feed)[0]
    (row,) = scored(tmp_path, classifier, [text])
    positive = 1 / (1 + np.exp(-float(logit)))
    assert float(row["probability"]) == pytest.approx(max(positive, 1 - positive), abs=1e-5)
    for shorter in (ids[:, 1:], ids[:, :-1]):
        feed = {"ids": shorter, "lengths": np.array([words - 1], np.int32)}
        assert classifier.model.session.run(None, feed)[0] != pytest.approx(logit, abs=1e-4)
