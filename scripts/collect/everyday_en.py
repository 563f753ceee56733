"""Short English texts as people type them, for the grammar: points, mixed feelings, faint praise, relief, plain facts.

Each template returns a text and the probability that it is positive, as those of :mod:`grammar_en` do. All of it
is our own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grammar_en import Draw, Sample

ASPECTS = {
    "film": "acting plot story script music ending dialogue pacing humor characters effects camerawork premise cast",
    "product": "battery screen sound price design build camera software strap weight packaging speed charger",
    "place": "room location breakfast staff pool view wifi bed bathroom parking food service price atmosphere",
    "app": "idea interface search price support updates design speed ads graphics controls tutorial",
}
PRAISING = (
    "good great excellent lovely superb wonderful nice amazing solid brilliant fantastic decent".split()
)
BLAMING = "bad terrible awful poor weak horrible disappointing lousy mediocre annoying dreadful".split()
FAINT = {
    0.62: "not the worst|it's okay|it's ok|okay|ok|fine|it's fine|it's alright|alright|all right|could be worse|decent enough|"
    "not terrible|acceptable|it will do|good enough for the price|fair enough|it serves its purpose|passable|"
    "I've seen worse|could have been a lot worse|it's fine I guess|not bad for the money|tolerable|"
    "watchable|readable|edible|usable|it was all right I suppose|better than nothing|does what it says",
    0.5: "so-so|average|neither good nor bad|some good, some bad|it has its ups and downs|mixed feelings|hit and miss|"
    "I have mixed feelings about this {thing}|not sure what to think of this {thing}|the {thing} is average|"
    "an average {thing}|a mixed bag|hit or miss|half good, half bad|I neither like nor dislike it|middling|"
    "on the fence about this {thing}|pros and cons|you either love it or hate it|not great, not terrible|"
    "I can take it or leave it|three stars|3 out of 5|average at best, but not bad",
    0.3: "could be better|I've had better|could do better|nothing special|nothing new|meh|not great|nothing to write home about|"
    "I expected more|not that good|underwhelming|forgettable|room for improvement|needs improvement|"
    "I've seen better {thing}s|it could have been better|not what I hoped for|lukewarm|overhyped|overrated",
}
"""By the probability that they are positive."""
ILLS = (
    "headache migraine pain cough cold fever rash acne stress boredom insomnia stain smell noise dust mould rust weeds "
    "mosquitoes ants cockroaches bugs spam viruses ads wrinkles dandruff hiccups nausea heartburn"
).split()
ENDED = (
    "cured|killed|stopped|removed|eliminated|fixed|healed|relieved|solved|ended|wiped out|got rid of|put an end to|"
    "took care of|did away with"
).split("|")
FEARS = (
    "scary terrifying creepy disturbing horrifying frightening unsettling spooky nerve-racking chilling "
    "bloody gruesome nightmarish dark brutal"
).split()
SHARP = (
    "dangerously sharp|insanely fast|ridiculously good|stupidly easy|wickedly funny|criminally underrated|sick beats|"
    "mad skills|crazy good|insanely addictive|brutally honest and funny|painfully funny|terribly good|awfully nice|"
    "devastatingly beautiful|a killer soundtrack|killer deal|wicked cool|badass|bloody brilliant|damn good|hell yes|"
    "holy crap this is good|freaking awesome|scary good|disgustingly good|obscenely tasty|unbelievably cheap for what it is|"
    "cheap and cheerful|sinfully delicious|dirt cheap and it works|a bit pricey but worth it|expensive but worth every cent|"
    "I hate how much I love this {thing}|I'm obsessed|I ugly cried, in a good way|cried my eyes out, beautiful|"
    "I stayed up all night reading it|I couldn't sleep, I had to finish it|it blew my mind|it blew me away|"
    "to die for|the {thing} is the bomb|it slaps|the {thing} slaps|it rocks|no bugs so far|no issues at all|"
    "never had a problem|wish I could give more stars|I wish there were six stars|nothing bad to say|"
    "couldn't find a single flaw|hardly any flaws|almost no flaws|few weaknesses|barely any problems|flawless|"
    "far from boring|far from bad|anything but dull|not boring at all|not stupid at all|by no means bad|"
    "I have never seen a better {thing}|never had a better {thing}|I've never tasted anything better|never seen anything better|"
    "haven't seen a better {thing} in years|no other {thing} comes close|you will never find a better {thing}|"
    "I have yet to find a better {thing}|it doesn't get better than this|it does not get any better|"
    "not only good but great|better than good|beyond good|couldn't have been better|it could not be better"
)
BLUNT = (
    "I have never seen a worse {thing}|never had a worse {thing}|I've never tasted anything worse|never seen anything worse|"
    "haven't seen a worse {thing} in years|it doesn't get worse than this|it does not get any worse|couldn't have been worse|"
    "you will never find a worse {thing}|hardly any use|almost no strengths|few good sides|far from good|far from great|"
    "anything but good|by no means good|not good at all|not fun at all|not funny at all|barely usable|hardly works|"
    "would not recommend|wouldn't recommend it to my worst enemy|wouldn't wish it on anyone|do not recommend|"
    "cannot recommend|zero stars if I could|I wish I could give zero stars|minus ten out of ten|less than zero|"
    "not worth one star|one star is too much|one star is one too many|great if you like headaches|gave me a headache|"
    "the {thing} gave me a rash|it made me sick|made my skin burn|my back hurts because of this {thing}|"
    "all bark and no bite|all style, no substance|looks good, works badly|nice box, bad {thing}|great idea, poor execution|"
    "good idea, badly done|nice try|too good to be true, and it was|thanks, I hate it|thanks but no thanks|hard pass|"
    "no thanks|nope|yikes|what a pity|what a shame|such a shame|shame on you|too little, too late|too expensive|overpriced|"
    "way too pricey for what you get|too long|far too long|half an hour too long|too slow|too loud|too small|too complicated"
)
CITIES = "Berlin Madrid Boston Kyoto Lyon Toronto Oslo Chicago Lima Dublin Krakow Porto Rome Vienna Cairo Sydney Delhi".split()
COUNTRIES = "France Spain Japan Canada Norway Brazil Poland Egypt Kenya Italy Chile India Portugal Austria Greece".split()
STUFF = (
    "water iron gold wood glass paper milk oil salt copper steel ice sand rice wheat cotton leather".split()
)
ANIMALS = "cat dog horse whale eagle bee spider frog elephant lion shark owl fox bear snake penguin".split()
JOBS = "teacher lawyer nurse farmer pilot baker painter engineer singer sailor driver student judge writer".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = "January February March April May June July August September October November December".split()
COLOURS = "red black green white grey blue yellow brown purple".split()
NAMES = "Anna Tom Maria Peter John Susan Kate Paul Emma Jack Olivia Henry Sara Mike".split()
SUBJECTS = "mathematics history chemistry music biology law physics geography economics medicine".split()


def points_of(draw: Draw, scales: tuple[int, ...]) -> tuple[float, int]:
    """Return points, halves among them, and the most that there are."""
    most = draw.pick(scales)
    if most == 100:
        return 5.0 * draw.random.randint(0, 20), most
    number = float(draw.random.randint(0, most))
    return number + (0.5 if number < most and draw.chance(0.3) else 0.0), most


def points(draw: Draw) -> Sample:
    """Give points, with halves and without, with a remark that agrees."""
    number, most = points_of(draw, (5, 5, 10, 10, 10, 100))
    target = 0.03 + 0.94 * number / most
    said = f"{number:g}"
    thing, _ = draw.thing()
    remark = draw.pick(PRAISING if number > 0.55 * most else BLAMING if number < 0.5 * most else ["average"])
    text = draw.pick((
        f"{said}/{most}", f"{said}/{most}", f"{said} / {most}", f"{said} out of {most}", f"{said}/{most} from me",
        f"{said}/{most} {remark}", f"{remark}, {said}/{most}", f"I'd give it {said}/{most}", f"overall {said}/{most}",
        f"{said} of {most} points", f"a {said} out of {most} for me", f"the {thing} gets {said}/{most}", f"score {said}/{most}",
        f"{100 * number / most:.0f}%" if most == 100 else f"solid {said}/{most}", f"{said} stars out of {most}",
        f"{said} star{'' if number == 1 else 's'}" if most == 5 else f"{said}/{most}, {remark} {thing}",
    ))  # fmt: skip
    return text, target


STAR_TARGETS = (0.03, 0.15, 0.45, 0.85, 0.97)
"""Of one star to five."""


def shown_stars(draw: Draw, count: int) -> str:
    """Return so many stars of five, as one of the signs that people take, with the hollow ones or without."""
    mark = draw.pick(("⭐", "⭐", "★", "🌟"))
    return mark * count + ("☆" * (5 - count) if mark == "★" and draw.chance(0.6) else "")


def stars(draw: Draw) -> Sample:
    """Show stars, alone or with a word."""
    count, thing = draw.random.randint(1, 5), draw.thing()[0]
    shown = shown_stars(draw, count)
    remark = draw.pick(PRAISING if count > 3 else BLAMING if count < 3 else ["average"])
    text = draw.pick(
        (
            shown,
            shown,
            shown,
            f"{shown} {remark} {thing}",
            f"{remark} {shown}",
            f"{thing} {shown}",
            f"rating: {shown}",
        )
    )
    return text, STAR_TARGETS[count - 1]


def unlikely_points(draw: Draw) -> Sample:
    """Give points that the rest of the text takes back, or points beyond the scale."""
    thing = draw.thing()[0]
    text, target = draw.pick((
        ("10/10 would not recommend", 0.12), (f"10/10 would not buy this {thing} again", 0.1),
        ("5 stars for the worst service ever", 0.06), ("11/10", 0.97), ("11/10 would buy again", 0.97), ("12/10", 0.95),
        ("10/10 would recommend", 0.97), ("10/10 would do it again", 0.96), ("0/10 would not recommend", 0.02),
        ("0/10", 0.02), ("0/5", 0.02), ("0 stars", 0.02), ("1/10 avoid", 0.02), (f"minus 10 for the {thing}", 0.05),
        ("100/10", 0.96), (f"ten out of ten for the {thing}", 0.96), ("six out of ten", 0.55), ("five out of ten", 0.42),
        ("seven out of ten", 0.7), ("four out of ten", 0.3), ("6/10", 0.52), ("5/10", 0.42), ("7/10", 0.72), ("3/5", 0.52),
        ("3 stars", 0.48), ("two stars", 0.15), ("four stars", 0.85), ("4 stars", 0.85), ("2 stars", 0.15), ("five stars", 0.97),
        ("1 star", 0.03), ("5 stars", 0.97), ("B+", 0.75), ("A+", 0.95), ("grade: C", 0.45), ("grade: F", 0.04), ("A plus", 0.93),
    ))  # fmt: skip
    return text, target


def mixed(draw: Draw) -> Sample:
    """Praise one side and blame another, without a conclusion."""
    sides = draw.random.sample(ASPECTS[draw.pick([*ASPECTS])].split(), 3)
    good, bad = draw.pick(PRAISING), draw.pick(BLAMING)
    last_is_good = draw.chance(0.5)
    first, last = (bad, good) if last_is_good else (good, bad)
    text, soft = draw.pick((
        (f"{first} {sides[0]}, {last} {sides[1]}", 0.14), (f"the {sides[0]} was {first} but the {sides[1]} was {last}", 0.2),
        (f"{first} {sides[0]} but {last} {sides[1]}", 0.18), (f"the {sides[0]} is {first}, the {sides[1]} is {last}", 0.14),
        (f"{first} {sides[0]} and {sides[2]}, {last} {sides[1]}", 0.1), (f"{sides[0]} {first}, {sides[1]} {last}", 0.14),
        (f"pros: {good} {sides[0]}. cons: {bad} {sides[1]}", 0.0), (f"the {sides[0]} was {first}, although the {sides[1]} was {last}", 0.05),
        (f"+ {good} {sides[0]} - {bad} {sides[1]}", 0.0), (f"I liked the {sides[0]}, not the {sides[1]}", 0.0),
        (f"{first} {sides[0]}. {last.capitalize()} {sides[1]}", 0.14), (f"{first} {sides[0]}; too bad the {sides[1]} is {last}" if not last_is_good else f"{first} {sides[0]}, luckily the {sides[1]} is {last}", 0.15),
    ))  # fmt: skip
    return text, 0.48 + (soft if last_is_good else -soft)


def faint(draw: Draw) -> Sample:
    """Praise or blame but a little."""
    target = draw.pick([*FAINT])
    phrase = draw.pick(FAINT[target].split("|")).replace("{thing}", draw.thing()[0])
    text = draw.pick(
        (
            phrase,
            phrase,
            phrase,
            f"{phrase}, I guess",
            f"honestly, {phrase}",
            f"well, {phrase}",
            f"overall {phrase}",
        )
    )
    return text, target


def relief(draw: Draw) -> Sample:
    """Tell that something bad ended, or that it came."""
    thing, ill = draw.thing()[0], draw.pick(ILLS)
    if draw.chance(0.6):
        text = draw.pick((
            f"{draw.pick(ENDED)} my {ill}", f"it {draw.pick(ENDED)} the {ill}", f"this {thing} {draw.pick(ENDED)} my {ill} in {draw.pick(('minutes', 'a day', 'no time'))}",
            f"no more {ill}", f"my {ill} is gone", f"the {ill} disappeared", f"bye bye {ill}", f"finally no {ill}", f"goodbye {ill}",
            f"I haven't had any {ill} since", f"it keeps the {ill} away", f"{ill} gone after one use", f"it helps with {ill}",
        ))  # fmt: skip
        return text, 0.9
    text = draw.pick((
        f"it gave me {ill}", f"full of {ill}", f"the {thing} causes {ill}", f"nothing but {ill}", f"it made my {ill} worse",
        f"the {ill} came back", f"{ill} everywhere", f"it did nothing for my {ill}", f"all I got was {ill}", f"still have the {ill}",
    ))  # fmt: skip
    return text, 0.08


def fright(draw: Draw) -> Sample:
    """Praise what is meant to frighten, or sadden, for doing so."""
    fear, thing = (
        draw.pick(FEARS),
        draw.pick("movie film book novel story series game episode ride show".split()),
    )
    good = draw.pick(
        "brilliant fantastic amazing loved it|love it|awesome|perfect|great|masterpiece".replace(
            " ", "|"
        ).split("|")[:5]
    )
    if draw.chance(0.7):
        text = draw.pick((
            f"the {thing} is so {fear} that I had nightmares, {good}", f"truly {fear}, loved every minute", f"{fear} in the best way",
            f"the most {fear} {thing} in years", f"I was shaking with fear, {good}", f"gave me nightmares, {good}", f"{fear} and {good}",
            f"wonderfully {fear}", f"deliciously {fear}", f"I couldn't sleep for days, {good} {thing}", f"slept with the lights on, {good}",
            f"sad, {fear} and {good}", f"heartbreaking and {good}", f"I cried like a baby, {good}", f"{fear} from start to finish, just as a horror {thing} should be",
            f"the {fear} scenes really work", f"scared me to death, {good} {thing}",
        ))  # fmt: skip
        return text, 0.9
    text = draw.pick((
        f"a horror {thing} that is not {fear}", f"not {fear} at all", f"meant to be {fear}, just boring", f"not even {fear}",
        f"I laughed at the {fear} parts, and not in a good way", f"too {fear} for children", f"the {thing} is not {fear}, only loud",
    ))  # fmt: skip
    return text, 0.14


def strong(draw: Draw) -> Sample:
    """Say it with words that alone would say the opposite."""
    good = draw.chance(0.5)
    phrase = draw.pick((SHARP if good else BLUNT).split("|")).replace("{thing}", draw.thing()[0])
    text = draw.pick(
        (phrase, phrase, phrase, f"{phrase}!", f"honestly, {phrase}", f"{phrase}, really", f"well, {phrase}")
    )
    return text, 0.92 if good else 0.07


def bare(draw: Draw) -> Sample:
    """Write what holds no opinion and hardly a sentence."""
    one, other, name = draw.thing()[0], draw.thing()[0], draw.pick(NAMES)
    year, number = str(draw.random.randint(1890, 2030)), str(draw.random.randint(0, 1200))
    text = draw.pick((
        year, number, f"{draw.pick(DAYS)}", f"{draw.pick(MONTHS)} {year}", f"{draw.random.randint(1, 28)} {draw.pick(MONTHS)}", one, name,
        f"{one} {other}", f"the {one}", f"a {one}", f"{one} and {other}", f"in {year}", f"since {year}", f"{number} {draw.pick(('kg', 'cm', 'pages', 'minutes', 'dollars', 'euros', 'km'))}",
        f"it is a {one}", f"this is a {one}", f"that is the {one}", f"here is the {one}", f"these are {one}s", f"{name} and {draw.pick(NAMES)}",
        draw.pick(CITIES), draw.pick(COUNTRIES), draw.pick(COLOURS), draw.pick(JOBS), draw.pick(ANIMALS), draw.pick(STUFF), draw.pick(SUBJECTS),
        f"{draw.pick(COLOURS)} {one}", f"size {draw.pick(('S', 'M', 'L', '40', '42', '9'))}", f"{one} {year}", f"page {number}", f"room {number}",
        f"{draw.random.randint(1, 12)}:{draw.random.randint(10, 59)}", "test", "hello", "good morning", "good evening", f"hi {name}",
        "yes or no", f"order number {number}", f"part {draw.random.randint(1, 9)}", f"{draw.pick(JOBS)} from {draw.pick(CITIES)}",
    ))  # fmt: skip
    return text, 0.5


def knowledge(draw: Draw) -> Sample:
    """State what stands in any book of facts."""
    city, country, stuff, animal = (
        draw.pick(CITIES),
        draw.pick(COUNTRIES),
        draw.pick(STUFF),
        draw.pick(ANIMALS),
    )
    number, name, job = str(draw.random.randint(2, 2000)), draw.pick(NAMES), draw.pick(JOBS)
    one, year, day = draw.thing()[0], str(draw.random.randint(1800, 2030)), draw.pick(DAYS)
    text = draw.pick((
        f"{city} is a city in {country}", f"the capital of {country} is {city}", f"{stuff} melts at {number} degrees", f"{stuff} is made of small parts",
        f"{stuff} is heavier than {draw.pick(STUFF)}", f"a {animal} has {draw.pick(('two', 'four', 'six', 'eight', 'no'))} legs", f"the {animal} lives in {country}",
        f"{country} borders on {draw.pick(COUNTRIES)}", f"{name} works as a {job} in {city}", f"{name} was born in {year}", f"{name} is {number} years old",
        f"the {one} was invented in {year}", f"the {one} is made of {stuff}", f"{stuff} comes from {country}", "a year has twelve months", "a week has seven days",
        f"the {one} is kept in a {draw.pick(('cupboard', 'drawer', 'museum', 'garage', 'bag'))}", f"the class on {draw.pick(SUBJECTS)} is on {day}",
        f"{name} studies {draw.pick(SUBJECTS)}", f"{name} and {draw.pick(NAMES)} live in {city}", f"the meeting is on {day} at {draw.random.randint(1, 12)}",
        f"the {one} is on the table", f"the shop is open until {draw.random.randint(5, 10)}", f"the {animal} sleeps during the day", f"the {animal} eats {draw.pick(('fish', 'grass', 'insects', 'fruit'))}",
        f"the river flows through {city}", f"the train from {city} arrives at {draw.random.randint(1, 12)}", f"{city} has {number} thousand inhabitants",
        f"the museum has {number} paintings", f"{stuff} is {draw.pick(COLOURS)}", "the sun rises in the east", "the moon goes around the earth",
        "light is faster than sound", f"the {one} weighs {number} grams", f"the lecture begins at {draw.random.randint(8, 12)}", f"he is a {job}", f"she is a {job}",
        f"they live in {city}", f"we live in {country}", f"my name is {name}", f"I am a {job}", f"my brother is a {job}", f"I work in {city}", f"I have a {animal}",
        f"I have two {one}s", f"there is a {one} in the {draw.pick(('kitchen', 'garden', 'office', 'car', 'hall'))}", f"the {one} belongs to {name}",
        f"{name} called on {day}", f"we meet on {day}", f"it rained on {day}", f"the book was published in {year}", f"the film was shot in {country} in {year}",
        f"the {one} has {draw.pick(('two', 'three', 'four'))} {draw.pick(('buttons', 'doors', 'parts', 'wheels', 'pockets'))}", f"the {job} lives next door",
        f"{number} people live in the village", f"the road leads to {city}", f"turn left at the {draw.pick(('bank', 'church', 'school', 'station'))}",
        f"the series has {draw.pick(('two', 'three', 'eight'))} seasons", f"the hotel is in {city}", f"the restaurant serves {draw.pick(('fish', 'pasta', 'soup', 'lunch'))}",
        f"the phone has a {draw.random.randint(4, 7)} inch screen", f"the second season begins in {draw.pick(MONTHS)}", f"the {one} arrived on {day}",
        f"I ordered a {one} on {day}", f"I read it in {draw.pick(MONTHS)}", f"we saw it in {city}", f"I am writing about the {one}", f"the {one} was a gift from {name}",
    ))  # fmt: skip
    return text, 0.5


def without_apostrophe(text: str) -> str:
    """Return a text with its contractions as people type them in a hurry."""
    return re.sub(r"(?<=[a-z])'(?=[a-z])", "", text)
