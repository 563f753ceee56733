"""The summary of trust: what was found in a table, in a few lines; the same for ``score`` and ``check``."""

from __future__ import annotations

from collections.abc import Sequence

from opinia.errors import DataError
from opinia.language import Language
from opinia.model.doubt import MOSTLY_UNKNOWN, NONE_KNOWN, OTHER_LANGUAGE
from opinia.score.findings import Findings
from opinia.score.options import Start
from opinia.system.printable import printable

_SHOWN = 8


def start_lines(start: Start, language: Language) -> list[str]:
    """Return what is said before the first row is judged: the form of the table, the columns, new names."""
    lines = []
    parts = [] if start.dialect is None else [start.dialect.describe(language)]
    if len(start.texts) > 1:
        names = language.listed([f'"{each}"' for each in start.texts])
        parts.append(language.say("trust.joined", columns=names))
    elif start.columns > 1 or (start.dialect and start.dialect.delimiter is not None):
        parts.append(language.say("table.column", column=start.texts[0]))
    if parts:
        lines.append("; ".join(parts))
    if start.clash is not None:
        lines.append(language.say("trust.clash", column=f'"{start.clash}"', prefix=f'"{start.prefix}"'))
    return lines


def trust_lines(
    findings: Findings, language: Language, *, model_language: str | Sequence[str] | None
) -> list[str]:
    """Return what speaks against the answers to a table, a line each; none where nothing does.

    Args:
        findings: of its rows.
        language: of the lines.
        model_language: code of the language that the model reads, or of several, or None.
    """
    rows = language.number(findings.rows)
    lines = [
        language.say("trust.late", encoding=name, line=language.number(line))
        for name, line in findings.encodings.items()
    ]
    if findings.wordless:
        line = language.say("trust.wordless", count=findings.wordless, rows=rows)
        if findings.placeholders:
            line += language.say("trust.placeholders", count=findings.placeholders)
        lines.append(line)
    foreign = findings.doubts.get(OTHER_LANGUAGE, 0)
    if foreign:
        most = language.in_language(findings.language or "other")
        model = language.in_languages(model_language)
        lines.append(language.say("trust.foreign", count=foreign, rows=rows, most=most, model=model))
    unknown = findings.doubts.get(NONE_KNOWN, 0) + findings.doubts.get(MOSTLY_UNKNOWN, 0)
    if unknown:
        lines.append(language.say("trust.unknown", count=unknown, rows=rows))
    if findings.garbled:
        sign = f'"{findings.first_garbled}"'
        lines.append(language.say("trust.garbled", count=findings.garbled, rows=rows, sign=printable(sign)))
    if 0 < findings.miscoded < findings.rows:
        lines.append(language.say("trust.miscoded", count=findings.miscoded, rows=rows))
    if findings.merged:
        first = language.number(findings.first_merged)
        lines.append(language.say("trust.merged", count=findings.merged, rows=rows, first=first))
    return lines


def label_line(labels: dict[str, int], language: Language) -> str | None:
    """Return how many texts got each label, the commonest first; None without any."""
    ranked = sorted(labels.items(), key=lambda item: -item[1])
    shown = [f"{language.label(name)} {language.number(count)}" for name, count in ranked[:_SHOWN]]
    if len(ranked) > _SHOWN:
        shown.append("…")
    return language.say("trust.labels", labels=", ".join(shown)) if shown else None


def check_trust(found: Findings, most: float, *, written: str | None = None) -> None:
    """Check that the answers to a table are worth something.

    Args:
        found: in its rows.
        most: fraction of them that may be bad, from 0 to 1.
        written: the output, which is whole all the same; None where there is none.

    Raises:
        DataError: nothing could be judged, or too many rows could not.
    """
    reason = found.is_bad(most)
    if reason is None:
        return
    whole = "" if written is None else f"; {written} is whole"
    hint = "see the first rows" if written is None else "`opinia check` shows what is read"
    could = "can be" if written is None else "could be"
    if not found.rows:
        raise DataError(
            f"nothing {could} judged: there is no row below the header{whole}",
            hint="is the table whole?",
        )
    if reason == "nothing":
        raise DataError(
            f"nothing {could} judged: none of {found.rows:,} rows has a text with words{whole}",
            hint=f"{hint}; --text-column names the column of texts",
        )
    cannot = "cannot be" if written is None else "could not be"
    raise DataError(
        f"{found.bad:,} of {found.rows:,} rows {cannot} judged, more than --max-bad {most:g} allows{whole}",
        hint=f"{hint} and what is wrong where; --max-bad 1 allows for any number",
    )
