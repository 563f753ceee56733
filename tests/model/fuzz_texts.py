"""Odd texts by the thousand: ``python tests/model/fuzz_texts.py 50000``.

Each goes through tokenizers, classifiers (alone and among others), explanations, phrases and the console.
Looked at is that nothing ends in a traceback, that places are in the text and hold their token, that all
numbers are probabilities, that company changes no answer, and that ten times the text takes no more than
some ten times as long.
"""

import contextlib
import io
import random
import re
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import fuzzing

BATCH = 250
LIMIT_SECONDS = 240
"""Of a batch, whose texts are judged together."""
TOLERANCE = 1e-5
MARKS = ("!", "..")
"""Of the vocabularies: no words."""
EXPLAINED_TOKENS = 40
GROWTH = 40
"""Times as long that ten times the text may take, on a busy machine; quadratic work takes a hundred."""


def keras_rule(text):
    """The tokens as TextVectorization's own expressions make them."""
    data = text.encode("utf-8", "ignore")
    lowered = re.sub(rb"[A-Z]", lambda letter: bytes([letter[0][0] + 32]), data)
    stripped = re.sub(rb"""[!"#$%&()\*\+,-\./:;<=>?@\[\\\]^_`{|}~\']""", b"", lowered)
    return [token for token in re.split(rb"[ \t\n\v\f\r]+", stripped) if token]


def odd_of(seed):
    from odd_texts import odd_text

    chance = random.Random(seed)
    return odd_text(chance, 30_000 if seed % 500 == 0 else 2000)


def fault_of_tokens(text):
    """What is wrong with the tokens of a text and their places, or None."""
    from opinia.text.normalise import normalise
    from opinia.text.tokenizer import split_tokens, token_spans
    from opinia.text.words import split_pieces, word_spans

    tokens = split_tokens(text)
    if tokens != keras_rule(text):
        return "other tokens than Keras's"
    for spans in (token_spans(text), word_spans(text)):
        ends = [0, *(end for _, end in spans)]
        if any(not last <= start < end for last, (start, end) in zip(ends, spans, strict=False)):
            return "places out of order"
        if ends[-1] > len(text):
            return "a place outside the text"
    if [split_tokens(text[start:end]) for start, end in token_spans(text)] != [[token] for token in tokens]:
        return "a token at another place"
    if [normalise(text[start:end]) for start, end in word_spans(text)] != split_pieces(text):
        return "a word at another place"
    return None


def fault_of_answer(classifier, text, chance):
    """What is wrong with the answer to a text and its explanation, or None."""
    from opinia.errors import InputError
    from opinia.model.explain import explain

    row = classifier.predict_proba(text)[0]
    if not np.isfinite(row).all() or (row < 0).any() or abs(row.sum() - 1) > TOLERANCE:
        return "no probabilities"
    (said,) = classifier.classify(text)
    tokenizer = classifier.model.description.tokenizer
    ids, spans = tokenizer.encode(text), tokenizer.spans(text)
    words = [number for number in ids if number == 1 or tokenizer.words[number - 2] not in MARKS]
    unknown = words.count(1) / len(words) if words else 1.0
    if said.label != classifier.predict(text)[0] or abs(said.probability - row.max()) > TOLERANCE:
        return "two answers"
    if abs(said.unknown - unknown) > TOLERANCE:
        return "another share of unknown words"
    if len(ids) > EXPLAINED_TOKENS and chance.random() > 0.01:
        return None
    start = chance.randrange(len(text) + 1)
    phrase = text[start : start + chance.randrange(1, 12)]
    try:
        found = explain(classifier, text, phrases=[phrase] if chance.random() < 0.3 else [])
    except InputError as error:
        return None if error.message and "\n" not in error.message else "an error of several lines"
    numbers = [each.contribution for each in (*found.contributions, *found.phrases)]
    curve = [point.positive for point in found.curve]
    if not np.isfinite([*numbers, *curve, found.positive]).all() or any(abs(each) > 1 for each in numbers):
        return "an explanation without numbers"
    if abs(found.positive - row[-1]) > TOLERANCE or (curve and abs(curve[-1] - row[-1]) > TOLERANCE):
        return "an explanation of another answer"
    places = [(each.start, each.end) for each in found.contributions]
    if found.unit == "word" and places != spans:
        return "an explanation of other words"
    if any(not 0 <= start < end <= len(text) for start, end in places):
        return "an explanation beside the text"
    for place, each in enumerate(found.contributions[:3]):
        if found.unit == "word":
            without = classifier.probabilities([np.delete(np.array(ids, np.int32), place)])[0, -1]
            if abs(row[-1] - without - each.contribution) > TOLERANCE:
                return "a wrong contribution"
    return None


