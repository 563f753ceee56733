"""What happens beside learning: checkpoints, early stopping, warnings, charts, a study's shorter runs."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import torch

from opinia import extras, shell
from opinia.data.corpus import Corpus
from opinia.errors import ModelFileError, TrainingError
from opinia.model.file import Description, read_model, write_model
from opinia.runs.checkpoint import DAMAGE, delete_hint, load_checkpoint, reason_of, save_checkpoint
from opinia.runs.environment import versions
from opinia.runs.folder import RunFolder
from opinia.runs.health import Chance, Fault, fault_of, remedy
from opinia.runs.history import Epoch, best_epoch, epochs_of, is_exhausted
from opinia.runs.recipe import Recipe
from opinia.runs.settings import SPREAD, TrainingRecipe
from opinia.text.tokenizer import Tokenizer
from opinia.train.loop.distributed import check_processes
from opinia.train.network.sentiment_network import trainable_parameters
from opinia.train.network.weights import take_optimizer, take_weights
from opinia.train.validation import Validation, some_logits

if TYPE_CHECKING:
    from opinia.graph.ngrams import LinearModel
    from opinia.train.loop.trainer import Step, Trainer


class Callback(Protocol):
    """What is done beside learning, or who wants to know of it; each hook may do nothing."""

    def on_train_begin(self, trainer: Trainer[Any]) -> None:
        """Be called before the first epoch."""
        return

    def on_batch_end(self, trainer: Trainer[Any], step: Step) -> None:
        """Be called after a step, on a GPU after every hundredth and the last of an epoch."""
        return

    def on_epoch_end(self, trainer: Trainer[Any], epoch: Epoch) -> None:
        """Be called after an epoch, when it has been validated and stands in ``trainer.history``."""
        return

    def on_train_end(self, trainer: Trainer[Any]) -> None:
        """Be called when the training is over."""
        return


class Health(Callback):
    """Looks after each epoch whether the network learns; what is wrong stands in ``trainer.fault``.

    It looks at the network itself, not at its averaged weights, which show much later that it has died.

    Args:
        training: the labelled reviews.
        validation: the held-out ones.
    """

    def __init__(self, training: Corpus, validation: Corpus) -> None:
        self._validation = validation
        self._of_training, self._of_validation = (
            Chance.of(corpus.labels, corpus.weights) for corpus in (training, validation)
        )

    def on_epoch_end(self, trainer: Trainer[Any], epoch: Epoch) -> None:
        """Check the network."""
        trainer.fault = fault_of(
            epoch,
            held_out=self._of_validation,
            training=self._of_training,
            logits=some_logits(trainer.network, self._validation),
        )


class HealthWarnings(Callback):
    """Says in words where a network learns nothing or has died, as :class:`Health` found it.

    That it learns nothing so far, and that it learns now, is said once each: on few texts of validation an
    accuracy near that of chance passes it to and fro. A death is always said.

    Args:
        say: called with the warning, a line of text.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._before: Fault | None = None
        self._has_learnt = self._is_doubted = False

    def on_epoch_end(self, trainer: Trainer[Any], epoch: Epoch) -> None:
        """Report what is new."""
        before, fault = self._before, trainer.fault
        has_died = fault is not None and fault.is_dead and not (before and before.is_dead)
        is_news = fault is not None and not fault.is_dead and not (self._has_learnt or self._is_doubted)
        if fault and (has_died or is_news):
            self._say(f"warning: {fault.text}")
            self._is_doubted = True
        elif not fault and self._is_doubted:
            self._say(f"epoch {epoch.epoch}: now it learns")
            self._is_doubted = False
        self._has_learnt = self._has_learnt or fault is None
        self._before = fault

    def on_train_end(self, trainer: Trainer[Any]) -> None:
        """Report what may help a network that never learnt, or has died."""
        if trainer.fault and (trainer.fault.is_dead or not self._has_learnt):
            self._say(f"hint: {remedy(trainer.fault, learning_rate=trainer.objective.learning_rate)}")


class EarlyStopping(Callback):
    """Ends a training whose patience is over, one that is continued, too.

    Args:
        settings: say how patient it is.
    """

    def __init__(self, settings: TrainingRecipe) -> None:
        self._settings = settings

    def on_train_begin(self, trainer: Trainer[Any]) -> None:
        """Check what was trained before."""
        trainer.stop_training = is_exhausted(self._settings, trainer.history)

    def on_epoch_end(self, trainer: Trainer[Any], epoch: Epoch) -> None:  # noqa: ARG002
        """Check the history."""
        trainer.stop_training = is_exhausted(self._settings, trainer.history)


