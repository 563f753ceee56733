"""Everything that people read in Polish, by subject.

``{name}`` is filled in; of several forms ``count`` chooses one (:class:`opinia.language.Language`).
"""

from collections.abc import Mapping

# What classes are called.
LABEL = {
    "negative": "negatywna",
    "positive": "pozytywna",
    "neutral": "neutralna",
    "uncertain": "niepewna",
}

# The session, and commands about single texts.
CONSOLE: dict[str, str | dict[str, str]] = {
    "greeting": "Wpisz recenzję filmu po angielsku i naciśnij Enter. Koniec: Ctrl-D.",
    "greeting.own": "Wpisz tekst {model} i naciśnij Enter. Koniec: Ctrl-D.",
    "greeting.two": "Wpisz tekst {one} lub {other} i naciśnij Enter. Koniec: Ctrl-D.",
    "greeting.open": "Wpisz tekst i naciśnij Enter. Koniec: Ctrl-D.",
    "no_examples": "brak tekstu do oceny; dołączone przykłady to angielskie recenzje filmów, a ten model "
    "uczył się na innych tekstach",
    "end_words": "wyjście wyjscie koniec",
    "help_words": "help pomoc",
    "help": "Odpowiedzi: {labels}; liczba to prawdopodobieństwo.\n"
    "  exit, koniec, :q  kończą, tak jak Ctrl-D\n"
    "  ↑ i ↓             przywołują to, co wpisano wcześniej\n"
    "  Ctrl-C            porzuca wiersz albo ocenę, która trwa długo\n"
    "  pomoc, ?          pokazują to; „pomoc.” z kropką jest oceniane jak tekst\n"
    "Wklejone wiersze są jednym tekstem. Inne polecenia wymienia opinia --help.",
    "columns_left": "nie zmieściły się: {columns}; są w --json",
    "judging": "oceniam…",
    "cancelled": "przerwano",
    "pasted": {
        "one": "[wklejono {count} znak]",
        "few": "[wklejono {count} znaki]",
        "many": "[wklejono {count} znaków]",
        "other": "[wklejono {count} znaku]",
    },
    "too_long": {
        "one": "tekst jest za długi: ma {count} znak, a może mieć najwyżej {most}",
        "few": "tekst jest za długi: ma {count} znaki, a może mieć najwyżej {most}",
        "many": "tekst jest za długi: ma {count} znaków, a może mieć najwyżej {most}",
        "other": "tekst jest za długi: ma {count} znaku, a może mieć najwyżej {most}",
    },
    "too_many_words": "tekst jest za długi: słów i znaków interpunkcyjnych jest {count}, a może być "
    "najwyżej {most}",
    "warning": "uwaga: wiersz {line}: {what}",
    "not_utf8": "to nie jest poprawny tekst UTF-8: błędne bajty zastąpiono",
    "unsure_lines": "uwaga: wiersze bez słów albo z nieznanymi słowami: {count} z {lines}",
    "not_utf8_lines": "uwaga: wiersze, które nie są poprawnym tekstem UTF-8: {count} z {lines}",
}

# Why an answer should not be trusted.
DOUBT = {
    "no_words": "brak słów do oceny: odpowiedź nic nie znaczy",
    "none_known": "model nie zna żadnego z tych słów: odpowiedź nic nie znaczy",
    "mostly_unknown": "model nie zna {share} słów: czy to tekst {model}?",
    "mostly_unknown.open": "model nie zna {share} słów",
    "other_language": "to chyba tekst {found}, a model czyta tylko teksty {model}",
}

# Languages, as what a text is in.
TONGUE = {
    "or": "lub",
    "en": "po angielsku",
    "pl": "po polsku",
    "de": "po niemiecku",
    "fr": "po francusku",
    "es": "po hiszpańsku",
    "it": "po włosku",
    "pt": "po portugalsku",
    "nl": "po niderlandzku",
    "cs": "po czesku",
    "sv": "po szwedzku",
    "ru": "po rosyjsku",
    "uk": "po ukraińsku",
    "tr": "po turecku",
    "ro": "po rumuńsku",
    "hu": "po węgiersku",
    "el": "po grecku",
    "ar": "po arabsku",
    "he": "po hebrajsku",
    "hi": "w hindi",
    "th": "po tajsku",
    "ko": "po koreańsku",
    "ja": "po japońsku",
    "zh": "po chińsku",
    "bn": "po bengalsku",
    "ta": "po tamilsku",
    "ka": "po gruzińsku",
    "hy": "po ormiańsku",
    "other": "w innym języku",
}

# What is said at the end of a table.
TRUST: dict[str, str | dict[str, str]] = {
    "labels": "oceny: {labels}",
    "bad": "uwaga: nieocenione wiersze: {count} z {rows}, patrz kolumna {column}; pierwszy: {first}",
    "late": "od wiersza {line} kodowanie tekstu to {encoding} (odgadnięte); --encoding je podaje",
    "wordless": "uwaga: teksty bez słów do oceny: {count} z {rows}",
    "placeholders": "; w tym puste znaczniki takie jak NULL: {count}",
    "foreign": "uwaga: teksty chyba nie {model}: {count} z {rows}, najczęściej {most}; ich oceny "
    "mogą nic nie znaczyć",
    "unknown": "uwaga: teksty ze zbyt wieloma słowami, których model nie zna: {count} z {rows}",
    "columns": "teksty w kolumnie {text}, etykiety w {label}; inne wskazują --text-column i --label-column",
    "meaning": "{label} to {meaning}",
    "meaning_skip": "{label} pominięte",
    "left_out": "uwaga: pominięte wiersze: {count} z {rows}; pierwszy: {first}",
    "skipped": "pominięte przez --label-map: {count} z {rows} wierszy",
    "mostly_foreign": "uwaga: większość tekstów nie jest {model}, a tylko takie czyta model: te "
    "liczby niewiele o nim mówią",
    "swapped": "uwaga: etykiety wyglądają na zamienione: AUC wynosi {auc}, dużo poniżej jednej "
    "drugiej; --label-map albo "
    "--labels je odwraca",
    "garbled": "uwaga: teksty, w których złe kodowanie zepsuło litery, na przykład {sign}: {count} z {rows}; "
    "--encoding, jeśli stało się to tutaj, a jeśli wcześniej, zapisz tabelę od nowa u źródła, w UTF-8",
    "miscoded": "uwaga: wiersze w innym kodowaniu niż pozostałe: {count} z {rows}; czy złączono dwa pliki? "
    "Zapisz je w jednym albo podaj jedno przez --encoding i sprawdź, co psuje",
    "unfinished": "uwaga: trening w {folder} nie jest skończony, ma za sobą epoki: {done} z {wanted}; to "
    "jego najlepszy model jak dotąd",
    "merged": "uwaga: teksty, które mogą być kilkoma wierszami naraz: {count} z {rows}, pierwszy w "
    "wierszu {first}: "
    "czy brakuje cudzysłowu?",
    "written": {
        "one": "zapisano {count} wiersz do {output}",
        "few": "zapisano {count} wiersze do {output}",
        "many": "zapisano {count} wierszy do {output}",
        "other": "zapisano {count} wiersza do {output}",
    },
    "clash": "tabela ma już kolumnę {column}: nazwy dodanych zaczynają się od {prefix}",
    "joined": "oceniane kolumny: {columns}, złączone w jeden tekst, z kropką pomiędzy",
    "stopped": "zatrzymano; to samo polecenie z --resume kontynuuje od zapisanego miejsca",
    "parted": "zatrzymano; to samo polecenie wykona brakujące części",
    "kept": {
        "one": "{count} z części ({parts}) była już gotowa",
        "few": "{count} z części ({parts}) były już gotowe",
        "many": "{count} z części ({parts}) było już gotowych",
        "other": "{count} z części ({parts}) było już gotowych",
    },
}

