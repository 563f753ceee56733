"""Short Polish texts of our own, made by a small grammar: the Polish brother of :mod:`grammar_en`.

Films first, for people will type about films, and the labelled Polish sets are of hotels, doctors and things.
Nouns have their gender and adjectives agree with them. None of it is from a data set.
"""

from __future__ import annotations

from collections.abc import Iterator

import everyday_pl as everyday
from grammar_en import GLAD, SAD, Draw, Sample, Template, drawn
from idioms_pl import BLAME, FAINT, PRAISE

GOOD, BAD = 0.95, 0.05

# Nominative and gender: m, f, n, or p of the plural that is not masculine personal.
THINGS = {
    "film": (
        "film:m serial:m scenariusz:m dramat:m kryminał:m horror:m thriller:m seans:m finał:m odcinek:m obraz:m "
        "dokument:m remake:m wątek:m komedia:f fabuła:f historia:f reżyseria:f obsada:f akcja:f muzyka:f produkcja:f "
        "ekranizacja:f animacja:f kontynuacja:f końcówka:f rola:f bajka:f zakończenie:n kino:n widowisko:n "
        "aktorstwo:n udźwiękowienie:n dialogi:p zdjęcia:p efekty:p żarty:p kostiumy:p postacie:p"
    ),
    "książka": "książka:f powieść:f okładka:f fabuła:f proza:f lektura:f tłumaczenie:n opowiadania:p rozdział:m styl:m",
    "rzecz": (
        "telefon:m laptop:m odkurzacz:m czajnik:m plecak:m materac:m zegarek:m ekran:m produkt:m sprzęt:m ładowarka:f "
        "bateria:f drukarka:f kurtka:f klawiatura:f suszarka:f jakość:f obudowa:f wykonanie:n urządzenie:n słuchawki:p "
        "buty:p głośniki:p"
    ),
    "jedzenie": "obiad:m deser:m sernik:m makaron:m rosół:m zupa:f pizza:f kawa:f kolacja:f sałatka:f mięso:n ciasto:n "
    "śniadanie:n jedzenie:n piwo:n pierogi:p naleśniki:p dania:p",
    "miejsce": "hotel:m pokój:m ośrodek:m basen:m lokal:m pensjonat:m restauracja:f plaża:f okolica:f łazienka:f siłownia:f "
    "kawiarnia:f lokalizacja:f mieszkanie:n miejsce:n łóżka:p pokoje:p",
    "usługa": "obsługa:f wizyta:f opieka:f dostawa:f rejestracja:f rehabilitacja:f pomoc:f kontakt:m lekarz:m dentysta:m "
    "kelner:m serwis:m zabieg:m kurs:m nauczyciel:m wykład:m podejście:n leczenie:n szkolenie:n",
    "aplikacja": "aplikacja:f gra:f strona:f wersja:f aktualizacja:f program:m interfejs:m poradnik:m sklep:m działanie:n",
}
GOOD_WORDS = (
    "dobry świetny znakomity wspaniały doskonały fantastyczny genialny rewelacyjny piękny udany ciekawy cudowny "
    "przyjemny kapitalny zachwycający ładny wyjątkowy wyborny solidny przemyślany fajny super sensowny niesamowity "
    "bezbłędny imponujący przepiękny porządny oryginalny"
).split()
GOOD_OF = {
    "film": "wciągający zabawny wzruszający porywający mądry błyskotliwy śmieszny poruszający klimatyczny".split(),
    "książka": "wciągający mądry wzruszający błyskotliwy lekki pouczający".split(),
    "rzecz": "trwały wygodny cichy szybki wydajny poręczny niezawodny mocny".split(),
    "jedzenie": "pyszny smaczny świeży soczysty chrupiący aromatyczny".split(),
    "miejsce": "czysty przestronny przytulny spokojny zadbany wygodny komfortowy".split(),
    "usługa": "miły pomocny profesjonalny uprzejmy fachowy życzliwy sprawny rzetelny".split(),
    "aplikacja": "szybki intuicyjny przejrzysty stabilny wygodny prosty".split(),
}
BAD_WORDS = (
    (
        "zły słaby kiepski fatalny okropny beznadziejny tragiczny żałosny marny nędzny denny żenujący rozczarowujący "
        "straszny koszmarny irytujący męczący tandetny bezsensowny przeciętny nieudany paskudny fatalny byle­jaki "
        "skandaliczny niedopracowany bezużyteczny przereklamowany"
    )
    .replace("\u00ad", "")
    .split()
)
BAD_OF = {
    "film": "nudny przewidywalny drętwy głupi przegadany płytki sztuczny drewniany infantylny wtórny chaotyczny".split(),
    "książka": "nudny przewidywalny grafomański płytki wtórny nieczytelny".split(),
    "rzecz": "wadliwy głośny awaryjny ciężki nietrwały zepsuty niewygodny".split(),
    "jedzenie": "niesmaczny zimny tłusty mdły nieświeży przesolony surowy".split(),
    "miejsce": "brudny ciasny zaniedbany hałaśliwy obskurny duszny śmierdzący".split(),
    "usługa": "niemiły opryskliwy niekompetentny powolny arogancki chamski nieuprzejmy".split(),
    "aplikacja": "powolny zawodny nieczytelny niestabilny toporny niedziałający".split(),
}
DEGREES = ("bardzo", "naprawdę", "niezwykle", "wyjątkowo", "po prostu", "całkiem", "dość", "niesamowicie")
GOOD_VERBS = "wciąga bawi wzrusza zachwyca porywa urzeka zaskakuje hipnotyzuje rozśmiesza oczarowuje fascynuje cieszy".split()
BAD_VERBS = "nudzi męczy irytuje drażni usypia rozczarowuje odstrasza żenuje zniechęca denerwuje odrzuca rozprasza".split()
NUMBERS = "dwa trzy cztery pięć sześć siedem osiem dziesięć".split()
INDECLINABLE = {"super"}


