"""A dropped table through a model, in a thread: what ``opinia score`` writes, and the answers on the way."""

from __future__ import annotations

import json
import threading
import time
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from opinia.errors import DataError, OpiniaError
from opinia.model.bilingual import BilingualClassifier
from opinia.model.classifier import Classifier, shortest_digits
from opinia.model.doubt import NO_WORDS, NONE_KNOWN, OTHER_LANGUAGE
from opinia.score import ScoreOptions, score_table
from opinia.score.windows import Window
from opinia.serve.dropped.labels import Labels, Truth
from opinia.serve.dropped.reading import Form, Reading, Rows, name_of, shown
from opinia.serve.failures import describe_error, in_fields, logger
from opinia.serve.work import Overdue, watched
from opinia.tables import Values

ABANDONED_SECONDS = 180.0
"""A run about which nobody asks for so long is given up; a page in the background asks once a minute."""
_TURN_SECONDS = 0.05


@dataclass(frozen=True)
class Asked:
    """What is asked of a run.

    Args:
        texts: columns to judge.
        labels: the column of labels, understood; None of its column for none.
        facets: columns that divide the rows, with their values.
        model: name of the model.
        threads: that run the network.
    """

    texts: tuple[str, ...]
    labels: Labels
    facets: dict[str, list[str]]
    model: str
    threads: int