# What a check of a table shows.
CHECK: dict[str, str | dict[str, str]] = {
    "form": "postać",
    "rows": "wiersze",
    "texts": "teksty",
    "labels": "etykiety",
    "words": "słowa",
    "lengths": "od {least} do {most} w tekście, mediana {median}",
    "duplicates": "powtórzone",
    "empty": "puste",
    "blanks": "{empty}, a z wpisem, że puste (NULL, N/A …): {marks}",
    "language": "język",
    "unclear": "niejasny",
    "unknown": "nieznane",
    "of_words": "{share} słów",
    "nothing": "bez etykiety",
    "left_out": "pominięte",
    "columns": "kolumny",
    "first_rows": "pierwsze wiersze",
    "problems": "problemy",
    "line": "linia {place}",
    "row": "wiersz {place}",
    "more": {
        "one": "i jeszcze {count}",
        "few": "i jeszcze {count}",
        "many": "i jeszcze {count}",
        "other": "i jeszcze {count}",
    },
    "labels_warning": "uwaga: {what}",
}

# What columns hold.
ROLE = {
    "text": "tekst",
    "label": "etykiety",
    "number": "liczby",
    "identifier": "oznaczenia",
    "date": "daty",
    "address": "adresy",
    "category": "kategorie",
    "empty": "nic",
    "other": "inne",
}

# Which words made an answer: on the terminal and as a page.
EXPLANATION = {
    "side.positive": "za pozytywną",
    "side.negative": "za negatywną",
    "side": "za „{label}”",
    "other_side": "przeciw „{label}”",
    "points": "{value} p.p.",
    "reading": "czytanie",
    "curve": "Prawdopodobieństwo odpowiedzi „{label}” w trakcie czytania",
    "point": "po „{word}”: {share}",
    "phrases": "frazy",
    "no_phrase": "w tekście nie ma frazy „{phrase}”",
    "nothing.word": "żadne słowo z osobna nie zmienia odpowiedzi",
    "nothing.sentence": "żadne zdanie z osobna nie zmienia odpowiedzi",
    "legend.word": "{plus} {towards}, {minus} {against}; p.p.: o ile punktów procentowych spada "
    "prawdopodobieństwo „{label}” bez tego słowa",
    "legend.sentence": "{plus} {towards}, {minus} {against}; p.p.: o ile punktów procentowych spada "
    "prawdopodobieństwo „{label}” bez tego zdania (tekst jest długi, więc zamiast słów pomijane są "
    "zdania)",
    "title": "Skąd ta odpowiedź?",
    "axis": "przeczytane słowa",
    "model": "model",
    "notes_title": "Co to znaczy, a czego nie znaczy",
    "notes.1": "Wkład słowa to różnica między prawdopodobieństwem dla całego tekstu a prawdopodobieństwem "
    "dla tekstu bez tego słowa. Mówi, co robi model, a nie co miał na myśli autor.",
    "notes.2": "Wkłady nie sumują się do odpowiedzi. Gdy dwa słowa mówią to samo, każde z osobna może nie "
    "mieć znaczenia, bo drugie zostaje w tekście; „not” i „bad” trzeba pominąć razem (--phrase).",
    "notes.3": "Gdy model jest bardzo pewny, pojedyncze słowo zmienia niewiele. Słowo spoza słownika liczy "
    "się jako nieznane.",
    "notes.4": "Krzywa pokazuje odpowiedzi dla kolejnych początków tekstu, czytanych tak, jakby tekst na "
    "nich się kończył. Takich tekstów nikt nie napisał.",
}