def agree(word: str, gender: str) -> str:
    """Return an adjective in the nominative of a gender: ``świetny`` of f is ``świetna``."""
    if word in INDECLINABLE or gender == "m":
        return word
    velar = word.endswith(("ki", "gi"))
    if gender == "f":
        return word + "a" if word.endswith("i") and not velar else word[:-1] + "a"
    return word + "e" if word.endswith("i") else word[:-1] + "e"


def genitive(word: str) -> str:
    """Return an adjective in the genitive of the neuter, as after ``nic``: ``świetnego``."""
    if word in INDECLINABLE:
        return word
    return word + "ego" if word.endswith("i") else word[:-1] + "ego"


def adverb(draw: Draw, *, good: bool) -> str:
    """Return an adverb of praise or blame."""
    return draw.pick(
        "świetnie dobrze znakomicie wspaniale doskonale fantastycznie rewelacyjnie super pięknie".split()
        if good
        else "źle słabo fatalnie okropnie beznadziejnie tragicznie kiepsko strasznie marnie".split()
    )


class _Noun:
    """A noun and what agrees with it."""

    def __init__(self, draw: Draw) -> None:
        self.kind = "film" if draw.chance(0.45) else draw.pick([*THINGS])
        self.name, self.gender = draw.pick(THINGS[self.kind].split()).split(":")
        self.this = {"m": "ten", "f": "ta", "n": "to", "p": "te"}[self.gender]
        self.is_ = "są" if self.gender == "p" else "jest"
        self.was = {"m": "był", "f": "była", "n": "było", "p": "były"}[self.gender]
        self.not_ = {"m": "taki", "f": "taka", "n": "takie", "p": "takie"}[self.gender]
        self.pronoun = {"m": "on", "f": "ona", "n": "ono", "p": "one"}[self.gender]

    def past(self, masculine: str) -> str:
        """Return a verb of the past, given as ``zachwycił``, in the noun's gender."""
        stem = masculine[:-1]
        return stem + {"m": "ł", "f": "ła", "n": "ło", "p": "ły"}[self.gender]

    def word(self, draw: Draw, *, good: bool) -> str:
        """Return an adjective in the masculine."""
        general, own = (GOOD_WORDS, GOOD_OF) if good else (BAD_WORDS, BAD_OF)
        return draw.pick(own[self.kind]) if draw.chance(0.35) else draw.pick(general)

    def says(self, draw: Draw, *, good: bool) -> str:
        """Return an adjective that agrees."""
        return agree(self.word(draw, good=good), self.gender)


