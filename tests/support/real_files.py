"""Small files of reviews as people have them, one shape each, with the right reading beside each."""

from __future__ import annotations

from dataclasses import dataclass

REVIEWS = (
    ("1", "A good film, really good; I would watch it again.", "5"),
    ("2", "Bad from the first minute: bad acting, bad script!", "1"),
    ("3", "The good ending saves a slow and rather long story.", "4"),
    ("4", "I left early. It was bad, and the music was worse.", "2"),
)
POLISH = (
    ("1", "Dobry film, świetna gra aktorów i piękne zdjęcia", "5"),
    ("2", "Żałuję każdej minuty; źle zagrany, nudny i długi", "1"),
    ("3", "Śmieszny, choć trochę za długi, ale polecam gorąco", "4"),
)
FRENCH = (
    ("1", "Une très belle fête pour les yeux, le film est élégant", "5"),
    ("2", "Ça ne va pas: le héros est naïf et la fin est ratée", "2"),
)
ENGLISH = (
    ("1", "It’s a naïve but good film, and the café scene is the best", "5"),
    ("2", "We paid £12 for this – and it was bad, “really” bad", "1"),
)
HEADER = ("id", "text", "rating")
WRAPPED = "stood in quotes as a whole"


@dataclass(frozen=True)
class Shape:
    """One file.

    Args:
        name: of the file.
        data: its bytes.
        texts: of the judged column, row by row; None for a row that must be bad. None for all: the file
            must be refused.
        columns: names of the columns.
        column: the one with the texts.
        options: of the command line that a person needs for it.
        says: what stderr says.
    """

    name: str
    data: bytes
    texts: tuple[str | None, ...] | None
    columns: tuple[str, ...] = HEADER
    column: str = "text"
    options: tuple[str, ...] = ()
    says: str = ""


def joined(rows, sign=",", end="\n"):
    return "".join(sign.join(row) + end for row in rows)


def quoted(rows, sign=",", end="\n", *, every=True):
    def cell(value):
        needs = every or any(each in value for each in (sign, '"', "\n"))
        return '"' + value.replace('"', '""') + '"' if needs else value

    return "".join(sign.join(map(cell, row)) + end for row in rows)


def texts_of(rows):
    return tuple(row[1] for row in rows)