def fault_of_growth(text):
    """Whether the time that a text takes grows faster than the text."""
    from opinia.model.explain import make_plan
    from opinia.text.tokenizer import split_tokens, token_spans
    from opinia.text.words import split_words, word_spans

    def plan(text):
        make_plan(text, token_spans(text)[:16_000])

    for work in (split_tokens, token_spans, split_words, word_spans, plan):
        times = []
        for size in (4000, 40_000):
            long = (text * (size // len(text) + 1))[:size]
            best = []
            for _ in range(3):
                begin = time.process_time()
                work(long)
                best.append(time.process_time() - begin)
            times.append(min(best))
        if times[1] > GROWTH * max(times[0], 0.001):
            return f"{work.__name__} took {times[0]:.4f} s, then {times[1]:.4f} s"
    return None


def faults_of_console(classifier, texts):
    """What is wrong with the console's answers to texts as lines, not all of them UTF-8."""
    from opinia.console.session import judge_lines
    from opinia.language import LANGUAGES

    lines = [re.sub(rb"[\r\n]", b" ", text.encode("utf-8", "surrogatepass")) for text in texts]
    lines[0] = lines[0].removeprefix(b"\xef\xbb\xbf")
    if lines[0].startswith((b"\xff\xfe", b"\xfe\xff")):
        lines[0] = b""
    read = [line.decode(errors="replace") for line in lines]
    faults = []
    judged = [classifier.classify(text)[0] if text.strip() else None for text in read]
    for language in LANGUAGES.values():
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            judge_lines(classifier, language, io.BytesIO(b"\n".join([*lines, b""])))
        answers = out.getvalue().split("\n")[:-1]
        if len(answers) != len(lines):
            faults.append(f"{len(answers)} answers to {len(lines)} lines")
            continue
        for answer, said in zip(answers, judged, strict=True):
            expected = language.answer(said.label, said.probability) if said else ""
            if answer != expected:
                faults.append(f"the console said {answer!r} where {expected!r} is right")
    return faults


def attack(seeds, classifiers):
    """Yield how the text of each number ended: ``answered``, or what is wrong."""
    texts = [odd_of(seed) for seed in seeds]
    faults = {seed: [] for seed in seeds}
    for seed, text in zip(seeds, texts, strict=True):
        sys.stderr.write(f"seed {seed}\n")  # the last one, if the process ends
        chance = random.Random(seed)
        found = [fault_of_tokens(text), *(fault_of_answer(each, text, chance) for each in classifiers)]
        if text and seed % 100 == 7:
            found.append(fault_of_growth(text))
        faults[seed] += [fault for fault in found if fault]
    for classifier in classifiers:
        together = classifier.predict_proba(texts)
        for seed, text, row in zip(seeds, texts, together, strict=True):
            if np.abs(classifier.predict_proba(text)[0] - row).max() > TOLERANCE:
                faults[seed].append("another answer in company")
    faults[seeds[0]] += faults_of_console(classifiers[seeds[0] // BATCH % len(classifiers)], texts)
    return [(seed, "; ".join(faults[seed]) or "answered") for seed in seeds]


def written_models(folder):
    """Models with tokenizers of both kinds."""
    from models import WORDS, graph_of, random_network, write_counting_model
    from opinia.model.file import Description, write_model
    from opinia.text.tokenizer import Tokenizer

    words = (*WORDS, ":)", ":(", "!", "..", "don't", "a'a", "한", "zażółć")
    network = random_network(len(words) + 2, layers=2)
    write_model(folder / "words.onnx", graph_of(network), Description(Tokenizer(words, "words")))
    return [write_counting_model(folder / "counting.onnx"), folder / "words.onnx"]


def worker(first, last):
    from opinia.model.classifier import load

    with tempfile.TemporaryDirectory() as folder:
        classifiers = [load(model, threads=1) for model in written_models(Path(folder))]
        for start in range(first, last, BATCH):
            for number, end in attack(range(start, min(start + BATCH, last)), classifiers):
                fuzzing.say(number, end)


if __name__ == "__main__":
    sys.exit(fuzzing.main(__file__, __doc__, worker, good=("answered",), seconds=LIMIT_SECONDS))