def _i(draw: Draw, masculine: str) -> str:
    """Return a verb of the first person, given as ``oglądałem``, of a man or of a woman."""
    return masculine if draw.chance(0.5) else masculine.replace("łem", "łam")


def _degree(draw: Draw, share: float = 0.35) -> str:
    return draw.pick(DEGREES) + " " if draw.chance(share) else ""


def plain(draw: Draw) -> Sample:
    """Say that something is good or bad."""
    good, noun = draw.chance(0.5), _Noun(draw)
    word, other = noun.says(draw, good=good), noun.says(draw, good=good)
    be = draw.pick((noun.is_, noun.was))
    good_only = (
        f"polecam {noun.this} {noun.name}" if noun.gender in "mn" else "gorąco polecam",
        f"{noun.name} mnie {noun.past('zachwycił')}", f"{noun.past('podobał')} mi się {noun.this} {noun.name}",
        "warto zobaczyć", "warto", "polecam", "polecam każdemu", f"{_i(draw, 'bawiłem')} się świetnie",
        f"{_i(draw, 'śmiałem')} się do łez", "nie można się oderwać", "jestem pod wrażeniem", "arcydzieło", "majstersztyk",
        "chętnie wrócę", f"{_i(draw, 'obejrzałem')} z przyjemnością", "rewelacja", "strzał w dziesiątkę", "brawo",
        f"{noun.name} na najwyższym poziomie", "uwielbiam", f"{noun.name} zasługuje na uznanie", "jestem zachwycona",
        "wszystko działa jak należy", "dziękuję za wspaniałą opiekę", "ogląda się jednym tchem", "mucha nie siada",
    )  # fmt: skip
    bad_only = (
        "odradzam", "nie polecam", "szkoda czasu", "strata czasu", "strata pieniędzy", "omijać szerokim łukiem",
        f"{noun.name} mnie {noun.past('rozczarował')}", f"{_i(draw, 'wynudziłem')} się", f"{_i(draw, 'zasnąłem')} w połowie",
        "dno", "żenada", "porażka", "katastrofa", "szkoda pieniędzy", f"{_i(draw, 'wyszedłem')} z kina przed końcem",
        f"{noun.name} poniżej krytyki", "nie da się tego oglądać", "rozczarowanie roku", "nigdy więcej", "gniot",
        f"{noun.name} woła o pomstę do nieba", "zawiodłam się", f"{_i(draw, 'zmarnowałem')} dwie godziny życia", "kicz",
        "zepsuło się po tygodniu", "nikt nie odbiera telefonu", "trzy godziny w kolejce", "ziewałem cały seans",
    )  # fmt: skip
    text = draw.pick((
        f"{noun.name} {be} {_degree(draw)}{word}", f"{_degree(draw, 0.2)}{word} {noun.name}", f"{word}", f"{noun.name} {word}",
        f"{noun.name} {word} i {other}", f"{noun.this} {noun.name} {be} {word}", f"{noun.name} {be} {word}, a do tego {other}",
        f"cóż za {word} {noun.name}", f"uważam, że {noun.name} {be} {word}", f"{_i(draw, 'oglądałem')} wczoraj, {adverb(draw, good=good)}",  # noqa: E501
        f"{noun.name} {noun.past('wypadł')} {adverb(draw, good=good)}", f"{adverb(draw, good=good)}",
        draw.pick(good_only if good else bad_only), draw.pick(good_only if good else bad_only),
        draw.pick(good_only if good else bad_only),
    ))  # fmt: skip
    return text, GOOD if good else BAD


