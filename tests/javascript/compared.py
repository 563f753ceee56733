"""The JavaScript package beside Python: ``python tests/javascript/compared.py 2000 [onnxruntime-node]``.

With ``tokens`` in place of a runtime it compares tokens, places, spellings and languages alone. Otherwise it
prints the largest difference of a probability for each model that comes along, and what else differs.
"""

import json
import random
import subprocess
import sys
from functools import cache
from pathlib import Path

import click
import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
TOLERANCE = 1e-4
WORST = 0.01
"""Of a network in 8 bits in WebAssembly, whose last bits are others: where a number lies between two steps
of the 8 bits, it may be rounded to the other one, and all that is read after it moves a little."""
AT_ONCE = 2000
BRIEF = ("--liftoff-only",)
"""Where little is judged: to compile WebAssembly anew and better takes longer than what that saves."""
WEB, NATIVE = "onnxruntime-web", "onnxruntime-node"
SENTENCES = [
    "1994",
    " $1,299.00\n",
    "95/100",
    "()",
    "This film is a waste of two good hours, and the ending is worse than the beginning.",
    "I loved every minute of it; the acting is superb and the music even better!",
    "Bardzo dobry film, ale za długi i nie dla dzieci.",
    "swietny aktor, zalosna rezyseria, nie polecam nikomu",
    "Dieser Film ist leider nicht so gut wie das Buch, aber man kann ihn sehen.",
    "Ce film est une merveille, on ne s'ennuie pas une seconde et c'est l'essentiel.",
    "L'interprétation est juste, mais l'histoire n'a pas de fin.",
    "La película no está mal, pero es más larga que buena.",
    "Это был очень хороший фильм, я его ещё раз посмотрю.",
    "Цей фільм був дуже довгий, але я його ще подивлюся.",
    "Η ταινία ήταν πολύ καλή, αλλά το τέλος ΜΕ ΑΠΟΓΟΗΤΕΥΣΕ. ΟΔΥΣΣΕΥΣ",
    "この映画はとても面白かったです。カメラも素晴らしい。",
    "这部电影非常好看，演员也很棒。",
    "이 영화는 정말 재미있었어요.",
    "הסרט הזה היה נהדר",
    "كان هذا الفيلم رائعا جدا",
    "यह फ़िल्म बहुत अच्छी थी",
    "ภาพยนตร์เรื่องนี้ดีมาก",
    "Bu film çok iyi değildi ama kötü de değil, İSTANBUL güzel.",
    "A filmnek nagyon jó a zenéje, de az egész csak egy nagy hiba.",
    "4.5/5 and 4,5/5, 95/100, 0/5, 11/10, 3/5s, 6.25/10: it hadnt shouldnt blatant",
    "8/10 sooooo gooooood!!! :-) 👍🏽 <br /><br />don't miss it, it's Bob's best… 🫨🩷",
    "...",
    "",
    " \t\n",
    "❤️❤️❤️",
    "qwxz plmk vbnt",
    "xqzzt.",
    "(xqzzt), [vbnt]!!! …",
    "xqzzt 7",
    "xqzzt :)",
    "xqzzt 👍.",
    "((( )))",
]


def texts(count, seed=0):
    """So many odd texts, as JSON hands them over, and sentences of many languages."""
    from odd_texts import odd_text

    chance = random.Random(seed)  # noqa: S311
    odd = [odd_text(chance) for _ in range(count - len(SENTENCES))]
    # Two halves of a surrogate pair side by side are one character in JavaScript, and in JSON.
    return [json.loads(json.dumps(text)) for text in [*SENTENCES, *odd]]


