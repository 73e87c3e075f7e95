"""Closed synonym list of the offline author: words that may change without changing a fact.

No number, name, negation, quantifier, modal verb or word with an antonym is in it. Each entry maps
one inflected form to the same form of its substitute, so agreement is kept. Beside the words that
anyone may exchange stand those of a register: to some one speaks plainly, to others formally.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from itertools import groupby
from typing import Literal

Register = Literal["plain", "formal"]
Choices = Mapping[str, tuple[str, ...]]

_ANYWHERE = """
in order to=to|so as to
for example=for instance
for instance=for example
such as=like
therefore=for this reason|so
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
provided by=offered by
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
usually=normally
normally=usually
typically=usually
generally=usually
commonly=usually
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
receives=gets
retrieve=fetch
retrieved=fetched
retrieves=fetches
is converted to=is turned into
are converted to=are turned into
be converted to=be turned into
converted into=turned into
previously=earlier
recently=lately
permitted=allowed
allowed=permitted
except for=apart from
during=in the course of
upon=on
despite=in spite of
especially=particularly
particularly=especially
mainly=chiefly
primarily=chiefly
kind of=sort of
kinds of=sorts of
in the same way=likewise
described=explained
describes=explains
describing=explaining
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
convenient=handy
often=frequently
frequently=often
sometimes=occasionally
occasionally=sometimes
passed to=handed to
passed as=handed over as
wishes to=wants to
wish to=want to
discovered=found
however,=even so,|that said,|still,
hence,=for that reason,|for this reason,
thus,=in this way,|so,
via=through|by way of
provides a=offers a|supplies a
provides an=offers an|supplies an
provides the=offers the|supplies the
contains the=has the|holds the
contains a=has a|holds a
contains an=has an|holds an
containing the=with the
containing a=with a
a specific=a particular
the specific=the particular
specific to=particular to
immediately after=right after
immediately before=right before
selected=chosen
selects=chooses
select=choose
the purpose of=the aim of|the point of
is currently=is at present
are currently=are at present
associated with=linked with|connected with
this means that=this implies that
which means that=so that
also known as=also called
in the case of=with
in case of=in the event of
a variety of=a range of
as shown in=as seen in
take care of=see to
takes place=happens
take place=happen
is responsible for=takes care of|sees to
are responsible for=take care of|see to
in this case=here
in that case=then
at the same time=simultaneously
on the other hand=then again|by contrast
in general=as a rule|on the whole
as follows=like this
due to=owing to|because of
because of=owing to|on account of
as soon as=the moment
in terms of=as regards
with regard to=as regards|as to
along with=together with
together with=along with
as opposed to=in contrast to
leads to=results in|brings about
lead to=result in|bring about
results in=leads to|brings about
allows you to=lets you
allow you to=let you
allows users to=lets users
allows the user to=lets the user
enables you to=lets you
makes use of=uses
make use of=use
be aware that=bear in mind that
keep in mind that=bear in mind that|remember that
"""
_PLAINLY = """
utilise=use
utilize=use
utilises=uses
utilizes=uses
utilised=used
utilized=used
utilising=using
utilizing=using
obtain the=get the
obtain a=get a
obtains the=gets the
obtains a=gets a
obtaining=getting
assists=helps
sufficient=enough
demonstrate=show
demonstrated=shown
purchase=buy
purchased=bought
informed=told
attempts to=tries to
attempted to=tried to
possesses=has
possess=have
beneficial=useful
accomplish=achieve
accomplished=achieved
nevertheless=even so
nonetheless=even so
initially=at first
ultimately=in the end
rapidly=quickly
rapid=quick
enhance=improve
enhances=improves
enhanced=improved
enhancement=improvement
enhancements=improvements
is located in=lies in
are located in=lie in
denotes=stands for
denote=stand for
occurs=happens
occur=happen
occurred=happened
occurring=happening
preserve=keep
preserves=keeps
preserved=kept
examine=look at
examines=looks at
examined=looked at
in a similar manner=in a similar way
in this manner=in this way
the manner in which=the way
portion=part
portions=parts
assistance=help
difficult to=hard to
difficulties=problems
simultaneously=at the same time
capability=ability
capabilities=abilities
reside in=live in
resides in=lives in
is composed of=is made up of
are composed of=are made up of
is comprised of=is made up of
for the purpose of=for
in the event of=in case of
with the exception of=except for
acquire=gain
acquired=gained
retains=keeps
retain=keep
retained=kept
employed to=used to
alter=change
altered=changed
indicates that=shows that
indicates the=shows the
specifies the=gives the
specify the=give the
transmitted=sent
transmits=sends
transmit=send
construct a=build a
constructed=built
originates from=comes from
originate from=come from
approximately=about
generate a=make a
generates a=makes a
is identical to=is the same as
commence=start
in accordance with=in line with
subsequently=later on
henceforth=from then on
whilst=while
amongst=among
requests the=asks for the
inspect=look at
encounter=meet
encounters=meets
encountered=met
constitute=make up
a means of=a way of
a means to=a way to
derived from=taken from
derives from=comes from
primary=main
principal=main
"""
_FORMALLY = """
get the=obtain the
get a=obtain a
gets the=obtains the
gets a=obtains a
getting=obtaining
starts with=begins with
start with=begin with
starting with=beginning with
starts at=begins at
shows that=demonstrates that
shows how=demonstrates how
find out=determine
finds out=determines
carry out=perform
carried out=performed
make sure that=ensure that
makes sure that=ensures that
make sure=ensure
look for=search for
looks for=searches for
looking for=searching for
deal with=handle
deals with=handles
dealing with=handling
come from=originate from
comes from=originates from
leave out=omit
left out=omitted
in the end=ultimately
at first=initially
right away=immediately
want to=wish to
wants to=wishes to
try to=attempt to
tries to=attempts to
tried to=attempted to
trying to=attempting to
happens=occurs
happen=occur
happened=occurred
stands for=denotes
quickly=rapidly
improve=enhance
improves=enhances
improved=enhanced
improvement=enhancement
improvements=enhancements
in this way=in this manner
in the same way=in the same manner
in a similar way=in a similar manner
checks whether=verifies whether
check whether=verify whether
checks that=verifies that
check that=verify that
check if=verify whether
checks if=verifies whether
asks for=requests
ask for=request
is called=is termed
are called=are termed
easily=readily
hard to=difficult to
the main=the principal
is also=is likewise
are also=are likewise
can also=can likewise
made up of=composed of
is made of=consists of
are made of=consist of
turned into=converted into
kept in=stored in
sent to=transmitted to
gives the=specifies the
a way of=a means of
gives you=provides you with
give you=provide you with
shows the=indicates the
show the=indicate the
lies in=is located in
lie in=are located in
line up with=agree with
later on=subsequently
meets the=satisfies the
meet the=satisfy the
look at=examine
looks at=examines
taken from=derived from
comes with=is supplied with
come with=are supplied with
goes through=passes through
go through=pass through
thanks to=owing to
kind of=type of
sort of=type of
kinds of=types of
sorts of=types of
"""


def _table(*listed: str) -> Choices:
    """Old wording → new ones; a later list overrides an earlier one."""
    lines = (line.partition("=") for pairs in listed for line in pairs.strip().splitlines())
    return {old: tuple(new.split("|")) for old, _, new in lines}


SYNONYMS: Choices = _table(_ANYWHERE)
REGISTERS: Mapping[Register, Choices] = {
    "plain": _table(_ANYWHERE, _PLAINLY),
    "formal": _table(_ANYWHERE, _FORMALLY),
}


def _pattern(choices: Choices) -> re.Pattern[str]:
    """Matches any of the old wordings, capitalised or not. Grouped by first letter and without
    `IGNORECASE`, which lets `re` pass over a word at a glance: a quarter of the writing time."""
    by_letter = groupby(
        sorted(choices, key=lambda old: (old[0], -len(old))), key=lambda old: old[0]
    )
    listed = "|".join(
        f"[{letter.upper()}{letter}](?:{'|'.join(re.escape(old[1:]) for old in group)})"
        for letter, group in by_letter
    )
    return re.compile(
        rf"(?:\b(?P<article>[Aa]n?) )?(?<![\w/.-])(?P<old>{listed})(?:(?<=,)|(?![\w/-]|\.\w))"
    )


_OLD: Mapping[Register, re.Pattern[str]] = {
    name: _pattern(choices) for name, choices in REGISTERS.items()
}
_USING = re.compile(
    r"(?<=\w )(?<!when )(?<!by )(?<!for )(?<!of )(?<!and )(?<!or )(?<!while )(?<!from )(?<!is )"
    r"(?<!are )(?<!before )(?<!after )(?<!than )(?<!without )(?<!that )(?<!start )(?<!in )(?<!to )"
    r"using (?=the |a |an |`|\ue000)"
)
_USED = ("by means of ", "with the help of ", "with ")


def vary(sentence: str, rng: random.Random, density: float, register: Register) -> str:
    """`sentence` with each listed word replaced with probability `density` (0..1)."""
    choices = REGISTERS[register]

    def swap(match: re.Match[str]) -> str:
        old = match["old"]
        inside_name = old[0].isupper() and match.start("old") > 0
        connective = old.endswith(",") and match.start("old") > 0
        if inside_name or connective or rng.random() >= density:
            return match[0]
        new = rng.choice(choices[old.lower()])
        if match["article"] and new.split(" ")[0] in ("enough", "an", "a", "the"):
            return match[0]
        new = new[0].upper() + new[1:] if old[0].isupper() else new
        return f"{_article(match['article'], new)} {new}" if match["article"] else new

    varied = _OLD[register].sub(swap, sentence)
    if rng.random() < density:
        chosen = rng.choice(_USED)
        varied = _USING.sub(chosen, varied)
    return varied


def _article(written: str, word: str) -> str:
    """The indefinite article that `word` takes, capitalised as the one `written`."""
    vowel = word[0].lower() in "aeio" or bool(re.match(r"u(?!s|ni(?!n))", word, re.IGNORECASE))
    return (written[0] + "n") if vowel else written[0]
