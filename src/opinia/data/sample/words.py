"""The words and sentence patterns of the synthetic sample; see :mod:`opinia.data.sample`.

Where something has a tone, index 0 is negative and 1 positive. ``{same}`` is an adjective of the
sentence's own tone, ``{other}`` one of the opposite; ``{part}`` and ``{second}`` are parts of a film.
"""

# ruff: noqa: SIM905 (a list literal would take a line for each word)

TITLE_FIRST = (
    "Silent Crimson Hollow Distant Broken Golden Winter Midnight Paper Velvet Burning Frozen Empty Northern "
    "Secret Wandering Glass Iron Forgotten Restless"
).split()
TITLE_SECOND = (
    "Harbour Granary Orchard Station Mirror River Lantern Promise Witness Island Carnival Letter Bridge "
    "Kingdom Shadow Voyage Summer Engine Barometer Tower"
).split()
FIRST_NAMES = "Anna Marek Clara Julian Petra Oscar Nadia Felix Irene Hugo Lydia Tomas Vera Simon".split()
LAST_NAMES = "Varlen Oskin Tamber Holt Dresky Marlowe Kestrel Brandt Solane Whitlock Pell Arden".split()
ROLES = (
    "a retired teacher",
    "a young lawyer",
    "a lonely sailor",
    "a country doctor",
    "a small town sheriff",
    "a jazz singer",
    "an ageing spy",
    "a clumsy burglar",
    "a widowed farmer",
    "a night watchman",
    "an ambitious reporter",
    "a stubborn inventor",
)
PARTS = (
    "acting story script direction music ending plot dialogue photography pace humour cast editing lighting "
    "soundtrack opening romance suspense"
).split()
PLACES = {
    "part": PARTS,
    "second": PARTS,
    "place": (
        "a village in the mountains",
        "a crowded city",
        "an abandoned hotel",
        "a small island",
        "a train across the desert",
        "a boarding school",
        "a fishing town",
        "the last days of a war",
        "a farm in the fifties",
        "a hospital at night",
    ),
    "deed": (
        "looks for a missing brother",
        "inherits a strange house",
        "falls in love with a neighbour",
        "is accused of a robbery",
        "returns home after ten years",
        "finds a box of old letters",
        "tries to save the family business",
        "meets a stranger on the road",
        "hides from an old enemy",
        "has one week to tell the truth",
    ),
    "company": (
        "my sister",
        "two friends",
        "my whole family",
        "my husband",
        "nobody else",
        "an old colleague",
    ),
    "when": (
        "last night",
        "on a rainy Sunday",
        "at a festival",
        "on television",
        "years ago",
        "on a long flight",
    ),
    "degree": (
        "very",
        "really",
        "quite",
        "truly",
        "simply",
        "rather",
        "so",
        "absolutely",
        "just",
        "almost",
    ),
}
"""What may stand in the places of a pattern that no film and no tone decides."""
ADJECTIVES = (
    (
        "awful boring terrible weak predictable dull clumsy stupid lifeless annoying pointless tedious "
        "dreadful poor bad forgettable silly shallow confusing ridiculous cheap painful bland lazy"
    ).split(),
    (
        "wonderful brilliant gripping moving superb clever touching charming excellent fresh beautiful "
        "honest great good memorable funny delightful perfect impressive thrilling elegant "
        "warm strong fascinating"
    ).split(),
)

PLAIN = (
    "the {part} was {degree} {same}.",
    "the {part} is {same} and the {second} is {degree} {same}.",
    "what a {same} {part}!",
    "{actor} is {same} as {role}.",
    "I found the {part} {degree} {same}.",
    "{degree} {same} {part}, if you ask me.",
    "everything about the {part} felt {same}.",
    "I thought the {part} was {same}, and so was the {second}.",
)
NEGATED = (
    "the {part} was not {other} at all.",
    "I did not find the {part} {other}.",
    "there is nothing {other} about the {part}.",
    "the {part} isn't {other}, and {actor} is never {other} either.",
    "nobody could call the {part} {other}.",
    "it was hardly {other}.",
    "I can't say the {part} was {other}.",
    "the {part} was never {other}, not even for a minute.",
)
CONTRASTS = (
    "although the {part} was {other}, the film as a whole is {degree} {same}.",
    "the {part} was {other}, but the {second} was {degree} {same}.",
    "some people call it {other}; I thought it was {same}.",
    "yes, the {part} is a little {other}, yet in the end it is a {same} film.",
    "I expected something {other}, but {title} turned out to be {degree} {same}.",
    "despite the {other} {part}, it stays {same} until the last scene.",
    "the first half is {other}, then it becomes {same}.",
)
FEELINGS = (
    (
        "I hated the {part}.",
        "I was bored after ten minutes and kept looking at my watch.",
        "I did not enjoy the {part}, and I didn't laugh once.",
        "I was disappointed by {actor}.",
        "it never made me care about {role}.",
        "I nearly fell asleep during the {part}.",
        "I could not wait for it to end...",
        "the {part} made me angry.",
        "I wanted to like it, but I couldn't.",
    ),
    (
        "I loved the {part}.",
        "I was never bored, and two hours felt like ten minutes.",
        "I enjoyed the {part}, and I laughed more than once.",
        "I was surprised by how much I liked {actor}.",
        "it made me care about {role}.",
        "I nearly cried during the {part}.",
        "I did not want it to end...",
        "the {part} made me smile.",
        "I wanted to hate it, but I couldn't.",
    ),
)
VERDICTS = (
    (
        "do not waste your time on {title}.",
        "avoid it!",
        "I would not recommend it to anyone.",
        "{title} is one of the worst films I have seen this year.",
        "save your money: 3 out of 10.",
        "I will never watch it again.",
        "it could have been good, but it is not.",
        "a complete failure.",
    ),
    (
        "do not miss {title}.",
        "go and see it!",
        "I would recommend it to anyone.",
        "{title} is one of the best films I have seen this year.",
        "worth your money: 9 out of 10.",
        "I will gladly watch it again.",
        "it could have been bad, but it is not.",
        "a complete success.",
    ),
)
OPENINGS = (
    "I saw {title} {when} with {company}.",
    "{title} tells the story of {role} who {deed}.",
    "this is a film set in {place}, with {actor} as {role}.",
    "we watched {title} {when}, and I had no idea what to expect.",
    "so, {title}: {role} {deed}.",
    "I have seen {title} twice now, the second time {when}.",
)
NEUTRAL = (
    "{actor} plays {role} who {deed}.",
    "most of it takes place in {place}.",
    "it was made on a small budget (you can tell).",
    "the {part} is by the same people who made {title}.",
    "halfway through, {role} {deed}.",
    "the film runs for about two hours.",
    'the title, "{title}", is explained in the last scene.',
    "I watched it {when} with {company}.",
    "{company} had read the book; I had not.",
    "there is also {role} in {place}.",
)