class Run:
    """The judging of a table; a thread of its own does it.

    Args:
        classifier: the model.
        asked: what is asked.
        reading: of the table.
        form: how a person says it is written.
        source: the table.
        cells: the kept cells of its rows.
        output: the file that is written.
        answers: the file that gets the answers of each window, in a line of JSON.
        turn: held by the one run that is at work.
    """

    def __init__(
        self,
        classifier: Classifier,
        asked: Asked,
        *,
        reading: Reading,
        form: Form,
        source: Path,
        cells: Path,
        output: Path,
        answers: Path,
        turn: threading.Lock,
    ) -> None:
        self.asked, self.output = asked, output
        self.state = "waiting"
        self.rows = 0
        self.error: tuple[str, str | None] | None = None
        self._reading, self._form, self._source = reading, form, source
        self._answers, self._turn = answers, turn
        self._network_rows = 0
        self._places = array("Q", [0])
        self._is_cancelled = False
        self._asked_at = time.monotonic()
        self._classifier = watched(_Counting(self).over(classifier), self)
        self._cells = Rows(cells, reading).all()
        self._facets = [
            (reading.names.index(name), {value: code for code, value in enumerate(values)})
            for name, values in asked.facets.items()
        ]
        self._truth = None
        if asked.labels.meanings is not None and asked.labels.column is not None:
            self._truth = Truth(asked.labels, reading.names.index(asked.labels.column), classifier)
        self._classes = [str(name) for name in classifier.classes_]
        self._languages = _languages(classifier)
        self._thread = threading.Thread(target=self._work, name="table", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def is_over(self) -> bool:
        """Tell whether nobody waits for it any more."""
        return self._is_cancelled or time.monotonic() - self._asked_at > ABANDONED_SECONDS

    def cancel(self) -> None:
        """Let the thread drop its work, and wait for its end."""
        self._is_cancelled = True
        if self._thread.ident is not None:
            self._thread.join()

    @property
    def windows(self) -> int:
        """How many windows of answers there are by now."""
        return len(self._places) - 1

    def progress(self, after: int, most: int) -> tuple[dict[str, Any], bytes]:
        """Return where the work stands, and the answers of windows behind a number of them, as JSON.

        Args:
            after: windows that the asker has.
            most: bytes of answers that are sent at once, about.
        """
        self._asked_at = time.monotonic()
        state, places = self.state, self._places  # before the answers: "done" then means that all are there
        count = len(places) - 1
        until = min(max(after, 0), count)
        start = places[until]
        while until < count and (places[until] == start or places[until + 1] - start <= most):
            until += 1
        data = b""
        if places[until] > start:
            with self._answers.open("rb") as file:
                file.seek(start)
                data = file.read(places[until] - start)
        judged = min(self._reading.rows, max(self.rows, self._network_rows))
        error = None if self.error is None else {"message": self.error[0], "hint": self.error[1]}
        told = {"state": state, "judged": judged, "rows": self._reading.rows, "next": until, "of": count}
        return told | {"error": error}, b"[" + data.rstrip(b"\n").replace(b"\n", b",") + b"]"

    def _work(self) -> None:
        try:
            while not self._turn.acquire(timeout=_TURN_SECONDS):
                if self.is_over():
                    raise Overdue
            try:
                self.state = "judging"
                self._score()
            finally:
                self._turn.release()
            self.state = "done"
        except Overdue:
            self.state = "cancelled"
        except OpiniaError as error:
            said = error.message.replace(str(self._source), self._source.name)
            self.error = in_fields(said) or said, in_fields(error.hint)
            self.state = "failed"
        except Exception as error:
            logger.error("a table failed: %s", describe_error(error))
            self.error = "the server failed on this table", "its log says where"
            self.state = "failed"

    def _score(self) -> None:
        with self._answers.open("wb") as file:

            def on_window(window: Window, values: Values, prefix: str) -> None:
                if self.is_over():
                    raise Overdue
                file.write(self._line(window, values, prefix))
                file.flush()
                self._places.append(file.tell())
                self.rows += len(window.raws)

            score_table(
                name_of(self._source, self._form),
                self.output,
                classifier=self._classifier,
                options=ScoreOptions(
                    text_column=self.asked.texts,
                    encoding=self._form.encoding,
                    delimiter=self._form.delimiter,
                    header=self._form.header,
                    details=True,
                    existing="replace",
                    threads=self.asked.threads,
                ),
                on_window=on_window,
            )
        if self.rows != self._reading.rows:
            raise DataError(f"{self.rows:,} rows were judged, and {self._reading.rows:,} were read before")

    def _line(self, window: Window, values: Values, prefix: str) -> bytes:
        cells = [next(self._cells) for _ in window.raws]
        numbers = {name: number for number, name in enumerate(self._classes)}
        labels = [numbers.get(str(each)) for each in values[prefix + "label"]]
        content: dict[str, Any] = {
            "first": window.first - 1,
            "count": len(cells),
            "label": labels,
            "probability": [_share(each) for each in values[prefix + "probability"]],
            "tokens": values[prefix + "tokens"],
            "doubt": values[prefix + "doubt"],
            "language": [self._language(window, values, prefix, place) for place in range(len(cells))],
            "errors": {
                str(place): in_fields(error) or error
                for place, error in enumerate(window.errors)
                if error is not None
            },
            "facets": [
                [codes.get(self._shown(each, place)) for each in cells] for place, codes in self._facets
            ],
        }
        if len(self._classes) > 2:
            rows = zip(*(values[f"{prefix}probability_{name}"] for name in self._classes), strict=True)
            content["second"] = [None if None in row else _share(sorted(row)[-2]) for row in rows]
        if self._truth is not None:
            content["truth"] = [self._truth.of(each) for each in cells]
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    @staticmethod
    def _shown(cells: Any, place: int) -> str:
        return shown(cells[place]) if isinstance(cells, list) else ""

    def _language(self, window: Window, values: Values, prefix: str, place: int) -> str | None:
        """Return the language of a text, as a code; None where it has none or it is not clear."""
        look = window.looks[place]
        if window.ids[place] is None:
            return None
        if look is not None and look.doubt in (NO_WORDS, NONE_KNOWN):
            return None
        if look is not None and look.doubt == OTHER_LANGUAGE:
            return look.language
        read_by = values.get(prefix + "read_by")
        return self._languages.get("" if read_by is None else str(read_by[place]))


class _Counting:
    """Counts the rows that the network has read, for a progress that does not stand still.

    Args:
        run: whose rows they are.
    """

    def __init__(self, run: Run) -> None:
        self._run = run

    def over(self, classifier: Classifier) -> Classifier:
        """Return the classifier, counting."""
        return classifier.with_sessions(lambda session: _CountingSession(session, self._run))


class _CountingSession:
    def __init__(self, session: Any, run: Run) -> None:
        self._session, self._run = session, run

    def run(self, names: Any, feed: Any, **more: Any) -> Any:
        found = self._session.run(names, feed, **more)
        self._run._network_rows += len(feed["lengths"])  # noqa: SLF001
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


def _languages(classifier: Classifier) -> dict[str, str]:
    """Return the language of the texts that each model reads, by its name; of a single one by nothing."""
    if isinstance(classifier, BilingualClassifier):
        names = [str(part.card.get("name", "")) for part in classifier.models]
        return dict(zip(names, classifier.languages, strict=True))
    (language, *others) = classifier.languages or ("other",)
    return {} if others or language == "other" else {"": language}


def _share(value: object) -> float | None:
    return shortest_digits(value) if isinstance(value, np.float32) else None


def output_name(name: str, format: str) -> str:
    """Return the name of the file that is made of a table, in the same format where that is written.

    Args:
        name: of the table.
        format: that was found, such as ``"csv.gz"``.
    """
    from opinia.tables.formats import WRITTEN

    kind, _, compression = format.partition("::")[0].partition(".")
    stem = name.partition(".")[0] or "table"
    if kind not in WRITTEN or kind == "txt":
        kind, compression = "csv", ""
    compression = "" if compression in ("zip", "") or kind in ("xlsx", "parquet") else f".{compression}"
    return f"{stem}.opinia.{kind}{compression}"