def negated_good(draw: Draw) -> Sample:
    """Deny praise."""
    noun = _Noun(draw)
    masculine = noun.word(draw, good=True)
    word, be = agree(masculine, noun.gender), draw.pick((noun.is_, noun.was))
    text = draw.pick((
        f"{noun.name} nie {be} {word}", f"{noun.this} {noun.name} wcale nie {be} {word}", f"{noun.name} nie {be} ani trochę {word}",
        f"nic {genitive(masculine)}", f"nie widzę w tym nic {genitive(masculine)}", f"to nie {be} {word} {noun.name}",
        f"{noun.name} nie mnie {noun.past('zachwycił')}" if draw.chance(0.1) else f"{noun.name} mnie nie {noun.past('zachwycił')}",  # noqa: E501
        f"nie {noun.past('podobał')} mi się {noun.this} {noun.name}", f"trudno nazwać to {draw.pick(('sukcesem', 'arcydziełem', 'kinem'))}",  # noqa: E501
        f"nie warto {draw.pick(('oglądać', 'kupować', 'czytać', 'tam iść', 'tracić czasu'))}", "nikomu nie polecam", "nie mogę polecić",
        f"daleko temu do {draw.pick(('ideału', 'arcydzieła', 'pierwszej części', 'dobrego poziomu'))}", "już tu nie wrócę",
        f"{noun.name} przestał być {masculine}" if noun.gender == "m" else f"{noun.name} już nie {be} {word}",
        f"nie powiem, żeby {noun.name} {noun.was} {word}", "nie zaśmiałem się ani razu", f"ani {word}, ani {noun.says(draw, good=True)}",  # noqa: E501
        f"nie {draw.pick(('działa', 'bawi', 'śmieszy', 'wciąga', 'przekonuje', 'zachwyca', 'porywa'))}", f"zero {draw.pick(('emocji', 'humoru', 'pomysłu', 'logiki', 'klimatu'))}",  # noqa: E501
        f"brak {draw.pick(('pomysłu', 'akcji', 'logiki', 'klimatu', 'szacunku', 'kontaktu', 'higieny'))}", f"{word} to ostatnie, co można powiedzieć",  # noqa: E501
        f"nie jestem {draw.pick(('zadowolona', 'zadowolony', 'zachwycony', 'przekonana'))}", f"bez {draw.pick(('rewelacji', 'polotu', 'ładu i składu'))}",  # noqa: E501
    ))  # fmt: skip
    return text, 0.1


def negated_bad(draw: Draw) -> Sample:
    """Deny blame."""
    noun = _Noun(draw)
    masculine = noun.word(draw, good=False)
    word, be = agree(masculine, noun.gender), draw.pick((noun.is_, noun.was))
    text, target = draw.pick((
        (f"{noun.name} nie {be} {word}", 0.78), (f"{noun.this} {noun.name} wcale nie {be} {noun.not_} {word}", 0.85),
        (f"nie {be} {word}", 0.75), (f"{noun.this} {noun.name} nie {be} {word}", 0.78), (f"nie {word}", 0.72),
        (f"wcale nie {word}", 0.8), (f"nie ma tu nic {genitive(masculine)}", 0.82), ("nie mam zastrzeżeń", 0.88),
        (f"{noun.name} mnie nie {noun.past('zawiódł') if noun.gender == 'm' else noun.past('rozczarował')}", 0.88),
        (f"nie {_i(draw, 'nudziłem')} się ani {draw.pick(('chwili', 'minuty', 'przez moment'))}", 0.92), ("nie ma się do czego przyczepić", 0.92),  # noqa: E501
        (f"ani przez chwilę nie {be} {word}", 0.88), ("nie żałuję", 0.9), ("nie żałuję ani złotówki", 0.94), ("bez zarzutu", 0.93),
        (f"{noun.name} bez {draw.pick(('wad', 'zarzutu', 'dłużyzn', 'problemów'))}", 0.9), ("nie zawiedziecie się", 0.92),
        (f"trudno powiedzieć, że {noun.name} {be} {word}", 0.75), ("nie było na co narzekać", 0.9), ("nie mogłam się oderwać", 0.95),  # noqa: E501
        (f"nikt nie powie, że {noun.name} {be} {word}", 0.82), (f"ani {word}, ani {noun.says(draw, good=False)}", 0.8),
        (f"nigdy mnie nie {noun.past('rozczarował')} {noun.this} {noun.name}", 0.92), ("żadnych problemów", 0.9), ("niczego nie brakuje", 0.92),  # noqa: E501
        ("niezły", 0.78), (f"niezły {noun.name}" if noun.gender == "m" else "niezła zabawa", 0.8), ("nie najgorzej", 0.7),
    ))  # fmt: skip
    return text, target


