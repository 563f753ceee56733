"""Language models on texts whose entropy is known."""

import copy
import dataclasses
import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from opinia.errors import TrainingError
from opinia.runs.history import Epoch
from opinia.runs.settings import PretrainingRecipe
from opinia.train.language_model import (
    CandidateSampler,
    LanguageModel,
    LanguageModelling,
    LanguageModelShape,
    learning_rate,
    mean_loss,
)
from opinia.train.loop.callbacks import Callback
from opinia.train.loop.stream import TokenReviews, windows
from opinia.train.loop.trainer import SideBySide
from opinia.train.network.recurrent import drop_numbers
from opinia.train.pretrain import LanguageCheckpoint, content_of, language_trainer, log_of, restore

WORDS = 60
PLAIN = LanguageModelShape(embedding=16, units=24, input_dropout=0.0, weight_dropout=0.0, output_dropout=0.0)


def perplexity(model, stream):
    return math.exp(mean_loss(model, stream))


def trainer_of(settings, reviews, shape=PLAIN, *, backward=False):
    objective = LanguageModelling(settings, reviews, vocabulary=WORDS, backward=backward)
    return language_trainer(shape, objective, vocabulary=WORDS)


def go_on(trainer, held_out, *callbacks):
    """Train to the end, and return the perplexity there."""
    trainer.fit(lambda model: trainer.objective.validate(model, held_out), callbacks)
    return math.exp(trainer.history[-1].val_loss)


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


@pytest.mark.parametrize("negative_samples", [8, WORDS])
def test_perplexity_reaches_the_known_entropy(negative_samples, tmp_path):
    torch.manual_seed(0)
    torch.set_num_threads(1)
    stream, held_out = markov_stream(30_000, seed=0), markov_stream(4_000, seed=1)
    assert perplexity(LanguageModel(WORDS, PLAIN), torch.from_numpy(held_out)) > WORDS / 2
    settings = PretrainingRecipe(
        epochs=3, batch_size=16, bptt=16, learning_rate=0.03, negative_samples=negative_samples
    )
    checkpoint = tmp_path / "forward.pt"
    reviews, judged = TokenReviews.of([stream]), TokenReviews.of([held_out])
    once, again = trainer_of(settings, reviews), trainer_of(settings, reviews)
    reached = go_on(once, judged, LanguageCheckpoint(checkpoint))
    assert 1.70 < math.log2(reached) < 1.95
    assert perplexity(once.network, judged.stream(backward=False, seed=0)) == pytest.approx(reached, rel=0.01)
    begun = checkpoint.read_bytes()
    go_on(again, judged, LanguageCheckpoint(checkpoint))
    assert checkpoint.read_bytes() == begun  # nothing is trained twice
    assert log_of(again) == log_of(once)
    for name, weight in again.network.state_dict().items():
        assert torch.equal(weight, once.network.state_dict()[name]), name


def test_sampled_softmax_over_all_words_is_the_full_one():
    torch.manual_seed(0)
    model = LanguageModel(WORDS, PLAIN)
    torch.nn.init.normal_(model.bias)
    stream = markov_stream(500, seed=2)
    ids, targets = next(windows(torch.from_numpy(stream), batch=4, time=20))
    hidden, _ = model(ids)
    sampler = CandidateSampler(np.bincount(stream, minlength=WORDS), negative_samples=WORDS)
    sampled = model.sampled_loss(hidden, targets, sampler)
    full = -model.full_log_likelihood(hidden, targets).mean()
    torch.testing.assert_close(model.full_loss(hidden, targets), full, atol=1e-4, rtol=0)
    direct = F.cross_entropy(hidden.flatten(0, 1) @ model.embedding.weight.T + model.bias, targets.flatten())
    torch.testing.assert_close(sampled, full, atol=1e-4, rtol=0)
    torch.testing.assert_close(full, direct)


def test_inclusion_is_how_often_a_word_is_among_the_candidates():
    stream = np.random.default_rng(0).choice(WORDS, p=np.arange(1, WORDS + 1) / 1830, size=16_000)
    sampler = CandidateSampler(np.bincount(stream, minlength=WORDS), negative_samples=5)
    seen, stated = np.zeros(WORDS), np.full(WORDS, np.nan)
    draws = torch.from_numpy(stream).reshape(-1, 2, 10)
    for targets in draws:
        candidates, log_inclusion, places = sampler.draw(targets)
        assert torch.equal(candidates[places], targets)
        seen[candidates] += 1
        stated[candidates] = log_inclusion.exp()
    np.testing.assert_allclose(seen / len(draws), stated, atol=0.04)


