"""Short Polish texts as people type them, for the grammar: the Polish brother of :mod:`everyday_en`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everyday_en import NAMES, STAR_TARGETS, points_of, shown_stars

if TYPE_CHECKING:
    from grammar_en import Draw, Sample

ASPECTS = {
    "film": "gra aktorska:f scenariusz:m muzyka:f fabuła:f obsada:f montaż:m końcówka:f humor:m zdjęcia:p dialogi:p tempo:n",
    "rzecz": "bateria:f ekran:m dźwięk:m cena:f wykonanie:n obudowa:f aparat:m opakowanie:n głośniki:p szybkość:f",
    "miejsce": "pokój:m lokalizacja:f śniadanie:n obsługa:f basen:m widok:m jedzenie:n łazienka:f cena:f łóżka:p",
    "lekarz": "podejście:n kontakt:m diagnoza:f rejestracja:f cena:f opieka:f badanie:n",
}
PRAISING = "dobry świetny znakomity rewelacyjny wspaniały super fajny przyzwoity".split()
BLAMING = "zły słaby fatalny okropny kiepski beznadziejny tragiczny marny".split()
FAINT = {
    0.62: "może być|ujdzie|w porządku|jest ok|ok|okej|nie najgorszy|nie najgorsze|da się wytrzymać|da się obejrzeć|znośny|"
    "wystarczający|przyzwoity|mogło być gorzej|jakoś działa|do przeżycia|poprawny|całkiem znośny|spełnia swoje zadanie|"
    "nie jest źle|nie jest tak źle|lepsze to niż nic|za te pieniądze może być|jako tako|bywało gorzej|daje radę",
    0.48: "średni|średnia|średnio|przeciętny|przeciętna|taki sobie|taka sobie|takie sobie|tak sobie|ani dobry, ani zły|raz lepiej, raz gorzej|"
    "mam mieszane uczucia|mieszane uczucia|nie wiem, co myśleć|pół na pół|są plusy i minusy|plusy i minusy|trzy na pięć|"
    "3 gwiazdki|ma swoje wady i zalety|na trójkę|jednym się spodoba, innym nie|zależy, co kto lubi",
    0.3: "nic specjalnego|bez szału|szału nie ma|bez rewelacji|mogło być lepiej|liczyłem na więcej|liczyłam na więcej|bywało lepiej|"
    "spodziewałem się więcej|spodziewałam się czegoś lepszego|do zapomnienia|niczym się nie wyróżnia|widziałem lepsze|"
    "jednak nie to|nie do końca|trochę słabo|trochę się zawiodłem|trochę się zawiodłam|nie powala|niedosyt pozostał",
}
"""By the probability that they are positive."""
STRONG = (
    "nie mogę się nachwalić|nie mogę się nadziwić, jakie to dobre|nie mogę się napatrzeć|nie mogę się nasłuchać|nie do pobicia|"
    "nie do podrobienia|nie mam zastrzeżeń|niczego mu nie brakuje|niczego tu nie brakuje|pięć gwiazdek to za mało|skala się skończyła|"
    "dziesięć na dziesięć to mało|dałbym więcej gwiazdek|szkoda, że nie można dać więcej gwiazdek|nie szkoda pieniędzy|"
    "nie szkoda czasu|nie żałuję|ani trochę nie żałuję|nie żałowałem ani chwili|lepszego nie znajdziecie|lepszej nie ma|"
    "nie ma lepszego|nie widziałem lepszego|nigdy nie widziałem lepszego {thing}|nigdy nie miałam lepszego {thing}|nigdy nie jadłem lepszego|"
    "w życiu nie widziałem niczego lepszego|nie ma sobie równych|zero nudy|zero wad|prawie bez wad|niemal bez wad|daleki od nudy|"
    "daleka od nudy|wcale nie nudny|wcale nie głupi|wcale niezły|nienudny|niegłupi|nie bez uroku|strasznie fajny|strasznie dobry|"
    "strasznie mi się podobało|cholernie dobry|cholernie dobry film|piekielnie dobry|diabelnie wciągający|szalenie dobry|obłędnie dobry|"
    "obłędny|kosmiczny|nieziemski|zabójczo śmieszny|zabójczy humor|straszliwie wciąga|chorobliwie wciąga|niedoceniany|niedoceniona perełka|"
    "miodzio|petarda|sztos|ogień|kozak|kozacki film|mega|mega dobre|totalny odlot|odlot|czad|bomba|cud, miód i orzeszki|cud miód|"
    "ból głowy minął|pomógł na ból|po wysypce ani śladu|koniec z bólem pleców|kaszel zniknął|plamy zniknęły|wyleczył mnie|"
    "straszny, nie spałem całą noc, świetny horror|bałam się jak nigdy, genialne|mroczny i genialny|przerażający w najlepszym sensie|"
    "smutny, ale piękny|płakałam cały seans, cudowny|trzeba mieć|must have|biorę drugi|zamówiłam następny|drogo, ale warto|"
    "drogi, ale wart swojej ceny|tani i dobry|tanio i dobrze|mały, a cieszy|działa jak złoto|śmiga|śmiga jak nowy|chodzi jak zegarek|"
    "same zalety|wad brak|brak wad|minusów nie stwierdzono|nie ma do czego się przyczepić|bez dwóch zdań warto|kupiłbym ponownie|"
    "kupiłabym jeszcze raz|poleciłem znajomym|cała rodzina zachwycona"
)
BLUNT = (
    "nigdy nie widziałem gorszego {thing}|nigdy nie miałam gorszego {thing}|w życiu nie widziałem niczego gorszego|gorszego nie ma|"
    "gorszego nie znajdziecie|nie widziałem gorszego|nigdy nie jadłam nic gorszego|gorzej być nie może|jedna gwiazdka to za dużo|"
    "zero gwiazdek|gdyby można było dać zero|minus dziesięć|szkoda pieniędzy|szkoda czasu|szkoda nerwów|szkoda gadać|szkoda słów|"
    "żal pieniędzy|same wady|same minusy|zalet brak|brak zalet|plusów nie stwierdzono|daleki od ideału|daleka od ideału|"
    "wcale nie śmieszny|wcale nie dobry|wcale nie straszny|horror, który nie straszy|komedia, która nie śmieszy|mało śmieszny|"
    "mało ciekawy|niezbyt udany|niezbyt dobry|nie za dobry|słabizna|cienizna|lipa|kicha|klapa|kaszana|chała|szmira|gniot|crap|dno|"
    "dno i wodorosty|dno dna|tragedia|dramat|porażka na całej linii|żenada|obciach|bubel|badziewie|badziew|szajs|shit|tandeta|ściema|"
    "strata czasu|strata pieniędzy|wyrzucone pieniądze|pieniądze w błoto|oddałem do sklepu|oddałam po tygodniu|poszedł do kosza|"
    "wyrzuciłem po miesiącu|zwracam|reklamacja w toku|dostałam wysypki|boli mnie od tego głowa|rozbolał mnie brzuch|zatrułem się|"
    "po tym kremie mam wysypkę|głowa po tym boli|za drogo|za drogi|za głośny|za mały|za długi|za długo|zdecydowanie za długi|o godzinę za długi|"
    "przereklamowany|przereklamowane|przegadany|cholernie nudny|strasznie nudny|strasznie słaby|dobry pomysł, złe wykonanie|"
    "świetny zwiastun, słaby film|ładny, ale nie działa|wygląda dobrze, działa źle|więcej nie kupię|drugi raz nie kupię|"
    "nie kupiłbym ponownie|omijać szerokim łukiem|z daleka|trzymać się z daleka|nikomu nie polecam|najgorszemu wrogowi nie polecam"
)
GENITIVES = "filmu serialu horroru telefonu laptopa hotelu lekarza obiadu obsługi książki gry aplikacji spektaklu koncertu".split()
PLACES = "Warszawie Krakowie Gdańsku Łodzi Poznaniu Lublinie Toruniu Paryżu Berlinie Rzymie Londynie Kielcach".split()
CITIES = "Warszawa Kraków Gdańsk Łódź Poznań Lublin Toruń Paryż Berlin Rzym Londyn Kielce".split()
COUNTRIES = "Polski Francji Hiszpanii Norwegii Japonii Kenii Grecji Austrii Czech Litwy Egiptu Włoch".split()
PEOPLE = "Anna Jan Maria Piotr Kasia Tomek Ewa Marek Ola Zosia Adam".split()
JOBS = "nauczyciel lekarz kierowca rolnik pilot malarz inżynier student sędzia pisarz kucharz piekarz".split()
STUFF = "woda żelazo złoto drewno szkło papier mleko olej sól miedź stal lód piasek ryż len skóra".split()
ANIMALS = "kot pies koń orzeł pająk żaba słoń lew rekin sowa lis niedźwiedź wąż wieloryb".split()
DAYS = "poniedziałek wtorek środę czwartek piątek sobotę niedzielę".split()
MONTHS = "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia".split()
THINGS = (
    "telefon laptop film hotel lekarz obiad książka krzesło stół lampa rower but płaszcz plecak ekran kabel radio okno "
    "kubek dywan obraz list zegar samochód pociąg most dom ogród sklep bilet"
).split()
COLOURS = "czerwony czarny biały zielony szary niebieski żółty brązowy".split()


def points(draw: Draw) -> Sample:
    """Give points, with halves and without, with a remark that agrees."""
    number, most = points_of(draw, (5, 5, 10, 10, 10, 6, 100))
    said = f"{number:g}".replace(".", draw.pick((",", ".")))
    good = number > 0.55 * most
    remark = draw.pick(
        ("polecam", "świetne", "super", "warto")
        if good
        else ("słabe", "nie polecam", "kiepsko", "rozczarowanie")
    )
    if 0.42 * most < number <= 0.55 * most:
        remark = "przeciętne"
    text = draw.pick((
        f"{said}/{most}", f"{said}/{most}", f"{said} / {most}", f"{said} na {most}", f"{said}/{most} ode mnie", f"{said}/{most}, {remark}",
        f"{remark}, {said}/{most}", f"ocena: {said}/{most}", f"ocena {said} na {most}", f"daję {said}/{most}", f"moja ocena to {said}/{most}",
        f"{said} punktów na {most}", f"ogólnie {said}/{most}", f"{said} pkt na {most}", f"mocne {said}/{most}" if good else f"najwyżej {said}/{most}",
    ))  # fmt: skip
    return text, 0.03 + 0.94 * number / most


def stars(draw: Draw) -> Sample:
    """Show stars, or write how many."""
    count = draw.random.randint(1, 5)
    shown = shown_stars(draw, count)
    word = ("jedna gwiazdka", "dwie gwiazdki", "trzy gwiazdki", "cztery gwiazdki", "pięć gwiazdek")[count - 1]
    number = f"{count} gwiazd{('ka', 'ki', 'ki', 'ki', 'ek')[count - 1]}"
    remark = draw.pick(
        ("super", "polecam", "dobrze")
        if count > 3
        else ("słabo", "nie polecam", "źle")
        if count < 3
        else ["średnio"]
    )
    text = draw.pick((shown, shown, shown, word, number, number, f"{shown} {remark}", f"{remark} {shown}", f"{number}, {remark}",
                      f"daję {number}".replace("gwiazdka", "gwiazdkę"), f"ocena: {shown}"))  # fmt: skip
    return text, STAR_TARGETS[count - 1]


def mixed(draw: Draw) -> Sample:
    """Praise one side and blame another, without a conclusion."""
    from grammar_pl import agree

    sides = [
        side.rsplit(":", 1)
        for side in draw.random.sample(
            ASPECTS[draw.pick([*ASPECTS])].replace("gra aktorska", "gra_aktorska").split(), 2
        )
    ]
    last_is_good = draw.chance(0.5)
    words = [
        agree(draw.pick(PRAISING if good else BLAMING), gender)
        for good, (_, gender) in zip((not last_is_good, last_is_good), sides, strict=True)
    ]
    (one, _), (two, _) = ((name.replace("_", " "), gender) for name, gender in sides)
    text, soft = draw.pick((
        (f"{words[0]} {one}, {words[1]} {two}", 0.12), (f"{one} {words[0]}, {two} {words[1]}", 0.12), (f"{words[0]} {one}, ale {words[1]} {two}", 0.18),
        (f"{one} {words[0]}, ale {two} {words[1]}", 0.18), (f"{words[0]} {one}. {words[1].capitalize()} {two}", 0.12),
        (f"{words[0]} {one}, za to {words[1]} {two}", 0.15), (f"plus: {one}, minus: {two}", 0.0), (f"{one} na plus, {two} na minus", 0.0),
    ))  # fmt: skip
    if soft == 0:
        return text, 0.48
    return text, 0.48 + (soft if last_is_good else -soft)


def faint(draw: Draw) -> Sample:
    """Praise or blame but a little."""
    target = draw.pick([*FAINT])
    phrase = draw.pick(FAINT[target].split("|"))
    return draw.pick(
        (
            phrase,
            phrase,
            phrase,
            f"ogólnie {phrase}",
            f"jak dla mnie {phrase}",
            f"no cóż, {phrase}",
            f"szczerze? {phrase}",
        )
    ), target


def strong(draw: Draw) -> Sample:
    """Say it with a set expression, or with words that alone would say the opposite."""
    good = draw.chance(0.5)
    phrase = draw.pick((STRONG if good else BLUNT).split("|")).replace("{thing}", draw.pick(GENITIVES))
    text = draw.pick(
        (
            phrase,
            phrase,
            phrase,
            f"{phrase}!",
            f"szczerze, {phrase}",
            f"{phrase}, naprawdę",
            f"jednym słowem: {phrase}",
            f"no {phrase}",
        )
    )
    return text, 0.93 if good else 0.06


def bare(draw: Draw) -> Sample:
    """Write what holds no opinion and hardly a sentence."""
    one, year, number = (
        draw.pick(THINGS),
        str(draw.random.randint(1890, 2030)),
        str(draw.random.randint(0, 1200)),
    )
    text = draw.pick((
        year, number, draw.pick(PEOPLE), one, draw.pick(CITIES), draw.pick(JOBS), draw.pick(STUFF), draw.pick(ANIMALS), draw.pick(COLOURS), draw.pick(NAMES),
        f"{one} i {draw.pick(THINGS)}", f"rok {year}", f"w {year} roku", f"{draw.random.randint(1, 28)} {draw.pick(MONTHS)}", f"{draw.random.randint(1, 28)} {draw.pick(MONTHS)} {year}",
        f"{number} {draw.pick(('kg', 'cm', 'zł', 'stron', 'minut', 'km', 'g', 'ml', 'euro'))}", f"to jest {one}", f"to {one}", f"oto {one}", f"strona {number}", f"pokój {number}",
        f"rozmiar {draw.pick(('S', 'M', 'L', '40', '42'))}", f"{draw.random.randint(1, 23)}:{draw.random.randint(10, 59)}", "dzień dobry", "cześć", "test", "dobry wieczór", "tak", "nie wiem",
        f"w {draw.pick(DAYS)}", f"numer zamówienia {number}", f"{draw.pick(COLOURS)} {one}", f"część {draw.random.randint(1, 9)}", f"{draw.pick(JOBS)} z miasta", f"{one} {year}",
    ))  # fmt: skip
    return text, 0.5


def knowledge(draw: Draw) -> Sample:
    """State what stands in any book of facts."""
    one, place, year = draw.pick(THINGS), draw.pick(PLACES), str(draw.random.randint(1800, 2030))
    number, name, job, stuff, animal = (
        str(draw.random.randint(2, 2000)),
        draw.pick(PEOPLE),
        draw.pick(JOBS),
        draw.pick(STUFF),
        draw.pick(ANIMALS),
    )
    text = draw.pick((
        f"{draw.pick(CITIES)} leży w Europie", f"stolicą {draw.pick(COUNTRIES)} jest {draw.pick(CITIES)}", f"{draw.pick(CITIES)} jest stolicą {draw.pick(COUNTRIES)}",
        f"{stuff} topi się w temperaturze {number} stopni", f"{stuff} ma swoją gęstość", f"{animal} ma {draw.pick(('dwie nogi', 'cztery łapy', 'ogon', 'oczy'))}",
        f"{animal} żyje w lesie", f"{animal} śpi w dzień", f"{name} mieszka w {place}", f"{name} pracuje jako {job}", f"{name} ma {number} lat", f"{name} urodziła się w {year} roku",
        f"spotkanie jest w {draw.pick(DAYS)}", f"zebranie zaczyna się o {draw.random.randint(7, 20)}", f"w {draw.pick(DAYS)} padało", f"{one} stoi na stole", f"{one} leży w szafie",
        f"{one} kosztuje {number} złotych", f"{one} waży {number} gramów", f"mam {one}", "mam dwa koty", f"jestem {job}em" if job.endswith(("t", "r", "l")) else f"to {job}",
        f"mój brat to {job}", f"pracuję w {place}", f"mieszkam w {place}", f"sklep jest otwarty do {draw.random.randint(15, 22)}", f"pociąg do {draw.pick(('Krakowa', 'Gdańska', 'Łodzi'))} odjeżdża o {draw.random.randint(5, 23)}",
        f"książka ma {number} stron", f"książka wyszła w {year} roku", f"film nakręcono w {place}", f"film trwa {number} minut", f"film miał premierę w {year} roku", f"serial ma {draw.random.randint(2, 9)} sezony",
        f"hotel znajduje się w {place}", f"restauracja podaje {draw.pick(('ryby', 'makarony', 'zupy', 'obiady'))}", f"telefon ma ekran {draw.random.randint(4, 7)} cali", f"wizyta odbyła się w {draw.pick(DAYS)}",
        f"gabinet mieści się na {draw.pick(('parterze', 'pierwszym piętrze', 'drugim piętrze'))}", f"paczka przyszła w {draw.pick(DAYS)}", f"zamówiłem {one} w {draw.pick(DAYS)}", f"{one} to prezent od babci",
        "rok ma dwanaście miesięcy", "tydzień ma siedem dni", "słońce wschodzi na wschodzie", "ziemia krąży wokół słońca", "światło jest szybsze od dźwięku", "lód to zamarznięta woda",
        f"rzeka płynie przez {draw.pick(('miasto', 'las', 'dolinę'))}", f"muzeum ma {number} obrazów", f"wieś ma {number} mieszkańców", f"skręć w lewo przy {draw.pick(('banku', 'kościele', 'szkole'))}", f"lekarz przyjmuje w {draw.pick(DAYS)}",
        f"woda ma {number} stopni", f"{one} zrobiono z metalu", f"{one} jest w kolorze {draw.pick(('białym', 'czarnym', 'zielonym'))}", f"nazywam się {name}", f"mam na imię {name}", f"{one} należy do sąsiada",
    ))  # fmt: skip
    return text, 0.5