def _clause(draw: Draw, *, good: bool) -> str:
    noun = _Noun(draw)
    be = draw.pick((noun.is_, noun.was))
    if draw.chance(0.15):
        return f"{noun.name} nie {be} {noun.says(draw, good=not good)}"
    return f"{noun.name} {be} {_degree(draw, 0.25)}{noun.says(draw, good=good)}"


def contrast(draw: Draw) -> Sample:
    """Say one thing, and then what counts."""
    good, noun = draw.chance(0.5), _Noun(draw)
    first, last = _clause(draw, good=not good), _clause(draw, good=good)
    word, other = noun.says(draw, good=good), noun.says(draw, good=not good)
    text = draw.pick((
        f"{first}, ale {last}", f"{first}. Jednak {last}", f"choć {first}, {last}", f"mimo że {first}, {last}",
        f"{first}, lecz {last}", f"{last}, chociaż {first}", f"{first}, za to {last}", f"co prawda {first}, ale {last}",
        f"{noun.name} może i {other}, ale {draw.pick(('ogląda się dobrze', 'polecam', 'warto')) if good else draw.pick(('nie polecam', 'szkoda czasu', 'wieje nudą'))}",  # noqa: E501
        f"nie {other}, tylko {word}", f"{noun.name} zapowiadał się na {other}, a {noun.was} {word}" if noun.gender == "m" else f"miało być {agree(noun.word(draw, good=not good), 'n')}, a jest {agree(noun.word(draw, good=good), 'n')}",  # noqa: E501
    ))  # fmt: skip
    return text, 0.87 if good else 0.13


def expectation(draw: Draw) -> Sample:
    """Compare with what was expected, with before, and with others."""
    good, noun = draw.chance(0.5), _Noun(draw)
    word, other = noun.says(draw, good=good), noun.says(draw, good=not good)
    who = draw.pick(("krytycy", "wszyscy", "znajomi", "koledzy z pracy", "niektórzy"))
    more = "lepszy" if good else "gorszy"
    text = draw.pick((
        f"{_i(draw, 'spodziewałem')} się {'czegoś gorszego' if good else 'czegoś lepszego'}", f"{noun.name} {'lepiej' if good else 'gorzej'} niż {_i(draw, 'myślałem')}",  # noqa: E501
        f"{noun.name} {agree(more, noun.gender)} niż {draw.pick(('pierwsza część', 'oryginał', 'poprzednio', 'rok temu', 'się wydaje'))}",
        f"{noun.name} {'przerosł' if good else 'zawiodł'}{ {'m': '', 'f': 'a', 'n': 'o', 'p': 'y'}[noun.gender]} moje oczekiwania" if noun.gender != "m" else f"{noun.name} {'przerósł' if good else 'zawiódł'} moje oczekiwania",  # noqa: E501
        f"kiedyś {noun.was} {other}, teraz {noun.is_} {word}", f"na początku {other}, potem {word}",
        f"{'im dalej, tym lepiej' if good else 'im dalej, tym gorzej'}", f"{who} mówili, że {noun.name} {noun.is_} {other}. Nieprawda",
        f"{who} narzekają, a mnie się {noun.past('podobał')}" if good else f"{who} chwalą, a mnie się nie {noun.past('podobał')}",
        f"{noun.name} nie {noun.is_} tak {other}, jak mówią", f"{'najlepszy' if good else 'najgorszy'} {draw.pick(('film', 'serial', 'zakup', 'hotel', 'lekarz'))} {draw.pick(('w tym roku', 'od lat', 'w moim życiu', 'jaki znam'))}",  # noqa: E501
        f"{_i(draw, 'szedłem')} bez nadziei, a tu {draw.pick(('miłe zaskoczenie', 'perełka'))}" if good else f"{_i(draw, 'miałem')} wielkie nadzieje, a tu {draw.pick(('rozczarowanie', 'klapa', 'nuda'))}",  # noqa: E501
        f"{'lepszego' if good else 'gorszego'} {draw.pick(('filmu', 'hotelu', 'lekarza', 'jedzenia', 'aktora'))} nie znam", f"{'pozytywne' if good else 'niemiłe'} zaskoczenie",  # noqa: E501
        f"nie rozumiem {'złych' if good else 'dobrych'} opinii", f"nie zgadzam się z {'krytyką' if good else 'zachwytami'}",
    ))  # fmt: skip
    return text, 0.88 if good else 0.12


