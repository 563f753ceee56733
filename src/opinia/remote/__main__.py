"""The whole training on a lent machine, in calls that each go on where the last one ended.

``python -m opinia.remote PACK --work FOLDER --out FOLDER --seconds 570``; see docs/record.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from opinia.errors import DataError, OpiniaError
from opinia.remote.pack import read_pack
from opinia.remote.parcels import Outbox
from opinia.remote.stages import train_classifier, train_language_models
from opinia.remote.timing import SETTINGS, Plan, check
from opinia.remote.trip import OutOfTimeError, Trip
from opinia.train.torch_setup import choose_device, keep_freed_memory

STAGES = ("check", "language-models", "classifier", "second-seed", "deliver")


def main(arguments: list[str] | None = None) -> int:
    """Run the stages up to the one that is named, as far as the call's seconds go.

    Returns:
        The exit status: 0, also where the call's seconds were not enough; 1 after an error.
    """
    options = _parser().parse_args(arguments)
    begin = time.monotonic()
    try:
        pack = read_pack(options.pack)
        if options.resume and not (options.work / SETTINGS).is_file():
            raise DataError(
                f"{options.work} holds no training to go on with: this may be another machine",
                hint="without --resume everything begins anew; what came back before is as good as it was",
            )
        trip = Trip(
            pack,
            options.work,
            Outbox(options.work, options.out, resend=options.resend),
            choose_device(options.device),
            begin + options.seconds,
            save_every=options.save_every,
        )
        return _run(trip, options)
    except OpiniaError as error:
        print(f"error: {error.message}", file=sys.stderr)  # noqa: T201
        if error.hint:
            print(f"hint: {error.hint}", file=sys.stderr)  # noqa: T201
        return 1


def _run(trip: Trip, options: argparse.Namespace) -> int:
    if trip.device == "cpu":
        keep_freed_memory()
    wanted = STAGES[: STAGES.index(options.until) + 1]
    trip.note("call", seconds=options.seconds, until=options.until)
    try:
        if options.until != "deliver":
            settings = check(trip, Plan(options.language_models, options.steps))
            if "language-models" in wanted:
                models = (
                    train_language_models(trip, settings) if trip.pack.recipe.pretraining.epochs else None
                )
                for number, stage in enumerate(("classifier", "second-seed"), start=1):
                    if stage in wanted:
                        train_classifier(
                            trip,
                            settings,
                            models,
                            number=number,
                            seconds=options.classifier,
                            later=options.later,
                        )
    except OutOfTimeError:
        trip.note("call", out_of_time=True)
    except Exception as error:
        trip.note("call", error=repr(error))
        raise
    finally:
        waiting = trip.outbox.send()
    trip.note("call", left=round(trip.left, 1), waiting=waiting)
    trip.outbox.send()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m opinia.remote", description=__doc__)
    parser.add_argument("pack", type=Path, help="what `opinia remote pack` wrote")
    parser.add_argument("--work", type=Path, required=True, help="folder that stays there between calls")
    parser.add_argument("--out", type=Path, required=True, help="folder that comes back after each call")
    parser.add_argument("--until", choices=STAGES, default="classifier", help="last stage of this call")
    parser.add_argument("--seconds", type=float, default=560.0, help="that this call may take")
    parser.add_argument(
        "--resume", action="store_true", help="refuse to begin anew where WORK holds no training"
    )
    parser.add_argument("--language-models", type=float, default=190.0, help="seconds for both of them")
    parser.add_argument("--classifier", type=float, default=310.0, help="seconds for one seed")
    parser.add_argument(
        "--later", type=float, default=0.0, help="seconds for the classifier in calls after this one"
    )
    parser.add_argument("--steps", type=int, default=12, help="steps that the check times of each kind")
    parser.add_argument("--save-every", type=float, default=60.0, help="seconds between two savings")
    parser.add_argument("--resend", action="store_true", help="send again what came back, or should have")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    return parser


if __name__ == "__main__":
    sys.exit(main())