@pytest.mark.parametrize("layers", [1, 2])
def test_the_state_is_carried_from_window_to_window(layers):
    torch.manual_seed(0)
    model = LanguageModel(WORDS, dataclasses.replace(PLAIN, layers=layers)).eval()
    ids = torch.from_numpy(markov_stream(40, seed=3)).long().reshape(40, 1)
    whole, _ = model(ids)
    first, state = model(ids[:17])
    second, _ = model(ids[17:], state)
    torch.testing.assert_close(torch.cat([first, second]), whole)


def test_layers_are_those_of_pytorch():
    torch.manual_seed(0)
    model = LanguageModel(WORDS, dataclasses.replace(PLAIN, layers=3))
    ids = torch.randint(0, WORDS, (12, 3))
    outputs, state = model.lstm(model.embedding(ids))
    hidden, own_state = model(ids)
    torch.testing.assert_close(hidden, model.projection(outputs))
    torch.testing.assert_close(own_state, state)


NOTHING = {name: 0.0 for name in ("input_dropout", "weight_dropout", "output_dropout")}


@pytest.mark.parametrize(
    ("dropout", "kept"),
    [("weight_dropout", "lstm.weight_hh_l1"), ("layer_dropout", "lstm.weight_ih_l1")],
)
def test_dropout_acts_in_training_alone(dropout, kept):
    torch.manual_seed(0)
    shape = LanguageModelShape(embedding=16, units=24, layers=2, **{**NOTHING, dropout: 0.5})
    model = LanguageModel(WORDS, shape)
    ids = torch.randint(0, WORDS, (12, 3))
    model.eval()
    torch.testing.assert_close(model(ids)[0], model(ids)[0])
    model.train()
    once, again = model(ids)[0], model(ids)[0]
    if dropout == "weight_dropout":  # the first word is read without the recurrent weights
        torch.testing.assert_close(once[0], again[0])
    assert not torch.allclose(once[-1], again[-1])
    once.sum().backward()
    assert model.lstm.get_parameter(kept.removeprefix("lstm.")).grad.abs().sum() > 0


def test_what_is_dropped_between_layers_and_of_words_stays_dropped_in_a_window():
    torch.manual_seed(0)
    sequence = torch.ones(6, 5, 40)
    dropped = drop_numbers(sequence, 0.3)
    assert torch.equal(dropped, dropped[:1].expand_as(dropped))
    assert 0.5 < (dropped > 0).float().mean() < 0.9
    assert dropped.max().item() == pytest.approx(1 / 0.7)
    assert not torch.equal(dropped[:, 0], dropped[:, 1])  # another review, other numbers
    model = LanguageModel(WORDS, LanguageModelShape(16, 24, **NOTHING, embedding_dropout=0.5)).train()
    ids = torch.full((9, 1), 7)
    first, _ = model.lstm(model.embedding(ids) * 2)
    zero, _ = model.lstm(model.embedding(ids) * 0)
    counts = {"kept": 0, "dropped": 0}
    for _ in range(40):  # the one word that there is stays at all its places, or at none
        hidden, _ = model(ids)
        for name, outputs in (("kept", first), ("dropped", zero)):
            counts[name] += torch.allclose(hidden, model.projection(outputs), atol=1e-6)
    assert sum(counts.values()) == 40
    assert min(counts.values()) > 5


@pytest.mark.parametrize("settings", [{}, {"schedule": "one-cycle", "warmup": 0.25}])
def test_the_step_size_rises_to_its_largest_and_falls_to_nearly_nothing(settings):
    recipe = PretrainingRecipe(epochs=1, learning_rate=0.01, **settings)
    rates = [learning_rate(recipe, done, 400) for done in range(400)]
    top = int(np.argmax(rates))
    assert max(rates) == pytest.approx(0.01, rel=0.03)
    assert top == pytest.approx(recipe.warmup * 400, abs=2)
    assert np.all(np.diff(rates[: top + 1]) > 0)
    assert np.all(np.diff(rates[top:]) < 0)
    assert rates[-1] < 0.01 / 300