def wish(draw: Draw) -> Sample:
    """Wish that it were otherwise, irony, questions, defects."""
    noun = _Noun(draw)
    good, bad = noun.says(draw, good=True), noun.says(draw, good=False)
    text, target = draw.pick((
        (f"szkoda, że {noun.name} nie {noun.is_} {good}", 0.12), (f"gdyby {noun.name} {noun.was} {good}", 0.2), ("mogło być lepiej", 0.2),
        ("lepiej być nie mogło", 0.93), ("gorzej być nie może", 0.05), (f"żałuję, że {_i(draw, 'kupiłem')} bilet", 0.06), ("żałuję wydanych pieniędzy", 0.05),  # noqa: E501
        (f"no pięknie, znowu {bad} {noun.name}", 0.1), (f"{good} {noun.name}, jeśli ktoś lubi się nudzić", 0.1), ("serio, za to płacą?", 0.1),
        ("kto wpadł na pomysł, żeby to nakręcić?", 0.1), ("po co to komu?", 0.12), ("czy warto?", 0.5), (f"gdzie można obejrzeć {draw.pick(('ten film', 'ten serial'))}?", 0.5),  # noqa: E501
        (f"urządzenie przestało działać po {draw.pick(NUMBERS)} dniach", 0.04), ("przyszło uszkodzone", 0.05), ("paczka dotarła przed czasem", 0.9),
        ("działa bez problemu od roku", 0.95), ("ekran pękł po tygodniu", 0.05), ("lekarz nawet mnie nie zbadał", 0.05), ("pani doktor wszystko dokładnie wyjaśniła", 0.93),  # noqa: E501
        ("warto było czekać", 0.92), ("nie warto było czekać", 0.08), (f"{_i(draw, 'obejrzałem')} trzy razy i obejrzę czwarty", 0.93), ("obsługa nas zignorowała", 0.06),  # noqa: E501
        ("dzieci były zachwycone", 0.93), ("dzieci się nudziły", 0.1), ("w pokoju było brudno", 0.06), ("w pokoju było czysto", 0.9), ("jedzenie było zimne", 0.1),  # noqa: E501
        ("ma potencjał, ale zmarnowany", 0.12), ("taki sobie", 0.35), ("może być", 0.6), ("przeciętniak", 0.35), ("szału nie ma", 0.3), ("da się obejrzeć", 0.6),  # noqa: E501
        (f"{noun.name} trochę {bad}", 0.22), (f"{noun.name} dość {good}", 0.8), (f"aktorzy {draw.pick(('świetni', 'znakomici', 'genialni', 'przekonujący'))}", 0.93),  # noqa: E501
        (f"aktorzy {draw.pick(('drewniani', 'fatalni', 'słabi', 'beznadziejni', 'nieprzekonujący'))}", 0.07), (f"gra aktorska {draw.pick(('świetna', 'na medal', 'na wysokim poziomie', 'pierwsza klasa'))}", 0.93),  # noqa: E501
        (f"gra aktorska {draw.pick(('leży', 'żadna', 'woła o pomstę', 'jak z przedszkola', 'drewniana'))}", 0.06), ("scenariusz pisany na kolanie", 0.07), ("scenariusz dopracowany w każdym szczególe", 0.93),  # noqa: E501
    ))  # fmt: skip
    return text, target


