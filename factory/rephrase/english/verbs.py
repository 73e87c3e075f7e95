"""Verbs the offline author knows for certain: as a predicate's first word they mark a clause."""

from __future__ import annotations

from factory.rephrase.text.tokens import word_set

BE = word_set("is are was were")
MODALS = word_set("can may must should cannot will might could shall would")
HAVE = word_set("has have had does do did")
_BASES = """
return raise contain provide allow specify define evaluate create take give make yield cause refer
represent apply perform require support accept consist describe execute call bind mean indicate
determine introduce hold work use depend produce print start map supply behave remove need invoke
check handle offer become remain store terminate affect correspond implement inherit match follow
set list show receive include occur serve belong convert denote ensure form get grow happen keep
lead leave let lie look move name open pass prevent read run say tell treat try turn vary write
abort absorb accompany achieve act adapt add address adjust adopt aim amount announce appear
appoint argue arise arrange arrive ask assign assist assume attach attract avoid base begin believe
block break bring build burn carry catch cease change charge choose claim classify clear close
collect combine come command compare compile complete comprise compute concern conclude conduct
confirm connect consider constitute control convey cost cover cross deal decide declare decrease
defend delete deliver demand deny derive deserve destroy detect develop differ direct disable
discard discuss display distinguish divide dominate draw drive drop eat eliminate embed emit employ
enable encode encounter end enjoy enter equal establish exceed exclude exist expand expect explain
express extend extract face fail fall feed feel fill find fit fix flow force generate go govern
guarantee guide help hide host identify ignore illustrate impose improve increase inform insert
install intend interact interpret invent involve join know lack last launch learn limit link live
load locate log lose maintain manage mark measure meet mention modify monitor monopolise notify
obey observe obtain operate oppose organise originate override own parse pay permit place play
point possess precede predict prefer prepare present preserve proceed process promise promote prove
publish pull push put reach realise receive recognise recommend record recover reduce reflect
refuse regard register reject release rely remind render repeat replace reply report reproduce
request resemble reserve resolve respond restore restrict result retain retrieve reveal rise
rotate satisfy save scan search see seek seem select sell send separate share shift sign simplify
sit solve sort speak specialise spend split spread stand stay stop stretch study succeed suffer
suggest suit supplement surround survive switch target teach tend test think trace transfer
transform translate transmit travel trigger trust understand update validate verify view visit wait
walk want warn wear win wish worry wrap
"""
_IRREGULAR = {"go": "goes", "do": "does", "have": "has"}


def third_person(base: str) -> str:
    """`base` with a singular subject: `carries`, `passes`."""
    if base in _IRREGULAR:
        return _IRREGULAR[base]
    if base.endswith(("s", "sh", "ch", "x", "z", "o")):
        return base + "es"
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ies"
    return base + "s"


_STRONG = {
    "write": "written", "give": "given", "take": "taken", "make": "made", "find": "found",
    "hold": "held", "keep": "kept", "send": "sent", "set": "set", "put": "put", "read": "read",
    "run": "run", "choose": "chosen", "know": "known", "show": "shown", "see": "seen",
    "build": "built", "break": "broken", "bring": "brought", "draw": "drawn", "drive": "driven",
    "bind": "bound", "leave": "left", "lose": "lost", "pay": "paid", "sell": "sold", "say": "said",
    "tell": "told", "understand": "understood", "wear": "worn", "split": "split",
    "spread": "spread",
}  # fmt: skip
_DOUBLED = word_set("stop drop map trap embed emit omit plan refer prefer limit wrap plug cut set")


def participles(base: str) -> tuple[str, ...]:
    """The past participle of a verb; none where the rule for it is not sure."""
    if base in _STRONG:
        return (_STRONG[base],)
    if base in _DOUBLED or base in PAST_OF:
        return ()
    if base.endswith("e"):
        return (base + "d",)
    if base.endswith("y") and base[-2] not in "aeiou":
        return (base[:-1] + "ied",)
    return (base + "ed",)


PAST_OF = word_set(
    "become begin cost deal do eat fall feed feel fit fly forget get go grow have hide know lead "
    "let lie meet rise sit speak spend stand steal swim teach think win withdraw catch buy bear "
    "fight hit"
)
"""Irregular verbs whose participle is not listed here."""
VERBS: dict[str, str] = {third_person(base): base for base in _BASES.split()}
"""Third person singular → base form."""
NOUNS_TOO = word_set(
    "acts addresses aims amounts attempts bases blocks breaks burns calls causes changes "
    "charges checks claims commands concerns controls costs covers deals decreases demands "
    "directs displays divides draws drives drops ends faces falls feeds feels fits fixes flows "
    "forces forms guides helps hosts increases inserts interests joins lacks lasts launches "
    "leads leaves lets lies limits links lists lives loads logs looks maps marks matches means "
    "measures monitors moves names needs notes offers orders owns passes places plays points "
    "presents prints processes promises pulls pushes puts questions reaches reads records "
    "registers rejects releases replies reports requests results returns rises runs scans "
    "searches sees sets shares shifts shows signs sorts splits spreads stands starts stays "
    "stops stores stretches studies suits supplements supplies supports switches targets tests "
    "traces transfers travels triggers trusts turns updates uses values views visits waits "
    "walks wants wears wins wishes works worries wraps exchanges"
)
"""Forms that are as often plural nouns; the word after them decides."""
PAST = word_set(
    "became began wrote took gave went came saw knew grew drew threw fell rose chose broke spoke "
    "drove sang ran ate flew swam wore stole shook forgot arose withdrew undertook"
)
"""Past forms that are no participles."""
PAST_TOO = word_set(
    "made built held led won lost left found kept sent brought bought sold taught thought caught "
    "met paid said told sought spent stood understood meant heard felt"
)
"""Past forms that are participles too; the word after them decides."""
PLURAL = frozenset(VERBS.values()) - word_set(
    "set let form name list map work end start stop result report record process request test "
    "use call change check place point load link lead face fall help cause increase update cost "
    "deal view match mark move limit control claim drop mean need open own present separate last "
    "complete direct clear base equal live express address block display split spread support"
)
"""Base forms that mark a clause behind a plural noun."""
FINITE = BE | MODALS | HAVE | frozenset(VERBS) | PAST
_STRONG_PAST = {
    "wrote": "write", "took": "take", "gave": "give", "saw": "see", "drew": "draw",
    "chose": "choose", "broke": "break", "made": "make", "built": "build", "held": "hold",
    "led": "lead", "won": "win", "lost": "lose", "found": "find", "kept": "keep", "sent": "send",
    "brought": "bring", "bought": "buy", "sold": "sell", "taught": "teach", "caught": "catch",
    "paid": "pay", "sought": "seek",
}  # fmt: skip
PAST_BASES: dict[str, str] = {
    past: base
    for base in sorted(set(VERBS.values()))
    for past in participles(base)
    if past.endswith("ed")
} | _STRONG_PAST
"""Past form → base form, where the rule for it is sure."""
