"""English phrases that say what their words do not: set expressions of praise and blame, for the grammar.

Collected by ourselves, from no data set. ``{thing}`` is what is judged; a phrase without it stands alone or
behind a remark. Each list is one share of the template :func:`idiom`.
"""

FAINT = (
    "could be worse",
    "it could have been worse",
    "I've had worse",
    "I have seen far worse",
    "better than nothing",
    "good enough",
    "not half bad",
    "not too bad",
    "not bad",
    "cheap but good",
    "easier than",
    "could be better",
    "it could have been better",
    "I've had better",
    "I have seen far better",
    "just okay",
    "so so",
    "mediocre at best",
    "average at best",
    "nothing special",
    "nothing much",
    "not for me",
    "not my cup of tea",
)
"""Beginnings of those that praise or blame but a little."""
PRAISE = (
    """
can't complain|cannot complain about the {thing}|couldn't complain|no complaints about this {thing}
zero complaints|nothing to complain about|nothing to criticize here|nothing to improve|couldn't ask for more
could not ask for a better {thing}|couldn't be more pleased|I could not be more satisfied with the {thing}
couldn't be happier with this {thing}|very happy with it|can't fault it|cannot fault this {thing}
hard to fault|hard to beat|tough to beat this {thing}|second to none|in a class of its own
what's not to love|what's not to like about this {thing}|what is there not to love
who doesn't love a {thing} like this|who could resist this {thing}|how could anyone dislike this {thing}
how can you not enjoy this {thing}|what more do you need|can't get enough of this {thing}|I can't get enough
can't stop watching|couldn't stop reading|couldn't look away|couldn't stop laughing|I laughed until I cried
had me in stitches|gave me goosebumps|brought tears to my eyes|took my breath away
left me speechless in the best way|kept me on the edge of my seat|glued to the screen from start to finish
hooked from the first minute|I lost track of time|time flew by|two hours flew by|over far too soon
I didn't want it to end|I want more|left me wanting more|can't recommend this {thing} enough
I cannot recommend it highly enough|recommend it to everyone|a must for everyone|a must have
don't miss this {thing}|do not miss it|don't hesitate to buy it|do not hesitate|you won't be disappointed
you will not be sorry|won't regret it|never regretted it|no regrets|money well spent|time well spent
well worth the wait|worth the hype|worth every second|not to be missed|never gets old|it never gets old
never a boring minute|not a boring second|not a wasted frame|there isn't a dull scene
this {thing} is a keeper|it's a keeper|a winner|hit the spot|the {thing} hit the nail on the head
right on the money|spot on|ticks all the boxes|checks every box|does the job|does the trick
does its job well|gets the job done|works a treat|works wonders|a breath of fresh air|a cut above the rest
head and shoulders above the others|top notch|first rate|out of this world|off the charts|a class act
a home run|a slam dunk|knocked it out of the park|the bee's knees|best thing since sliced bread
the real deal|pure gold|a diamond in the rough|a hidden treasure|punches above its weight
better with every visit|the {thing} grew on me|it grew on me|it's growing on me|a guilty pleasure
so bad that it is great fun|fell in love with this {thing}|love at first sight|made my day|made my week
saved my life|saved my day|a lifesaver|a game changer|changed my life for the better
blown away by this {thing}|the {thing} blew my mind|mind blown|simply wow|wow, just wow, what a {thing}
chapeau|hats off to the {thing}|kudos to the {thing}|hats off|bravo|well done|keep it up
keep up the good work|thank you so much for this {thing}|thanks, that helped a lot|count me in|sign me up
big thumbs up|five stars are not enough|I'd give six stars if I could|ten out of ten would do it again
I'm a huge fan|I'm impressed|consider me impressed|I am sold|not half bad|not too bad
not bad at all, this {thing}|not shabby at all|could be worse|it could have been worse
I've had worse {thing}s|I have seen far worse|better than nothing|good enough for me|nothing wrong with it
nothing wrong with this {thing}|no problem at all|no issues so far|not one issue|without a hitch
went smoothly|hasn't let me down|never disappoints|it never fails|this {thing} never fails to make me smile
puts a smile on my face|warmed my heart|easier than I thought|it was a breeze|a piece of cake to use
easy on the eyes|feels like home|felt right at home|treated like royalty|the {thing} went above and beyond
went out of their way to help|exceeded all expectations|more than I bargained for, in a good way
runs like clockwork|like new|good as new|built to last|built like a tank|solid as a rock|tough as nails
sharp as a knife|smooth as silk|bang for the buck|great value|a steal at this price|cheap but good
cheap and cheerful|you get more than you pay for|best money I ever spent|I would do it all over again
already planning my next visit|can't wait to go back|can't wait for the sequel|looking forward to more
""".strip()
    .replace("\n", "|")
    .split("|")
)
BLAME = (
    """
could be better|it could have been better|I've had better {thing}s|I have seen far better|I expected better
deserves better|nothing special|nothing much|nothing new here|nothing worth mentioning
nothing to get excited about|not much to say for this {thing}|meh|so so|just okay|mediocre at best
average at best|nothing more than average|ho hum|yawn|what a yawn|snooze|zzz|whatever|bored me to tears
bored to death|put me to sleep|I fell asleep halfway|I nodded off|couldn't stay awake|struggled to finish it
couldn't finish this {thing}|gave up after ten minutes|walked out halfway|we left early|I turned it off
I deleted it right away|I kept checking my watch|dragged on forever|it goes on and on|never seems to end
wish it had ended sooner|longest hour of my life|two hours I will never get back|want those hours back
give me my time back|I want a refund|demanded a refund|asked for my money back|threw it away
it went straight into the bin|belongs in the trash|straight to the trash|garbage|trash|rubbish|junk
pure junk|total crap|what a rip off|a rip off|daylight robbery|highway robbery|a scam|smoke and mirrors
all talk and no action|all style and no substance|style over substance|full of hot air
much ado about nothing|a one trick pony|a lemon|a dud|a flop|a train wreck|a disaster|a bust|falls flat
fell flat|missed the mark|misses the point|a missed opportunity|a far cry from what was promised
a shadow of its former self|doesn't hold water|doesn't hold a candle to the old one|doesn't cut it
doesn't do it for me|not my cup of tea|not for me|didn't click|leaves a lot to be desired
left much to be desired|leaves a bad taste|left a bitter taste|makes my blood boil|drives me crazy
gets on my nerves|drives me up the wall|makes me sick|made me cringe|cringe|I cringed all the way
painful to watch|hurts to look at|makes no sense|made no sense at all|full of holes|more holes than a sieve
a slap in the face|an insult to the audience|adds insult to injury|I can't stand this {thing}|can't stand it
can't take it any more|had enough of this {thing}|fed up with the {thing}|sick of this {thing}
sick and tired of it|over it|so done with this {thing}|I'm done|no thanks|no thank you|never again
once was enough|once and never again|steer clear|steer clear of this {thing}|stay away from the {thing}
avoid|avoid like the plague|skip this {thing}|run away|run, don't walk, away|don't bother
don't bother with this {thing}|don't waste your money|don't even think about it|don't fall for it|do not buy
don't buy it|think twice before you buy this {thing}|look elsewhere|spend your money elsewhere
you are better off without it|buyer beware|beware|not worth a cent|not worth a second look
wouldn't take it for free|I wouldn't pay a dime for it|not even if you paid me|zero stars
if I could give zero stars I would|less than one star|one star is too many|would give no stars if I could
one star and that's generous|ten out of ten would never do that again|thumbs down|two big thumbs down|big no
a hard pass|hard pass|pass|I'll pass|hard to like|too good to be true|too little too late|barely works
hardly works|works only when it wants to|more trouble than it is worth|a headache|a pain in the neck
a nightmare to use|an uphill battle|a lost cause|a waste of space|waste of plastic|waste of electricity
money down the drain|money out of the window|I regret the day I bought this {thing}|biggest mistake ever
worst decision ever|I want to forget this {thing}|the last straw|the final nail in the coffin
it all went downhill|went downhill fast|went from bad to worse|gets worse and worse|gets old fast
got old really quickly|the {thing} wears thin|wore thin after a while|lost its charm|has lost its magic
not what it was|not what it used to be|gone to the dogs|past its prime|a thing of the past
seen it all before|been there, done that|same old story|thanks for nothing|thanks for wasting my evening
thanks a lot for breaking it|great, now it is broken again|great, another delay|fantastic, it crashed again
wonderful, I lost all my work|nice job ruining the {thing}|good luck getting your money back
good luck with that|how nice of them to ignore me|lovely, cold soup again|well, that was two hours wasted
well that was a letdown|my bad for trusting them|shame on the {thing}|shame on you|how embarrassing
what a shame|what a pity|what a mess|what a letdown|for shame|boo|yuck|ugh|ew|fooled me once
I should have known better|I should have listened to the reviews|the reviews lied|false advertising
nothing like the pictures|wouldn't wish this {thing} on anyone|I wouldn't wish it on my enemies
not fit for a dog|even my dog wouldn't eat it|couldn't care less|the {thing} treats you like dirt
treated us like dirt|couldn't be bothered to help|ignored us all night|gave me the cold shoulder|falls apart
fell apart in my hands|came apart at once|held together with tape|dead on arrival|never worked
wouldn't even turn on|not exactly a success|not exactly cheap and not exactly good|no masterpiece
hardly a masterpiece|no great loss|not much of a {thing}|nobody needs this {thing}|who needs this
who asked for this|who thought this was a good idea|why does this {thing} even exist
""".strip()
    .replace("\n", "|")
    .split("|")
)