# Reports of studies, and pictures.
REPORT = {
    "and": "i",
    "interval": "od {low} do {high}",
    "epochs": "epok {first}–{last}",
    "training": "uczenie",
    "validation": "walidacja",
    "epoch": "epoka",
    "metric.accuracy": "dokładność uczenia",
    "metric.val_accuracy": "dokładność walidacji",
    "metric.loss": "strata uczenia",
    "metric.val_loss": "strata walidacji",
    "panel.accuracy": "dokładność",
    "panel.loss": "strata",
    "best_point": "najlepsza epoka: {epoch}",
    "run_title": "{name}: batch {batch}, liczba epok: {epochs}",
    "seeds_note": "ziarna: {seeds}",
    "band": "linia: średnia po ziarnach, pas: ± 1 odch. std.",
    "same_training": "jeden trening, obserwowany do różnych epok: {runs}",
    "title": "Badanie „{name}”: porównanie przebiegów uczenia",
    "intro": "Liczba przebiegów: {runs}; folderów przebiegów, licząc każde ziarno osobno: {records}; "
    "treningów: {trainings}. Każde zdanie we wnioskach obliczono z historii przebiegów według reguły "
    "podanej pod nim.",
    "missing": "Badanie jest niekompletne: te przebiegi nie są ukończone i zostały pominięte: {runs}.",
    "h.short": "W skrócie",
    "contents": "Spis treści",
    "h.conclusions": "Wnioski",
    "h.runs": "Przebiegi",
    "h.curves": "Krzywe",
    "h.differences": "Różnice między przebiegami",
    "h.stability": "Stabilność",
    "h.published": "Opublikowane wnioski",
    "h.network": "Sieć",
    "h.settings": "Ustawienia",
    "rule": "Reguła: {rule}",
    "col.run": "przebieg",
    "col.batch": "batch",
    "col.epochs": "epoki",
    "col.seeds": "ziarna",
    "col.best": "najlepsza dokładność wal.",
    "col.best_epochs": "jej epoka, wg ziaren",
    "col.final": "końcowa dokładność wal.",
    "col.training": "końcowa dokładność uczenia",
    "col.gap": "luka, p.p.",
    "col.onset": "przeuczenie od epoki",
    "col.volatility": "zmienność, p.p.",
    "col.seconds": "s na epokę",
    "col.test": "dokładność testowa",
    "runs_note": "Średnia ± odchylenie standardowe po ziarnach. Luka: dokładność uczenia minus dokładność "
    "walidacji w ostatniej epoce; ta pierwsza jest średnią z całej epoki, w trakcie której wagi się "
    "zmieniały. Zmienność: odchylenie standardowe zmian dokładności walidacji z epoki na epokę, "
    "{window}. Sekundy: mediana, razem z wpływem wszystkiego, co komputer robił w tym czasie.",
    "window": "epoki 11–{last}",
    "no_window": "na co żaden przebieg nie jest dość długi",
    "test_note": "Dokładność testowa dotyczy najlepszego modelu każdego ziarna, wybranego na walidacji; "
    "pochodzi z rejestru wyników testowych, do którego każdy model trafia raz.",
    "no_test": "Nie dla każdego przebiegu znana jest dokładność testowa: liczy ją `opinia study --test`, "
    "raz dla każdego modelu.",
    "shared": "{runs} to jeden trening, obserwowany do różnych epok. Są sparowane, a nie niezależne: "
    "najlepsza dokładność dłuższego nie może być niższa niż krótszego, a ich zgodność niczego nie "
    "potwierdza.",
    "cascade": "{run} to kaskada, a te wyniki walidacji są wynikami samej dużej sieci: razem z małą, która "
    "odpowiada na część równą {share}, dokładność wynosi {accuracy}.",
    "cascade_untold": "{run} to kaskada, a te wyniki walidacji są wynikami samej dużej sieci.",
    "noise": "Dokładność walidacji około {level} na próbie {reviews} recenzji ma błąd standardowy {error} "
    "p.p. wynikający z samego doboru recenzji. Wszystkie przebiegi oceniano na tych samych recenzjach, "
    "więc różnice między nimi znamy nieco dokładniej; z tego samego powodu najlepsza z wielu epok jest "
    "trochę zawyżona.",
    "thin.seeds": "Dane są zbyt skąpe, by mówić o rozrzucie: mniej niż {enough} ziarna na przebieg. Podano "
    "liczby, bez rozstrzygnięć.",
    "thin.epochs": "Dane są zbyt skąpe, by ocenić spadek dokładności i stabilność: żaden przebieg nie ma "
    "{enough} epok.",
    "thin.reviews": "Przebiegi uczono na różnych recenzjach, więc nie są porównywane.",
    "v.yes": "Tak",
    "v.no": "Nie",
    "v.unclear": "W granicach rozrzutu",
    "v.thin": "Zbyt skąpe dane",
    "onset.found": "{run}: przeuczenie zaczyna się w epoce {epoch}. Najniższa wygładzona strata walidacji "
    "jest w epoce {low}; na końcu jest ona o {rise} % wyższa, a strata uczenia spadła. Według ziaren: "
    "{seeds}.",
    "onset.few epochs": "{run}: początku przeuczenia nie widać (liczba epok: {epochs}): najniższa "
    "wygładzona strata walidacji jest w epoce {low}, a po niej jest za mało epok. Według ziaren: "
    "{seeds}.",
    "onset.no rise": "{run}: brak początku przeuczenia: strata walidacji jest na końcu o {rise} % wyższa od "
    "najniższej wygładzonej wartości (epoka {low}). Według ziaren: {seeds}.",
    "onset.training loss rises": "{run}: po epoce {low} rośnie strata walidacji, ale także strata uczenia: "
    "to nie jest przeuczenie. Według ziaren: {seeds}.",
    "onset.none": "brak",
    "onset.rule": "średnia po ziarnach, wygładzona medianą kroczącą z 3 epok (przy równych wartościach "
    "liczy się niższa przed wygładzeniem); początek to epoka następująca po najniższej stracie "
    "walidacji, jeśli są po niej co najmniej 4 epoki, średnia z ostatnich 3 epok jest wyższa o co "
    "najmniej 5 %, a strata uczenia jest na końcu niższa niż tam. „Tak”, gdy początek istnieje; „zbyt "
    "skąpe dane”, gdy po najniższej stracie są mniej niż 4 epoki; w innym przypadku „nie”.",
    "regression.1": "{run}: dokładność walidacji spada o {drop} p.p. (przedział: {between}).",
    "regression.0": "{run}: dokładność walidacji zmienia się o {change} p.p., a więc w granicach rozrzutu "
    "po ziarnach (przedział dla spadku: {between}).",
    "regression.-1": "{run}: dokładność walidacji nie spada; rośnie o {change} p.p. (przedział dla spadku: "
    "{between}).",
    "regression.thin": "{run}: dokładność walidacji zmienia się o {change} p.p.",
    "regression.rule": "średnia z epok 6–10 minus średnia z {window}, dla każdego ziarna; t Studenta, 95 % "
    "dla całej rodziny przedziałów ({count}, Bonferroni). „Tak”, gdy cały przedział leży powyżej 0; "
    "„nie”, gdy poniżej; w innym przypadku w granicach rozrzutu.",
    "stability.1": "{run}: po epoce 10 {metric} traci stabilność: {late} wobec {early} wcześniej (przedział "
    "dla zmiany: {between}).",
    "stability.0": "{run}: po epoce 10 {metric} nie traci stabilności bardziej, niż wynosi rozrzut po "
    "ziarnach: {late} wobec {early} wcześniej (przedział dla zmiany: {between}).",
    "stability.-1": "{run}: po epoce 10 {metric} jest stabilniejsza: {late} wobec {early} wcześniej "
    "(przedział dla zmiany: {between}).",
    "stability.thin": "{run}: zmiany ({metric}) wynoszą {late} po epoce 10 i {early} wcześniej.",
    "stability.rule": "odchylenie standardowe zmian z epoki na epokę w epokach 11–{last} minus to w epokach "
    "2–10, dla każdego ziarna; t Studenta, 95 % dla całej rodziny przedziałów ({count}, Bonferroni). "
    "Dokładności w punktach procentowych. „Tak”, gdy cały przedział leży powyżej 0; „nie”, gdy poniżej; "
    "w innym przypadku w granicach rozrzutu.",
    "least.1": "Najmniej stabilny jest {run} (batch {batch}): {late} p.p.; od każdego innego treningu różni "
    "się bardziej, niż wynosi rozrzut po ziarnach.",
    "least.0": "{run} (batch {batch}) ma największą średnią zmienność, {late} p.p., ale jego różnica od "
    "pozostałych treningów mieści się przynajmniej raz w granicach rozrzutu po ziarnach: {others}.",
    "least.thin": "{run} (batch {batch}) ma największą zmienność, {late} p.p.; pozostałe: {others}.",
    "least.rule": "to samo okno dla wszystkich, epoki 11–{last}; przedziały t Welcha, 95 % dla całej "
    "rodziny (Bonferroni). „Tak”, gdy przedział największej średniej minus każda inna leży powyżej 0; w "
    "innym przypadku w granicach rozrzutu.",
    "differences.best_val_accuracy": "najlepsza dokładność walidacji",
    "differences.val_accuracy": "końcowa dokładność walidacji",
    "differences.some": "{metric}: przebiegi różnią się najwyżej o {range} p.p.; większe od rozrzutu po "
    "ziarnach: {pairs}.",
    "differences.none": "{metric}: przebiegi różnią się najwyżej o {range} p.p.; żadna różnica nie wykracza "
    "poza rozrzut po ziarnach.",
    "differences.thin": "{metric}: przebiegi różnią się najwyżej o {range} p.p.",
    "differences.rule": "przebiegi jednego treningu według sparowanych różnic, inne według t Welcha; 95 % "
    "dla całej rodziny par ({pairs}, Bonferroni). „Tak”, gdy przedział którejś pary nie obejmuje 0; "
    "inaczej w granicach rozrzutu. Przy tej liczbie ziaren ({seeds}) widać tylko duże różnice.",
    "pair": "{one} ma o {size} więcej niż {other}",
    "col.one": "przebieg",
    "col.other": "inny",
    "col.kind": "rodzaj",
    "col.best_difference": "najlepsza, p.p.",
    "col.final_difference": "końcowa, p.p.",
    "col.interval": "przedział",
    "paired": "sparowane",
    "independent": "niezależne",
    "col.training_runs": "trening",
    "col.early": "{metric}, epoki 2–10",
    "col.late": "{metric}, epoki 11–{last}",
    "stability_note": "Odchylenie standardowe zmian z epoki na epokę, średnia ± odch. std. po ziarnach.",
    "published_note": "Opublikowany opis (docs/published.md w repozytorium opinii) mówi o tych samych "
    "pięciu przebiegach w Kerasie, o ile wiadomo, po jednym razie. Nasza walidacja jest wydzielona "
    "według filmów z recenzji uczących (liczba recenzji: {reviews}, z filmów nieobecnych w uczeniu); "
    "samouczek, z którego pochodzi sieć, waliduje na 1920 recenzjach ze zbioru testowego.",
    "published_rule": "Wszystkie wyniki daje jedna reguła. Wniosek jest ogólny, więc wystarczy jeden "
    "przypadek przeciw, by był niepotwierdzony. Gdy żaden nie jest przeciw, wniosek jest potwierdzony, "
    "jeśli każdy przypadek jest za; potwierdzony częściowo, jeśli niektóre są za, a inne otwarte; "
    "nierozstrzygnięty, jeśli wszystkie są otwarte. Przy mniej niż 3 ziarnach na przebieg nie "
    "rozstrzygnięto niczego. „Poza rozrzutem” znaczy, że cały przedział, 95 % dla rodziny przypadków, "
    "leży po tej stronie; z granicami porównuje się liczby tak, jak je wydrukowano.",
    "col.claim": "opublikowany wniosek",
    "col.verdict": "wynik",
    "col.figures": "tutaj, przypadek po przypadku",
    "col.rule": "reguła przypadku",
    "verdict.confirmed": "potwierdzony",
    "verdict.partly": "potwierdzony częściowo",
    "verdict.not confirmed": "niepotwierdzony",
    "verdict.undecided": "nierozstrzygnięty",
    "case": "{subject}: {figure}, {says}",
    "case.for": "za",
    "case.against": "przeciw",
    "case.open": "otwarte",
    "claim.overfitting": "przeuczenie po około 10 epokach",
    "claim.overfitting.rule": "Początek przeuczenia według reguły powyżej. Za: w epokach od 9 do 13. "
    "Przeciw: w innej epoce albo wcale, choć po najniższej stracie walidacji są co najmniej 4 epoki. "
    "Otwarte: jest ich mniej.",
    "claim.stability": "potem metryki walidacji tracą stabilność",
    "claim.stability.rule": "Zmiana zmienności po epoce 10 według reguły powyżej. Za: wzrost poza "
    "rozrzutem. Przeciw: spadek poza rozrzutem. Otwarte: ani to, ani to.",
    "claim.batch": "batch 32 jest najmniej stabilny",
    "claim.batch.rule": "Zmienność przy batch 32 minus zmienność przy innym, epoki 11–{last}, w p.p., "
    "według reguły powyżej. Za: powyżej 0 poza rozrzutem. Przeciw: poniżej 0 poza rozrzutem. Otwarte: "
    "ani to, ani to.",
    "claim.similar": "przebiegi dają bardzo podobne wyniki",
    "claim.similar.here": "największa różnica {size} p.p. ({one}, {other}); pary: za {on}, przeciw {off}, "
    "otwarte {open}",
    "claim.similar.rule": "Różnica dwóch przebiegów w najlepszej dokładności walidacji według reguły "
    "powyżej. Za: średnie odległe najwyżej o 1 p.p. Przeciw: dalsze, i to poza rozrzutem. Otwarte: "
    "dalsze, ale w granicach rozrzutu.",
    "claim.peak": "dokładność walidacji sięga około 0,87",
    "claim.peak.rule": "Średnia po ziarnach z najlepszej dokładności walidacji; t Studenta, 95 % dla "
    "rodziny pięciu (Bonferroni). Za: średnia w odległości do 1 p.p. od 0,87. Przeciw: średnia dalej, a "
    "cały przedział także. Otwarte: średnia dalej, ale nie cały przedział.",
    "claim.regression": "dokładność lekko spada po 10 epokach",
    "claim.regression.rule": "Średnia z epok 6–10 minus średnia z {window}, w p.p., według reguły powyżej. "
    "Za: spadek poza rozrzutem, średnio najwyżej o 2 p.p. Przeciw: wzrost poza rozrzutem albo cały "
    "przedział powyżej 2 p.p. Otwarte: ani to, ani to.",
    "batch_is": "batch {batch}: {value}",
    "col.layer": "warstwa",
    "col.shape": "kształt wyjścia",
    "col.parameters": "parametry",
    "network_note": "Parametry uczone: {trainable} ({trainable_size}). Optymalizator: {optimizer} "
    "({optimizer_size}). Razem: {total} ({total_size}).",
    "col.setting": "ustawienie",
    "col.value": "wartość",
    "setting.optimizer": "Adam, binarna entropia krzyżowa",
    "data_note": "Dane: {source}; recenzji do uczenia: {train}, do walidacji: {validation} (innych filmów: "
    "{movies}). Odcisk {fingerprint}.",
    "environment_note": "Środowisko: {versions}; {device}; wątków na przebieg: {threads}.",
    "image.run": "Dokładność i strata przebiegu {run} w kolejnych epokach",
    "image.all": "{metric} wszystkich przebiegów w kolejnych epokach",
    "data_beside": "dane",
    "q.evidence": "Co można wyczytać z tych liczb",
    "q.onset": "Od której epoki sieć się przeucza?",
    "q.regression": "Czy dokładność walidacji potem spada?",
    "q.stability": "Czy po epoce 10 wyniki tracą stabilność?",
    "q.least": "Który trening jest najmniej stabilny?",
    "q.differences": "Czy przebiegi różnią się bardziej niż ziarna?",
    "panel_title": "{panel} (walidacja w najlepszej epoce: {value})",
    "learning.title": "Trafność zależnie od liczby tekstów",
    "learning.network": "sieć, z przedziałem 95%",
    "learning.linear": "tf-idf i regresja logistyczna",
    "learning.texts": "liczba tekstów do nauki",
    "quality.reliability": "Czy model jest tak pewny, jak powinien?",
    "quality.reliability_note": "Liczba recenzji: {reviews}, dokładność {accuracy}, błąd kalibracji (ECE) "
    "{ece}, NLL {nll}",
    "quality.accuracy": "dokładność",
    "quality.confidence": "pewność (prawdopodobieństwo odpowiedzi)",
    "quality.gap": "różnica między dokładnością a pewnością",
    "quality.bin": "recenzje o podobnej pewności, z przedziałem ufności 95 %",
    "quality.ideal": "idealna kalibracja",
    "quality.reviews": "recenzje",
    "quality.lengths": "Dokładność a długość recenzji",
    "quality.words": "liczba słów w recenzji, od najkrótszej do najdłuższej w grupie",
    "quality.all": "wszystkie recenzje: {accuracy}",
    "quality.interval": "grupa, z przedziałem ufności 95 %",
    "quality.confusion": "Co za co uznano?",
    "quality.confusion_note": "Liczba tekstów: {reviews}, dokładność {accuracy}, makro F1 {macro}",
    "quality.answer": "odpowiedź (numery jak w wierszach)",
    "quality.truth": "prawdziwa klasa",
    "quality.undrawn": "brak tu czcionki z literami {numbers}: nazwy podaje confusion.csv",
    "quality.group_size": "liczba recenzji w grupie: {sizes}",
}

