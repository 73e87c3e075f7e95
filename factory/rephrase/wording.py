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
thus=in this way
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
provides=offers|supplies
provide=offer|supply
provided by=offered by|supplied by
providing=offering|supplying
contains=holds|comprises
contain=hold|comprise
containing=holding|comprising
contained in=held in
creates=produces|makes
created=produced|made
creating=producing|making
obtained=got
obtain=get
obtains=gets
executes=runs
execute=run
executed=run
executing=running
execution of=running of
invoked=called
invokes=calls
invoke=call
invoking=calling
occurs=takes place|happens
occur=take place|happen
occurred=took place|happened
occurring=taking place|happening
specified=given|stated
specify=state|give
specifies=states|gives
specifying=stating|giving
indicates=shows|signals
indicate=show|signal
indicated=shown|signalled
indicating=showing|signalling
returned=given back|handed back
is used to=serves to
are used to=serve to
consists of=is made up of
consist of=are made up of
similar to=much like
equivalent to=the same as
identical to=the same as
additional=further|extra
appropriate=suitable|fitting
suitable=fitting
entire=whole
initial=starting
subsequent=later
corresponding=matching
specific=particular
determine=establish|work out
determines=decides|establishes
determined by=decided by|settled by
determined=established|worked out
attempts to=tries to
attempt to=try to
attempting to=trying to
attempted=tried
modify=alter
modified=altered
modifies=alters
modifying=altering
performed=carried out
performs=carries out
perform=carry out
performing=carrying out
handled=dealt with
handles=deals with
handling of=dealing with
ignored=disregarded|passed over
ignores=disregards
omitted=left out
omit=leave out
results in=leads to
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
encountered=met
located=found
associated with=tied to|linked with
related to=connected with
depends on=hinges on|turns on
depend on=hinge on|turn on
according to=following
with respect to=as regards
regarding=concerning
in this case=in that event
as if=as though
as a result=consequently
consequently=as a result
furthermore=moreover
moreover=what is more
various=diverse
important=significant
useful=helpful
complete=full
completely=entirely
entirely=fully
approximately=roughly
established=set up
constructed=built
demonstrates=shows
illustrates=shows
ensures=guarantees|makes sure
ensure=guarantee|make sure
guarantees=ensures
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
stores=keeps
converted to=turned into
converted into=turned into
previously=earlier
recently=lately
remaining=leftover
permitted=allowed
allowed=permitted
apart from=aside from
except for=apart from
during=in the course of
upon=on
whereas=while
despite=in spite of
in fact=indeed
indeed=in fact
of course=naturally
especially=particularly
particularly=especially
mainly=chiefly
primarily=chiefly
means that=implies that
mean that=imply that
kind of=sort of
kinds of=sorts of
in the same way=likewise
in this way=thus
introduced by=brought in by
introduced in=brought in with
introduces=brings in
introduced=brought in
described=set out
describes=sets out
describe=set out
describing=setting out
represents=stands for
represent=stand for
representing=standing for
behaves=acts
behave=act
searched=looked through
searches=looks through
searching=looking through
replaces=takes the place of
applies to=concerns
apply to=concern
affects=influences
affect=influence
affected=influenced
treated as=regarded as
referred to as=spoken of as
known as=called
called a=known as a
called an=known as an
called the=known as the
includes=takes in
involves=entails
purpose=aim
purposes=aims
manner=way
convenient=handy
complicated=involved
explanation=account
difference=distinction
differences=distinctions
situation=circumstance
situations=circumstances
circumstances=conditions
often=frequently
frequently=often
sometimes=occasionally
occasionally=sometimes
evaluates=works out
evaluated=worked out
evaluating=working out
compute=work out
computed=worked out
computes=works out
proceeds=goes on
discarded=thrown away
passed to=handed to
passed as=handed over as
prints=writes out
printed=written out
displayed=shown
displays=shows
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
    r"(?<![\w-])(?:"
    + "|".join(re.escape(old) for old in sorted(SYNONYMS, key=len, reverse=True))
    + r")(?![\w-])",
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
        if inside_name or rng.random() >= density:
            return match[0]
        new = rng.choice(SYNONYMS[match[0].lower()])
        return new[0].upper() + new[1:] if match[0][0].isupper() else new

    varied = _OLD.sub(swap, sentence)
    if rng.random() < density:
        varied = _USING.sub("by means of ", varied)
    return varied
