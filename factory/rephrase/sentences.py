"""Sentence grammar of the offline author: what a sentence is about, and how it can be turned.

Works on a `Sentence`, whose code, formulas, quotations and parentheses are sealed into single
private-use characters, so no rule reaches inside them. A rule that isn't sure returns None.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from factory.rephrase.tokens import word_set
from factory.rephrase.verbs import FINITE, NOUNS_TOO, PAST, PAST_TOO, PLURAL, VERBS, participles

_SEALED = re.compile(
    r"`[^`]*`|\$[^$]+\$|\\\(.*?\\\)|https?://[^\s<>]*[^\s<>.,;:!?'\")\]}]|“[^”]*”|‘[^’]*’|\"[^\"]*\"|\((?:[^()]|\([^()]*\))*\)"
)
_SEAL = "\ue000"
_SEAL_AT = re.compile("[\ue000-\uf8ff]")

_DETERMINERS = word_set(
    "the a an this that these those its their each every all any some no both another such "
    "it they he she we you"
)
PRONOUNS = word_set("it this they these that those he she we you i there here one each all some")
_LINKS = word_set(
    "that which who whose where when if because and or but while as than so unless although "
    "whether how then to not only for example however also once until never before after"
)
_PREPOSITIONS = word_set("of in on at for from with by between under")
_ORDINARY = (
    _DETERMINERS
    | _LINKS
    | _PREPOSITIONS
    | word_set(
        "one two three four five six multiple several many most some user non numeric special "
        "new old large small more less few first second only even assignments calls changes note "
        "after before once until since during in on at by with without from for to there here "
        "users programs names people many children women men scientists early later today"
    )
)
_IMPERATIVES = frozenset(VERBS.values()) | word_set(
    "enter exit implement delete compare compute enable disable display execute note see add"
)


@dataclass(frozen=True)
class Sentence:
    """A sentence without its final mark; `sealed[i]` belongs to the character U+E000 + i."""

    body: str
    mark: str
    sealed: tuple[str, ...]

    def text(self, body: str | None = None, mark: str | None = None) -> str:
        """The sentence, or another body of the same seals, as text with a capital first letter."""
        said = self.body if body is None else body
        opened = self.open(said if self.body[:1].islower() else capital(said))
        return opened + (self.mark if mark is None else mark)

    def open(self, body: str) -> str:
        """`body` with its seals broken."""
        return _SEAL_AT.sub(lambda m: self.sealed[ord(m[0]) - ord(_SEAL)], body)

    def said(self, body: str) -> Sentence:
        """The same sentence with another body."""
        return replace(self, body=body)


@dataclass(frozen=True)
class Clause:
    """Subject, finite verb and the rest of a main clause."""

    subject: str
    verb: str
    rest: str


def parse(text: str, unmarked: str = ".") -> Sentence:
    """Seal a sentence (white space already single).

    `unmarked` ends one that bears no mark, if it has a subject and a verb: a label, a signature
    or a caption is no sentence and gets none.
    """
    sealed: list[str] = []

    def seal(match: re.Match[str]) -> str:
        sealed.append(match[0])
        return chr(ord(_SEAL) + len(sealed) - 1)

    body = _SEALED.sub(seal, text.strip())
    mark = re.search(r"[.!?:;…]+$", body)
    end = mark.start() if mark else len(body)
    # "... (as before.)" and "... ‘so.’" have their mark inside
    ended = not mark and sealed and body.endswith(chr(ord(_SEAL) + len(sealed) - 1))
    closed = re.search(r"[.!?…][)\"”’*_]+$", sealed[-1] if ended else body)
    stated = bool(body) and not is_fragment(body) and " - " not in body and clause(body) is not None
    default = unmarked if stated and not closed else ""
    return Sentence(body[:end].rstrip(), mark[0] if mark else default, tuple(sealed))


def is_fragment(body: str) -> bool:
    """Whether words are the beginning or the end of a sentence that code or a list breaks."""
    last = body.rsplit(" ", 1)[-1].lower()
    return (
        body[:1].islower() or body.endswith((",", ";", "—", "–")) or last in _PREPOSITIONS | _LINKS
    )


def capital(text: str) -> str:
    """First letter upper-cased."""
    return text[:1].upper() + text[1:]


def lower(text: str, common: frozenset[str]) -> str:
    """First word lower-cased if it is a common word, of English or of the passage."""
    first = re.match(r"[A-Z][a-z’'-]*(?!\w|[./]\w)", text)
    if not first:
        return text
    word = first[0].lower()
    if word not in _ORDINARY and re.match(r" [A-Z]", text[first.end() :]):
        return text  # a name of several words
    ordinary = (
        word in _ORDINARY
        or word in common
        or word + "s" in common
        or (word.endswith("s") and word[:-1] in common)
    )
    return word + text[first.end() :] if ordinary and first[0] != "I" else text


def mid_sentence(subject: str, common: frozenset[str], names: frozenset[str]) -> str | None:
    """A subject as it stands inside a sentence; None if its first word may be a name or not."""
    lowered = lower(subject, common)
    words = lowered.split(" ")
    if not words[0][:1].isupper() or words[0].isupper() or words[0] in names or len(words) == 1:
        return lowered
    if words[1][:1].isupper() or _SEAL_AT.match(words[0]):
        return lowered
    if _ADJECTIVE.search(words[0]):
        return lowered[0].lower() + lowered[1:]
    return None


_ADJECTIVE = re.compile(r"\w{3,}(?:ed|ous|able|ible|ful|less|ive|ical|ional|ary)$")
_NO_NAMES: frozenset[str] = frozenset()


def clause(body: str) -> Clause | None:
    """Subject, verb, rest if the sentence surely begins with a plain subject; else None."""
    words = body.split(" ")
    for i, word in enumerate(words[:12]):
        plain = word.lower()
        if i and _finite(words, i):
            if not _plain_subject(words[:i]):
                return None
            return Clause(" ".join(words[:i]), word, " ".join(words[i + 1 :]))
        if "," in word or ";" in word or ":" in word or "—" in word or "–" in word:
            return None
        if i and (plain in _LINKS and plain not in ("to",)):
            return None
    return None


_OPENS_PHRASE = (
    _DETERMINERS
    | _PREPOSITIONS
    | word_set("to that up out down off into onto over as only also how what whether when several")
    | word_set("two three four five six seven eight nine ten many most more few new large small")
)


def _finite(words: list[str], i: int) -> bool:
    """Whether word `i` is the verb of the clause that opens the sentence."""
    word = words[i].lower()
    after = words[i + 1].lower() if i + 1 < len(words) else ""
    phrase = after in _OPENS_PHRASE or bool(_SEAL_AT.match(after)) or after[:1].isdigit()
    if word in NOUNS_TOO:
        return phrase and after != "of" and not _plural(words[:i]) and not _has_finite(words, i)
    if word in VERBS or word in PAST:
        return after not in FINITE
    if word in PAST_TOO or (
        word.endswith("ed") and len(word) > 4 and word not in ("need", "speed")
    ):
        object_ = after in _DETERMINERS or bool(_SEAL_AT.match(after))
        return object_ and not _has_finite(words, i)
    if word in PLURAL:
        return _plural(words[:i])
    return word in FINITE


def _has_finite(words: list[str], i: int) -> bool:
    """Whether a verb that must be finite follows word `i` before the next comma."""
    for word in words[i + 1 :]:
        if word.rstrip(",").lower() in FINITE - NOUNS_TOO:
            return True
        if word.endswith(","):
            return False
    return False


def plural(subject: str) -> bool | None:
    """Whether a subject takes a plural verb; None where its form does not tell."""
    words = [w.lower() for w in subject.split(" ")]
    if words[0] in ("these", "those", "both", "many", "several", "few", "they", "we", "you"):
        return True
    if words[0] in ("this", "that", "each", "every", "another", "a", "an", "it", "he", "she"):
        return False
    if "and" in words:
        return True
    at = next((i for i, w in enumerate(words) if i and w in _PREPOSITIONS), len(words))
    head = words[at - 1]
    if head in ("people", "children", "men", "women", "police", "feet", "mice", "teeth"):
        return True
    if not head.isalpha() or head.endswith(("ss", "us", "is", "ics", "news")):
        return None
    return head.endswith("s")


def _plural(words: list[str]) -> bool:
    head = next((w for i, w in enumerate(words) if w.lower() in _PREPOSITIONS and i), None)
    noun = words[words.index(head) - 1] if head else words[-1]
    return noun.endswith("s") and not noun.endswith("ss")


_ADVERBS = word_set(
    "note see below above next now first second third last again always often sometimes never "
    "perhaps maybe thus hence so therefore however moreover furthermore meanwhile instead still "
    "yet today later earlier soon afterwards nevertheless nonetheless otherwise please yes no "
    "well both either neither not even just more most less least only like unlike given based "
    "using according despite during after before until since unless without within through "
    "throughout across about against along among around behind beside besides beyond inside "
    "outside over toward towards up upon via as such than too very rather quite almost nearly"
)


_TRAILING_ADVERBS = word_set("now also already usually then often currently both all soon alone")


def _plain_subject(words: list[str]) -> bool:
    first = words[0].lower()
    if first in _LINKS or first in _PREPOSITIONS or first in ("there", "here", "what", "in"):
        return False
    if first.endswith("ly") or first in FINITE or first in _ADVERBS:
        return False
    if words[-1].lower() in _ADVERBS | _TRAILING_ADVERBS:
        return False
    return not any(w.lower() in _LINKS or w.lower() in FINITE for w in words[1:])


_SUPPOSED = re.compile(r"(?:not |also )?(?:have \w+(?:ed|en|d|t|wn|ne)|be able|work|look|seem)\b")
_AGENT = re.compile(
    r"\b(?:you|we|one|users?|people|programs?|programmers?|developers?|administrators?|authors?|"
    r"applications?|clients?|servers?|maintainers?|readers?|code|scripts?|implementations?)$",
    re.IGNORECASE,
)


def turn_modal(body: str, common: frozenset[str]) -> str | None:
    """ "X must Y" → "It is required that X Y"; likewise can, may, should and their negations."""
    found = clause(body)
    if not found or found.verb not in ("must", "can", "may", "should", "cannot") or not found.rest:
        return None
    rest = found.rest
    if re.search(r"[,;]|\b(?:must|can|may|should|cannot|but|will|is|are)\b", rest):
        return None
    if _SUPPOSED.match(rest) or (found.verb == "should" and not _AGENT.search(found.subject)):
        return None  # "should have been", "should work by now": what is likely, not what is advised
    if rest.startswith("be ") and found.verb != "must":
        return None  # "It is possible for X to be sorted" says it clumsily
    subject = mid_sentence(found.subject, common, _NO_NAMES)
    if subject is None or subject.split(" ")[0] in ("it", "they", "this", "these", "he", "she"):
        return None
    negated = rest.startswith("not ")
    rest = rest.removeprefix("not ")
    also = rest.startswith("also ")
    rest = rest.removeprefix("also ")
    if re.match(
        r"(?:only|either|both|never|always|then|still|(?!rely|apply|supply|reply|imply|comply)\w+ly|often|even|just|not)\b",
        rest,
    ):
        return None
    it = "It is also" if also else "It is"
    if found.verb == "must":
        return f"{it} required that {subject} {'not ' if negated else ''}{rest}"
    if found.verb == "should":
        return f"{it} advisable for {subject} {'not ' if negated else ''}to {rest}"
    if negated:
        return None  # "may not" is ambiguous
    no = "not " if found.verb == "cannot" else ""
    return f"{it} {no}possible for {subject} to {rest}"


_PLAIN_MODALS = {
    "can": ("is able to", "are able to"),
    "must": ("has to", "have to"),
    "should": ("ought to", "ought to"),
}


def plain_modal(body: str, common: frozenset[str]) -> str | None:
    """ "X can Y" → "X is able to Y"; "must" → "has to", "should" → "ought to"."""
    found = clause(body)
    if not found or found.verb not in _PLAIN_MODALS or not found.rest:
        return None
    many = plural(found.subject)
    able = found.verb != "can" or bool(_AGENT.search(found.subject))
    if many is None or not able or _SUPPOSED.match(found.rest):
        return None
    if re.match(r"(?:not|never|only|also|always|be|either|both|then|still|\w+ly)\b", found.rest):
        return None
    subject = found.subject
    return f"{subject} {_PLAIN_MODALS[found.verb][many]} {found.rest}"


_FRONTED = re.compile(
    r"(?P<cue>If|When|Unless|Because|Although|Once|Until|As long as|Since|Even if|Before|After) "
    r"(?P<a>[^,;:]+), (?:then )?(?P<b>[^,;:]+)"
)
_TRAILING = re.compile(
    r"(?P<b>[^,;:]+?) (?P<cue>if|when|unless|because|although|until|as long as|even if) "
    r"(?P<a>[^,;:]+)"
)
_NOT_ALONE = re.compile(
    r"\b(?:only|even|as|except|whether|and|or|but|that|say|than|like|just|what|which|who|rather|"
    r"depending|is|are|be|know|before|after|either|not|so)$"
)


def condition(body: str) -> tuple[str, str, str] | None:
    """(cue, condition, consequence) of a sentence that opens with a condition."""
    match = _FRONTED.fullmatch(body)
    if not match or " " not in match["a"]:  # "If not, see below"
        return None
    return match["cue"], match["a"], match["b"]


def move_clause(body: str, common: frozenset[str]) -> str | None:
    """Move an adverbial clause to the other end of the sentence."""
    front = condition(body)
    if front:
        cue, a, b = front
        first = b.split(" ")[0].lower()
        if first in ("it", "they", "this", "he", "she", "these", "its", "their", "the-"):
            return None
        if re.search(r"\b(?:if|when|unless|because|that|which|who|and|or|but|by|it|them)\b", b):
            return None
        if cue in ("If", "When", "Unless") and not any(word in FINITE for word in a.split(" ")):
            return None
        return f"{b} {cue.lower()} {lower(a, common)}"
    back = _TRAILING.fullmatch(body)
    if not back or _NOT_ALONE.search(back["b"]):
        return None
    a, b, cue = back["a"], back["b"], back["cue"]
    if re.search(
        r"\b(?:if|when|unless|because|that|which|who|whose|but|where|and|or|to|only)\b", b
    ):
        return None
    if not any(word in FINITE for word in b.split(" ")) or len(a.split(" ")) < 2:
        return None
    if not any(word in FINITE for word in a.split(" ")):
        return None
    if a.split(" ")[0] in ("it", "they", "its", "their", "this", "he", "she", "necessary"):
        return None
    return f"{cue} {a}, {lower(b, common)}"


_NOTE = re.compile(r"(?:Please note|Note|Notice|Remember|Observe)(?: also)? that |Note: ")
_AFTER_LEAD = re.compile(
    r"(?P<lead>For example|For instance|However|Therefore|In addition|In particular|As a result), "
)


def plainly(body: str) -> str:
    """Without "Note that"."""
    return capital(_NOTE.sub("", body, count=1)) if _NOTE.match(body) else body


def name_the_called(body: str, common: frozenset[str]) -> str | None:
    """ "X is called Y" → "The name for X is Y"."""
    found = clause(body)
    if not found or found.verb not in ("is", "are") or not found.rest.startswith("called "):
        return None
    name = found.rest.removeprefix("called ")
    if len(name.split(" ")) > 4 or re.search(r",|\b(?:when|by|with|if|on|to|for|as|in)\b", name):
        return None
    subject = mid_sentence(found.subject, common, _NO_NAMES)
    if subject is None or subject in ("it", "they"):
        return None
    return f"The name for {subject} is {name}"


_TIME = (
    r"(?:[Ii]n|[Bb]y|[Ss]ince|[Uu]ntil|[Aa]fter|[Bb]efore|[Aa]round) (?:the (?:early|late) )?"
    r"(?:(?:January|February|March|April|May|June|July|August|September|October|November|"
    r"December) )?"
    r"(?:1\d{3}|20\d{2})s?(?: (?:BC|AD))?"
    r"|[Ii]n (?:spring|summer|autumn|winter|practice|theory|general|particular cases)"
    r"|[Bb]y default|[Aa]t (?:run time|compile time|startup|the end of the \w+)"
)
_TIME_LAST = re.compile(rf"(?P<b>[^,;:]+?) (?P<t>{_TIME})")
_TIME_FIRST = re.compile(rf"(?P<t>{_TIME}),? (?P<b>[^,;:]+)")


_TIME_SCOPED = re.compile(r"\b(?:not|never|only|and|or|that|who|which)\b")


def move_time(body: str, common: frozenset[str]) -> str | None:
    """ "X happened in 1903" → "In 1903, X happened", and the reverse."""
    last = _TIME_LAST.fullmatch(body)
    if last and clause(body) and not _TIME_SCOPED.search(body):
        moved = mid_sentence(last["b"], common, _NO_NAMES)
        return f"{capital(last['t'])}, {moved}" if moved else None
    first = _TIME_FIRST.fullmatch(body)
    if not first or not clause(capital(first["b"])):
        return None
    if re.search(r"\b(?:and|or|that|who|which|when|if|because|not|as|to)\b", first["b"]):
        return None
    return f"{capital(first['b'])} {first['t'][0].lower()}{first['t'][1:]}"


_PASSIVE = re.compile(
    r"(?P<x>[^,;:]+?) (?P<m>can|must|should|may) be (?P<v>\w+)(?P<r>(?: [^,;:]+)?)"
)
_FRAMED = {
    "can": "It is possible to",
    "must": "It is required to",
    "should": "It is advisable to",
    "may": "It is permitted to",
}
_BASE_OF = {past: base for base in sorted(set(VERBS.values())) for past in participles(base)}


def turn_passive(body: str, common: frozenset[str]) -> str | None:
    """ "X can be sorted by name" → "It is possible to sort X by name"."""
    found = _PASSIVE.fullmatch(body)
    base = _BASE_OF.get(found["v"]) if found else None
    if not found or base is None or found["m"] == "may":
        return None
    if re.search(
        r"\b(?:by (?!\w+ing\b)|and|or|that|which|who|if|when|to be|not|but)\b", found["r"]
    ):
        return None
    parsed = clause(body)
    if not parsed or parsed.verb != found["m"] or parsed.subject != found["x"]:
        return None
    subject = mid_sentence(parsed.subject, common, _NO_NAMES)
    if subject is None:
        return None
    first = subject.split(" ")[0].lower()
    if first in PRONOUNS or first in (
        "no",
        "none",
        "neither",
        "each",
        "every",
        "all",
        "any",
        "both",
    ):
        return None
    if len(subject.split(" ")) > 6:
        return None
    return f"{_FRAMED[found['m']]} {base} {subject}{found['r']}"


def split_halves(body: str) -> list[str]:
    """Halves of a sentence joined by a semicolon, if both can stand alone."""
    halves = [half.strip() for half in body.split(";")]
    whole = all(any(w.lower() in FINITE for w in half.split(" ")) for half in halves)
    joined = re.match(
        r"(?:and|or|but|that|which|who|to|nor|if|when|as)\b", halves[-1], re.IGNORECASE
    )
    whole = whole and not joined
    return [capital(half) for half in halves] if len(halves) == 2 and whole else [body]


def restructure(
    body: str,
    common: frozenset[str],
    rng: random.Random,
    density: float,
    conditions_first: bool | None = None,
) -> str:
    """One structural move that fits, tried in a random order; `body` itself if none does.

    `conditions_first` says where a condition is to stand; None leaves it to chance.
    """
    moves = [turn_modal, plain_modal, turn_passive, move_clause, move_time, name_the_called]
    rng.shuffle(moves)
    for move in moves:
        if rng.random() < density:
            turned = move(body, common)
            if turned and not (
                move is move_clause
                and conditions_first is not None
                and (condition(turned) is not None) is not conditions_first
            ):
                return turned
    return body


_NAME_RUN = re.compile(r"(?:[A-Z][\w’'-]+ )+[A-Z][\w’'-]+")


def name_persons(told: list[Sentence]) -> list[Sentence]:
    """Opening "He" and "She" as the full name, while the paragraph has named one thing only."""
    named: list[Sentence] = []
    runs: set[str] = set()
    subject = ""
    for sentence in told:
        body = sentence.body
        found = clause(body)
        whole = _NAME_RUN.fullmatch(found.subject) if found else None
        if whole and whole[0].split(" ")[0].lower() not in _ORDINARY:
            subject = whole[0]
        pronoun = re.match(r"(?:She|He)(?= [a-z])", body)
        runs.update(_NAME_RUN.findall(sentence.open(body)) if not pronoun else ())
        if pronoun and runs == {subject}:
            body = subject + body[pronoun.end() :]
            runs.update(_NAME_RUN.findall(sentence.open(body)))
        elif pronoun:
            runs.add(pronoun[0])
        named.append(sentence.said(body))
    return named


_IT = re.compile(r"(?P<p>It|They)(?= (?:also |then |still |now |usually |often )?(?P<v>[a-z]+))")
_DUMMY = re.compile(
    r"It (?:is|was|may be|might be|can be|would be|will be|has been) (?:also |then |not |often |"
    r"very |sometimes |usually |generally |much |more |quite |therefore )*(?:possible|impossible|"
    r"necessary|important|recommended|advisable|common|likely|unlikely|easy|hard|difficult|true|"
    r"known|best|better|good|useful|clear|worth|said|assumed|allowed|permitted|legal|illegal|"
    r"an error|a good|up to|safe|customary|desirable|expected|intended|hoped|believed|thought|"
    r"sufficient|enough|\w+ (?:that|to)\b)|It (?:seems|appears|follows|turns|takes|makes|happens|"
    r"depends|does not matter|rains|means)\b"
)
_THING = re.compile(r"\b(?:an?|the|its|this|that|each|every|another|one) (?P<n>(?:[\w-]+ ?){1,4})")
_OTHER_THINGS = re.compile(r"\b[a-z]{3,}(?<!s)s\b|\b(?:people|children|men|women|data)\b")


def name_things(told: Sequence[Sentence]) -> list[Sentence]:
    """An opening "It" or "They" as the thing the sentence before is about, where that sentence
    names no other thing of the same number."""
    named = list(told)
    for i in range(1, len(named)):
        body = named[i].body
        pronoun = _IT.match(body)
        if (
            not pronoun
            or _DUMMY.match(body)
            or pronoun["p"] == "It"
            and pronoun["v"] in ("are", "were", "have")
        ):
            continue
        before = clause(named[i - 1].body)
        if not before or before.verb.lower() in ("can", "may") and before.rest.startswith("be "):
            continue
        number = plural(before.subject)
        if before.verb.lower() in ("is", "has", "was", "does") or before.verb.lower() in VERBS:
            number = False if number is None else number
        if number is not (pronoun["p"] == "They") or not _names(before.subject):
            continue
        rest = before.rest
        if before.verb.lower() in ("is", "are", "was", "were"):  # a predicate is the thing itself
            rest = re.sub(r"^(?:an?|the|one of the) ", "", rest)
        others = _OTHER_THINGS.search(rest) if number else _other_thing(rest)
        if others or " of " in before.subject or _SEAL_AT.search(rest):
            continue
        subject = named[i - 1].open(before.subject)
        if _SEAL_AT.search(before.subject):
            continue
        named[i] = named[i].said(subject + body[pronoun.end("p") :])
    return named


def _other_thing(text: str) -> bool:
    """Whether a text names a thing that "it" might mean."""
    for found in _THING.finditer(text):
        words = [w.lower() for w in found["n"].split()]
        cut = next(
            (i for i, w in enumerate(words) if w in _PREPOSITIONS | _LINKS or w in FINITE),
            len(words),
        )
        if words[:cut] and not words[cut - 1].endswith("s"):
            return True
    return False


def _names(subject: str) -> bool:
    words = subject.lower().split(" ")
    return words[0] not in PRONOUNS and len(words) <= 6 and words[-1] not in _LINKS


def is_instruction(body: str) -> bool:
    """Whether it opens with a bare verb, as documentation of functions does."""
    return body.split(" ")[0].lower() in _IMPERATIVES and body[:1].isupper()