# The page of opinia serve; an object of forms is chosen from by ``count``.
PAGE: dict[str, str | dict[str, str]] = {
    "skip": "Przejdź do treści",
    "navigation": "Strony",
    "nav_review": "Recenzja",
    "nav_texts": "Wiele recenzji",
    "nav_training": "Uczenie",
    "language": "Język",
    "theme_auto": "Motyw: systemowy",
    "theme_light": "Motyw: jasny",
    "theme_dark": "Motyw: ciemny",
    "title_review": "Co mówi ta recenzja?",
    "lead_review": "Wpisz lub wklej recenzję filmu po angielsku: model zna tylko ten język. Sieć czyta na "
    "bieżąco i pokazuje, które słowa ją przekonały.",
    "title_review_own": "Co mówi ten tekst?",
    "lead_review_own": "Wpisz lub wklej tekst {language}. Sieć czyta na bieżąco i pokazuje, które słowa ją "
    "przekonały.",
    "lead_review_open": "Wpisz lub wklej tekst. Sieć czyta na bieżąco i pokazuje, które słowa ją przekonały.",
    "or": "lub",
    "text_label": "Twoja recenzja, po angielsku",
    "text_label_own": "Twój tekst, {language}",
    "text_label_open": "Twój tekst",
    "placeholder_own": "Wpisz lub wklej tekst …",
    "placeholder": "I went in expecting very little …",
    "characters": {
        "one": "{count} znak",
        "few": "{count} znaki",
        "many": "{count} znaków",
        "other": "{count} znaku",
    },
    "to_texts": "Dodaj do listy",
    "clear": "Wyczyść",
    "undo": "Cofnij",
    "close": "Zamknij",
    "undo_cleared": "Tekst wyczyszczono.",
    "undo_replaced": "Tekst zastąpiono.",
    "undo_taken": "Tekst wrócił.",
    "undo_removed": {
        "one": "Usunięto {count} tekst.",
        "few": "Usunięto {count} teksty.",
        "many": "Usunięto {count} tekstów.",
        "other": "Usunięto {count} tekstu.",
    },
    "examples": "Przykłady:",
    "example_warm": "pochwała",
    "example_harsh": "miażdżąca krytyka",
    "example_turn": "zmiana zdania",
    "example_irony": "ironia",
    "example_not": "zaprzeczenie",
    "legend_for": "przemawia za pozytywną",
    "legend_against": "przemawia za negatywną",
    "legend_for_class": "przemawia za „{label}”",
    "legend_against_class": "przemawia przeciw „{label}”",
    "explain_class": "Objaśnij:",
    "explain_answer": "odpowiedź",
    "legend_strength": "im mocniejszy kolor, tym większy wpływ",
    "explaining": "Szukam słów, które mają znaczenie…",
    "tint_too_long": "Tekst jest za długi, by zaznaczać w nim słowa lub objaśniać ocenę; werdykt dotyczy "
    "całości.",
    "verdict_region": "Werdykt",
    "verdict_none": "Nie ma jeszcze czego oceniać",
    "verdict_waits": "Oceniam…",
    "verdict_hint": "Werdykt pojawi się tu, gdy zaczniesz pisać.",
    "sure": "pewność {share}",
    "undecided": "niepewna",
    "leans": "raczej {label}: {share}",
    "read_by": "czytał model {model}",
    "spoken": "Werdykt: {label}, {share}.",
    "gauge": "Prawdopodobieństwo oceny pozytywnej: {share}",
    "gauge_class": "Prawdopodobieństwo „{label}”: {share}",
    "gauge_empty": "Prawdopodobieństwo oceny pozytywnej: jeszcze nieznane",
    "gauge_empty_class": "Prawdopodobieństwo „{label}”: jeszcze nieznane",
    "bars": "Prawdopodobieństwo każdej klasy",
    "bars_more": "i {count} więcej",
    "no_words": "Brak słów do oceny: odpowiedź nic nie znaczy.",
    "none_known": "Model nie zna żadnego z tych słów: odpowiedź nic nie znaczy.",
    "other_language_named": "To chyba tekst {found}, a model czyta teksty {language}: odpowiedź może nic nie "
    "znaczyć.",
    "other_language": "To chyba nie jest tekst w języku modelu: odpowiedź może nic nie znaczyć.",
    "mostly_unknown": "Model nie zna {share} słów. Czy to tekst {language}?",
    "mostly_unknown_signs": "Model nie zna {share} słów i znaków, w tym emoji.",
    "mostly_unknown_open": "Model nie zna {share} słów.",
    "curve_title": "Jak powstaje werdykt",
    "curve_word": "Prawdopodobieństwo oceny pozytywnej po każdym słowie. Wskaż punkt albo użyj strzałek.",
    "curve_word_class": "Prawdopodobieństwo „{label}” po każdym słowie. Wskaż punkt albo użyj strzałek.",
    "curve_sentence_class": "Prawdopodobieństwo „{label}” w trakcie czytania. Wskaż punkt albo użyj "
    "strzałek.",
    "curve_sentence": "Prawdopodobieństwo oceny pozytywnej w trakcie czytania. Wskaż punkt albo użyj "
    "strzałek.",
    "curve_label": "Krzywa czytania",
    "curve_point": "po „{word}”: {share} za pozytywną",
    "curve_point_class": "po „{word}”: {share} za „{label}”",
    "strongest_title": "Co ma największe znaczenie",
    "strongest_lead": "O ile punktów procentowych odpowiedź przesunęłaby się w drugą stronę bez tego "
    "fragmentu.",
    "strongest_none": "Żaden fragment z osobna nie zmienia werdyktu.",
    "points": "{points} p.p.",
    "piece": "„{word}”: {points} p.p.",
    "model": "Model",
    "model_none": "jeszcze nieznany",
    "model_accuracy": "dokładność na recenzjach testowych",
    "model_accuracy_texts": "dokładność na tekstach testowych",
    "model_val_accuracy": "dokładność na recenzjach walidacyjnych",
    "model_val_accuracy_texts": "dokładność na tekstach walidacyjnych",
    "model_val_loss_texts": "strata na tekstach walidacyjnych",
    "model_val_loss": "strata na recenzjach walidacyjnych",
    "model_parameters": "parametry",
    "model_size": "rozmiar",
    "model_vocabulary": "znane słowa",
    "model_learnt_from": "uczył się na",
    "model_reviews": {
        "one": "{count} recenzji",
        "few": "{count} recenzjach",
        "many": "{count} recenzjach",
        "other": "{count} recenzji",
    },
    "model_texts": {
        "one": "{count} tekście",
        "few": "{count} tekstach",
        "many": "{count} tekstach",
        "other": "{count} tekstu",
    },
    "model_classes": "klasy",
    "model_limits": "Angielskie recenzje filmów; innych tekstów i innych języków model się nie uczył.",
    "model_limits_sample": "Sztuczne recenzje filmów, ułożone przez małą gramatykę; prawdziwych tekstów "
    "model się nie uczył.",
    "model_limits_general": "Opinie po angielsku, od jednego słowa po recenzję. Teksty bez opinii też nazywa "
    "pozytywnymi lub negatywnymi, wtedy blisko połowy; ironia i mieszane uczucia często mu umykają.",
    "model_limits_polish": "Opinie po polsku, od jednego słowa po recenzję, zwłaszcza o filmach, hotelach, "
    "lekarzach i rzeczach. Teksty bez opinii też nazywa pozytywnymi lub negatywnymi; ironia często mu umyka.",
    "model_reads_both": "Dwa modele; każdy tekst czyta ten, który zna jego język.",
    "model_limits_other": "Teksty takie jak te, na których model się uczył; innych nie zna.",
    "model_card": "Cała karta modelu",
    "kilobytes": "{count} kB",
    "megabytes": "{count} MB",
    "title_texts": "Wiele recenzji naraz",
    "lead_texts": "Wklej dowolnie wiele recenzji po angielsku, każdą w osobnym wierszu. Każda dostanie "
    "werdykt, a całość możesz pobrać jako tabelę.",
    "add_label": "Recenzje po angielsku, każda w osobnym wierszu",
    "add_placeholder": "A warm, funny and beautifully acted film.\nDull, far too long, and badly written.",
    "title_texts_own": "Wiele tekstów naraz",
    "lead_texts_own": "Wklej dowolnie wiele tekstów, każdy w osobnym wierszu. Każdy dostanie werdykt, a "
    "całość możesz pobrać jako tabelę.",
    "add_label_own": "Teksty {language}, każdy w osobnym wierszu",
    "add_label_open": "Teksty, każdy w osobnym wierszu",
    "add_placeholder_own": "Każdy tekst w osobnym wierszu",
    "add": "Oceń",
    "add_examples": "Użyj przykładów",
    "add_keys": "Ctrl + Enter: oceń",
    "results": "Werdykty",
    "results_summary": "{texts}: pozytywne {positive}, negatywne {negative}",
    "results_summary_class": "{texts}: {counts}",
    "results_undecided": {"other": "niepewne {count}"},
    "results_waiting": {
        "one": "czeka {count}",
        "few": "czekają {count}",
        "many": "czeka {count}",
        "other": "czeka {count}",
    },
    "results_doubtful": {"other": "wątpliwe: {count}"},
    "results_failed": {"other": "nieocenione: {count}"},
    "texts": {
        "one": "{count} tekst",
        "few": "{count} teksty",
        "many": "{count} tekstów",
        "other": "{count} tekstu",
    },
    "column_text": "Recenzja",
    "column_text_own": "Tekst",
    "column_verdict": "Werdykt",
    "column_probability": "Pozytywna",
    "column_probability_class": "Prawdopodobieństwo",
    "download": "Pobierz CSV",
    "remove": "Usuń",
    "remove_one": "Usuń: {text}",
    "remove_all": "Usuń wszystkie",
    "more": "Pokaż jeszcze {count}",
    "waiting": "czeka",
    "not_judged": "nieoceniona",
    "nav_file": "Plik",
    "title_file": "Cała tabela naraz",
    "lead_file": "Upuść tabelę recenzji lub innych tekstów. Każdy wiersz dostanie werdykt; potem obejrzyj "
    "najbardziej "
    "gniewne, wątpliwe albo sprzeczne z etykietą i zabierz tabelę z odpowiedziami.",
    "file_no_server": "Tabele ocenia serwer, a nie ma tu takiego, który je przyjmuje. To samo robi w "
    "terminalu "
    "`opinia score`.",
    "file_invite": "Upuść tabelę tutaj",
    "file_choose": "Wybierz plik",
    "file_drop_here": "Upuść tabelę, a zostanie oceniona",
    "file_formats": "CSV, TSV, Excel, OpenDocument, JSON, JSON Lines, Parquet, SQLite lub zwykły tekst, "
    "także spakowane",
    "file_bounds": "do {size} i {rows} wierszy",
    "file_privacy": "Tabela trafia tylko na ten serwer. Zostanie tam usunięta, gdy ją usuniesz lub opuścisz "
    "stronę, "
    "a najpóźniej {minutes} min po tym, jak strona o nią ostatnio pytała.",
    "file_progress": "Postęp",
    "file_cancel": "Anuluj",
    "file_sending": "Wysyłam {name} …",
    "file_reading": "Oglądam {name} …",
    "file_several": "Jedna tabela naraz: upuść pojedynczy plik.",
    "file_too_large": "Plik ma {size}, a ten serwer przyjmuje {most}. Tabele każdej wielkości czyta `opinia "
    "score`.",
    "file_failed": "Tabeli nie udało się ocenić do końca.",
    "file_stopped": "Zatrzymano: poniżej są wiersze ocenione do tej pory.",
    "file_gone": "Serwer nie ma już tej tabeli. Upuść ją jeszcze raz.",
    "file_refused": "Serwer nie może tego przyjąć.",
    "file_unreadable": "Tak tej tabeli nie da się odczytać.",
    "file_found": {
        "one": "{rows}, {count} kolumna; {format}, {encoding}",
        "few": "{rows}, {count} kolumny; {format}, {encoding}",
        "many": "{rows}, {count} kolumn; {format}, {encoding}",
        "other": "{rows}, {count} kolumny; {format}, {encoding}",
    },
    "file_rows": {
        "one": "{count} wiersz",
        "few": "{count} wiersze",
        "many": "{count} wierszy",
        "other": "{count} wiersza",
    },
    "file_bad": {
        "one": "{count} wiersza nie da się odczytać; zostaje w tabeli, bez werdyktu.",
        "few": "{count} wierszy nie da się odczytać; zostają w tabeli, bez werdyktu.",
        "many": "{count} wierszy nie da się odczytać; zostają w tabeli, bez werdyktu.",
        "other": "{count} wiersza nie da się odczytać; zostaje w tabeli, bez werdyktu.",
    },
    "file_which_texts": "W której kolumnie są teksty?",
    "file_texts": "Do oceny: {names}",
    "file_texts_none": "Wybierz poniżej kolumnę tekstów; teksty z kilku zostaną połączone.",
    "file_which_label": "Etykiety do porównania, jeśli są",
    "file_no_label": "brak",
    "file_label_hint": "Z etykietami zobaczysz dokładność i najpewniejsze pomyłki na początku.",
    "file_label_unclear": "Nie jest jasne, co znaczą te etykiety: {labels}. Bez znaczenia nie ma wyników.",
    "file_take_map": "Użyj {map}",
    "file_map": "Co znaczą etykiety",
    "file_skip": "pominięte",
    "file_how": "Jak czytana jest tabela",
    "file_part": "Arkusz albo plik w archiwum",
    "file_encoding": "Kodowanie",
    "file_delimiter": "Między komórkami",
    "file_finds": "jak znaleziono",
    "file_sign_comma": "przecinek",
    "file_sign_semicolon": "średnik",
    "file_sign_tab": "tabulator",
    "file_sign_pipe": "kreska pionowa",
    "file_sign_none": "nic",
    "file_header": "Pierwszy wiersz",
    "file_header_yes": "nazywa kolumny",
    "file_header_no": "jest wierszem jak inne",
    "file_again": "Odczytaj ponownie",
    "file_judge": {
        "one": "Oceń {count} wiersz",
        "few": "Oceń {count} wiersze",
        "many": "Oceń {count} wierszy",
        "other": "Oceń {count} wiersza",
    },
    "file_other": "Inny plik",
    "file_download": "Pobierz z odpowiedziami",
    "file_stop": "Zatrzymaj",
    "file_columns": "Kolumny",
    "file_remove": "Usuń tabelę",
    "file_about": "Kolumna {texts}, oceniał model {model}",
    "file_waiting": "Czekam na inną tabelę na tym serwerze …",
    "file_judged": "oceniono {judged} z {rows}, {share}",
    "file_shown": {
        "one": "{shown} z {count} wiersza",
        "few": "{shown} z {count} wierszy",
        "many": "{shown} z {count} wierszy",
        "other": "{shown} z {count} wiersza",
    },
    "file_filters": "Filtruj",
    "file_histogram": "Jak bardzo pozytywne",
    "file_histogram_pair": "Od jednej klasy do drugiej",
    "file_histogram_many": "Jak pewne",
    "file_bin": "{low} do {high}",
    "file_bin_count": {
        "one": "{bin}: {count} wiersz",
        "few": "{bin}: {count} wiersze",
        "many": "{bin}: {count} wierszy",
        "other": "{bin}: {count} wiersza",
    },
    "file_facet_verdict": "Werdykt",
    "file_facet_agreement": "W porównaniu z etykietą",
    "file_facet_truth": "Etykieta",
    "file_facet_doubt": "Wątpliwe, bo",
    "file_facet_language": "Język",
    "file_facet_length": "Długość",
    "file_right": "zgodne",
    "file_wrong": "błędne",
    "file_doubt_no_words": "brak słów",
    "file_doubt_none_known": "żadnego znanego słowa",
    "file_doubt_language": "inny język",
    "file_doubt_unknown": "głównie nieznane słowa",
    "file_length_0": "do 10 słów",
    "file_length_1": "od 11 do 50",
    "file_length_2": "od 51 do 150",
    "file_length_3": "od 151 do 400",
    "file_length_4": "ponad 400",
    "file_language_other": "inny",
    "file_let_go": "Już nie tylko: {name}",
    "file_all": "Pokaż wszystkie",
    "file_truth": "Wobec etykiet",
    "file_accuracy_none": "Żaden z pokazanych wierszy nie ma etykiety i werdyktu.",
    "file_accuracy_about": {
        "one": "zgodne: {right} z {count} wiersza; przedział 95 %: {low} do {high}",
        "few": "zgodne: {right} z {count} wierszy; przedział 95 %: {low} do {high}",
        "many": "zgodne: {right} z {count} wierszy; przedział 95 %: {low} do {high}",
        "other": "zgodne: {right} z {count} wiersza; przedział 95 %: {low} do {high}",
    },
    "file_label": "Etykieta",
    "file_confusion": "Wiersze: etykiety. Kolumny: werdykty.",
    "file_confused": "{truth}, ocena {answer}",
    "file_confused_count": {
        "one": "etykieta {truth}, ocena {answer}: {count} wiersz",
        "few": "etykieta {truth}, ocena {answer}: {count} wiersze",
        "many": "etykieta {truth}, ocena {answer}: {count} wierszy",
        "other": "etykieta {truth}, ocena {answer}: {count} wiersza",
    },
    "file_search": "Szukaj we wszystkich kolumnach",
    "file_order": "Kolejność",
    "file_order_wrong": "najpewniejsze pomyłki najpierw",
    "file_order_angry": "najbardziej gniewne najpierw",
    "file_order_happy": "najbardziej pochlebne najpierw",
    "file_order_class": "najbardziej „{label}” najpierw",
    "file_order_unsure": "najmniej pewne najpierw",
    "file_order_sure": "najpewniejsze najpierw",
    "file_order_long": "najdłuższe najpierw",
    "file_order_short": "najkrótsze najpierw",
    "file_order_file": "jak w pliku",
    "file_keys": "Strzałki przesuwają, Enter otwiera wiersz.",
    "file_list": {
        "one": "{count} wiersz",
        "few": "{count} wiersze",
        "many": "{count} wierszy",
        "other": "{count} wiersza",
    },
    "file_number": "wiersz {row}",
    "file_words": {
        "one": "{count} słowo",
        "few": "{count} słowa",
        "many": "{count} słów",
        "other": "{count} słowa",
    },
    "file_doubtful": "wątpliwe",
    "file_mark_right": "zgodnie z etykietą",
    "file_mark_wrong": "etykieta: {label}",
    "file_row": "Wiersz {row} ({place} z {count})",
    "file_row_failed": "Nie można teraz objaśnić tego wiersza.",
    "file_row_right": "zgodnie z etykietą",
    "file_row_wrong": "etykieta mówi {label}",
    "row_before": "Poprzedni",
    "row_after": "Następny",
    "row_text": "Tekst wiersza",
    "row_take": "Otwórz jako recenzję",
    "disagree": "Błąd?",
    "disagree_is": "Powinno być: {label}",
    "disagree_choose": "Powinno być …",
    "disagree_kept": "Zapisano na tym urządzeniu: {label}",
    "disagree_full": "To urządzenie nie ma na to miejsca albo nic dla tej strony nie zapisuje.",
    "corrections": {
        "one": "{count} poprawka na tym urządzeniu",
        "few": "{count} poprawki na tym urządzeniu",
        "many": "{count} poprawek na tym urządzeniu",
        "other": "{count} poprawki na tym urządzeniu",
    },
    "corrections_save": "Zapisz jako CSV dla opinia evaluate i train",
    "corrections_forget": "Zapomnij je",
    "undo_corrections": {
        "one": "Zapomniano {count} poprawkę.",
        "few": "Zapomniano {count} poprawki.",
        "many": "Zapomniano {count} poprawek.",
        "other": "Zapomniano {count} poprawki.",
    },
    "whatif": "A gdyby …",
    "whatif_lead": "Wybierz słowo, z Shiftem aż do innego, i opuść je, zaprzecz mu albo wstaw inne w jego "
    "miejsce.",
    "whatif_words": "Słowa tekstu",
    "whatif_strike": "Opuść",
    "whatif_negate": "Zaprzecz",
    "whatif_other": "inne słowa",
    "whatif_swap": "Zamień",
    "whatif_without": "bez „{was}”",
    "whatif_negated": "„{other}”",
    "whatif_swapped": "„{was}” → „{other}”",
    "whatif_base": "tak jak jest",
    "whatif_use": "Użyj",
    "whatif_use_one": "Użyj tekstu: {name}",
    "compare": "Obok innego modelu",
    "compare_none": "bez",
    "compare_text": "Tekst, jak czyta go {model}",
    "share": "Udostępnij",
    "share_about": "Odnośnik zawiera sam tekst, w części adresu, która nie trafia na żaden serwer.",
    "share_link": "Kopiuj odnośnik",
    "share_text": "Kopiuj jako tekst",
    "share_markdown": "jako Markdown",
    "share_json": "jako JSON",
    "share_png": "PNG",
    "share_svg": "SVG",
    "share_html": "Strona HTML",
    "share_copied": "Skopiowano.",
    "share_not_copied": "Przeglądarka nie pozwala stronie kopiować.",
    "share_saved": "Zapisano.",
    "share_failed": "To się nie udało.",
    "share_too_long": "Tekst jest za długi na odnośnik.",
    "share_broken": "Odnośnik jest uszkodzony albo nie z tej strony.",
    "share_model": "oceniał model {model}",
    "share_word": "fragment",
    "share_effect": "wpływ",
    "title_training": "Jak uczyły się sieci",
    "lead_training": "Dokładność i strata po każdej epoce: na recenzjach, z których sieci się uczyły, i na "
    "tych odłożonych.",
    "study": "Badanie",
    "study_unknown": "Nie ma tu badania „{name}”. Wybierz jedno z tych, które są.",
    "study_about": {
        "one": "{count} przebieg",
        "few": "{count} przebiegi",
        "many": "{count} przebiegów",
        "other": "{count} przebiegu",
    },
    "runs": "Przebiegi",
    "runs_all": "Wszystkie",
    "runs_none": "Żaden",
    "train_curve": "uczenie",
    "validation_curve": "walidacja",
    "no_studies": "Nie ma badań do pokazania. Uruchom serwer z folderem badań: opinia serve --studies DIR",
    "runs_left_out": "Pominięte z powodu uszkodzonych plików: {runs}",
    "no_runs": "W tym badaniu nie ma jeszcze ukończonego przebiegu.",
    "accuracy": "Dokładność",
    "loss": "Strata",
    "epoch": "Epoka",
    "epoch_at": "Epoka {epoch}",
    "best_epoch": "Najlepsza epoka",
    "best_accuracy": "Jej dokładność walidacyjna",
    "best_loss": "Jej strata walidacyjna",
    "run": "Przebieg",
    "chart": "{metric} po każdej epoce. Między epokami przechodzi się strzałkami.",
    "chart_nothing": "nie wybrano żadnego przebiegu",
    "recipe_batch_size": "Batch",
    "recipe_epochs": "Epoki",
    "recipe_seed": "Ziarno",
    "footer": "Twoje teksty trafiają tylko do tego serwera i nigdzie więcej.",
    "footer_api": "interfejs HTTP",
    "title_interface": "Dla programów",
    "lead_interface": "To, co robi ta strona, może zrobić każdy program: teksty wchodzą jako JSON i jako "
    "JSON wracają odpowiedzi.",
    "interface_analyse": "Oceń teksty",
    "interface_explain": "Objaśnij jedną odpowiedź",
    "interface_models": "Wymień modele",
    "interface_all": "Wszystkie zapytania i odpowiedzi: dokument OpenAPI (JSON)",
    "key_title": "Ten serwer prosi o klucz",
    "key_lead": "Klucz zostaje tylko w tej karcie i znika po jej zamknięciu.",
    "key_label": "Klucz API",
    "key_use": "Użyj",
    "key_later": "Później",
    "key_wrong": "Serwer nie przyjmuje tego klucza.",
    "enter_key": "Podaj klucz",
    "error_unreachable": "Serwer nie odpowiada. Wpisany tekst jest zachowany; strona wróci do pracy, gdy "
    "tylko serwer się odezwie.",
    "error_busy": "Serwer jest zajęty. Wpisany tekst jest zachowany; strona spróbuje ponownie za chwilę.",
    "error_key": "Serwer prosi o klucz API.",
    "error_too_large": "To więcej, niż serwer przyjmuje naraz.",
    "error_input": "Serwer nie może ocenić tego tekstu.",
    "error_other": "Serwer zgłasza błąd.",
    "error_page": "Coś na tej stronie poszło nie tak.",
    "back": "Serwer znów odpowiada.",
}
# Zamiast słów strony tam, gdzie nie ma ona serwera.
STATIC: dict[str, str | dict[str, str]] = {
    "footer": "Twoje teksty zostają w tej przeglądarce: sieci działają tutaj i nic nie jest nigdzie "
    "wysyłane.",
    "error_unreachable": "Nie udało się wczytać sieci. Wpisany tekst jest zachowany; strona wróci do "
    "pracy, gdy sieć się wczyta.",
    "error_too_large": "To więcej, niż można tu ocenić.",
    "error_input": "Tego tekstu nie można ocenić.",
    "error_other": "Sieć zawiodła.",
    "back": "Sieć jest wczytana.",
}