def idiom(draw: Draw) -> Sample:
    """Say it with a set expression."""
    good = draw.chance(0.5)
    phrase = draw.pick(PRAISE if good else BLAME)
    target = 0.93 if good else 0.07
    if phrase.startswith(FAINT):
        target = 0.72 if good else 0.25
    lead = draw.pick(
        ("szczerze", "jednym słowem", "krótko", "ogólnie", "no cóż", "powiem tak", "dla mnie", "jak dla mnie")
    )
    tail = draw.pick(
        ("serio", "naprawdę", "po prostu", "moim zdaniem", "i tyle", "niestety" if not good else "polecam")
    )
    scene = draw.pick((
        "byliśmy wczoraj w kinie", "oglądałem w niedzielę", "obejrzałam z mężem", "kupiłem w promocji", "byłam z dziećmi",
        "przeczytałem w pociągu", "zamówiłam przez internet", "film trwa dwie godziny", "pierwszy raz w tym kinie",
    ))  # fmt: skip
    text = draw.pick((
        phrase, phrase, phrase, f"{phrase}, {draw.pick(PRAISE if good else BLAME)}", f"{lead}: {phrase}", f"{phrase}, {tail}", f"{scene}, {phrase}",
        f"{scene}. {phrase[:1].upper()}{phrase[1:]}", f"{draw.pick(('film', 'serial', 'seans', 'książka', 'produkt'))}: {phrase}",
        f"{phrase}. {_clause(draw, good=good)}", f"{_clause(draw, good=good)}, {phrase}",
    ))  # fmt: skip
    return text, target


def verbs(draw: Draw) -> Sample:
    """Say what something does to who sees it, or that it does not."""
    good, noun = draw.chance(0.5), _Noun(draw)
    verb = draw.pick(GOOD_VERBS if good else BAD_VERBS)
    other = draw.pick(GOOD_VERBS if good else BAD_VERBS)
    if noun.gender == "p":
        verb, other = map(_plural, (verb, other))
    if draw.chance(0.35):
        good = not good
        text = draw.pick(
            (
                f"{noun.name} nie {verb}",
                f"{noun.name} nie {verb} ani nie {other}",
                f"to nie {verb}",
                f"{noun.name} wcale nie {verb}",
            )
        )
        return text, 0.8 if good else 0.1
    text = draw.pick(
        (
            f"{noun.name} {verb}",
            f"{noun.name} {verb} i {other}",
            f"{verb}",
            f"{noun.name} bardzo {verb}",
            f"{noun.name} {verb} od początku do końca",
        )
    )
    return text, GOOD if good else BAD


def _plural(verb: str) -> str:
    """Return a verb in the third person of the plural, given as ``bawi`` or ``zachwyca``."""
    if verb.endswith("uje"):
        return verb[:-1] + "ą"
    if verb.endswith("y"):
        return verb[:-1] + "ą"
    if verb.endswith("i"):
        return verb + "ą" if verb[-2] in "bpwmfn" else verb[:-1] + "ą"
    return verb[:-1] + "ą" if verb.endswith("e") else verb + "ją"


def excess(draw: Draw) -> Sample:
    """Say that it is too much of something, or that something is missing."""
    noun = _Noun(draw)
    word = agree(
        draw.pick(
            "długi krótki głośny cichy drogi prosty skomplikowany słodki mroczny patetyczny wolny".split()
        ),
        noun.gender,
    )
    text, target = draw.pick((
        (f"{noun.name} {draw.pick(('za', 'zbyt'))} {word}", 0.18), (f"{draw.pick(('za', 'zbyt'))} {word}", 0.2),
        (f"brakuje {draw.pick(('napięcia', 'humoru', 'pomysłu', 'tempa', 'chemii między aktorami', 'dobrego zakończenia', 'logiki'))}", 0.12),
        (f"za dużo {draw.pick(('gadania', 'przemocy', 'dłużyzn', 'reklam', 'patosu', 'efektów', 'wątków'))}", 0.12), (f"za mało {draw.pick(('akcji', 'humoru', 'emocji', 'treści'))}", 0.13),
        (f"pełno {draw.pick(('humoru', 'ciepła', 'uroku', 'świetnych pomysłów', 'emocji'))}", 0.92), (f"pełno {draw.pick(('dziur', 'błędów', 'banałów', 'klisz', 'bzdur'))}", 0.07),
        (f"ani grama {draw.pick(('humoru', 'emocji', 'sensu'))}", 0.08), (f"ani grama {draw.pick(('nudy', 'kiczu', 'fałszu', 'patosu'))}", 0.9),
    ))  # fmt: skip
    return text, target


