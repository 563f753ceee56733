"""Short English texts of our own, made by a small grammar, that teach what reviews hardly show.

Negation of the good and of the bad, double negation, contrast, expectation, change over time, comparison,
what others think, wishes, ratings and stars, emoji, set expressions, some irony, defects of things,
lengthened and misspelt words, and facts that hold no opinion; what people type every day is in
:mod:`everyday_en`. Each text comes with the probability that it is positive.

None of it is from a data set. Words and templates were written without those of the behaviour checks
(src/opinia/evaluate/behaviour.toml); what still shares five words in a row with one of them is dropped by
whoever collects (``collect.py``).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

import everyday_en as everyday
from idioms_en import BLAME, FAINT, PRAISE

GOOD, BAD = 0.95, 0.05

T = TypeVar("T")

THINGS = {
    "film": (
        "movie film picture thriller comedy sequel remake documentary series episode season finale script "
        "screenplay plot dialogue soundtrack cast villain heroine ending opening acting direction"
    ),
    "book": "book novel story sequel memoir biography writing prose translation chapter author narrator",
    "product": (
        "phone laptop tablet camera charger cable headset speaker keyboard mouse monitor printer router blender "
        "kettle toaster vacuum mattress pillow backpack jacket watch razor battery screen lens case handle "
        "zipper motor remote toy tent bike drill lamp chair desk shoe coat"
    ),
    "food": "meal pasta steak burger curry salad dessert coffee tea breakfast lunch dinner bread sauce sushi "
    "taco noodles fish chicken wine beer cake menu",
    "place": "hotel restaurant cafe bar hostel apartment resort pub bakery gym clinic shop store airport lounge "
    "beach pool lobby room bathroom terrace",
    "service": "service staff support waiter waitress manager driver doctor nurse teacher guide seller company "
    "delivery shipping reception host trainer barber mechanic",
    "app": "app game website update interface program plugin library tool editor installer manual tutorial "
    "documentation answer code patch feature",
    "event": "concert show play festival lecture course trip tour flight cruise party match exhibition album song",
}
PEOPLE = frozenset(
    "staff waiter waitress manager driver doctor nurse teacher guide seller host trainer barber mechanic author "
    "narrator villain heroine".split()
)
GOOD_WORDS = (
    "good great fine nice lovely excellent superb terrific fantastic fabulous marvelous splendid outstanding "
    "impressive amazing awesome pleasant delightful enjoyable satisfying brilliant stunning beautiful elegant "
    "reliable solid decent clever smart useful helpful handy fun entertaining exciting interesting fresh cool "
    "perfect remarkable charming refreshing worthwhile convincing memorable"
).split()
GOOD_OF = {
    "film": "gripping hilarious touching suspenseful moving riveting".split(),
    "book": "gripping insightful readable moving engrossing".split(),
    "product": "sturdy durable lightweight comfortable powerful quiet".split(),
    "food": "delicious tasty juicy crispy mouthwatering flavorful".split(),
    "place": "clean cozy spacious welcoming spotless comfortable".split(),
    "service": "friendly polite attentive quick professional kind patient".split(),
    "app": "fast intuitive stable responsive well-designed simple".split(),
    "event": "unforgettable lively thrilling energetic well-organized".split(),
}
BAD_WORDS = (
    "bad terrible awful horrible dreadful poor lousy mediocre disappointing annoying boring useless worthless "
    "ridiculous pathetic frustrating unpleasant ugly stupid dull weak cheap overpriced irritating rubbish crap "
    "lame miserable disgusting atrocious abysmal unacceptable pointless confusing tedious tiresome depressing "
    "embarrassing sloppy shoddy unimpressive"
).split()
BAD_OF = {
    "film": "predictable wooden cliched overlong unwatchable lifeless".split(),
    "book": "unreadable shallow rambling predictable repetitive".split(),
    "product": "flimsy broken unreliable defective noisy bulky fragile".split(),
    "food": "bland cold greasy soggy stale overcooked tasteless inedible".split(),
    "place": "dirty noisy cramped filthy smelly rundown".split(),
    "service": "rude slow unfriendly careless arrogant unhelpful incompetent".split(),
    "app": "buggy slow clunky unstable laggy bloated".split(),
    "event": "chaotic lifeless disorganized dreary forgettable".split(),
}
GOOD_VERBS = "love like enjoy adore recommend appreciate admire".split()
BAD_VERBS = "hate dislike regret despise detest loathe".split()
PAST = {
    "love": "loved", "like": "liked", "enjoy": "enjoyed", "adore": "adored", "recommend": "recommended",
    "appreciate": "appreciated", "admire": "admired", "hate": "hated", "dislike": "disliked",
    "regret": "regretted", "despise": "despised", "detest": "detested", "loathe": "loathed",
}  # fmt: skip
BAD_NOUNS = (
    "complaint problem flaw defect issue mistake error weakness fault bug disappointment annoyance headache"
).split()
GOOD_NOUNS = "joy pleasure delight treat gem triumph winner success bargain surprise highlight".split()
WASTES = "waste of money|waste of time|joke|mess|failure|disgrace|flop|scam|nightmare|chore|pain".split("|")
DEGREES = ("very", "really", "so", "extremely", "incredibly", "truly", "absolutely", "pretty", "quite")
GLAD = "😀 😃 😄 😊 😍 🥰 👍 👏 🎉 ❤ 💯 🔥 🤩 😁 🙌 :) :-) :D ;) <3 =)".split()
SAD = "😞 😠 😡 😢 😭 👎 💔 🤮 🤢 😤 😒 🙄 😩 😖 :( :-( =( :'( ☹".split()
MISSPELT = {
    "excellent": "excelent", "definitely": "definately", "terrible": "terible", "horrible": "horible",
    "beautiful": "beautifull", "awesome": "awsome", "disappointing": "dissapointing", "amazing": "amazin",
    "useless": "usless", "brilliant": "briliant", "boring": "borring", "delicious": "delicous",
    "recommend": "reccomend", "annoying": "anoying", "ridiculous": "rediculous", "perfect": "perfekt",
    "comfortable": "comfertable", "pathetic": "pathethic", "friendly": "freindly", "fantastic": "fantastik",
}  # fmt: skip
NUMBERS = "two three four five six seven eight nine ten twelve twenty".split()
UNITS = "days weeks months".split()
NOW_GOOD = (
    "I can't live without it", "it is my favorite", "I use it every day", "it works", "it flies", "it runs smoothly",
    "I watch it every year", "I come back every week", "everything is fine", "it shines", "I recommend it to all my friends",
    "I can't wait for more", "I am a fan", "it makes me smile", "I understand the fuss", "it is fast", "I look forward to it",
)  # fmt: skip
NOW_BAD = (
    "I can't stand it", "it is unusable", "I never use it", "it crashes", "it barely works", "nothing works", "I avoid it",
    "it bores me", "it is a joke", "I regret it", "I am done with it", "it makes me angry", "it is just sad", "it falls apart",
    "I don't see the point", "I want my money back", "I would rather stay at home",
)  # fmt: skip
DISTRACTIONS = (
    "I bought it in March", "we went there on a Sunday", "it came in a brown box", "my brother gave it to me",
    "I ordered the blue one", "we were a party of four", "I had read about it in a magazine", "it was raining",
    "it takes two hours by train", "my wife picked it", "I was on a business trip", "we watched it at home",
)  # fmt: skip


class Draw:
    """What the templates draw from.

    Args:
        seed: the same gives the same texts.
    """

    def __init__(self, seed: int | str) -> None:
        self.random = random.Random(seed)

    def pick(self, options: Sequence[T]) -> T:
        """Return one of some options."""
        return self.random.choice(options)

    def chance(self, share: float) -> bool:
        """Return true as often as told."""
        return self.random.random() < share

    def thing(self) -> tuple[str, str]:
        """Return something that is judged, and its kind."""
        kind = self.pick([*THINGS])
        return self.pick(THINGS[kind].split()), kind

    def word(self, *, good: bool, kind: str) -> str:
        """Return an adjective of praise or blame."""
        general, own = (GOOD_WORDS, GOOD_OF) if good else (BAD_WORDS, BAD_OF)
        return self.pick(own[kind]) if self.chance(0.35) else self.pick(general)

    def degree(self, share: float = 0.4) -> str:
        """Return a word that strengthens, or nothing."""
        return self.pick(DEGREES) + " " if self.chance(share) else ""

    def be(self, thing: str, *, past: bool) -> str:
        """Return is, are, was or were."""
        plural = thing in ("noodles",)
        return ("were" if plural else "was") if past else ("are" if plural else "is")


Sample = tuple[str, float]
Template = Callable[[Draw], Sample]


def _a(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" and not word.startswith(("use", "uni")) else f"a {word}"


def plain(draw: Draw) -> Sample:
    """Say that something is good or bad."""
    good, (thing, kind) = draw.chance(0.5), draw.thing()
    word, be = draw.word(good=good, kind=kind), draw.be(thing, past=draw.chance(0.5))
    verb = draw.pick(GOOD_VERBS[:4] if good else BAD_VERBS)
    text = draw.pick((
        f"the {thing} {be} {draw.degree()}{word}", f"{draw.degree(0.2)}{word} {thing}", f"{word}",
        f"I {verb} this {thing}", f"I {PAST[verb]} the {thing}", f"what {_a(word)} {thing}",
        f"this {thing} is {_a(draw.pick(GOOD_NOUNS))}" if good else f"this {thing} is {_a(draw.pick(WASTES))}",
        f"such {_a(word)} {thing}", f"{word} {thing}, {draw.pick(('would buy again', 'go for it')) if good else draw.pick(('stay away', 'skip it'))}",  # noqa: E501
        f"{draw.pick(DISTRACTIONS)}. The {thing} {be} {word}",
        f"the {thing} {be} {word} and {draw.word(good=good, kind=kind)}",
    ))  # fmt: skip
    return text, GOOD if good else BAD


def negated_good(draw: Draw) -> Sample:
    """Deny praise."""
    thing, kind = draw.thing()
    word, past = draw.word(good=True, kind=kind), draw.chance(0.5)
    be, verb = draw.be(thing, past=past), draw.pick(GOOD_VERBS)
    did = "did not" if past else "do not"
    text = draw.pick((
        f"the {thing} {be} not {draw.degree(0.3)}{word}", f"the {thing} {be}n't {draw.degree(0.3)}{word}",
        f"not {_a(word)} {thing}", f"the {thing} {be} not {word} at all", f"the {thing} {be} far from {word}",
        f"nobody could call this {thing} {word}", f"there is nothing {word} about the {thing}",
        f"I {did} {verb} the {thing}", f"I {did.replace(' not', chr(110) + chr(39) + 't')} {verb} this {thing}",
        f"I would not {draw.pick(('buy', 'recommend', 'choose', 'order'))} this {thing} again",
        f"I can't {draw.pick(('recommend', 'praise'))} this {thing}", f"hardly {_a(word)} {thing}",
        f"the {thing} {be} neither {word} nor {draw.word(good=True, kind=kind)}", f"not {word}",
        f"this {thing} is anything but {word}", f"the {thing} {be} no longer {word}",
        f"I wouldn't call the {thing} {word}", f"never {word}, never {draw.word(good=True, kind=kind)}",
        f"the {thing} doesn't {draw.pick(('work', 'deliver', 'impress', 'hold up', 'make sense', 'help'))}",
        f"{draw.pick(DISTRACTIONS)}, and the {thing} {be} not {word}", f"the {thing} lacks anything {word}",
    ))  # fmt: skip
    return text, 0.1


def negated_bad(draw: Draw) -> Sample:
    """Deny blame."""
    thing, kind = draw.thing()
    word, past = draw.word(good=False, kind=kind), draw.chance(0.5)
    be, verb, noun = draw.be(thing, past=past), draw.pick(BAD_VERBS), draw.pick(BAD_NOUNS)
    did = "did not" if past else "do not"
    text, target = draw.pick((
        (f"the {thing} {be} not {word}", 0.75), (f"the {thing} {be}n't {word}", 0.75), (f"not {word}", 0.72),
        (f"not {_a(word)} {thing}", 0.75), (f"the {thing} {be} not {word} at all", 0.85),
        (f"not {_a(word)} {thing} by any means", 0.85), (f"there is nothing {word} about the {thing}", 0.85),
        (f"I {did} {verb} the {thing}", 0.75), (f"I have never {PAST[verb]} this {thing}", 0.8),
        (f"no {noun}s with the {thing}", 0.88), (f"I have no {noun}s", 0.85), (f"not a single {noun}", 0.9),
        (f"the {thing} {be} without any {noun}", 0.85), (f"I never had {_a(noun)} with this {thing}", 0.9),
        (f"you will not regret this {thing}", 0.93), (f"the {thing} {be} never {word}", 0.85),
        (f"I couldn't find {_a(noun)} in this {thing}", 0.88), (f"the {thing} {be} hardly {word}", 0.75),
        (f"nobody could call this {thing} {word}", 0.82), (f"this {thing} is anything but {word}", 0.9),
        (f"the {thing} doesn't {draw.pick(('disappoint', 'bore', 'let you down', 'annoy', 'fail'))}", 0.9),
        (f"the {thing} has never let me down", 0.93), (f"you can't go wrong with this {thing}", 0.93),
        (f"the {thing} {be} neither {word} nor {draw.word(good=False, kind=kind)}", 0.82),
        (f"I {'could' if past else 'can'} not find fault with the {thing}", 0.9),
        (f"{draw.pick(DISTRACTIONS)}, and the {thing} {be} not {word}", 0.75),
        (f"no {word} {draw.pick(('moments', 'parts', 'surprises', 'smell', 'corners'))} in this {thing}", 0.82),
    ))  # fmt: skip
    return text, target


def double_negation(draw: Draw) -> Sample:
    """Deny twice."""
    good, (thing, kind) = draw.chance(0.5), draw.thing()
    word, be = draw.word(good=good, kind=kind), draw.be(thing, past=draw.chance(0.5))
    verb = draw.pick(GOOD_VERBS[:5] if good else BAD_VERBS)
    text = draw.pick((
        f"I can't say that the {thing} {be} not {word}", f"nobody can say that the {thing} {be}n't {word}",
        f"it is not true that the {thing} {be} not {word}", f"I never said that the {thing} {be} not {word}",
        f"I don't know anyone who doesn't {verb} this {thing}", f"there is no day when this {thing} is not {word}",
        f"I wouldn't say I don't {verb} the {thing}", f"you couldn't not {verb} this {thing}",
        f"it is hard not to {verb} this {thing}", f"it is impossible not to {verb} the {thing}", f"one cannot help but {verb} it",  # noqa: E501
        f"I can't help but {verb} this {thing}", f"there is no denying that the {thing} {be} {word}",
        f"I can't deny that the {thing} {be} {word}", f"no doubt the {thing} {be} {word}", f"it never fails to be {word}",
        f"it isn't impossible that you will {verb} it", f"not one of us didn't {verb} the {thing}",
        f"it's hard to {draw.pick(BAD_VERBS if good else GOOD_VERBS)} this {thing}",
        f"the {thing} {be} not without {draw.pick(('appeal', 'merit', 'style', 'humor', 'warmth', 'qualities')) if good else draw.pick(('faults', 'flaws', 'trouble', 'weaknesses', 'risks', 'issues'))}",  # noqa: E501
        f"nobody who {draw.pick(('tried', 'saw', 'bought', 'visited', 'read'))} it was {draw.pick(('disappointed', 'sorry', 'bored', 'unhappy')) if good else draw.pick(('pleased', 'impressed', 'happy', 'satisfied'))}",  # noqa: E501
        f"none of my friends {'disliked' if good else 'liked'} the {thing}", f"you will never be {'bored' if good else 'glad'} with this {thing}",  # noqa: E501
        f"it {draw.pick(('does not', 'can not', 'will not'))} get {'better' if good else 'worse'} than this {thing}",
    ))  # fmt: skip
    return text, 0.82 if good else 0.18


def _clause(draw: Draw, *, good: bool) -> str:
    thing, kind = draw.thing()
    be = draw.be(thing, past=draw.chance(0.6))
    if draw.chance(0.15):  # by the denial of the opposite
        return f"the {thing} {be} not {draw.word(good=not good, kind=kind)}"
    return f"the {thing} {be} {draw.degree(0.3)}{draw.word(good=good, kind=kind)}"


def contrast(draw: Draw) -> Sample:
    """Say one thing, and then what counts."""
    good = draw.chance(0.5)
    first, last = _clause(draw, good=not good), _clause(draw, good=good)
    thing, kind = draw.thing()
    word, other = draw.word(good=good, kind=kind), draw.word(good=not good, kind=kind)
    text = draw.pick((
        f"{first}, but {last}", f"{first}. However, {last}", f"although {first}, {last}",
        f"even though {first}, {last}", f"{first}, yet {last}", f"despite the {other} {draw.pick(('start', 'reviews', 'price', 'first hour'))}, the {thing} is {word}",  # noqa: E501
        f"{last}, even if {first}", f"while {first}, {last}", f"{first}; in the end, though, {last}",
        f"{other} {draw.pick(('trailer', 'cover', 'box', 'photos', 'first look'))}, {word} {thing}",
        f"the {thing} may look {other}, but it is {word}", f"not {other} but {word}",
    ))  # fmt: skip
    return text, 0.88 if good else 0.12


def expectation(draw: Draw) -> Sample:
    """Compare with what was expected."""
    good, (thing, kind) = draw.chance(0.5), draw.thing()
    word, other = draw.word(good=good, kind=kind), draw.word(good=not good, kind=kind)
    be = draw.be(thing, past=True)
    text = draw.pick((
        f"I expected {_a(other)} {thing} and got {_a(word)} one", f"I was promised {_a(other)} {thing}; it {be} {word}",
        f"I feared the worst, and the {thing} {be} {word}" if good else f"I had high hopes, and the {thing} {be} {word}",
        f"the {thing} {be} not as {other} as {draw.pick(('I feared', 'people say') if good else ('I hoped', 'advertised', 'they claim'))}",  # noqa: E501
        f"the {thing} {be} {'better' if good else 'worse'} than {draw.pick(('I thought', 'the ads suggest', 'its price suggests'))}",  # noqa: E501
        f"the {thing} {be} much more {word} than I thought", f"the {thing} {be} less {other} than I thought",
        f"this {thing} {'exceeded' if good else 'fell short of'} my expectations",
        f"I didn't expect much, but this {thing} is {word}" if good else f"after all that hype the {thing} {be} {word}",
        f"the {thing} {'lived up to' if good else 'did not live up to'} {draw.pick(('the hype', 'its name', 'the praise'))}",  # noqa: E501
        f"it should have been {_a(other)} {thing}; it {be} {word}",
        f"I was {'pleasantly surprised' if good else 'let down'} by the {thing}",
    ))  # fmt: skip
    return text, 0.88 if good else 0.12


def change(draw: Draw) -> Sample:
    """Tell how it was, and how it is now."""
    good, (thing, kind) = draw.chance(0.5), draw.thing()
    word, other = draw.word(good=good, kind=kind), draw.word(good=not good, kind=kind)
    verb, before = (
        draw.pick(GOOD_VERBS[:4] if good else BAD_VERBS),
        draw.pick(BAD_VERBS if good else GOOD_VERBS[:4]),
    )
    text = draw.pick((
        f"the {thing} was {other} last year, today it is {word}", f"once {other}, the {thing} is {word} these days",
        f"I {PAST[before]} the {thing} as a child, but today I {verb} it", f"the old {thing} was {other}, the new one is {word}",  # noqa: E501
        f"it began {draw.pick(('badly', 'slowly') if good else ('well', 'nicely'))} and ended {draw.pick(('well', 'brilliantly') if good else ('badly', 'in tears'))}",  # noqa: E501
        f"on the first day the {thing} was {other}; a week later it is {word}", f"the {thing} got {'better' if good else 'worse'} with every {draw.pick(('day', 'page', 'visit', 'version', 'minute'))}",  # noqa: E501
        f"since the last update the {thing} is {word}, before it was {other}", f"the {thing} has become {word}",
        f"I used to {before} this {thing}, now {draw.pick(NOW_GOOD if good else NOW_BAD)}",
        f"it used to be {other}, now it's {word}", f"what was once {_a(other)} {thing} is now {_a(word)} one",
        f"{draw.pick(NUMBERS)} years ago I {PAST[before]} it; now {draw.pick(NOW_GOOD if good else NOW_BAD)}",
        f"it was {other} before, now {draw.pick(NOW_GOOD if good else NOW_BAD)}",
        f"at first {other}, later {word}", f"at first I {PAST[before]} the {thing}, then {draw.pick(NOW_GOOD if good else NOW_BAD)}",  # noqa: E501
        f"the {thing} is no longer {other}", f"it gets {'better and better' if good else 'worse and worse'}",
        f"not {other} any more, this {thing} is {word}", f"they finally fixed the {thing}" if good else f"they managed to ruin the {thing}",  # noqa: E501
        f"I changed my mind about the {thing}: {draw.pick(NOW_GOOD if good else NOW_BAD)}",
        f"the {thing} has {'improved a lot' if good else 'gone downhill'} since {draw.pick(('last year', 'the new owner', 'version two', 'we first came'))}",  # noqa: E501
    ))  # fmt: skip
    return text, 0.9 if good else 0.1


def past_alone(draw: Draw) -> Sample:
    """Tell only how it was, which hints that it is otherwise now."""
    good, (thing, kind) = draw.chance(0.5), draw.thing()
    verb, word = draw.pick(GOOD_VERBS[:4] if good else BAD_VERBS), draw.word(good=good, kind=kind)
    text = draw.pick(
        (f"I used to {verb} this {thing}", f"the {thing} used to be {word}", f"it was {word} in the old days")
    )
    return text, 0.3 if good else 0.65


def idiom(draw: Draw) -> Sample:
    """Say it with a set expression."""
    good, (thing, _) = draw.chance(0.5), draw.thing()
    phrase = draw.pick(PRAISE if good else BLAME).replace("{thing}", thing)
    target = 0.93 if good else 0.07
    if phrase.startswith(FAINT):
        target = 0.72 if good else 0.25
    other = f"the {thing} {draw.be(thing, past=True)} {draw.word(good=good, kind='film')}"
    text = draw.pick((
        phrase, phrase, phrase, f"{draw.pick(('honestly', 'well', 'overall', 'really', 'all in all', 'in short'))}, {phrase}",  # noqa: E501
        f"{phrase}, {draw.pick(('to be honest', 'really', 'I must say', 'believe me', 'in my opinion'))}",
        f"{draw.pick(DISTRACTIONS)}, {phrase}", f"{draw.pick(DISTRACTIONS)}. {phrase[:1].upper()}{phrase[1:]}",
        f"{phrase} {draw.pick(('at all', 'so far', 'indeed', 'this time', 'lol', 'seriously'))}", f"{other}, {phrase}",
        f"{thing}: {phrase}",
    ))  # fmt: skip
    return text, target


def comparison(draw: Draw) -> Sample:
    """Compare with something else."""
    good, (thing, kind) = draw.chance(0.5), draw.thing()
    word, other = draw.word(good=good, kind=kind), draw.word(good=not good, kind=kind)
    rival = draw.pick(
        ("my old one", "the competition", "the first part", "any other", "its rivals", "the original")
    )
    text = draw.pick((
        f"this {thing} is {'better' if good else 'worse'} than {rival}", f"far more {word} than {rival}",
        f"the {thing} beats {rival}" if good else f"{rival} beats this {thing}",
        f"{rival} was {other}; this {thing} is {word}", f"compared with {rival}, the {thing} is {word}",
        f"the {'best' if good else 'worst'} {thing} {draw.pick(('I have tried', 'of the year', 'in years', 'around', 'money can buy'))}",  # noqa: E501
        f"I have seen {'worse' if good else 'better'} {thing}s", f"there is no {'better' if good else 'worse'} {thing}",
        f"nothing is {'better' if good else 'worse'} than this {thing}", f"this {thing} is not {'worse' if good else 'better'} than {rival}",  # noqa: E501
        f"the {thing} could not be {'better' if good else 'worse'}", f"the {thing} could {'hardly be' if good else 'be'} better",  # noqa: E501
    ))  # fmt: skip
    return text, 0.85 if good else 0.15


def others(draw: Draw) -> Sample:
    """Report what others think, and disagree."""
    good, (thing, kind) = draw.chance(0.5), draw.thing()
    word, other = draw.word(good=good, kind=kind), draw.word(good=not good, kind=kind)
    who = draw.pick(
        ("my sister", "the critics", "everyone at work", "some reviewers", "people online", "my boss")
    )
    verb, before = (
        draw.pick(GOOD_VERBS[:4] if good else BAD_VERBS),
        draw.pick(BAD_VERBS if good else GOOD_VERBS[:4]),
    )
    text = draw.pick((
        f"{who} said the {thing} was {other}, but I found it {word}", f"{who} {PAST[before]} it. I {PAST[verb]} it",
        f"unlike {who}, I {verb} this {thing}", f"don't listen to {who}: the {thing} is {word}",
        f"{who} told me it was {_a(other)} {thing}. It is not", f"how can {who} call this {thing} {other}? It is {word}",
        f"I don't understand why {who} {PAST[before]} this {thing}", f"{who} called it {other}; nonsense",
        f"anyone who calls this {thing} {other} is wrong",
    ))  # fmt: skip
    return text, 0.87 if good else 0.13


def wish(draw: Draw) -> Sample:
    """Wish that it were otherwise, which blames."""
    thing, kind = draw.thing()
    word, bad = draw.word(good=True, kind=kind), draw.word(good=False, kind=kind)
    text, target = draw.pick((
        (f"I wish the {thing} were {word}", 0.12), (f"if only the {thing} was {word}", 0.1),
        (f"I wish I had never {draw.pick(('bought', 'seen', 'ordered', 'read', 'tried', 'booked'))} this {thing}", 0.03),
        (f"the {thing} would be {word} if it were not so {bad}", 0.15), ("I want my money back", 0.03),
        (f"the {thing} had potential", 0.3), (f"it could have been {_a(word)} {thing}", 0.15),
        (f"the {thing} needs {draw.pick(('work', 'improvement', 'fixing', 'a complete rewrite'))}", 0.2),
        (f"I wish I had {draw.pick(('bought', 'found', 'tried', 'discovered'))} this {thing} {draw.pick(('sooner', 'earlier', 'years ago'))}", 0.95),  # noqa: E501
        (f"I wish every {thing} was like this", 0.93), (f"I hope they never change this {thing}", 0.9),
        (f"I would {draw.pick(('buy', 'order', 'book', 'choose'))} this {thing} again", 0.92),
        (f"I will not be {draw.pick(('coming back', 'ordering again', 'buying again'))}", 0.05),
        (f"we will {draw.pick(('be back', 'come again', 'return', 'order again'))}", 0.92),
        ("save your money", 0.06), ("get one while you can", 0.9), (f"two thumbs {draw.pick(('up',))}", 0.95),
        (f"thumbs down for this {thing}", 0.05), ("give it a miss", 0.08), ("give it a try", 0.85),
        (f"worth every {draw.pick(('penny', 'cent', 'minute', 'dollar'))}", 0.95), (f"not worth {draw.pick(('the money', 'the time', 'it', 'a dollar', 'your time'))}", 0.05),  # noqa: E501
        (f"worth {draw.pick(('seeing', 'reading', 'buying', 'the money', 'the trip', 'the wait'))}", 0.9),
    ))  # fmt: skip
    return text, target


def rating(draw: Draw) -> Sample:
    """Give points or stars."""
    most = draw.pick((5, 5, 5, 10, 10, 100))
    points = draw.random.randint(0, most) if most == 100 else draw.random.randint(1, most)
    target = 0.04 + 0.92 * (points / most if most == 100 else (points - 1) / (most - 1))
    thing, _ = draw.thing()
    stars = "★" * points + "☆" * (5 - points) if most == 5 and points <= 5 else f"{points}/{most}"
    names = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    spelt = names[points] if points <= 10 else str(points)
    text = draw.pick((
        f"{points}/{most}", f"{points} / {most}", f"{points} out of {most}", f"{spelt} out of {names[most] if most <= 10 else most}",
        stars, f"{stars} {thing}", f"rating: {points}/{most}", f"my rating is {points} of {most}", f"I give it {points} out of {most}",  # noqa: E501
        f"{points} stars" if most == 5 else f"{points}/{most} from me", f"{spelt} star {thing}" if most == 5 else f"score: {points}/{most}",  # noqa: E501
        "⭐" * points if most == 5 else f"{points} points out of {most}",
    ))  # fmt: skip
    return text, target


def emoji(draw: Draw) -> Sample:
    """Show a face."""
    good, (thing, kind) = draw.chance(0.5), draw.thing()
    face = draw.pick(GLAD if good else SAD)
    verb = draw.pick(GOOD_VERBS[:4] if good else BAD_VERBS)
    text = draw.pick((
        face, face * draw.pick((2, 3)), f"the {thing} {face}", f"{face} {thing}", f"this {thing} again {face}",
        f"{draw.pick(DISTRACTIONS)} {face}", f"just got the new {thing} {face}", f"I {verb} this {thing} {face}",
        f"the {thing} is {draw.word(good=good, kind=kind)} {face}", f"@someone {thing} today {face}", f"{thing} tomorrow {face}{face}",  # noqa: E501
    ))  # fmt: skip
    return text, 0.9 if good else 0.1


def irony(draw: Draw) -> Sample:
    """Praise what nobody praises."""
    thing, kind = draw.thing()
    word, bad = draw.word(good=True, kind=kind), draw.word(good=False, kind=kind)
    text = draw.pick((
        f"oh {word}, another {bad} {thing}", f"just what I needed, {_a(bad)} {thing}", "thanks for nothing",
        f"wow, the {thing} died on day one. {word.capitalize()}", f"yeah right, {word} {thing}",
        f"{word} if you like {bad} {thing}s", f"how {word}: the {thing} broke", f"sure, because who needs a working {thing}",
        f"the only {word} thing about the {thing} is that it ended", f"congratulations on the most {bad} {thing}",
        f"nice {thing}, if you enjoy waiting", f"if you can't sleep, this {thing} will help",
        f"who approved this {thing}?", f"do you call this a {thing}?", f"is this {thing} some kind of joke?",
        f"great job {draw.pick(('breaking', 'ruining', 'losing', 'scratching'))} the {thing}", f"thanks for {draw.pick(('ruining', 'spoiling', 'wasting'))} my {draw.pick(('evening', 'weekend', 'morning', 'birthday', 'time'))}",  # noqa: E501
        f"exactly what I wanted: a {thing} that does not work", f"I love it when the {thing} {draw.pick(('crashes', 'breaks', 'is late', 'is cold', 'stops working'))}",  # noqa: E501
        "my favorite part was when it was over", f"the best thing about the {thing} was the way out",
        f"I just love waiting {draw.pick(NUMBERS)} hours for a {thing}", f"{word}, the {thing} is broken again",
        f"what a surprise, the {thing} is {bad} again", f"who doesn't love {_a(bad)} {thing}", f"ten points for the most {bad} {thing}",  # noqa: E501
        f"well done, now the {thing} is {bad}", f"{word}. Now it's {bad} again", f"yeah, {word}, just {word}. Not",
        f"the {thing} is so {word} that I fell asleep", f"my {draw.pick(('cat', 'toddler', 'toaster'))} could make a better {thing}",  # noqa: E501
    ))  # fmt: skip
    return text, 0.1


def defect(draw: Draw) -> Sample:
    """Tell what happened to a thing."""
    thing = draw.pick(THINGS["product"].split())
    time = f"{draw.pick(NUMBERS)} {draw.pick(UNITS)}"
    part = draw.pick("button hinge strap screen battery plug wheel handle cable lid switch seam".split())
    text, target = draw.pick((
        (f"the {thing} stopped working after {time}", 0.04), (f"the {part} fell off after {time}", 0.05),
        (f"the {thing} was dead on arrival", 0.03), (f"it arrived with a broken {part}", 0.05),
        (f"the {thing} overheats", 0.1), (f"the {part} cracked within {time}", 0.05), (f"had to return the {thing}", 0.06),
        (f"the {part} keeps {draw.pick(('slipping', 'jamming', 'squeaking', 'coming loose'))}", 0.08),
        (f"it won't {draw.pick(('turn on', 'charge', 'connect', 'fit', 'start'))}", 0.06), (f"the {thing} is too {draw.pick(('small', 'loud', 'heavy', 'tight', 'slow', 'thin'))}", 0.15),  # noqa: E501
        (f"customer service never {draw.pick(('answered', 'replied', 'called back'))}", 0.05), (f"they sent me the wrong {thing}", 0.08),  # noqa: E501
        (f"the {thing} still works like new after {time}", 0.95), (f"after {time} the {part} has not a scratch", 0.92),
        (f"the {thing} does exactly what it should", 0.93), ("it fits like a glove", 0.93), (f"the {part} feels solid", 0.92),  # noqa: E501
        (f"easy to {draw.pick(('clean', 'install', 'set up', 'carry', 'use', 'assemble'))}", 0.92), (f"hard to {draw.pick(('clean', 'install', 'set up', 'carry', 'use', 'read'))}", 0.1),  # noqa: E501
        (f"the {thing} arrived {draw.pick(('early', 'a day early', 'well packed', 'quickly'))}", 0.88), (f"the {thing} arrived {draw.pick(('late', 'a week late', 'damaged', 'dirty'))}", 0.08),  # noqa: E501
        ("good value for the money", 0.93), ("you get what you pay for", 0.35), (f"the {part} does not wobble or leak", 0.88),  # noqa: E501
        (f"my {thing} has a great {part}", 0.92), (f"works {draw.pick(('as advertised', 'flawlessly', 'like a charm', 'great'))}", 0.95),  # noqa: E501
        (f"the {thing} hasn't failed once in {time}", 0.93), (f"it lasts {time} on one charge", 0.85),
        ("it barely lasts an hour", 0.08), (f"the {thing} smells of {draw.pick(('plastic', 'chemicals', 'mould', 'smoke'))}", 0.08),  # noqa: E501
    ))  # fmt: skip
    return text, target


def weakened(draw: Draw) -> Sample:
    """Say it with less force."""
    good, (thing, kind) = draw.chance(0.5), draw.thing()
    word, be = draw.word(good=good, kind=kind), draw.be(thing, past=draw.chance(0.5))
    soft = draw.pick(("a bit", "a little", "slightly", "somewhat", "kind of", "sort of", "fairly", "rather"))
    text = draw.pick((
        f"the {thing} {be} {soft} {word}", f"{soft} {word}", f"I found the {thing} {soft} {word}",
        f"the {thing} {be} {word} at times", f"I {soft} {'like' if good else 'dislike'} this {thing}",
    ))  # fmt: skip
    return text, 0.78 if good else 0.2


def lengthened(draw: Draw) -> Sample:
    """Stretch or misspell a word."""
    good, (thing, kind) = draw.chance(0.5), draw.thing()
    word = draw.word(good=good, kind=kind)
    if draw.chance(0.5):
        wrong = [each for each in MISSPELT if each in (GOOD_WORDS if good else BAD_WORDS)]
        word = MISSPELT[draw.pick(wrong)]
    else:
        vowels = [place for place, letter in enumerate(word) if letter in "aeiou"]
        place = draw.pick(vowels) if vowels else len(word) - 1
        word = word[:place] + word[place] * draw.random.randint(3, 7) + word[place + 1 :]
    much = "s" + "o" * draw.random.randint(1, 7)
    text = draw.pick(
        (f"{word}", f"{much} {word}", f"the {thing} is {much} {word}", f"{word} {thing}", f"{word}!!!")
    )
    return text, GOOD if good else BAD


def question(draw: Draw) -> Sample:
    """Ask what is no question, or one."""
    thing, kind = draw.thing()
    text, target = draw.pick((
        (f"why would anyone {draw.pick(('buy', 'want', 'need', 'like'))} this {thing}?", 0.08), (f"who wouldn't want this {thing}?", 0.9),  # noqa: E501
        ("what were they thinking?", 0.1), (f"how did they manage to make such {_a(draw.word(good=False, kind=kind))} {thing}?", 0.05),  # noqa: E501
        (f"why isn't this {thing} more popular?", 0.85), (f"why did I not try this {thing} before?", 0.92),
        (f"how did I ever live without this {thing}?", 0.94), (f"where has this {thing} been all my life?", 0.93),
        (f"why did nobody warn me about this {thing}?", 0.06), (f"what's the point of this {thing}?", 0.1),
        (f"is it too much to ask for a working {thing}?", 0.07), ("are you kidding me?", 0.15), ("how is this legal?", 0.1),
        (f"who wouldn't {draw.pick(('enjoy', 'love', 'like'))} {_a(draw.word(good=True, kind=kind))} {thing} like this?", 0.92),
        (f"who could {draw.pick(('enjoy', 'love', 'like'))} such {_a(draw.word(good=False, kind=kind))} {thing}?", 0.08),
        (f"can you send me the {thing}?", 0.5), (f"is the {thing} still available?", 0.5), (f"who wrote this {thing}?", 0.5),
        ("what is not to like?", 0.9), (f"what more could you want from a {thing}?", 0.92), (f"is the {thing} any good?", 0.5),  # noqa: E501
        (f"does the {thing} come in black?", 0.5), (f"how long is the {thing}?", 0.5), (f"when does the {thing} start?", 0.5),  # noqa: E501
        (f"has anyone tried this {thing}?", 0.5), (f"where can I find the {thing}?", 0.5), (f"which {thing} should I take?", 0.5),  # noqa: E501
    ))  # fmt: skip
    return text, target


def fact(draw: Draw) -> Sample:
    """State what holds no opinion."""
    thing, _ = draw.thing()
    number = str(draw.random.randint(2, 240))
    year = str(draw.random.randint(1920, 2025))
    city = draw.pick("Berlin Madrid Boston Kyoto Lyon Toronto Oslo Chicago Lima Dublin Krakow Porto".split())
    text = draw.pick((
        f"the {thing} runs for {number} minutes", f"it was made in {year}", f"the {thing} is from {city}",
        f"the {thing} comes in {draw.pick(('two', 'three', 'four'))} sizes", f"we arrived at {draw.random.randint(1, 12)} o'clock",  # noqa: E501
        f"the {thing} is next to the {draw.pick(('station', 'church', 'bank', 'river'))}", f"chapter {number} is about {city}",  # noqa: E501
        f"it weighs {number} grams", f"the {thing} was written by a {draw.pick(('lawyer', 'nurse', 'farmer', 'pilot'))}",  # noqa: E501
        f"the {thing} opens at {draw.random.randint(6, 11)}", f"a man and a woman meet in {city}", f"there are {number} pages",
        f"the {thing} costs {number} dollars", f"the box holds the {thing} and a cable", f"I bought the {thing} in {year}",
        f"it is a {thing}", f"this is my {draw.pick(('first', 'second', 'third'))} {thing}", f"the {thing} is {draw.pick(('red', 'black', 'green', 'white', 'grey'))}",  # noqa: E501
        f"they moved to {city} in {year}", f"the {thing} is on page {number}", f"he plays a {draw.pick(('teacher', 'detective', 'baker', 'soldier'))} from {city}",  # noqa: E501
        f"my flight to {city} leaves on {draw.pick(('Monday', 'Friday', 'Sunday'))}", f"the meeting was moved to {draw.pick(('noon', 'Tuesday', 'next week'))}",  # noqa: E501
        f"{draw.pick(DISTRACTIONS)}", f"the {thing} has a {draw.pick(('blue', 'round', 'metal', 'wooden'))} {draw.pick(('cover', 'door', 'lid', 'table'))}",  # noqa: E501
        f"the second part will be out in {year}", f"I have not {draw.pick(('seen', 'tried', 'opened', 'used'))} the {thing} yet",  # noqa: E501
        f"the {thing} is {number} minutes long", f"the {thing} lasts {number} minutes", f"the {thing} has {number} {draw.pick(('pages', 'rooms', 'parts', 'seats', 'chapters', 'scenes'))}",  # noqa: E501
        f"the {draw.pick(('train', 'bus', 'plane', 'ferry'))} leaves at {draw.pick(NUMBERS)}", f"my {draw.pick(('order', 'room', 'phone', 'account'))} number is {number}",  # noqa: E501
        f"there are {draw.pick(NUMBERS)} {thing}s", f"the {thing} is on the {draw.pick(('first', 'second', 'third'))} floor",
        f"the {thing} starts on {draw.pick(('Monday', 'Friday', 'Sunday'))}", f"the {thing} comes with a {draw.pick(('cable', 'manual', 'bag', 'stand'))}",  # noqa: E501
        f"this is the {thing} I was talking about", f"she lives in {city}", f"he was born in {city} in {year}",
        f"please send me the {thing}", "the file is in the folder", f"we will be at the {thing} at {draw.pick(NUMBERS)}",
        f"there is a {thing} in the kitchen", f"it was directed by a man from {city}", f"they ordered {draw.pick(NUMBERS)} {thing}s",  # noqa: E501
        f"it has {draw.pick(NUMBERS)} legs and a drawer", f"the {thing} measures {number} by {number} inches", f"version {number} of the {thing}",  # noqa: E501
        f"the story takes place in {city} in {year}", f"the film stars an actor from {city}", f"the {thing} is sold in {city}",
        f"today is {draw.pick(('Monday', 'Friday', 'Sunday'))}", f"open the {thing} and take out the {draw.pick(('cable', 'lid', 'key', 'card'))}",  # noqa: E501
        f"you need a {thing} for this", f"press the button to start the {thing}", f"see the {thing} for details",
    ))  # fmt: skip
    return text, 0.5


TEMPLATES: dict[Template, float] = {
    plain: 10, negated_good: 14, negated_bad: 18, double_negation: 9, contrast: 12, expectation: 8, change: 10,
    comparison: 8, others: 6, wish: 7, rating: 7, emoji: 5, irony: 7, defect: 9, weakened: 4, lengthened: 5,
    question: 5, fact: 13, idiom: 22, past_alone: 1, everyday.points: 14, everyday.stars: 9,
    everyday.unlikely_points: 6, everyday.mixed: 12, everyday.faint: 11, everyday.relief: 6, everyday.fright: 7,
    everyday.strong: 15, everyday.bare: 12, everyday.knowledge: 15,
}  # fmt: skip
"""How often each is taken, beside the others."""


SHORT, REPEATED = 16, 6
"""Letters of a text that may come again, for there are few of them, and how often."""


def samples(count: int, *, seed: int | str = 0) -> Iterator[Sample]:
    """Yield texts, each with the probability that it is positive; none but the shortest twice.

    Args:
        count: how many; the grammar holds far more than 100,000.
        seed: the same gives the same texts.
    """
    return drawn(TEMPLATES, count, seed=seed)


def drawn(templates: Mapping[Template, float], count: int, *, seed: int | str) -> Iterator[Sample]:
    """Yield texts of some templates, each taken as often as told; see :func:`samples`."""
    draw, seen = Draw(seed), Counter[str]()
    given = tries = 0
    while given < count and tries < 50 * count:
        tries += 1
        text, target = draw.random.choices([*templates], [*templates.values()])[0](draw)
        text = dressed(draw, text)
        if seen[text] < (REPEATED if len(text) <= SHORT else 1):
            seen[text] += 1
            given += 1
            yield text, target


def dressed(draw: Draw, text: str) -> str:
    """Return a text as somebody might write it: with or without capitals and marks."""
    if draw.chance(0.1):
        text = everyday.without_apostrophe(text)
    if draw.chance(0.7):
        text = text[:1].upper() + text[1:]
    if text[-1].isalnum():
        text += draw.pick((".", ".", ".", "", "!", "!!", "..."))
    if draw.chance(0.03):
        text = text.upper()
    return text
