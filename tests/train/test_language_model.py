"""Language models on texts whose entropy is known."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from opinia.train.language_model import (
    END_ID,
    LanguageModel,
    LanguageModelShape,
    perplexity,
    stream_of,
    windows,
)
from opinia.train.pretrain import pretrain
from opinia.train.sections import PretrainingRecipe
from opinia.train.softmax import CandidateSampler

WORDS = 60
PLAIN = LanguageModelShape(embedding=16, units=24, input_dropout=0.0, weight_dropout=0.0, output_dropout=0.0)


def markov_stream(length, *, seed):
    """Draw a stream in which each word has four successors with fixed probabilities.

    Its entropy rate is that of (.5, .25, .125, .125): 1.75 bits a word, so no model that does not
    know the future can have a perplexity below 2 ** 1.75.
    """
    successors = np.random.default_rng(7).permuted(np.tile(np.arange(WORDS), (WORDS, 1)), axis=1)[:, :4]
    choices = np.random.default_rng(seed).choice(4, size=length, p=[0.5, 0.25, 0.125, 0.125])
    stream = np.zeros(length, np.int32)
    for i in range(1, length):
        stream[i] = successors[stream[i - 1], choices[i]]
    return stream


@pytest.mark.parametrize("random_words", [8, WORDS])
def test_perplexity_reaches_the_known_entropy(random_words, tmp_path):
    torch.manual_seed(0)
    torch.set_num_threads(1)
    stream, held_out = markov_stream(60_000, seed=0), markov_stream(8_000, seed=1)
    assert perplexity(LanguageModel(WORDS, PLAIN), held_out) > WORDS / 2
    settings = PretrainingRecipe(passes=4, batch=16, time=16, learning_rate=0.02, random_words=random_words)
    checkpoint = tmp_path / "forward.pt"
    arguments = {"vocabulary": WORDS, "backward": False, "checkpoint": checkpoint}
    _, log = pretrain(settings, PLAIN, [stream], [held_out], **arguments)
    reached = math.log2(log[-1]["perplexity"])
    assert 1.70 < reached < 1.95
    begun = checkpoint.read_bytes()
    again, same_log = pretrain(settings, PLAIN, [stream], [held_out], **arguments)
    assert checkpoint.read_bytes() == begun  # nothing is trained twice
    assert same_log == log
    assert perplexity(again, stream_of([held_out], backward=False, seed=0)) == pytest.approx(
        log[-1]["perplexity"], rel=0.01
    )


def test_sampled_softmax_over_all_words_is_the_full_one():
    torch.manual_seed(0)
    model = LanguageModel(WORDS, PLAIN)
    torch.nn.init.normal_(model.bias)
    stream = markov_stream(500, seed=2)
    ids, targets = next(windows(stream, batch=4, time=20))
    hidden, _ = model(ids)
    sampler = CandidateSampler(np.bincount(stream, minlength=WORDS), random_words=WORDS)
    sampled = model.sampled_loss(hidden, targets, sampler)
    full = -model.full_log_likelihood(hidden, targets).mean()
    direct = F.cross_entropy(hidden.flatten(0, 1) @ model.embedding.weight.T + model.bias, targets.flatten())
    torch.testing.assert_close(sampled, full, atol=1e-4, rtol=0)
    torch.testing.assert_close(full, direct)


def test_inclusion_is_how_often_a_word_is_among_the_candidates():
    stream = np.random.default_rng(0).choice(WORDS, p=np.arange(1, WORDS + 1) / 1830, size=16_000)
    sampler = CandidateSampler(np.bincount(stream, minlength=WORDS), random_words=5)
    seen, stated = np.zeros(WORDS), np.full(WORDS, np.nan)
    draws = torch.from_numpy(stream).reshape(-1, 2, 10)
    for targets in draws:
        candidates, log_inclusion, places = sampler.draw(targets)
        assert torch.equal(candidates[places], targets)
        seen[candidates] += 1
        stated[candidates] = log_inclusion.exp()
    np.testing.assert_allclose(seen / len(draws), stated, atol=0.04)


def test_windows_cover_the_stream_in_columns_and_targets_follow():
    ids, targets = zip(*windows(np.arange(23, dtype=np.int32), batch=2, time=4), strict=True)
    assert torch.cat(ids).T.tolist() == [list(range(11)), list(range(11, 22))]
    assert torch.cat(targets).T.tolist() == [list(range(1, 12)), list(range(12, 23))]
    assert [len(part) for part in ids] == [4, 4, 3]


def test_the_state_is_carried_from_window_to_window():
    torch.manual_seed(0)
    model = LanguageModel(WORDS, PLAIN).eval()
    ids = torch.from_numpy(markov_stream(40, seed=3)).long().reshape(40, 1)
    whole, _ = model(ids)
    first, state = model(ids[:17])
    second, _ = model(ids[17:], state)
    torch.testing.assert_close(torch.cat([first, second]), whole)


def test_dropout_acts_in_training_alone():
    torch.manual_seed(0)
    shape = LanguageModelShape(embedding=16, units=24, weight_dropout=0.5, input_dropout=0, output_dropout=0)
    model = LanguageModel(WORDS, shape)
    ids = torch.randint(0, WORDS, (12, 3))
    model.eval()
    torch.testing.assert_close(model(ids)[0], model(ids)[0])
    model.train()
    once, again = model(ids)[0], model(ids)[0]
    torch.testing.assert_close(once[0], again[0])  # the first word is read without the recurrent weights
    assert not torch.allclose(once[-1], again[-1])
    once.sum().backward()
    assert model.lstm.weight_hh_l0.grad.abs().sum() > 0


def test_a_backward_stream_holds_each_review_reversed():
    reviews = [np.array([2, 3, 4], np.int32), np.array([5, 6], np.int32)]
    forward, backward = (stream_of(reviews, backward=b, seed=0).tolist() for b in (False, True))
    split = lambda s: sorted(  # noqa: E731
        [part.split() for part in " ".join(map(str, s)).split(f" {END_ID}") if part.strip()]
    )
    assert split(forward) == [["2", "3", "4"], ["5", "6"]]
    assert split(backward) == [["4", "3", "2"], ["6", "5"]]
    assert forward[-1] == backward[-1] == END_ID