def _dialects():
    ours = (HEADER, *REVIEWS)
    polish = (("id", "recenzja", "ocena"), *POLISH)
    texts = texts_of(REVIEWS)
    yield Shape("commas.csv", quoted(ours, every=False).encode(), texts, says="commas, header, utf-8")
    yield Shape("all_quoted.csv", quoted(ours).encode(), texts)
    yield Shape("semicolons.csv", quoted(ours, ";", every=False).encode(), texts, says="semicolons, header")
    yield Shape("tabs.csv", joined(ours, "\t").encode(), texts, says="tabs, header, utf-8")
    yield Shape("tabs.tsv", joined(ours, "\t").encode(), texts)
    yield Shape("pipes.csv", joined(ours, "|").encode(), texts, says="vertical bars")
    yield Shape("pipes.txt.csv", joined(ours, "|", "\r\n").encode(), texts)
    yield Shape("carets.csv", joined(ours, "^").encode(), texts, says="'^' between cells")
    yield Shape("control_a.csv", joined(ours, "\x01").encode(), texts)
    yield Shape("tildes.csv", joined(ours, "~").encode(), texts)
    yield Shape("commas.tsv", quoted(ours, every=False).encode(), texts, says="commas")
    yield Shape("semicolons.tsv", quoted(ours, ";", every=False).encode(), texts)
    yield Shape("old_mac.csv", quoted(ours, end="\r").encode(), texts)
    yield Shape("windows.csv", quoted(ours, end="\r\n").encode(), texts)
    yield Shape("no_last_end.csv", quoted(ours).rstrip("\n").encode(), texts)
    yield Shape("empty_lines.csv", quoted(ours, end="\n\n").encode(), texts)
    yield Shape("blanks_after.csv", quoted(ours, ", ").encode(), texts)
    single = [[f"'{cell}'" for cell in row] for row in ours]
    yield Shape("single_quotes.csv", joined(single).encode(), texts, says="single quotes")
    for encoding in ("cp1250", "iso8859-2", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"):
        data = quoted(polish, ";", "\r\n", every=False).encode(encoding)
        name = encoding.replace("utf-8-sig", "utf-8")
        columns = ("id", "recenzja", "ocena")
        says = f"semicolons, header, {name}"
        yield Shape(f"polish_{encoding}.csv", data, texts_of(POLISH), columns, "recenzja", says=says)
        tabbed = joined(polish, "\t", "\r\n").encode(encoding)
        yield Shape(f"polish_tabs_{encoding}.csv", tabbed, texts_of(POLISH), columns, "recenzja")
    excel = "sep=;\r\n" + quoted(polish, ";", "\r\n", every=False)
    yield Shape(
        "sep_line.csv", excel.encode("cp1250"), texts_of(POLISH), ("id", "recenzja", "ocena"), "recenzja"
    )
    yield Shape(
        "sep_line_utf8.csv",
        excel.encode("utf-8-sig"),
        texts_of(POLISH),
        ("id", "recenzja", "ocena"),
        "recenzja",
    )
    numbers = (
        ("id", "text", "price"),
        ("1", "A good film with a good end", "4,50"),
        ("2", "Bad as can be, no", "3,20"),
    )
    yield Shape(
        "decimal_commas.csv", joined(numbers, ";").encode(), texts_of(numbers[1:]), ("id", "text", "price")
    )
    bare = numbers[1:]
    yield Shape(
        "decimal_commas_bare.csv", joined([bare[0], ("2", "Bad as can be", "3,20")], ";").encode(),
        ("A good film with a good end", "Bad as can be"), ("1", "2", "3"), "2", ("--text-column", "2"),
    )  # fmt: skip
    for encoding, rows in (("cp1252", FRENCH), ("latin-1", FRENCH), ("cp1252", ENGLISH)):
        data = quoted((HEADER, *rows), every=False).encode(encoding)
        which = "french" if rows is FRENCH else "english"
        yield Shape(f"{which}_{encoding}.csv", data, texts_of(rows), says="cp1252 (guessed)")


def _quotings():
    begun = (HEADER, ("1", '"Good" is the word for this film', "5"), ("2", '"Bad acting, they said', "1"))
    begun += (("3", 'And then he said "good', "4"), ("4", 'A plain "bad" film', "1"))
    yield Shape(
        "begins_with_a_quote.tsv", joined(begun, "\t").encode(), texts_of(begun[1:]), says="no quoting"
    )
    yield Shape("begins_with_a_quote.csv", joined(begun, "\t").encode(), texts_of(begun[1:]))
    swallowing = (
        HEADER,
        ("1", '"Good film this was', "5"),
        ("2", 'It had 5 stars"', "1"),
        ("3", "Bad bad", "1"),
    )
    yield Shape("merging_quotes.tsv", joined(swallowing, "\t").encode(), texts_of(swallowing[1:]))
    slashes = 'id,text,rating\n1,"He said \\"good\\", and left",5\n2,"A \\"bad\\" film",1\n'
    yield Shape(
        "backslashes.csv", slashes.encode(), ('He said "good", and left', 'A "bad" film'), says="backslash"
    )
    bare = 'id,text,rating\n1,Good\\, really good film,5\n2,A \\"bad\\" film\\, yes,1\n'
    yield Shape("backslashes_bare.csv", bare.encode(), ("Good, really good film", 'A "bad" film, yes'))
    paths = 'id,text,rating\n1,"C:\\good\\film, really",5\n2,bad \\ worse,1\n'
    yield Shape("plain_backslashes.csv", paths.encode(), ("C:\\good\\film, really", "bad \\ worse"))
    lines = 'id,text,rating\n1,"Good film.\n\nIt was, good",5\n2,"Bad, ""bad""\nfilm",1\n'
    yield Shape("line_ends.csv", lines.encode(), ("Good film.\n\nIt was, good", 'Bad, "bad"\nfilm'))
    last = 'id,rating,text\n1,5,"Good film.\nIt was, good"\n2,1,"Bad, bad\nfilm"\n'
    columns = ("id", "rating", "text")
    yield Shape(
        "line_ends_at_the_end.csv", last.encode(), ("Good film.\nIt was, good", "Bad, bad\nfilm"), columns
    )
    inch = 'id,text,rating\n1,A 5" screen was good,5\n2,A bad 12" record,1\n'
    yield Shape("inches.csv", inch.encode(), ('A 5" screen was good', 'A bad 12" record'))
    loose = 'id,text,rating\n1,"He said ""good"", yes",5\n2,"A "bad" film, no",1\n3,"Good, good",5\n'
    yield Shape("a_loose_quote.csv", loose.encode(), ('He said "good", yes', None, "Good, good"))
    open_quote = 'id,text,rating\n1,"Good, film",5\n2,"Bad, film,1\n3,"Good, ""good""",5\n'
    yield Shape("an_open_quote.csv", open_quote.encode(), ("Good, film", None, 'Good, "good"'))


def _headers():
    texts = texts_of(REVIEWS)
    numbered = ("1", "2", "3")
    told = ("--text-column", "2")
    yield Shape(
        "no_header.csv", quoted(REVIEWS, every=False).encode(), texts, numbered, "2", told, "no header"
    )
    yield Shape("no_header.tsv", joined(REVIEWS, "\t").encode(), texts, numbered, "2", told, "no header")
    labelled = [("positive", text) if int(n) > 3 else ("negative", text) for _, text, n in REVIEWS]
    yield Shape("label_text.tsv", joined(labelled, "\t").encode(), texts, ("1", "2"), "2", told)
    alone = joined([("A good film, really good.",), ("Bad, bad, bad!",), ("Good, as I said, and long.",)])
    yield Shape("one_column.csv", ("text\n" + alone).encode(), tuple(alone.splitlines()), ("text",))
    yield Shape("one_column_bare.csv", alone.encode(), tuple(alone.splitlines()), ("1",), "1")
    one = quoted([("review",), *[(text,) for text in texts]])
    yield Shape("one_quoted_column.csv", one.encode(), texts, ("review",), "review")
    short = '"text"\t"stars"\n"1"\t"Good, good"\t5\n"2"\t"Bad film"\t1\n'
    columns = ("row.names", "text", "stars")
    yield Shape("from_r.tsv", short.encode(), ("Good, good", "Bad film"), columns, says="(R)")
    spaces = '"text" "stars"\n"1" "Good, good" 5\n"2" "Bad film" 1\n'
    yield Shape("from_r.csv", spaces.encode(), ("Good, good", "Bad film"), columns)
    pandas = ",text,rating\n0,Good good,5\n1,Bad bad,1\n"
    yield Shape("from_pandas.csv", pandas.encode(), ("Good good", "Bad bad"), ("", "text", "rating"))
    again = joined((HEADER, *REVIEWS[:2], HEADER, *REVIEWS[2:]), "\t").encode()
    yield Shape("header_again.tsv", again, (*texts[:2], None, *texts[2:]))
    form = (("Timestamp", "What did you think of the film?", "How many stars would you give it?"),)
    form += tuple((f"2024/05/0{n} 10:1{n}:00", text, stars) for n, text, stars in REVIEWS)
    yield Shape(
        "a_form.csv", quoted(form).encode(), texts, form[0], form[0][1], ("--text-column", form[0][1])
    )
    title = "Export of May\n"
    yield Shape(
        "a_title.csv", (title + joined((HEADER, *REVIEWS), "\t")).encode(), texts, says="1 line above it"
    )
    yield Shape("a_markdown.csv", b"| id | text |\n|----|------|\n| 1 | good film |\n", None)
    trailing = "id;text\n" + "".join(f"{n};{text.replace(';', ',')};\n" for n, text, _ in REVIEWS)
    yield Shape("a_sign_behind.csv", trailing.encode(), (None,) * 4, ("id", "text"))
    lines = "A good film\nBad, bad; bad\nGood as it was\n"
    yield Shape("lines.txt", lines.encode(), tuple(lines.splitlines()), ("text",))
    yield Shape(
        "lines_of_windows.txt",
        lines.replace("\n", "\r\n").encode("utf-16"),
        tuple(lines.splitlines()),
        ("text",),
    )
    unicode = joined((HEADER, *REVIEWS), "\t", "\r\n").encode("utf-16")
    yield Shape("excel_unicode.txt", unicode, texts, says="tabs, header, utf-16")
    short = joined((HEADER, *[(n, "Good", s) for n, _, s in REVIEWS]), ";")
    yield Shape("semicolons.txt", short.encode(), ("Good",) * 4, says="semicolons, header")
    polarity = '"1","Bad, ""really"" bad film.\\nNever again."\n"2","Good film, and a good end, too."\n'
    texts_of_it = ('Bad, "really" bad film.\\nNever again.', "Good film, and a good end, too.")
    yield Shape("yelp.csv", polarity.encode(), texts_of_it, ("1", "2"), "2", told, "no header")
    tweet = '"0","1467810369","Mon Apr 06 22:19:45 PDT 2009","NO_QUERY","_me_","@you a bad film, r\xe9ally"\n'
    tweets = (tweet + tweet.replace("0,", "4,").replace("69", "70").replace("bad", "good")).encode("latin-1")
    six = tuple(map(str, range(1, 7)))
    said = ("@you a bad film, r\xe9ally", "@you a good film, r\xe9ally")
    yield Shape("sentiment140.csv", tweets, said, six, "6", ("--text-column", "6"))
    phrases = "PhraseId\tSentenceId\tPhrase\tSentiment\n1\t1\tA series of bad\t1\n2\t1\tA\t2\n3\t1\tgood\t3\n"
    yield Shape(
        "phrases.tsv",
        phrases.encode(),
        ("A series of bad", "A", "good"),
        ("PhraseId", "SentenceId", "Phrase", "Sentiment"),
        "Phrase",
    )
    yield Shape("two_signs.csv", joined((HEADER, *REVIEWS), "::").encode(), None)
    unquoted = b"id,text\n1,Good film, really\n2,Bad film, really\n3,Good film, bad end\n"
    yield Shape("unquoted_commas.csv", unquoted, (None, None, None), ("id", "text"))
    yield Shape("prose.csv", b"Good film, I liked it\nBad film, I left\n", None)
    yield Shape("words.csv", b"good\nbad\nawful\n", None)
    yield Shape(
        "words_told.csv", b"good\nbad\nawful\n", ("good", "bad", "awful"), ("1",), "1", ("--no-header",)
    )


def _names():
    """Tables that are called otherwise than they are."""
    ours, texts = (HEADER, *REVIEWS), texts_of(REVIEWS)
    lines = "".join(f'{{"id": {n}, "text": "{text}", "rating": {stars}}}\n' for n, text, stars in REVIEWS)
    yield Shape("json_lines.txt", lines.encode(), texts, says="JSON Lines, utf-8")
    with_commas = lines.replace("}\n", "},\n")
    yield Shape("commas_behind.jsonl", with_commas.encode(), texts, says="utf-8")
    yield Shape("quoted.txt", quoted(ours).encode(), texts, says="commas, header")
    told = ("--text-column", "2")
    numbered = ("1", "2", "3")
    yield Shape("quoted_bare.txt", quoted(REVIEWS).encode(), texts, numbered, "2", told, "no header")
    semicolons = quoted(REVIEWS, ";", every=False).encode()
    yield Shape("semicolons_bare.txt", semicolons, texts, numbered, "2", told, "semicolons, no header")
    tabs = joined(ours, "\t").encode("utf-8-sig")
    yield Shape("from_spss.dat", tabs, texts, says="tabs, header")
    labelled = joined([(text, str(int(n) % 2)) for n, text, _ in REVIEWS], "\t").encode()
    yield Shape("sentences.txt", labelled, texts, ("1", "2"), "1", ("--text-column", "1"), "tabs, no header")
    named = ("review\n" + "".join(text + "\n" for text in texts)).encode()
    yield Shape("named_lines.txt", named, texts, ("review",), "review", says="one column, header")
    prose = b"Good film, really\nBad film, it was\nA film, and good\n"
    yield Shape("prose.txt", prose, tuple(prose.decode().splitlines()), ("text",))
    counted = b"I give it 5, maybe 6\nI paid 20, and it was bad\n"
    yield Shape("prose_with_numbers.txt", counted, tuple(counted.decode().splitlines()), ("text",))
    spoken = b'"Good film," she said\n"Bad film," he said\n"Good," they said\n'
    yield Shape("spoken.txt", spoken, tuple(spoken.decode().splitlines()), ("text",))
    asked = "What did you think of the film?\n" + "".join(text + "\n" for text in texts)
    yield Shape("a_question.csv", asked.encode(), None)
    yield Shape("numbers.txt", b"1,2,3\n4,5,6\n7,8,9\n", None)
    yield Shape("numbers_below_each_other.txt", b"1\n5\n4\n", None)
    drawn = " id |   text    \n----+-----------\n  1 | good film \n  2 | bad film  \n(2 rows)\n"
    yield Shape("from_psql.txt", drawn.encode(), None)
    box = "+----+------+\n| id | text |\n+----+------+\n|  1 | good |\n+----+------+\n"
    yield Shape("from_mysql.csv", box.encode(), None)


def _from_r():
    texts = texts_of(REVIEWS)
    columns = ("row.names", "text", "rating")
    rows = [(f'"{n}"', '"' + text.replace("good", '\\"good\\"') + '"', stars) for n, text, stars in REVIEWS]
    quotes = tuple(text.replace("good", '"good"') for text in texts)
    for name, sign in (("commas", ","), ("semicolons", ";"), ("bars", "|"), ("tabs", "\t"), ("spaces", " ")):
        data = joined([('"text"', '"rating"'), *rows], sign).encode()
        yield Shape(f"from_r_with_{name}.csv", data, quotes, columns, says="(R)")
    plain = joined([('"text"', '"rating"'), *[(f'"{n}"', f'"{text}"', s) for n, text, s in REVIEWS]], " ")
    yield Shape("from_r.txt", plain.encode(), texts, columns, says="spaces, a header without")
    bare = joined([HEADER[1:], *REVIEWS], ";").encode()
    less = tuple(text.replace(";", ",") for text in texts)
    bare = joined(
        [HEADER[1:], *[(n, t, s) for (n, _, s), t in zip(REVIEWS, less, strict=True)]], ";"
    ).encode()
    yield Shape("from_r_unquoted.csv", bare, less, columns, says="(R)")
    loose = b"id,text\n" + b"".join(b"%d,Good film,really it was\n" % n for n in range(1, 5))
    yield Shape("no_r_but_commas.csv", loose, (None,) * 4, ("id", "text"))


def _exports():
    """What stands around a table, as reports and surveys have it."""
    ours, texts = (HEADER, *REVIEWS), texts_of(REVIEWS)
    table = quoted(ours, ";", "\r\n", every=False)
    padded = "Report of May;;\r\nMade: 2024-05-01;;\r\n;;\r\n"
    yield Shape("a_padded_title.csv", (padded + table).encode(), texts, says="header, 3 lines above it")
    remarks = "# exported 2024-05-01\r\n# source: shop, main\r\n"
    yield Shape("remarks.csv", (remarks + table).encode(), texts, says="header, 2 lines above it")
    yield Shape("a_title_and_sep.csv", ("sep=;\r\nReport\r\n\r\n" + table).encode(), texts)
    yield Shape("sep_twice.csv", ("sep=;\r\nsep=;\r\n" + table).encode(), texts, says="semicolons, header")
    both = ("sep=;\r\n" + table) * 2
    yield Shape("sep_again.csv", both.encode(), (*texts, None, None, *texts))
    foot = table + "\r\nFeedback report\r\nAll rights reserved.\r\n"
    yield Shape("a_footer.csv", foot.encode(), (*texts, None, None))
    strange = (("Case", "Subject", "Said", "Mark"), *[(n, "A question", text, s) for n, text, s in REVIEWS])
    report = quoted(strange) + '\n"Feedback report"\n"All rights reserved."\n'
    yield Shape("a_report.csv", report.encode(), (*texts, None, None), strange[0], "Said")
    wrapped = quoted([(line,) for line in quoted(ours, every=False).splitlines()], end="\r\n")
    yield Shape("wrapped_in_quotes.csv", wrapped.encode(), texts, ours[0], ours[0][1], says=WRAPPED)
    question = "What did you like most about the film? Please tell."
    monkey = [("Respondent", "Started", question, "Your rating", "")]
    monkey += [("", "", "Open-Ended Response", "Response", "Comment")]
    monkey += [(f"1178{n}", f"05/0{n}/2024 10:00:00 AM", text, stars, "") for n, text, stars in REVIEWS]
    yield Shape(
        "a_survey.csv", quoted(monkey, every=False).encode(), (None, *texts), monkey[0], question,
        ("--text-column", question),
    )  # fmt: skip
    other = [("StartDate", "Status", "Q1", "Q2"), ("Start Date", "Response Type", question, "Rating")]
    other += [tuple('{"ImportId":"' + name + '"}' for name in other[0])]
    other += [("2024-05-01 10:00:00", "0", text, stars) for _, text, stars in REVIEWS]
    yield Shape("another_survey.csv", quoted(other).encode(), (None, None, *texts), other[0], "Q1")
    form = [("Sygnatura czasowa", "Co sądzisz o filmie?", "Czy polecasz? (tak/nie)")]
    form += [(f"2024/05/0{n} 10:00:00 AM CET", text, "Tak") for n, text, _ in POLISH]
    form += [("2024/05/09 10:00:00 PM CET", "Nie mam zdania o tym filmie", "Nie")]
    yield Shape("a_polish_form.csv", quoted(form).encode(), texts_of(form[1:]), form[0], form[0][1])
    truth = [("tekst", "pozytywna"), *[(text, ("PRAWDA", "FAŁSZ")[int(s) < 3]) for _, text, s in POLISH]]
    yield Shape(
        "a_truth.csv", quoted(truth, ";", every=False).encode("cp1250"), texts_of(POLISH), truth[0], "tekst",
        says="semicolons, header, cp1250",
    )  # fmt: skip
    capitals = [("ID_KLIENTA", "TREŚĆ ZGŁOSZENIA", "OCENA OGÓLNA"), *POLISH]
    yield Shape(
        "capitals.csv",
        quoted(capitals, ";", every=False).encode(),
        texts_of(POLISH),
        capitals[0],
        capitals[0][1],
    )
    gaps = "".join(
        f"{n}\t{text}\\nIt was, really\t{('5', chr(92) + 'N')[int(n) % 2]}\n" for n, text, _ in REVIEWS
    )
    made = tuple(text + "\nIt was, really" for text in texts)
    told = ("--text-column", "2")
    for name in ("from_postgresql.tsv", "from_postgresql.txt"):
        yield Shape(
            name, gaps.encode(), made, ("1", "2", "3"), "2", told, "backslashes and no quoting, no header"
        )
    begun = gaps.replace("\tA good", '\t"A good')
    yield Shape(
        "from_mysql.tsv",
        begun.encode(),
        (made[0].replace("A good", '"A good'), *made[1:]),
        ("1", "2", "3"),
        "2",
        told,
    )
    twice = (("text", "rating", "text"), *[(text, stars, "x y") for _, text, stars in REVIEWS])
    yield Shape(
        "one_name_twice.csv", quoted(twice).encode(), texts, ("text [1]", "rating", "text [3]"), "text [1]",
        ("--text-column", "1"),
    )  # fmt: skip


SHAPES = (*_dialects(), *_quotings(), *_headers(), *_names(), *_from_r(), *_exports())