# Jak zapisana jest tabela i co się z nią dzieje.
TABLE: dict[str, str | dict[str, str]] = {
    "comma": "przecinki",
    "semicolon": "średniki",
    "tab": "tabulatory",
    "pipe": "kreski pionowe",
    "space": "spacje",
    "none": "jedna kolumna",
    "other": "{sign} między komórkami",
    "quoting.backslash": "cudzysłowy po ukośniku",
    "quoting.none": "bez cudzysłowów",
    "quoting.single": "pojedyncze cudzysłowy",
    "quoting.bare": "ukośniki, bez cudzysłowów",
    "header.line": "nagłówek",
    "header.short": "nagłówek bez pierwszej kolumny (R)",
    "header.none": "bez nagłówka",
    "wrapped": "wiersze były całe w cudzysłowach (Excel), te zdjęto",
    "sheet": "arkusz „{name}”",
    "above": {
        "one": "nad nim {count} wiersz",
        "few": "nad nim {count} wiersze",
        "many": "nad nim {count} wierszy",
        "other": "nad nim {count} wiersza",
    },
    "guessed": "{what} (domysł)",
    "column": "oceniana kolumna „{column}”",
}

# Wybrany próg.
THRESHOLD = {
    "f1": "--threshold {threshold} daje na tych tekstach najwyższe F1 klasy „{label}”",
    "cost": "--threshold {threshold} kosztuje na tych tekstach najmniej",
    "chosen": "uwaga: próg wybrano na {data}, więc tutejsze wyniki są tymi, dla których go wybrano, i są "
    "trochę za dobre; ostateczne trzeba zmierzyć na innych tekstach, z --threshold",
    "test": "ostrzeżenie: {data} to teksty, na których model jest sprawdzany; próg wybrany na nich zawyża "
    "wyniki na nich: wybierz go na walidacji",
    "learnt": "ostrzeżenie: model uczył się na {data} i jest tam pewniejszy niż gdzie indziej: wybierz próg "
    "na walidacji",
}

