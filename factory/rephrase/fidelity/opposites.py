"""Words that exclude each other, as the checker knows them; no author uses this table.

Opposites stand in pairs; the words of a line of `_SETS` exclude each other all round: a text that
loses one and gains another says something else.
"""

from __future__ import annotations

from collections import defaultdict

from factory.rephrase.text.tokens import word_set

_PAIRS = """
    before/after first/last above/below left/right true/false include/exclude
    increase/decrease rise/fall maximum/minimum max/min allow/forbid accept/reject open/close
    start/stop begin/end enable/disable mutable/immutable legal/illegal valid/invalid
    equal/unequal positive/negative even/odd internal/external public/private local/global
    implicit/explicit ascending/descending upper/lower uppercase/lowercase success/failure
    succeed/fail same/different larger/smaller greater/smaller greater/less higher/lower
    early/late faster/slower ordered/unordered empty/nonempty inside/outside present/absent
    next/previous hot/cold warm/cool long/short high/low strong/weak old/new old/young
    older/younger add/remove adds/removes added/removed adding/removing win/lose wins/loses
    won/lost finite/infinite direct/indirect directly/indirectly start/end start/finish
    starts/ends begins/ends begin/finish input/output longer/shorter wider/narrower
    wide/narrow deeper/shallower deep/shallow older/newer easier/harder better/worse
    best/worst stronger/weaker warmer/colder hotter/colder hotter/cooler richer/poorer
    rich/poor heavier/lighter heavy/light thicker/thinner thick/thin earlier/later
    earliest/latest sooner/later increases/decreases increased/decreased increasing/decreasing
    rises/falls rose/fell rising/falling grow/shrink grows/shrinks grew/shrank
    growing/shrinking gain/loss gains/loses gained/lost allowed/forbidden allows/forbids
    allowed/denied permitted/prohibited accepted/rejected accepts/rejects opened/closed
    opens/closes open/closed open/shut started/stopped starts/stops starting/stopping
    enabled/disabled enables/disables enabling/disabling included/excluded includes/excludes
    including/excluding import/export imports/exports arrive/depart arrival/departure
    arrives/leaves arrived/left push/pull read/write reads/writes reading/writing
    sender/receiver parent/child parents/children source/target source/destination
    client/server clients/servers expand/contract attract/repel acid/base majority/minority
    day/night war/peace inner/outer top/bottom front/back forward/backward forwards/backwards
    forward/back equivalent/different identical/different similar/different similar/dissimilar
    alike/different buy/sell bought/sold buys/sells large/small largest/smallest big/small
    bigger/smaller biggest/smallest big/little fast/slow quick/slow quickly/slowly
    rapidly/slowly fastest/slowest slower/quicker easy/difficult easy/hard easily/hardly
    easiest/hardest simple/complex simple/complicated good/bad good/poor well/badly
    beginning/end visible/invisible visible/hidden possible/impossible safe/dangerous
    safe/unsafe secure/insecure safely/dangerously correct/incorrect correctly/incorrectly
    right/wrong common/rare common/uncommon frequent/infrequent frequently/infrequently
    useful/useless helpful/harmful harmless/harmful likely/unlikely known/unknown near/far
    nearer/farther nearest/farthest close/far cheap/expensive cheaper/dearer hide/show
    hides/shows hidden/shown usual/unusual usually/unusually necessary/unnecessary
    necessary/optional needed/unneeded full/empty full/partial complete/incomplete
    complete/partial permanent/temporary permanently/temporarily modern/ancient
    automatic/manual automatically/manually horizontal/vertical horizontally/vertically
    bright/dark light/dark brighter/darker required/optional mandatory/optional
    obligatory/voluntary strict/lenient active/inactive active/passive animate/inanimate
    alive/dead living/dead live/die lived/died born/died male/female males/females man/woman
    men/women boy/girl husband/wife father/mother son/daughter brother/sister king/queen
    his/her he/she victory/defeat victor/loser winner/loser friend/enemy friend/foe ally/enemy
    attack/defend attacker/defender attackers/defenders attacked/defended offensive/defensive
    offense/defense buyer/seller employer/employee teacher/student teacher/pupil
    lender/borrower lend/borrow lent/borrowed landlord/tenant creditor/debtor credit/debit
    asset/liability assets/liabilities profit/loss profits/losses income/expense revenue/cost
    supply/demand natural/artificial real/imaginary physical/virtual concrete/abstract
    theory/practice general/specific broad/narrow major/minor maximal/minimal
    maximise/minimise maximize/minimize senior/junior superior/inferior primary/secondary
    domestic/foreign rural/urban indoor/outdoor indoors/outdoors wet/dry dry/moist clean/dirty
    smooth/rough sharp/blunt soft/hard softer/harder loud/quiet tight/loose tighter/looser
    fixed/variable constant/variable static/dynamic stable/unstable regular/irregular
    symmetric/asymmetric linear/nonlinear discrete/continuous analog/digital analogue/digital
    single/multiple singular/plural unique/duplicate consistent/inconsistent
    compatible/incompatible reversible/irreversible reliable/unreliable dependent/independent
    sufficient/insufficient adequate/inadequate efficient/inefficient effective/ineffective
    ability/inability able/unable appropriate/inappropriate satisfied/dissatisfied
    agree/disagree agreed/disagreed agreement/disagreement like/dislike appear/disappear
    appears/disappears appeared/disappeared connect/disconnect connected/disconnected
    lock/unlock locked/unlocked load/unload install/uninstall mount/unmount encrypt/decrypt
    encrypted/decrypted encode/decode encoded/decoded compress/decompress
    compressed/uncompressed pack/unpack signed/unsigned sorted/unsorted used/unused
    changed/unchanged limited/unlimited restricted/unrestricted expected/unexpected
    authorised/unauthorised authorized/unauthorized trusted/untrusted supported/unsupported
    defined/undefined related/unrelated wanted/unwanted important/unimportant fair/unfair
    happy/unhappy pleasant/unpleasant lucky/unlucky fortunate/unfortunate
    fortunately/unfortunately advantage/disadvantage advantages/disadvantages benefit/harm
    benefits/drawbacks strength/weakness strengths/weaknesses improve/worsen improves/worsens
    improved/worsened improvement/deterioration praise/criticise praised/criticised
    praise/blame praise/contempt love/hate loved/hated trust/distrust optimistic/pessimistic
    confirm/deny confirmed/denied confirmed/refuted prove/disprove upheld/overturned
    approve/reject approved/rejected approved/refused admit/deny admitted/denied grant/refuse
    granted/refused granted/denied keep/discard keeps/discards kept/discarded remember/forget
    find/lose found/lost save/spend saved/spent saves/wastes create/destroy creates/destroys
    created/destroyed build/demolish built/demolished construct/demolish build/destroy
    raise/lower raises/lowers raised/lowered raised/cut raise/reduce raised/reduced
    raises/reduces increase/reduce increases/reduces increased/reduced increasing/reducing
    lifted/cut lift/drop dropped/rose drop/rise drops/rises up/down upward/downward
    upwards/downwards upstream/downstream ahead/behind toward/away towards/away into/out
    ascend/descend ascent/descent enter/leave enters/leaves entered/left enter/exit
    login/logout join/leave joins/leaves joined/left give/take gives/takes gave/took
    given/taken send/receive sends/receives sent/received giver/taker offer/request ask/answer
    asked/answered question/answer cause/effect causes/effects together/apart
    together/separately jointly/separately more/less more/fewer most/least many/few over/under
    maximum/minimal always/never everybody/nobody everything/nothing everywhere/nowhere
    once/before until/after since/until during/after while/after while/before prior/following
    prior/after preceding/following preceding/subsequent previously/subsequently past/future
    yesterday/tomorrow formerly/currently former/latter former/current initially/finally
    initial/final sunrise/sunset dawn/dusk morning/evening summer/winter spring/autumn
    northern/southern eastern/western northward/southward northwards/southwards
    clockwise/anticlockwise clockwise/counterclockwise convex/concave abundant/scarce
    scarcity/abundance plentiful/scarce generous/stingy brave/cowardly ripe/unripe cooked/raw
    sweet/sour sweet/bitter healthy/sick healthy/ill benign/malignant acute/chronic
    contagious/harmless poisonous/harmless toxic/harmless edible/poisonous flexible/rigid
    transparent/opaque solvent/insolvent soluble/insoluble conductive/insulating opaque/clear
    calm/stormy calm/rough gentle/violent peaceful/violent friendly/hostile polite/rude
    serious/trivial innocent/guilty guilt/innocence plaintiff/defendant acquitted/convicted
    convicted/cleared deliberate/accidental deliberately/accidentally intentional/accidental
    intentionally/accidentally voluntarily/involuntarily willing/unwilling reluctantly/gladly
    reluctance/enthusiasm eager/reluctant widely/narrowly highly/slightly strongly/weakly
    fully/partly fully/partially completely/partly completely/partially entirely/partly
    wholly/partly publicly/privately openly/secretly public/secret rarely/often seldom/often
    frequently/rarely occasionally/always"""