class ModelFiles(Callback):
    """Writes the last and the best model, and the history.

    Args:
        folder: of the run.
        recipe: of the run; the model card holds it.
        tokenizer: of the models.
        classes: names of their classes, in the order of their numbers.
        card: entries of the model card beside those of recipe, network and figures.
        linear: the n-gram model whose logits are averaged with those of the network, or None.
        validation: knows the calibration.
    """

    def __init__(
        self,
        folder: RunFolder,
        recipe: Recipe,
        tokenizer: Tokenizer,
        classes: tuple[str, ...],
        card: dict[str, Any],
        *,
        linear: LinearModel | None,
        validation: Validation,
    ) -> None:
        self._folder, self._recipe, self._known = folder, recipe, card
        self._tokenizer, self._classes = tokenizer, classes
        self._linear, self._validation = linear, validation

    def on_train_begin(self, trainer: Trainer[Any]) -> None:  # noqa: ARG002
        """Let the models of epochs that are over tell of the whole training, where it became a longer one."""
        recipe = self._recipe.to_dict()
        for path in (self._folder.last, self._folder.best):
            if not path.is_file() or not self._folder.has_checkpoint:
                continue
            with contextlib.suppress(ModelFileError):  # a damaged one is for whoever reads it
                description = read_model(path).description
                if description.card.get("recipe") != recipe:
                    self._check(description.card.get("recipe"), recipe)
                    import onnx

                    card = {**description.card, "recipe": recipe}
                    write_model(path, onnx.load(path), dataclasses.replace(description, card=card))

    def _check(self, before: object, recipe: dict[str, Any]) -> None:
        """Check that a run goes on with the settings of its epochs that are over.

        Raises:
            TrainingError: they were changed since.
        """
        changed = [
            f"{section}.{name}"
            for section, settings in (before.items() if isinstance(before, dict) else ())
            if isinstance(settings, dict) and section not in ("data", "cascade")  # a first stage comes behind
            for name, value in settings.items()
            if recipe.get(section, {}).get(name, value) != value
        ]
        if changed := [key for key in changed if key not in ("training.epochs", "training.threads")]:
            raise TrainingError(
                f"{self._folder.path / 'recipe.toml'} was changed since the run began: {', '.join(changed)}",
                hint="restore these settings, or train the changed recipe from the start into another folder "
                "with -o",
            )

    def on_epoch_end(self, trainer: Trainer[Any], epoch: Epoch) -> None:
        """Write them."""
        from opinia.graph.build import build_graph  # with onnx, which a lent machine has not
        from opinia.graph.ngrams import add_linear

        calibration, linear = self._validation.calibration, self._linear
        description = Description(
            self._tokenizer,
            self._classes,
            temperature=calibration.temperature,
            card=self._card(trainer),
        )
        graph = build_graph(
            dataclasses.replace(trainer.kept.to_numpy(), sharpness=self._validation.sharpness),
            int8=self._recipe.network.int8,
            bias=0.0 if linear else calibration.bias,
        )
        if linear is not None:
            graph = add_linear(graph, linear, share=self._recipe.linear.weight, bias=calibration.bias)
        is_best = best_epoch(trainer.history) is epoch
        with _saving(self._folder, epoch):
            for path in (self._folder.last, self._folder.best) if is_best else (self._folder.last,):
                write_model(path, graph, description)
            self._folder.write_history(trainer.history, trainer.seconds)

    def _card(self, trainer: Trainer[Any]) -> dict[str, Any]:
        parameters = trainable_parameters(trainer.network) + (self._linear.parameters if self._linear else 0)
        recipe = self._recipe.to_dict()
        return {
            "name": self._recipe.name,
            **self._known,
            "network": {"parameters": parameters, **recipe["network"]},
            "recipe": recipe,
            "figures": trainer.history[-1].figures(),
            **({"linear": {"ngrams": self._linear.ngrams}} if self._linear else {}),
            **({"warning": trainer.fault.text} if trainer.fault else {}),
            "versions": versions(),
        }


class ShorterRuns(Callback):
    """Copies the state of a training into the folders of runs that end earlier, under their own recipes.

    It stands behind :class:`ModelFiles`, whose files it copies, and before :class:`Checkpoint`: an epoch that
    is in the checkpoint is not trained again.

    Args:
        folder: of the training.
        shorter: started folders of runs that differ in nothing but fewer epochs.
    """

    def __init__(self, folder: RunFolder, shorter: tuple[RunFolder, ...]) -> None:
        self._folder, self._shorter = folder, shorter

    def on_epoch_end(self, trainer: Trainer[Any], epoch: Epoch) -> None:
        """Finish the runs that end here."""
        with _saving(self._folder, epoch):
            for run in self._shorter:
                if run.recipe().training.epochs == len(trainer.history) and not run.is_finished:
                    self._finish(run, trainer)

    def _finish(self, run: RunFolder, trainer: Trainer[Any]) -> None:
        import onnx

        recipe = run.recipe()
        for source, path in ((self._folder.last, run.last), (self._folder.best, run.best)):
            description = read_model(source).description
            card = {**description.card, "name": recipe.name, "recipe": recipe.to_dict()}
            write_model(path, onnx.load(source), dataclasses.replace(description, card=card))
        run.write_history(trainer.history, trainer.seconds)
        save_checkpoint(run.checkpoint, _checkpoint(trainer))
        run.finish(trainer.history)


