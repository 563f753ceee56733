"""Polish phrases that say what their words do not: set expressions, above all on films, for the grammar.

Collected by ourselves, from no data set; each with diacritics, as it is written. Gender of who speaks and of
what is judged is left as it falls.
"""

FAINT = (
    "mogło być gorzej", "bywało gorzej", "widziałem gorsze", "całkiem całkiem", "nie najgorzej",
    "da się obejrzeć", "może być", "daje radę", "niczego sobie", "mogło być lepiej", "bywało lepiej",
    "nic specjalnego", "nic nadzwyczajnego", "bez szału", "szału nie", "takie sobie", "taki sobie", "średni",
    "ani ziębi", "nie dla mnie", "to nie moja bajka",
)  # fmt: skip
"""Beginnings of those that praise or blame but a little."""
PRAISE = (
    """
petarda|sztos|cudo|mistrzostwo|perełka|bomba|klasa|kino z najwyższej półki|świetna robota|łapie za serce
chwyta za gardło|trzyma poziom|wciąga bez reszty|polecam z całego serca|ubawiłem się setnie
uśmiałam się jak norka|czas zleciał błyskawicznie|dwie godziny minęły jak jedna chwila
wyszłam z kina wzruszona|wyszedłem z kina zachwycony|kapitalne dialogi|genialna ścieżka dźwiękowa
scenariusz bez słabych punktów|porusza do głębi|pełen ciepła i humoru|idealny na wieczór
bije na głowę oryginał|mogłabym oglądać bez końca|obejrzę na pewno raz jeszcze|oscarowa kreacja
aktorski koncert|widać serce włożone w ten film|kino, jakie lubię|warte każdej złotówki
najlepsze, co widziałam od dawna|długo o nim myślałam|zostaje w pamięci|piękna historia|ani chwili nudy
aż chce się wracać|ręce same składają się do braw|owacja na stojąco|reżyser w szczytowej formie
świetny klimat|obsada dobrana idealnie|humor pierwsza klasa|zasłużone nagrody|każda scena ma sens
wreszcie coś nowego|zaskoczył mnie na plus|czapki z głów|wielkie kino|cały seans na krawędzi fotela
płakałem jak bóbr|dzieci zachwycone, dorośli też|dla mnie bomba|czuć magię kina
jeszcze lepszy za drugim razem|godny następca pierwszej części|nie ma się do czego przyczepić
trudno się do czegoś przyczepić|nie mam żadnych zastrzeżeń|bez zastrzeżeń|nie mam uwag|zero uwag
nie ma na co narzekać|nie mogę narzekać|nie narzekam|nic dodać, nic ująć|klasa sama w sobie|pierwsza klasa
najwyższa półka|górna półka|strzał w dziesiątkę|trafiony wybór|trafiony zakup|prawdziwa perła|majstersztyk
arcydzieło|mistrzostwo świata|rewelka|miód|bajka|poezja|ósmy cud świata|palce lizać|niebo w gębie|bez pudła
w punkt|jak z bajki|jak marzenie|czysta przyjemność|szczęka opada|szczęka mi opadła|chapeau bas|brawo
brawa dla całej ekipy|wielkie brawa dla reżysera|ukłony dla obsady|ciarki na plecach|miałem ciarki
miałam ciarki od początku|łza się w oku zakręciła|wzruszyłem się|wzruszyłam się do łez
popłakałem się ze śmiechu|płakałam ze śmiechu|uśmiałam się do łez|brzuch mnie bolał ze śmiechu
śmialiśmy się przez cały seans|dawno się tak nie uśmiałem|dawno nie widziałem tak dobrego filmu
dawno nie byłam tak poruszona|siedziałem jak na szpilkach|nie mogłem oderwać wzroku|nie mogłam się oderwać
nie dało się oderwać od ekranu|wciąga od pierwszych scen|wciągnął mnie bez reszty
trzyma poziom do samego finału|napięcie rośnie z każdą sceną|nie ma ani chwili na oddech
dwie godziny minęły jak pięć minut|czas zleciał nie wiadomo kiedy|szkoda, że już koniec|mogłoby trwać dłużej
chcę więcej|czekam na ciąg dalszy|czekam na drugą część z niecierpliwością|proszę o kolejny sezon
obejrzę jeszcze nie raz|chętnie obejrzę ponownie|wrócę do tego filmu|będę wracać|na pewno jeszcze tu wrócimy
wrócimy tu za rok|polecam każdemu|polecam całym sercem|z czystym sumieniem polecam|gorąco polecam
szczerze polecam|warto było|warto było czekać|warto poświęcić wieczór|wart każdej złotówki|warte swojej ceny
warte każdych pieniędzy|dobrze wydane pieniądze|nie żałuję ani złotówki|nie żałuję ani minuty
nie pożałujecie|nie zawiedziecie się|nie zawiodłem się|nie zawiodłam się ani trochę|lektura obowiązkowa
pozycja obowiązkowa|must see|trzeba zobaczyć|koniecznie zobaczcie|biegnijcie do kin|marsz do kina
obowiązkowo do kina|na takie filmy chce się chodzić do kina|tak się robi kino|oto kino przez duże K
takich filmów nam trzeba|więcej takich filmów|taki film trafia się raz na dziesięć lat
wreszcie coś dla dorosłych|nareszcie dobry polski film|duma z polskiego kina|powiew świeżości
zostaje w głowie na długo|długo zostanie w pamięci|nie daje o sobie zapomnieć|daje do myślenia
skłania do refleksji|chwyta za serce|bije na głowę konkurencję|bije oryginał na głowę
lepszy od pierwszej części|lepiej niż w książce|z każdym odcinkiem coraz lepiej|im dalej, tym lepiej
rozkręca się i już nie puszcza|zaskakuje do samego końca|zwrot akcji jak się patrzy|obsada dobrana bez pudła
aktorzy dali z siebie wszystko|zagrane koncertowo|rola życia|zagrał jak z nut|kradnie każdą scenę
chemia aż iskrzy|zdjęcia zapierają dech|muzyka robi robotę|dialogi jak brzytwa|montaż pierwszorzędny
efekty robią wrażenie|mogło być gorzej|bywało gorzej|widziałem gorsze|całkiem całkiem|nie najgorzej
niczego sobie|daje radę|da się obejrzeć|może być|nie taki diabeł straszny|lepsze niż myślałem
pozytywne zaskoczenie|miłe zaskoczenie|bardzo na plus|wielki plus|same plusy|na szóstkę|działa jak złoto
działa jak w zegarku|chodzi jak marzenie|śmiga aż miło|leży jak ulał|pasuje jak ulał|jak nowy|nie do zdarcia
spisuje się na medal|przyszło szybko i w całości|wszystko zgodnie z opisem|wszystko na czas|obsługa na medal
poczułam się jak w domu|jak u mamy|pełna profeska|kto tego nie kocha|jak tu nie lubić takiego filmu
czego chcieć więcej|czego tu nie lubić|i jak się tu nie uśmiechnąć
""".strip()
    .replace("\n", "|")
    .split("|")
)
BLAME = (
    """
kaszana|chała|szmira|badziew|gniot|nuda, nuda i jeszcze raz nuda|wieje nudą|flaki z olejem
nie dotrwałem do napisów|zmarnowany wieczór|szkoda prądu|szkoda słów|ręce opadają|śmiech na sali|bez sensu
bez ładu i składu|nie trzyma się kupy|dłuży się niemiłosiernie|ciągnie się jak guma|efekciarstwo bez treści
papierowe postacie|aktorzy jak z kartonu|wyłączyłem po kwadransie|film o niczym|odcinanie kuponów
profanacja książki|zepsuli tak dobrą historię|przerost formy nad treścią|zawód na całej linii
nie wiem, o co tyle szumu|kolejny niepotrzebny remake|oczy bolą od tych efektów
humor na poziomie przedszkola|żarty z brodą|banał goni banał|reżyser się pogubił
scenariusz napisany w jeden wieczór|nikt tu nie umie grać|aktorka nie ma pojęcia o graniu
zero chemii między bohaterami|zasypiałam co chwilę|ledwo wysiedziałem|poszłabym wcześniej, gdyby nie mąż
oczekiwałem czegoś więcej|niczego tu nie ma|obiecywali komedię roku|zwiastun lepszy od filmu
najlepsze sceny były w zwiastunie|po pierwszej części to wstyd|typowy skok na portfel widza|kicz straszny
płaska jak deska opowieść|logiki za grosz|pół sali wyszło|bilety drogie, a w środku pustka
stracone dwie godziny|męczarnia|bolesne doświadczenie|nie do oglądania|wstyd dla polskiego kina
gorzej już się nie da|nie ma się z czego śmiać|litości|komu się to podoba?|mogło być lepiej|bywało lepiej
widziałem lepsze|widziałam dużo lepsze|spodziewałem się więcej|spodziewałam się czegoś lepszego
liczyłem na więcej|nic specjalnego|nic nadzwyczajnego|nic nowego|nic ciekawego|bez szału|szału nie ma
szału nie było|dupy nie urywa|takie sobie|taki sobie|średniawka|średnio na jeża|przeciętniak|do zapomnienia
wpada i wypada|jednym uchem wpada, drugim wypada|ani ziębi, ani grzeje|nijakie|nuda, nuda, nuda
zanudzić się można|wynudziłem się|wynudziłam się okropnie|usnąłem w połowie|zasnęłam po kwadransie
spałem jak niemowlę|ziewałem przez cały seans|co chwila patrzyłem na zegarek|nie mogłam się doczekać końca
dłużyło się niemiłosiernie|wlecze się|wlecze się w nieskończoność|nie dotrwałem do końca
nie dałem rady obejrzeć do końca|wyłączyłam po dwudziestu minutach|wyszedłem przed końcem
ludzie wychodzili z sali|odpuściłem po trzecim odcinku|szkoda biletu|szkoda nerwów|szkoda gadać
szkoda zachodu|szkoda pieniędzy i czasu|pieniądze wyrzucone w błoto|stracony wieczór|zmarnowany potencjał
zmarnowana szansa|niech mi ktoś odda te pieniądze|kto mi zwróci za bilet|poproszę o zwrot
nikt mi tego czasu nie odda|tego czasu nikt mi nie zwróci|żałuję każdej wydanej złotówki
żałuję, że poszedłem|żałuję, że kupiłam|wielka pomyłka|skok na kasę|zrobione dla pieniędzy
chodziło tylko o kasę|zdzierstwo|naciąganie ludzi|nabijanie w butelkę|ściema|jedna wielka ściema|żenada|żal
wstyd|obciach|porażka|dno|dno i wodorosty|dno i metr mułu|kicha|klapa|knot|chłam|szajs|crap|totalna klapa
kompletna porażka|gniot jakich mało|gwałt na książce|profanacja oryginału|plucie w twarz fanom|kpina z widza
kpina|kpina z klienta|obraza inteligencji widza|dla widza bez wymagań|o niczym|wydmuszka
ładne opakowanie, w środku pustka|fabuła kupy się nie trzyma|dziury w scenariuszu|zero logiki
ni pies, ni wydra|groch z kapustą|chaos na ekranie|drewniane aktorstwo|aktorzy recytują jak w szkole
zagrane bez przekonania|dialogi szeleszczą papierem|nic nie słychać|nie da się zrozumieć aktorów
dźwięk woła o pomstę do nieba|efekty jak sprzed trzydziestu lat|wieje tandetą|żarty spod budki z piwem
humor żaden|ani to śmieszne, ani straszne|miał być horror, wyszła komedia
miała być komedia, a nikt się nie śmiał|nie zaśmiałem się ani razu|ani razu się nie uśmiechnęłam
wszystko co dobre pokazali w zwiastunie|odgrzewany kotlet|odgrzewane kotlety|wszystko już było|kalka kalki
kolejny film jak każdy inny|trzeci raz to samo|kontynuacja na siłę|niepotrzebna kontynuacja
po co to nakręcono|komu to potrzebne|kto dał na to pieniądze|kto to wymyślił|jak można było to tak zepsuć
witki opadają|słabo mi się zrobiło|trzymać się z daleka|omijać szerokim łukiem|nie polecam nikomu|odradzam
stanowczo odradzam|nie idźcie na to|nie dajcie się nabrać|nie warto|niewarte swojej ceny|nie warte zachodu
nigdy więcej|moja noga więcej tam nie postanie|ostatni raz|więcej się nie nabiorę|dziękuję, postoję
nie dla mnie|to nie moja bajka|nie kupuję tego|nie przekonuje mnie|nie porwało mnie|coś nie pykło
coś tu nie zagrało|wymięka przy pierwszej części|daleko mu do oryginału
nie dorasta do pięt poprzedniej części|z każdym sezonem coraz gorzej|im dalej, tym gorzej
zaczyna się dobrze, a potem równia pochyła|końcówka zepsuła wszystko|finał rozczarował
zakończenie na kolanie|ucięte w połowie|najgorszy film roku|najgorsze pieniądze wydane w tym roku
gorszego filmu nie widziałem|gorzej być nie mogło|gorzej się nie da|rozleciało się po tygodniu|do kosza
nadaje się do śmieci|do niczego|do bani|do luftu|o kant stołu rozbić|działa, kiedy chce|padło po miesiącu
przyszło uszkodzone|zdjęcia kłamią|niezgodne z opisem|czekałem miesiąc i nic|zero odpowiedzi
potraktowali nas jak intruzów|olali mnie|łaskę robią|łaski nie robią, a tak się czułem|wielkie dzięki za nic
super, znowu nie działa|pięknie, znowu opóźnienie|brawo, zepsuliście wszystko
no świetnie, kolejne dwie godziny w plecy|gratuluję, gorzej się nie dało|dziękuję za zepsuty urlop
cyrk na kółkach|kabaret
""".strip()
    .replace("\n", "|")
    .split("|")
)