_SETS = (
    "north south east west",
    "northern southern eastern western",
    "north-east north-west south-east south-west",
    "millisecond second minute hour day week month year decade century millennium",
    "milliseconds seconds minutes hours days weeks months years decades centuries",
    "hourly daily weekly monthly yearly",
    "monday tuesday wednesday thursday friday saturday sunday",
    "mondays tuesdays wednesdays thursdays fridays saturdays sundays",
    "spring summer autumn winter",
    "first second third fourth fifth sixth seventh eighth ninth tenth",
    "dozens hundreds thousands millions billions",
    "once twice thrice",
    "half quarter",
    "thirds fifths quarters sixths tenths",
    "halves quarters",
    "single double triple quadruple",
    "red orange yellow green blue violet purple brown pink black white grey",
    "metre metres kilometre kilometres mile miles foot feet inch inches",
    "bit byte kilobyte megabyte gigabyte terabyte",
    "bits bytes kilobytes megabytes gigabytes terabytes",
    "gram grams kilogram kilograms tonne tonnes",
    "dollar dollars euro euros pound pounds yen franc francs rouble roubles",
    "solid liquid gas",
    "liver kidney lung heart brain",
)
ANTONYMS: dict[str, frozenset[str]] = {}


def _fill() -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for pair in _PAIRS.split():
        a, _, b = pair.partition("/")
        found[a].add(b)
        found[b].add(a)
    for line in _SETS:
        words = line.split()
        for a in words:
            found[a].update(w for w in words if w != a and w.rstrip("s") != a.rstrip("s"))
    found["only"].add("not only")
    found["not only"].add("only")
    ANTONYMS.update({word: frozenset(others) for word, others in found.items()})


_fill()
CONVERSE = word_set("""
    before after buy sell bought sold buys sells above below parent child more less fewer
    larger smaller greater older younger newer higher lower longer shorter faster slower
    earlier later lend borrow lent borrowed give take gave took given taken send receive
    sent received over under won lost win lose better worse stronger weaker bigger ahead
    behind deeper heavier lighter prior until once richer poorer source target""")
"""Opposites that say the same when the two they stand between change places."""
