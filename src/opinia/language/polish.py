"""What pictures and reports say in Polish."""

TEXTS = {
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
    "same_training": "jeden trening, do różnych epok: {runs}",
    "title": "Badanie „{name}”: porównanie przebiegów uczenia",
    "intro": "Przebiegów: {runs}; folderów przebiegów razem z ziarnami: {records}, z treningów: "
    "{trainings}. Każde zdanie we wnioskach obliczono z historii przebiegów, według reguły, która stoi "
    "pod nim.",
    "missing": "Niekompletne: te przebiegi nie są ukończone i zostały pominięte: {runs}.",
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
    "{window}. Sekundy: mediana, niezależnie od innych obciążeń komputera.",
    "window": "epoki 11–{last}",
    "no_window": "na co każdy przebieg jest za krótki",
    "test_note": "Dokładność testowa dotyczy najlepszego modelu każdego ziarna, wybranego na walidacji; "
    "wzięto ją z rejestru wyników testowych, do którego każdy model trafia raz.",
    "no_test": "Dokładność testowa nie jest znana dla każdego przebiegu: liczy ją `opinia study --test`, "
    "raz dla każdego modelu.",
    "shared": "{runs} to jeden trening, widziany do różnych epok. Są sparowane, a nie niezależne: "
    "najlepsza dokładność dłuższego nie może być niższa niż krótszego, a ich zgodność niczego nie "
    "potwierdza.",
    "noise": "Dokładność walidacji około {level} na próbie {reviews} recenzji ma błąd standardowy {error} "
    "p.p. z samego doboru recenzji. Wszystkie przebiegi oceniane są na tych samych recenzjach, więc "
    "różnice między nimi znamy nieco lepiej; z tego samego powodu najlepsza z wielu epok jest trochę "
    "zawyżona.",
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
    "onset.no rise": "{run}: brak początku przeuczenia: strata walidacji kończy {rise} % powyżej "
    "najniższej wygładzonej wartości (epoka {low}). Według ziaren: {seeds}.",
    "onset.training loss rises": "{run}: po epoce {low} rośnie strata walidacji, ale także strata uczenia: "
    "to nie jest przeuczenie. Według ziaren: {seeds}.",
    "onset.none": "brak",
    "onset.rule": "średnia po ziarnach, wygładzona medianą kroczącą z 3 epok (przy równych liczy się "
    "niższa przed wygładzeniem); początek to epoka po najniższej stracie walidacji, jeśli następują po "
    "niej co najmniej 4 epoki, średnia z ostatnich 3 epok leży co najmniej 5 % wyżej, a strata uczenia "
    "kończy niżej niż tam. „Tak”, gdy jest; „zbyt skąpe dane”, gdy następują mniej niż 4 epoki; w innym "
    "przypadku „nie”.",
    "regression.1": "{run}: dokładność walidacji spada o {drop} p.p. (przedział: {between}).",
    "regression.0": "{run}: dokładność walidacji zmienia się o {change} p.p., co nie wykracza poza rozrzut "
    "po ziarnach (przedział dla spadku: {between}).",
    "regression.-1": "{run}: dokładność walidacji nie spada; rośnie o {change} p.p. (przedział dla spadku: "
    "{between}).",
    "regression.thin": "{run}: dokładność walidacji zmienia się o {change} p.p.",
    "regression.rule": "średnia z epok 6–10 minus średnia z {window}, dla każdego ziarna; t Studenta, 95 % "
    "dla całej rodziny przedziałów ({count}, Bonferroni). „Tak”, gdy cały przedział leży powyżej 0; „nie”, "
    "gdy poniżej; w innym przypadku w granicach rozrzutu.",
    "stability.1": "{run}: po epoce 10 {metric} traci stabilność: {late} wobec {early} wcześniej "
    "(przedział dla zmiany: {between}).",
    "stability.0": "{run}: po epoce 10 {metric} nie jest mniej stabilna poza granicami rozrzutu po "
    "ziarnach: {late} wobec {early} wcześniej (przedział dla zmiany: {between}).",
    "stability.-1": "{run}: po epoce 10 {metric} jest stabilniejsza: {late} wobec {early} wcześniej "
    "(przedział dla zmiany: {between}).",
    "stability.thin": "{run}: zmiany ({metric}) wynoszą {late} po epoce 10 i {early} wcześniej.",
    "stability.rule": "odchylenie standardowe zmian z epoki na epokę w epokach 11–{last} minus to w "
    "epokach 2–10, dla każdego ziarna; t Studenta, 95 % dla całej rodziny przedziałów ({count}, Bonferroni). "
    "Dokładności w punktach procentowych. „Tak”, gdy cały przedział leży powyżej 0; „nie”, gdy poniżej; w "
    "innym przypadku w granicach rozrzutu.",
    "least.1": "Najmniej stabilny jest {run} (batch {batch}): {late} p.p.; różni się od każdego innego "
    "treningu poza granicami rozrzutu po ziarnach.",
    "least.0": "{run} (batch {batch}) ma największą średnią zmienność, {late} p.p., ale nie różni się od "
    "każdego innego treningu poza granicami rozrzutu po ziarnach: {others}.",
    "least.thin": "{run} (batch {batch}) ma największą zmienność, {late} p.p.; pozostałe: {others}.",
    "least.rule": "to samo okno dla wszystkich, epoki 11–{last}; przedziały t Welcha, 95 % dla całej "
    "rodziny (Bonferroni). „Tak”, gdy przedział największej średniej minus każda inna leży powyżej 0; w "
    "innym przypadku w granicach rozrzutu.",
    "differences.best_val_accuracy": "najlepsza dokładność walidacji",
    "differences.val_accuracy": "końcowa dokładność walidacji",
    "differences.some": "{metric}: przebiegi różnią się najwyżej o {range} p.p.; poza granicami rozrzutu "
    "po ziarnach: {pairs}.",
    "differences.none": "{metric}: przebiegi różnią się najwyżej o {range} p.p.; żadna różnica nie "
    "wykracza poza rozrzut po ziarnach.",
    "differences.thin": "{metric}: przebiegi różnią się najwyżej o {range} p.p.",
    "differences.rule": "przebiegi jednego treningu według sparowanych różnic, inne według t Welcha; 95 % "
    "dla całej rodziny par ({pairs}, Bonferroni). „Tak”, gdy przedział którejś pary nie obejmuje 0; "
    "inaczej w granicach rozrzutu. Przy tej liczbie ziaren ({seeds}) widać tylko duże różnice.",
    "pair": "{one} ponad {other} o {size}",
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
    "published_note": "Opublikowany opis (docs/published.md w repozytorium opinii) mówi o tych samych pięciu "
    "przebiegach w Keras, o ile wiadomo po jednym razie. Nasza walidacja jest wydzielona z recenzji uczących "
    "według filmów (liczba recenzji: {reviews}, filmów nieobecnych w uczeniu); samouczek, z którego pochodzi "
    "sieć, waliduje na 1920 recenzjach ze zbioru testowego.",
    "published_rule": "Wszystkie wyniki daje jedna reguła. Wniosek jest ogólny, więc wystarczy jeden "
    "przypadek przeciw, by był niepotwierdzony. Gdy żaden nie jest przeciw, wniosek jest potwierdzony, "
    "jeśli każdy przypadek jest za; potwierdzony częściowo, jeśli niektóre są za, a inne otwarte; "
    "nierozstrzygnięty, jeśli wszystkie są otwarte. Przy mniej niż 3 ziarnach na przebieg nie "
    "rozstrzygnięto niczego. „Poza rozrzutem” znaczy, że cały przedział, 95 % dla rodziny przypadków, leży "
    "po tej stronie; z granicami porównuje się liczby tak, jak je wydrukowano.",
    "col.claim": "opublikowany wniosek",
    "col.verdict": "wynik",
    "col.figures": "tutaj, przypadek po przypadku",
    "col.rule": "reguła przypadku",
    "confirmed": "potwierdzony",
    "partly": "potwierdzony częściowo",
    "not confirmed": "niepotwierdzony",
    "undecided": "nierozstrzygnięty",
    "case": "{subject}: {figure}, {says}",
    "case.for": "za",
    "case.against": "przeciw",
    "case.open": "otwarte",
    "claim.overfitting": "przeuczenie po około 10 epokach",
    "claim.overfitting.rule": "Początek przeuczenia według reguły powyżej. Za: w epokach od 9 do 13. "
    "Przeciw: w innej epoce albo wcale, choć po najniższej stracie walidacji są co najmniej 4 epoki. "
    "Otwarte: jest ich mniej.",
    "claim.stability": "potem metryki walidacji tracą stabilność",
    "claim.stability.rule": "Zmiana zmienności po epoce 10 według reguły powyżej. Za: wzrost poza rozrzutem. "
    "Przeciw: spadek poza rozrzutem. Otwarte: ani to, ani to.",
    "claim.batch": "batch 32 jest najmniej stabilny",
    "claim.batch.rule": "Zmienność przy batch 32 minus zmienność przy innym, epoki 11–{last}, w p.p., "
    "według reguły powyżej. Za: powyżej 0 poza rozrzutem. Przeciw: poniżej 0 poza rozrzutem. Otwarte: ani "
    "to, ani to.",
    "claim.similar": "przebiegi dają bardzo podobne wyniki",
    "claim.similar.here": "największa różnica {size} p.p. ({one}, {other}); pary: za {on}, przeciw {off}, "
    "otwarte {open}",
    "claim.similar.rule": "Różnica dwóch przebiegów w najlepszej dokładności walidacji według reguły "
    "powyżej. Za: średnie odległe najwyżej o 1 p.p. Przeciw: dalsze, i to poza rozrzutem. Otwarte: dalsze, "
    "ale w granicach rozrzutu.",
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
    "network_note": "Uczone: {trainable} ({trainable_size}). Optymalizator: {optimizer} "
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
    "q.evidence": "Co te liczby mogą udźwignąć",
    "q.onset": "Od której epoki sieć się przeucza?",
    "q.regression": "Czy dokładność walidacji potem spada?",
    "q.stability": "Czy po epoce 10 ginie stabilność?",
    "q.least": "Który trening jest najmniej stabilny?",
    "q.differences": "Czy przebiegi różnią się bardziej niż ich ziarna?",
    "panel_title": "{panel} (walidacja w najlepszej epoce: {value})",
    "quality.reliability": "Czy model wie, jak bardzo może być pewny?",
    "quality.reliability_note": "Liczba recenzji: {reviews}, dokładność {accuracy}, "
    "błąd kalibracji (ECE) {ece}, NLL {nll}",
    "quality.accuracy": "dokładność",
    "quality.confidence": "pewność (prawdopodobieństwo odpowiedzi)",
    "quality.gap": "ich błąd kalibracji",
    "quality.bin": "recenzje podobnej pewności, z przedziałem ufności 95 %",
    "quality.ideal": "idealna kalibracja",
    "quality.reviews": "recenzje",
    "quality.lengths": "Dokładność a długość recenzji",
    "quality.words": "słów w recenzji: najmniej i najwięcej w grupie",
    "quality.all": "wszystkie recenzje: {accuracy}",
    "quality.interval": "grupa, z przedziałem ufności 95 %",
    "quality.group_size": "Recenzji w grupie: {count}",
}