def ask(script, content, *, cwd=ROOT / "js", flags=BRIEF):
    """Return what a script answers with."""
    done = subprocess.run(
        ["node", *flags, ROOT / "js/tests" / script],
        input=json.dumps(content),
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@cache
def models():
    """The models that come along, by name: what JavaScript loads, and the classifier."""
    import opinia
    from opinia.model.shipped import AUTO, BY_LANGUAGE, shipped

    paths = {name: str(path) for name, path in shipped().items()}
    sources = {**paths, AUTO: {code: paths[name] for code, name in BY_LANGUAGE.items()}}
    return {name: (source, opinia.load(name)) for name, source in sources.items()}


def units(text):
    """Return the UTF-16 code unit at which each code point of a text begins, and the end."""
    found = [0]
    for letter in text:
        found.append(found[-1] + (2 if ord(letter) > 0xFFFF else 1))
    return found


def faults(classifier, given, answers):
    """Return the difference of the probabilities of each text, and what else differs, each with its text."""
    differences, others = [], []
    for text, ours, theirs in zip(given, classifier.classify(given), answers, strict=True):
        difference = max(
            abs(one - other) for one, other in zip(ours.probabilities, theirs["probabilities"], strict=True)
        )
        differences.append(difference)
        wanted = (ours.doubt, ours.read_by, round(ours.unknown, 9))
        found = (theirs["doubt"], theirs["readBy"], round(theirs["unknown"], 9))
        is_clear = ours.probability - sorted(ours.probabilities)[-2] > 2 * WORST
        if wanted != found or (is_clear and ours.label != theirs["label"]):
            others.append((text, (ours.label, *wanted), (theirs["label"], *found)))
    return np.array(differences), others


@cache
def tokenizers():
    """Those of the models that come along, by kind and spelling, and of Keras's options."""
    from opinia.text.tokenizer import Tokenizer
    from opinia.text.vectorization import TextRule

    rules = [
        TextRule("lower", "character"),
        TextRule("none", "none"),
        TextRule("tokenizer", "whitespace", length=5, keeps="last", drops_unknown=True),
        TextRule("tokenizer"),
        TextRule("strip_punctuation", "whitespace", (1, 2), 20),
        TextRule("lower", "whitespace", (3,)),
    ]
    known = [models()[name][1].model.description.tokenizer for name in ("seed", "general", "polish")]
    words = (*known[0].words, *"xyzv", "the film", "ς", "οδυσσευς", "🫨")
    return [*known, *(Tokenizer(words, "vectorization", rule=rule) for rule in rules)]


def read_in_javascript(given):
    """Return what JavaScript makes of texts."""
    return ask("tokens.mjs", {"tokenizers": [each.to_config() for each in tokenizers()], "texts": given})


def faults_of_reading(given, answer):
    """Return the texts of which JavaScript makes something else, and what it is."""
    from opinia.text.language import is_plainly, language_of
    from opinia.text.normalise import normalise

    found = []
    for row, text in enumerate(given):
        if answer["normalised"][row] != json.loads(json.dumps(normalise(text))):
            found.append(("spelling", ascii(text)))
        if answer["languages"][row] != [language_of(text), is_plainly(text, "en"), is_plainly(text, "pl")]:
            found.append(("language", ascii(text)))
        place = units(text)
        for tokenizer, answers in zip(tokenizers(), answer["tokens"], strict=True):
            spans = [[place[start], place[end]] for start, end in tokenizer.spans(text)]
            if answers[row] != {"ids": tokenizer.encode(text), "spans": spans}:
                found.append((tokenizer.kind, ascii(text)))
    return found


def compare_reading(count):
    """Compare so many texts, some thousand at a time."""
    found, done = [], 0
    for seed in range(-(-count // AT_ONCE)):
        given = texts(min(AT_ONCE, count - done), seed)
        found += faults_of_reading(given, read_in_javascript(given))
        done += len(given)
    click.echo(f"{done} texts, read otherwise: {len(found)} {found[:3]}")


def main(count, runtime):
    if runtime == "tokens":
        compare_reading(count)
        return
    given = texts(count)
    for name, (source, classifier) in models().items():
        answer = ask("judge.mjs", {"runtime": runtime, "models": {name: source}, "texts": given}, flags=())
        differences, others = faults(classifier, given, answer["models"][name]["predictions"])
        beyond, largest = (differences > TOLERANCE).sum(), differences.max()
        seconds = answer["seconds"][name]
        click.echo(
            f"{name}: {len(given)} texts in {seconds:.1f} s, largest difference {largest:.1e}, "
            f"beyond {TOLERANCE:g}: {beyond}, other differences: {len(others)} {ascii(others[:2])}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]), (sys.argv[2:] or [WEB])[0])
