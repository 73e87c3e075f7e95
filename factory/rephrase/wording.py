"""Closed synonym list of the offline author: words that may change without changing a fact.

No number, name, negation, quantifier, modal verb or word with an antonym is in it. Each entry maps
one inflected form to the same form of its substitute, so agreement is kept.
"""

from __future__ import annotations

import random
import re

_PAIRS = """
in order to=to|so as to
for example=for instance
for instance=for example
such as=like
however=even so|that said
therefore=for this reason|so
hence=for that reason
as well as=and also
because=since|given that
although=even though
as long as=provided that
instead of=rather than
rather than=instead of
in addition to=besides
in addition=besides
in particular=specifically
i.e.=that is
e.g.=for example
etc.=and so on
via=by way of
provides=offers
provide=offer
provided by=offered by
providing=offering
contains=holds
contain=hold
containing=holding
creates=makes
created=made
creating=making
invoked=called
invokes=calls
invoke=call
invoking=calling
indicates=shows|signals
indicate=show|signal
indicated=shown|signalled
indicating=showing|signalling
is used to=serves to
are used to=serve to
consists of=is made up of
consist of=are made up of
similar to=much like
equivalent to=the same as
identical to=the same as
additional=further|extra
entire=whole
subsequent=later
specific=particular
determine=find out
attempt to=try to
attempting to=trying to
modify=alter
modified=altered
modifies=alters
modifying=altering
performed=carried out
performs=carries out
perform=carry out
performing=carrying out
handled=dealt with
ignored=disregarded
ignores=disregards
omitted=left out
omit=leave out
result in=lead to
requires=needs|calls for
require=need|call for
immediately=at once|right away
simply=just
currently=at present
usually=normally
normally=usually
typically=usually
generally=usually
commonly=usually
consider=look at
associated with=tied to|linked with
related to=connected with
depends on=hinges on|turns on
depend on=hinge on|turn on
with respect to=as regards
regarding=concerning
as if=as though
as a result=consequently
consequently=as a result
furthermore=moreover
moreover=what is more
important=significant
useful=helpful
completely=entirely
entirely=fully
approximately=roughly
constructed=built
demonstrates=shows
illustrates=shows
ensures=guarantees|makes sure
ensure=guarantee|make sure
guaranteed=assured
selected=chosen|picked
selects=chooses|picks
select=choose|pick
chosen=picked
receives=gets
retrieve=fetch
retrieved=fetched
retrieves=fetches
stored=kept
converted to=turned into
converted into=turned into
previously=earlier
recently=lately
permitted=allowed
allowed=permitted
except for=apart from
during=in the course of
upon=on
whereas=while
despite=in spite of
in fact=indeed
indeed=in fact
especially=particularly
particularly=especially
mainly=chiefly
primarily=chiefly
means that=implies that
mean that=imply that
kind of=sort of
kinds of=sorts of
in the same way=likewise
described=set out
describes=sets out
describe=set out
describing=setting out
behaves=acts
behave=act
replaces=takes the place of
affects=influences
affect=influence
affected=influenced
known as=called
called a=known as a
called an=known as an
called the=known as the
involves=entails
purpose=aim
purposes=aims
convenient=handy
often=frequently
frequently=often
sometimes=occasionally
occasionally=sometimes
proceeds=goes on
passed to=handed to
passed as=handed over as
printed=written out
desired=wanted
wishes to=wants to
wish to=want to
discovered=found
"""
SYNONYMS: dict[str, tuple[str, ...]] = {
    old: tuple(new.split("|"))
    for old, _, new in (line.partition("=") for line in _PAIRS.strip().splitlines())
}
_OLD = re.compile(
    r"(?<![\w/.-])(?:"
    + "|".join(re.escape(old) for old in sorted(SYNONYMS, key=len, reverse=True))
    + r")(?![\w/-]|\.\w)",
    re.IGNORECASE,
)
_USING = re.compile(
    r"(?<=\w )(?<!when )(?<!by )(?<!for )(?<!of )(?<!and )(?<!or )(?<!while )(?<!from )(?<!is )"
    r"(?<!are )(?<!before )(?<!after )(?<!than )(?<!without )(?<!that )(?<!start )(?<!in )(?<!to )"
    r"using (?=the |a |an |`|\ue000)"
)


def vary(sentence: str, rng: random.Random, density: float) -> str:
    """`sentence` with each listed word replaced with probability `density` (0..1)."""

    def swap(match: re.Match[str]) -> str:
        inside_name = match[0][0].isupper() and match.start() > 0
        inside_clause = match[0] == "however" and match.start() > 0
        if inside_name or inside_clause or rng.random() >= density:
            return match[0]
        new = rng.choice(SYNONYMS[match[0].lower()])
        return new[0].upper() + new[1:] if match[0][0].isupper() else new

    varied = _OLD.sub(swap, sentence)
    if rng.random() < density:
        varied = _USING.sub("by means of ", varied)
    return varied
