"""The Trainer with an objective of one's own: steps, history, callbacks, and going on within an epoch."""

import math

import pytest
import torch
from torch import nn

from opinia.errors import TrainingError
from opinia.runs.history import Epoch
from opinia.train.loop.callbacks import Callback
from opinia.train.loop.trainer import Learnt, Objective, Span, Trainer


class Line(Objective[nn.Linear]):
    """A line through points that lie on one, a batch of four in each step."""

    epochs, learning_rate, max_grad_norm = 3, 0.5, 0.0

    def __init__(self, slope=2.0):
        self.slope, self.begun, self.rates = slope, [], []

    def optimizer(self, network):
        return torch.optim.SGD(network.parameters(), lr=self.learning_rate)

    def span(self, number):
        return Span(5, 5 * (number - 1), 15)

    def prepare(self, optimizer, done, total, history):
        self.rates.append((done, total, len(history)))
        optimizer.param_groups[0]["lr"] = self.learning_rate * (1 - done / total)

    def gradients(self, network, number, *, first=0):
        self.begun.append((number, first))
        for step in range(first, 5):
            torch.manual_seed(10 * number + step)
            points = torch.rand(4, 1)
            loss = ((network(points) - self.slope * points) ** 2).mean()
            loss.backward()
            yield Learnt(loss.detach(), None, 4)

    def check(self):
        pass


class Recorder(Callback):
    def __init__(self, stop_after=None):
        self.heard, self._stop_after = [], stop_after

    def on_train_begin(self, trainer):
        self.heard.append("begin")

    def on_batch_end(self, trainer, step):
        self.heard.append((step.epoch, step.number))

    def on_epoch_end(self, trainer, epoch):
        assert trainer.history[-1] is epoch
        self.heard.append(epoch.epoch)
        trainer.stop_training = epoch.epoch == self._stop_after

    def on_train_end(self, trainer):
        self.heard.append("end")


def trainer(**more):
    torch.manual_seed(0)
    return Trainer(nn.Linear(1, 1), Line(**more))


def validate(network):
    return abs(network.weight.item() - 2), math.nan


def test_an_objective_of_ones_own_is_learnt_and_callbacks_hear_of_it():
    learner, recorder = trainer(), Recorder()
    history = learner.fit(validate, [recorder])
    assert [epoch.epoch for epoch in history] == [1, 2, 3]
    assert history[-1].loss < history[0].loss / 2
    assert history[-1].val_loss == validate(learner.network)[0]
    assert math.isnan(history[0].accuracy)
    assert learner.objective.rates == [(done, 15, done // 5) for done in range(15)]
    each = [[*((number, step) for step in range(1, 6)), number] for number in (1, 2, 3)]
    assert recorder.heard == ["begin", *each[0], *each[1], *each[2], "end"]
    assert learner.is_finished


def test_a_callback_ends_it():
    learner = trainer()
    learner.fit(validate, [Recorder(stop_after=2)])
    assert len(learner.history) == len(learner.seconds) == 2
    assert not learner.is_finished


def test_it_goes_on_within_an_epoch_as_if_nothing_had_been():
    whole, cut = trainer(), trainer()
    whole.fit(validate)
    for step in cut.epoch(1):
        if step.number == 3:
            break
    cut.taken = 3
    cut.fit(validate)
    assert cut.objective.begun == [(1, 0), (1, 3), (2, 0), (3, 0)]
    assert torch.equal(cut.network.weight, whole.network.weight)
    assert str(cut.history[1:]) == str(whole.history[1:])  # nan is not nan, but is written so


def test_a_loss_that_is_not_finite_stops_it_before_the_weights_take_it_in():
    learner = trainer(slope=math.inf)
    before = learner.network.weight.clone()
    with pytest.raises(TrainingError, match="in epoch 1, step 1") as caught:
        learner.fit(validate)
    assert "0.5" in caught.value.hint
    assert torch.equal(learner.network.weight, before)


def test_averaged_weights_are_those_that_are_validated():
    torch.manual_seed(0)
    learner = Trainer(nn.Linear(1, 1), Line(), ema_decay=0.5)
    assert learner.kept is learner.average.network
    learner.fit(validate)
    assert not torch.equal(learner.kept.weight, learner.network.weight)
    assert learner.history[-1].val_loss == validate(learner.kept)[0]
    learner.record(Epoch(4, 0.0, 0.0, 0.0, 0.0), 1.0)
    assert len(learner.seconds) == 4
