"""What a step of training asks of a device: the same few operations whatever its size, and no answer."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.profiler import ProfilerActivity, profile

from opinia.data.corpus import Corpus
from opinia.runs.settings import NetworkRecipe, PretrainingRecipe, TrainingRecipe
from opinia.train.classification import Classification
from opinia.train.language_model import (
    BETAS,
    MAX_GRAD_NORM,
    CandidateSampler,
    LanguageModelling,
    LanguageModelShape,
    learning_rate,
)
from opinia.train.loop import trainer as trainer_module
from opinia.train.loop.stream import TokenReviews, windows
from opinia.train.loop.trainer import Trainer
from opinia.train.network.sentiment_network import SentimentNetwork
from opinia.train.pretrain import language_trainer

WORDS = 80
WAITS = {  # operations for which the host of a GPU waits: it needs a value of their results, or a size
    "aten::_local_scalar_dense",
    "aten::item",
    "aten::is_nonzero",
    "aten::equal",
    "aten::nonzero",
    "aten::masked_select",
    "aten::_unique2",
    "aten::unique_dim",
    "aten::unique_consecutive",
}


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def reviews_of(count, length, *, seed=0):
    random = np.random.default_rng(seed)
    return [random.integers(1, WORDS, length).astype(np.int32) for _ in range(count)]


def corpus_of(count, length, *, seed=0):
    reviews = reviews_of(count, length, seed=seed)
    labels = np.random.default_rng(seed).integers(0, 2, count).astype(np.float32)
    return Corpus(np.concatenate(reviews), np.arange(count + 1, dtype=np.int64) * length, labels)


def operations(step):
    """Count what a step calls, once everything that is made once is there."""
    step()
    step()
    with profile(activities=[ProfilerActivity.CPU]) as profiled:
        step()
    return {event.key: event.count for event in profiled.key_averages() if event.key.startswith("aten::")}


def waits(counts, optimizer):
    """Return the operations that a GPU's host waits for; those of Adam on a processor are its own."""
    own = operations(optimizer.step)
    return {name: counts[name] - own.get(name, 0) for name in WAITS & counts.keys()}


def language_trainer_of(settings, shape, reviews, **more):
    objective = LanguageModelling(settings, reviews, vocabulary=WORDS, **{"backward": False, **more})
    return language_trainer(shape, objective, vocabulary=WORDS)


def steps_of(trainer):
    return (step for number in range(1, trainer.objective.epochs + 1) for step in trainer.epoch(number))


def losses_of(trainer):
    """Yield the loss of each step: a step tells the mean of those of its epoch so far."""
    before = 0.0
    for step in steps_of(trainer):
        total = step.loss * step.number
        yield total - (before if step.number > 1 else 0.0)
        before = total


def language_step(monkeypatch, *, batch, time, softmax="full"):
    monkeypatch.setitem(trainer_module.STEPS_BETWEEN_READINGS, "cpu", 1000)
    shape = LanguageModelShape(16, 24, 2, 0.05, 0.1, 0.1, 0.1, 0.1)
    settings = PretrainingRecipe(epochs=50, batch_size=batch, bptt=time, softmax=softmax)
    reviews = TokenReviews.of(reviews_of(60, 50))
    trainer = language_trainer_of(settings, shape, reviews, backward=True)
    steps = steps_of(trainer)
    return lambda: next(steps), trainer.optimizer


def classifier_step(monkeypatch, *, batch, time):
    monkeypatch.setitem(trainer_module.STEPS_BETWEEN_READINGS, "cpu", 1000)
    shape = NetworkRecipe(
        embedding=16, units=24, layers=2, dense=8, pooling="concat", separate_embeddings=True
    )
    recipe = TrainingRecipe(
        batch_size=batch,
        max_grad_norm=1.0,
        adversarial=0.01,
        unlabelled=1.0,
        virtual_adversarial=0.02,
        entropy=0.1,
        soft_labels=0.3,
    )
    unlabelled = corpus_of(batch * 30, time, seed=1)
    objective = Classification(recipe, corpus_of(batch * 30, time), unlabelled=unlabelled)
    trainer = Trainer(SentimentNetwork(WORDS, shape), objective, ema_decay=0.9)
    steps = steps_of(trainer)
    return lambda: next(steps), trainer.optimizer


def test_a_step_of_a_language_model_asks_nothing_and_does_not_grow(monkeypatch):
    step, optimizer = language_step(monkeypatch, batch=4, time=10)
    counts = operations(step)
    assert not any(waits(counts, optimizer).values())
    assert operations(language_step(monkeypatch, batch=16, time=30)[0]) == counts
    assert sum(counts.values()) < 600