@pytest.mark.parametrize("changes", [{}, {"softmax": "full", "schedule": "one-cycle", "warmup": 0.2}])
def test_a_run_that_was_cut_off_ends_near_where_it_would_have_ended(changes):
    """Two layers with all dropouts; only the state is begun anew where it goes on."""
    shape = LanguageModelShape(16, 24, 2, 0.05, 0.1, 0.1, 0.1, 0.1)
    settings = PretrainingRecipe(
        epochs=2, batch_size=8, bptt=16, learning_rate=0.01, negative_samples=8, **changes
    )
    reviews = TokenReviews.of([markov_stream(400, seed=seed) for seed in range(20)])
    held_out = TokenReviews.of([markov_stream(2000, seed=100)])

    whole, first, second = (trainer_of(settings, reviews, shape, backward=True) for _ in range(3))
    ends = [go_on(whole, held_out)]
    steps, _, total = first.objective.span(1)
    for step in first.epoch(1):
        if step.number == total // 3:
            break
    assert total // 3 < steps
    saved = copy.deepcopy(content_of(first, taken=step.number))
    restore(second, saved)
    ends.append(go_on(second, held_out))
    assert ends[0] < WORDS / 2
    assert ends[1] == pytest.approx(ends[0], rel=0.05)
    assert [epoch.epoch for epoch in second.history] == [1, 2]


def test_a_run_that_was_cut_off_after_an_epoch_ends_where_it_would_have_ended(tmp_path):
    """Its stream, its windows and what is drawn are the same, and a stream begins without a state."""
    settings = PretrainingRecipe(epochs=3, batch_size=8, bptt=16, negative_samples=8)
    shape = LanguageModelShape(16, 24, 2, 0.05, 0.1, 0.1, 0.1, 0.1)
    reviews = TokenReviews.of([markov_stream(300, seed=seed) for seed in range(20)])
    held_out = TokenReviews.of([markov_stream(500, seed=100)])

    class CutOffError(Exception):
        pass

    class CutOff(Callback):
        def on_epoch_end(self, trainer, epoch):
            if epoch.epoch == 2:
                raise CutOffError

    whole, first, second = (trainer_of(settings, reviews, shape) for _ in range(3))
    checkpoint = LanguageCheckpoint(tmp_path / "forward.pt")
    go_on(whole, held_out)
    with pytest.raises(CutOffError):
        go_on(first, held_out, checkpoint, CutOff())
    go_on(second, held_out, checkpoint)
    assert str(second.history) == str(whole.history)  # nan is not nan, but is written so
    for name, weight in whole.network.state_dict().items():
        assert torch.equal(weight, second.network.state_dict()[name]), name


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"done": -1}, "how far"),
        ({"done": 2.0}, "how far"),
        ({"log": []}, "how far"),
        ({"done": 10**6}, "how far"),
        ({"optimizer": None}, "optimizer"),
    ],
)
def test_a_checkpoint_that_does_not_say_how_far_it_came_is_refused(change, message):
    settings = PretrainingRecipe(epochs=2, batch_size=8, bptt=16, negative_samples=8)
    reviews = TokenReviews.of([markov_stream(300, seed=seed) for seed in range(20)])
    trainer = trainer_of(settings, reviews)
    for _ in trainer.epoch(1):
        pass
    trainer.record(Epoch(1, 4.0, math.nan, 4.1, math.nan), 1.0)
    content = content_of(trainer, taken=3)
    changed = {name: value for name, value in {**content, **change}.items() if value is not None}
    with pytest.raises(ValueError, match=message):
        restore(trainer_of(settings, reviews), changed)
    other = trainer_of(settings, reviews)
    restore(other, content)
    assert (len(other.history), other.taken) == (1, 3)
    assert content_of(other, taken=other.taken)["log"] == content["log"]


def test_two_directions_in_turn_are_each_as_by_themselves():
    settings = PretrainingRecipe(epochs=1, batch_size=8, bptt=16, negative_samples=8)
    reviews = TokenReviews.of([markov_stream(300, seed=seed) for seed in range(20)])

    def trainers():
        return [trainer_of(settings, reviews, backward=backward) for backward in (False, True)]

    both, alone = SideBySide(trainers(), streams=True), trainers()
    taken = [*both.epoch(1)]
    for place, (trainer, other) in enumerate(zip(alone, both.trainers, strict=True)):
        assert [*trainer.epoch(1)] == [steps[place] for steps in taken]
        for name, weight in trainer.network.state_dict().items():
            assert torch.equal(weight, other.network.state_dict()[name]), name


def test_a_loss_that_is_not_finite_stops_it():
    settings = PretrainingRecipe(epochs=1, batch_size=2, bptt=8)
    trainer = trainer_of(settings, TokenReviews.of([markov_stream(200, seed=0)]))
    with torch.no_grad():
        trainer.network.bias.fill_(math.nan)
    with pytest.raises(TrainingError, match="the loss became nan in epoch 1, step 1"):
        next(trainer.epoch(1))