def rating(draw: Draw) -> Sample:
    """Give points or stars."""
    most = draw.pick((5, 6, 10, 10))
    points = draw.random.randint(1, most)
    target = 0.04 + 0.92 * (points - 1) / (most - 1)
    stars = "★" * points + "☆" * (5 - points) if most == 5 else f"{points}/{most}"
    text = draw.pick((
        f"{points}/{most}", f"{points} na {most}", f"ocena {points}/{most}", f"daję {points} na {most}", stars, f"moja ocena: {points}/{most}",
        f"{points} gwiazdki" if points in (2, 3, 4) and most == 5 else f"{points}/{most} ode mnie", f"{points} punktów na {most}",
        "⭐" * points if most == 5 else f"{points}/{most}",
    ))  # fmt: skip
    return text, target


def emoji(draw: Draw) -> Sample:
    """Show a face."""
    good, noun = draw.chance(0.5), _Noun(draw)
    face = draw.pick(GLAD if good else SAD)
    text = draw.pick(
        (
            face,
            face * 2,
            f"{noun.name} {face}",
            f"{noun.name} {noun.says(draw, good=good)} {face}",
            f"byłem wczoraj {face}",
        )
    )
    return text, 0.9 if good else 0.1


def lengthened(draw: Draw) -> Sample:
    """Stretch a word, or leave its diacritics away."""
    good, noun = draw.chance(0.5), _Noun(draw)
    word = noun.says(draw, good=good)
    vowels = [place for place, letter in enumerate(word) if letter in "aeiouy"]
    place = draw.pick(vowels) if vowels else len(word) - 1
    word = word[:place] + word[place] * draw.random.randint(3, 6) + word[place + 1 :]
    text = draw.pick((word, f"{noun.name} {word}", f"bardzooo {word}", f"{word} {noun.name}!!!"))
    return text, GOOD if good else BAD


def fact(draw: Draw) -> Sample:
    """State what holds no opinion."""
    noun = _Noun(draw)
    number, year = str(draw.random.randint(2, 240)), str(draw.random.randint(1930, 2025))
    city = draw.pick("Krakowie Gdańsku Łodzi Poznaniu Wrocławiu Lublinie Toruniu Berlinie Paryżu".split())
    text = draw.pick((
        f"film trwa {number} minut", f"film powstał w {year} roku", f"akcja dzieje się w {city}", f"książka ma {number} stron",
        f"premiera odbyła się w {city}", f"reżyser urodził się w {year} roku", "byliśmy tam w sobotę", f"hotel stoi przy dworcu w {city}",
        f"{noun.name} {noun.is_} {agree(draw.pick(('czerwony', 'czarny', 'biały', 'zielony')), noun.gender)}", f"bilet kosztował {number} złotych",
        f"to mój pierwszy {draw.pick(('film', 'telefon', 'pobyt', 'hotel'))} tej {draw.pick(('marki', 'firmy', 'sieci'))}", "główny bohater jest nauczycielem",
        f"zamówiłem {draw.pick(('rozmiar M', 'dwie sztuki', 'czarny'))}", "wizyta trwała dwadzieścia minut", f"serial ma {number} odcinków", "film opowiada o dwóch braciach",  # noqa: E501
        f"kupiłem w {year} roku", "w pudełku jest kabel i instrukcja", f"seans zaczyna się o {draw.random.randint(8, 22)}", f"w {city} pada deszcz",
        "w roli głównej wystąpił młody aktor", "druga część wejdzie do kin jesienią", f"autobus odjeżdża o {draw.random.randint(5, 23)}", "jadę jutro do pracy",
    ))  # fmt: skip
    return text, 0.5


TEMPLATES: dict[Template, float] = {
    plain: 24, negated_good: 13, negated_bad: 15, contrast: 12, expectation: 12, wish: 12, verbs: 7, excess: 5,
    rating: 4, emoji: 3, lengthened: 4, fact: 8, idiom: 38, everyday.points: 11, everyday.stars: 9,
    everyday.mixed: 9, everyday.faint: 10, everyday.strong: 18, everyday.bare: 9, everyday.knowledge: 12,
}  # fmt: skip
"""How often each is taken, beside the others."""


def samples(count: int, *, seed: int | str = 0) -> Iterator[Sample]:
    """Yield different texts, each with the probability that it is positive; see :func:`grammar_en.samples`."""
    return drawn(TEMPLATES, count, seed=seed)
