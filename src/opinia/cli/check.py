"""``opinia check FILE``: show how a table is read, and what is wrong with it, before anything is judged."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from opinia.cli.helpers.models import load_model
from opinia.cli.helpers.options import (
    FilledPath,
    TableForm,
    label_map_option,
    language_option,
    max_bad_option,
    model_option,
    table_options,
)
from opinia.cli.helpers.trust import check_trust, trust_lines
from opinia.language import LANGUAGES, Language
from opinia.score.check import Check, check_table
from opinia.score.options import ScoreOptions
from opinia.system.printable import printable
from opinia.system.stdio import decoded, print_json
from opinia.tables.labels.maps import SKIPPED

_WIDTH = 80
_LEAST = 40
_NAME = 24
_FEW = 8


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("source", metavar="FILE", type=FilledPath())
@model_option
@table_options()
@click.option(
    "--label-column", metavar="NAME", type=decoded, help="Its labels. [default: the obvious one, if any]"
)
@label_map_option
@max_bad_option
@language_option("what is shown")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    source: str,
    *,
    model: Path | None,
    label_column: str | None,
    label_map: str | None,
    form: TableForm,
    max_bad: float,
    lang: str,
    as_json: bool,
) -> None:
    """Show how FILE is read: its form, columns and labels, its first rows, and what is wrong where.

    Nothing is judged, and nothing written: the model is asked for its words alone. The status is 1 where no
    column of texts is obvious, where there is nothing to judge, or too many rows are bad.
    """
    classifier = load_model(model, LANGUAGES[lang])
    found = check_table(
        source, classifier, ScoreOptions(**form), label_column=label_column, label_map=label_map
    )
    if as_json:
        print_json(found.to_json(), indent=2)
    else:
        for line in _lines(found, LANGUAGES[lang], classifier.languages):
            click.echo(line)
    if found.why_no_texts is not None:
        raise found.why_no_texts
    check_trust(found.findings, max_bad)


def _lines(found: Check, language: Language, model_language: Sequence[str]) -> Iterator[str]:
    width = max(_LEAST, shutil.get_terminal_size((_WIDTH, 24)).columns if sys.stdout.isatty() else _WIDTH)
    rows = _facts(found, language)
    indent = max(len(name) for name, _ in rows) + 2
    yield printable(found.name)
    for name, value in rows:
        yield from _wrapped(f"  {name:<{indent}}", value, width)
    yield from _columns(found, language, width)
    if found.shown:
        yield ""
        yield language.say("check.first_rows")
        names = [_short(each.name) for each in found.columns]
        most = max(map(len, names))
        for number, cells in enumerate(found.shown, start=1):
            for place, (name, cell) in enumerate(zip(names, cells, strict=True)):
                mark = str(number) if not place else ""
                start = f"  {mark:<2} {name:<{most}}  "
                yield start + _cut(cell, width - len(start))
    warnings = trust_lines(found.findings, language, model_language=model_language)
    if found.disputed:
        shown = ", ".join(map(str, found.disputed_rows))  # "1,205" would be two
        rest = ", …" if found.disputed > len(found.disputed_rows) else ""
        warnings.append(language.say("check.disputed", count=found.disputed, rows=shown + rest))
    if found.why_no_labels is not None:
        warnings.append(language.say("check.labels_warning", what=found.why_no_labels.message))
    if found.problems or warnings:
        yield ""
        yield language.say("check.problems")
    for problem in found.problems:
        where = "check.line" if problem.line else "check.row"
        at = language.say(where, place=language.number(problem.line or problem.row))
        yield from _wrapped(f"  {at}: ", problem.what, width)
    more = found.findings.bad + found.findings.merged - len(found.problems)
    if more > 0:
        yield "  " + language.say("check.more", count=more)
    for warning in warnings:
        yield from _wrapped("  ", warning, width)
    if found.why_no_labels is not None and found.why_no_labels.hint is not None:
        yield "  " + found.why_no_labels.hint  # in one line: it holds an option to be copied


def _facts(found: Check, language: Language) -> list[tuple[str, str]]:
    say, number, counts = language.say, language.number, found.findings
    form = found.format + (f"; {found.dialect.describe(language)}" if found.dialect else "")
    facts = [(say("check.form"), form), (say("check.rows"), number(counts.rows))]
    if found.texts:
        named = language.listed([f'"{printable(name)}"' for name in found.texts])
        facts.append((say("check.texts"), named))
    if found.label is not None:
        facts.append((say("check.labels"), f'"{printable(found.label)}": {_labels(found, language)}'))
    if found.texts and counts.rows > counts.bad:
        sizes = found.lengths
        shares = [
            f"{language.in_language(code) if code else say('check.unclear')} {language.percent(share)}"
            for code, share in _shares(found)
        ]
        least, median, most = map(number, (sizes.shortest, sizes.median, sizes.longest))
        empty, marks = number(counts.empty), number(counts.placeholders)
        facts += [
            (say("check.words"), say("check.lengths", least=least, median=median, most=most)),
            (say("check.duplicates"), number(found.duplicates)),
            (
                say("check.empty"),
                say("check.blanks", empty=empty, marks=marks) if counts.placeholders else empty,
            ),
            (say("check.language"), ", ".join(shares) or "–"),
            (say("check.unknown"), say("check.of_words", share=language.percent(found.unknown, digits=1))),
        ]
    return facts


def _shares(found: Check) -> list[tuple[str | None, float]]:
    total = sum(found.languages.values())
    return [(code, count / total) for code, count in found.languages.most_common(4)]


def _labels(found: Check, language: Language) -> str:
    shown = []
    for label, count in found.labels.most_common(_FEW):
        meaning = found.meanings.get(label)
        called = language.say("check.left_out") if meaning == SKIPPED else language.label(meaning or "")
        name = printable(label) or language.say("check.nothing")
        shown.append(f"{name} ({language.number(count)})" + (f" = {called}" if meaning else ""))
    return ", ".join(shown) + (", …" if len(found.labels) > _FEW else "")


def _columns(found: Check, language: Language, width: int) -> Iterator[str]:
    if not found.columns:
        return
    yield ""
    yield language.say("check.columns")
    names = [_short(each.name) for each in found.columns]
    roles = [language.say(f"role.{found.role(each)}") for each in found.columns]
    most, widest = max(map(len, names)), max(map(len, roles))
    for name, role, column in zip(names, roles, found.columns, strict=True):
        start = f"  {name:<{most}}  {role:<{widest}}  "
        yield (start + _cut(", ".join(column.values[:_FEW]), width - len(start))).rstrip()


def _short(name: str) -> str:
    return _cut(name or '""', _NAME)


def _cut(text: str, most: int) -> str:
    """Return a text in one line of so many characters at most."""
    line = printable(" ".join(text.split()))
    return line if len(line) <= most else line[: max(0, most - 1)] + "…"


def _wrapped(start: str, text: str, width: int) -> Iterator[str]:
    lines = textwrap.wrap(printable(text), max(20, width - len(start)), break_on_hyphens=False) or [""]
    yield start + lines[0]
    for line in lines[1:]:
        yield " " * len(start) + line