def test_a_sampled_softmax_in_slots_asks_nothing():
    sampler = CandidateSampler(np.ones(WORDS, np.int64), negative_samples=10, room=40)
    targets, extra = torch.randint(0, 30, (5, 6)), torch.arange(10)
    counts = operations(lambda: sampler.draw_into_slots(targets, extra))
    assert not WAITS & counts.keys()


def test_a_step_of_the_classifier_asks_nothing_and_does_not_grow(monkeypatch):
    step, optimizer = classifier_step(monkeypatch, batch=4, time=10)
    counts = operations(step)
    assert not any(waits(counts, optimizer).values())
    larger = operations(classifier_step(monkeypatch, batch=16, time=10)[0])
    assert sum(larger.values()) == sum(counts.values())
    assert sum(counts.values()) < 3000


def test_the_loss_falls_as_in_a_plain_loop():
    """Some hundred steps against PyTorch's own LSTM, cross-entropy and Adam, written as anybody would."""
    settings = PretrainingRecipe(
        epochs=4, batch_size=6, bptt=12, learning_rate=0.01, warmup=0.1, schedule="one-cycle", softmax="full"
    )
    shape = LanguageModelShape(16, 24, 2, input_dropout=0.0, weight_dropout=0.0, output_dropout=0.0)
    texts = [np.resize(np.random.default_rng(seed).permutation(20) + 1, 70) for seed in (0, 1, 2)] * 20
    reviews = TokenReviews.of([text.astype(np.int32) for text in texts])
    trainer = language_trainer_of(settings, shape, reviews)
    losses_of_steps = losses_of(trainer)
    torch.manual_seed(settings.seed)
    plain = nn.ModuleDict(
        {
            "embedding": nn.Embedding(WORDS, 16),
            "lstm": nn.LSTM(16, 24, 2),
            "projection": nn.Linear(24, 16),
            "output": nn.Linear(16, WORDS),
        }
    )
    own = trainer.network.state_dict()
    for name in ("embedding", "lstm", "projection"):
        plain[name].load_state_dict(
            {key.removeprefix(f"{name}."): own[key] for key in own if key.startswith(f"{name}.")}
        )
    plain["output"].weight = plain["embedding"].weight
    nn.init.zeros_(plain["output"].bias)
    optimizer = torch.optim.Adam(plain.parameters(), betas=BETAS)
    losses, expected, done, total = [], [], 0, trainer.objective.span(1).total
    for number in range(settings.epochs):
        stream, state = reviews.stream(backward=False, seed=settings.seed + number), None
        for ids, targets in windows(stream, batch=settings.batch_size, time=settings.bptt):
            outputs, state = plain["lstm"](plain["embedding"](ids), state)
            state = tuple(part.detach() for part in state)
            logits = plain["output"](plain["projection"](outputs))
            loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(plain.parameters(), MAX_GRAD_NORM)
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(settings, done, total)
            optimizer.step()
            expected.append(loss.item())
            losses.append(next(losses_of_steps))
            done += 1
    assert done == total > 200
    np.testing.assert_allclose(losses[:50], expected[:50], rtol=1e-3)
    np.testing.assert_allclose(np.mean(losses[-50:]), np.mean(expected[-50:]), rtol=0.05)
    assert np.mean(losses[-50:]) < losses[0] / 3


@pytest.mark.parametrize("softmax", ["full", "sampled"])
def test_bfloat16_learns_as_float32_does(softmax):
    settings = PretrainingRecipe(epochs=2, batch_size=6, bptt=12, learning_rate=0.01, softmax=softmax)
    shape = LanguageModelShape(32, 32, 2, input_dropout=0.0, weight_dropout=0.1, output_dropout=0.0)
    texts = [np.resize(np.random.default_rng(seed).permutation(20) + 1, 70) for seed in (0, 1, 2)] * 20
    reviews = TokenReviews.of([text.astype(np.int32) for text in texts])
    ends = []
    for bfloat16 in (False, True):
        trainer = language_trainer_of(settings, shape, reviews, bfloat16=bfloat16)
        losses = [*losses_of(trainer)]
        ends.append((losses[0], np.mean(losses[-10:])))
    assert ends[1][0] == pytest.approx(ends[0][0], rel=0.01)
    assert ends[1][1] == pytest.approx(ends[0][1], rel=0.1)
    assert ends[1][1] < 0.6 * ends[1][0]