class Checkpoint(Callback):
    """Writes a checkpoint after each epoch, from which a training is continued, and finishes the run.

    It stands behind what writes models: whatever a checkpoint names is there.

    Args:
        folder: of the run.
        data: what the model card says of the reviews; those of a checkpoint must be the same.
    """

    def __init__(self, folder: RunFolder, data: dict[str, Any]) -> None:
        self._folder, self._data = folder, data

    def on_train_begin(self, trainer: Trainer[Any]) -> None:
        """Continue from the checkpoint, where there is one.

        Raises:
            TrainingError: it is damaged, of other reviews, or of another number of processes.
        """
        folder = self._folder
        if not folder.has_checkpoint:
            return
        if folder.environment().get("data", {}).get("fingerprint") != self._data["fingerprint"]:
            raise TrainingError(
                f"the run in {folder.path} was trained on other reviews than these",
                hint="name the same copy of the reviews with --imdb",
            )
        check_processes(folder, trainer.world.size)
        try:
            _restore(trainer, load_checkpoint(folder.checkpoint))
        except DAMAGE as error:
            raise TrainingError(
                f"the checkpoint {folder.checkpoint} cannot be continued: {reason_of(error)}",
                hint=delete_hint(folder.checkpoint, purpose="to train this run from the start"),
            ) from error

    def on_epoch_end(self, trainer: Trainer[Any], epoch: Epoch) -> None:
        """Write the checkpoint."""
        with _saving(self._folder, epoch):
            save_checkpoint(self._folder.checkpoint, _checkpoint(trainer))

    def on_train_end(self, trainer: Trainer[Any]) -> None:
        """Finish the run, and remove a checkpoint of one's own texts from which nothing can go on."""
        folder = self._folder
        recipe = folder.recipe()
        cascade = read_model(folder.best).description.card.get("cascade") if recipe.cascade.units else None
        folder.finish(trainer.history, cascade=cascade)
        if recipe.data.source == "table" and recipe.training.schedule in SPREAD:
            with contextlib.suppress(OSError):
                folder.checkpoint.unlink(missing_ok=True)


class TensorBoard(Callback):
    """Writes TensorBoard's event files.

    Args:
        folder: receives the event files; look at them with ``tensorboard --logdir FOLDER``.

    Raises:
        MissingExtraError: the package ``tensorboard`` is not installed.
    """

    def __init__(self, folder: Path) -> None:
        extras.require("--tensorboard", *extras.TENSORBOARD)
        with _without_boto3():
            from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(folder))

    def on_epoch_end(self, trainer: Trainer[Any], epoch: Epoch) -> None:
        """Write the metrics of the epoch, training and validation in one chart each."""
        for name, training, validation in (
            ("loss", epoch.loss, epoch.val_loss),
            ("accuracy", epoch.accuracy, epoch.val_accuracy),
        ):
            self._writer.add_scalar(f"{name}/training", training, epoch.epoch)
            if not math.isnan(validation):
                self._writer.add_scalar(f"{name}/validation", validation, epoch.epoch)
        self._writer.add_scalar("seconds", trainer.seconds[-1], epoch.epoch)
        self._writer.flush()


@contextlib.contextmanager
def _without_boto3() -> Iterator[None]:
    """Let TensorBoard do without boto3, which it would load for S3, and which opens a socket."""
    name = "boto3"
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]


@contextlib.contextmanager
def _saving(folder: RunFolder, epoch: Epoch) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TrainingError(
            f"epoch {epoch.epoch} cannot be saved in {folder.path}: {error.strerror or error}",
            hint=f"make room, then `{shell.opinia('train', '--resume', folder.path)}`; "
            "the epochs before it are safe",
        ) from error


def _checkpoint(trainer: Trainer[Any]) -> bytes:
    buffer = io.BytesIO()
    content = {
        "network": trainer.network.state_dict(),
        "optimizer": trainer.optimizer.state_dict(),
        "history": [dataclasses.asdict(epoch) for epoch in trainer.history],
        "seconds": trainer.seconds,
    }
    if trainer.average is not None:
        content["average"] = trainer.average.network.state_dict()
    torch.save(content, buffer)
    return buffer.getvalue()


def _restore(trainer: Trainer[Any], saved: dict[str, Any]) -> None:
    rows, seconds = saved["history"], saved["seconds"]
    if not _is_history(rows) or not isinstance(seconds, list) or {*map(type, seconds)} != {float}:
        raise ValueError("it holds no history")
    history = epochs_of(rows)
    if len(seconds) != len(history):
        raise ValueError("it holds another number of times than of epochs")
    take_weights(trainer.network, saved["network"])
    take_optimizer(trainer.optimizer, saved["optimizer"])
    if trainer.average is not None:
        take_weights(trainer.average.network, saved["average"])
    trainer.history, trainer.seconds = history, list(seconds)


def _is_history(rows: Any) -> bool:
    """Tell whether rows are those of a checkpoint: at least one, and each of numbers of the right type."""
    types = {field.name: int if field.name == "epoch" else float for field in dataclasses.fields(Epoch)}
    return (
        isinstance(rows, list)
        and bool(rows)
        and all(isinstance(row, dict) and {name: type(row[name]) for name in row} == types for row in rows)
    )