# Na czym model się myli i czego nie jest pewien: w terminalu i jako strona.
MISTAKES: dict[str, str | dict[str, str]] = {
    "title": "Na czym model się myli",
    "of": "{model} na {data}",
    "folds": {
        "one": "{count} części podziału",
        "few": "{count} częściach podziału",
        "many": "{count} częściach podziału",
        "other": "{count} części podziału",
    },
    "explaining": "wyjaśniam",
    "found.wrong": {
        "one": "błędna odpowiedź na {count} z {rows} tekstów",
        "few": "błędna odpowiedź na {count} z {rows} tekstów",
        "many": "błędna odpowiedź na {count} z {rows} tekstów",
        "other": "błędna odpowiedź na {count} z {rows} tekstów",
    },
    "found.unsure": {
        "one": "{count} odpowiedź poprawna, ale niepewna",
        "few": "{count} odpowiedzi poprawne, ale niepewne",
        "many": "{count} odpowiedzi poprawnych, ale niepewnych",
        "other": "{count} odpowiedzi poprawnej, ale niepewnej",
    },
    "found.suspect": {
        "one": "{count} etykieta podejrzana: model jest pewien innej klasy",
        "few": "{count} etykiety podejrzane: model jest pewien innej klasy",
        "many": "{count} etykiet podejrzanych: model jest pewien innej klasy",
        "other": "{count} etykiety podejrzanej: model jest pewien innej klasy",
    },
    "left": {
        "one": "pominięto jeszcze {count}; więcej wypisze --most",
        "few": "pominięto jeszcze {count}; więcej wypisze --most",
        "many": "pominięto jeszcze {count}; więcej wypisze --most",
        "other": "pominięto jeszcze {count}; więcej wypisze --most",
    },
    "tile.rows": "ocenione teksty",
    "tile.wrong": "błędne odpowiedzi",
    "tile.unsure": "poprawne, ale niepewne",
    "tile.suspect": "etykiety do sprawdzenia",
    "confused": "Najczęściej mylone",
    "list": "Od najgorszych",
    "show": "Pokaż",
    "kind.all": "wszystkie",
    "kind.wrong": "błędna",
    "kind.unsure": "niepewna",
    "kind.suspect": "etykieta do sprawdzenia",
    "legend": "Słowa pomarańczowe przemawiają za odpowiedzią, niebieskie podkreślone przeciw niej. Liczby "
    "to punkty "
    "procentowe: o ile spada prawdopodobieństwo odpowiedzi bez tego słowa.",
    "row": "Wiersz {row}",
    "label": "etykieta",
    "answer": "odpowiedź",
    "towards": "Za „{label}”:",
    "against": "Przeciw „{label}”:",
    "why.nothing": "żadna pojedyncza część tekstu nie zmienia odpowiedzi",
    "why.long": "tekst jest za długi, żeby go wyjaśnić",
    "doubt.no_words": "nie ma słów do oceny: odpowiedź nic nie znaczy",
    "doubt.none_known": "model nie zna żadnego z tych słów: odpowiedź nic nie znaczy",
    "doubt.mostly_unknown": "model nie zna większości tych słów",
    "doubt.other_language": "tekst wydaje się być w innym języku niż ten, który zna model",
    "none": "Nie ma czego wypisać: każda odpowiedź jest poprawna i żadna nie jest niepewna.",
    "notes_title": "Co to znaczy, a czego nie",
    "notes.1": "Teksty stoją w kolejności przewagi: prawdopodobieństwo ich etykiety minus prawdopodobieństwo "
    "najbardziej prawdopodobnej innej klasy. Na początku są błędy, których model jest najpewniejszy, za "
    "błędami "
    "odpowiedzi poprawne, ale z małą przewagą.",
    "notes.2": "Etykietę warto sprawdzić, gdy model jest pewien innej klasy: co najmniej tak, jak "
    "przeciętnie jest "
    "pewien jej własnych tekstów (confident learning: Northcutt, Jiang i Chuang 2021). To pytanie do "
    "człowieka, a "
    "nie wyrok: są wśród nich teksty rzadkie i ironiczne.",
    "notes.3": "Wkład słowa mówi, co robi model, a nie, co miał na myśli autor; wkłady nie sumują się do "
    "odpowiedzi.",
    "maybe": "Jeśli model uczył się na tych tekstach, zna ich etykiety, dobre i złe, i ukrywa złe: oceń "
    "inne, na "
    "przykład own:validation.",
    "learnt": "ostrzeżenie: model najwyraźniej uczył się na tych tekstach: zna ich etykiety, dobre i złe, "
    "i ukrywa "
    "złe; oceń inne, na przykład own:validation",
}

WORDS: Mapping[str, Mapping[str, str | Mapping[str, str]]] = {
    "label": LABEL,
    "console": CONSOLE,
    "doubt": DOUBT,
    "tongue": TONGUE,
    "trust": TRUST,
    "check": CHECK,
    "role": ROLE,
    "explanation": EXPLANATION,
    "report": REPORT,
    "page": PAGE,
    "static": STATIC,
    "table": TABLE,
    "threshold": THRESHOLD,
    "mistakes": MISTAKES,
}
