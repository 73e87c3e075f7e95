"""Which language a text is in, by script and by its most frequent function words.

Small on purpose: it must not call pure math Maltese (a known trap of statistical identifiers), so
math and code are stripped first and a text with too little left is `und`.
"""

from __future__ import annotations

import re

UNDETERMINED = "und"
_STRIPPED = re.compile(
    r"```.*?```|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]+\$|\\\[.*?\\\]|\\\(.*?\\\)|\\[A-Za-z]+", re.DOTALL
)
_WORD = re.compile(r"[^\W\d_]+")
_SCRIPTS = (
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("el", re.compile(r"[\u0370-\u03ff]{2}")),
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
)
_FUNCTION_WORDS = {
    "en": "the of and to a in is that it for be as with are this by from or which have if can not "
    "an at on was we its must so what these then there",
    "de": "der die das und ist in zu den von mit ein eine nicht es auf für sich dem des als auch "
    "sind wir man wird also aus wie bei oder einen einem dann nur noch wenn daß dass",
    "es": "el la de que y en los se del las un por con no una su para es al lo como más pero sus "
    "le ya o este sí porque esta entre cuando muy sin sobre también son",
    "fr": "le la les de des et en un une du que est pour dans qui par sur au pas plus ne se ce il "
    "sont avec on aux mais ou comme cette nous donc si leur",
    "it": "il la di che e un una per in non è con del si da come le dei sono al alla più questo "
    "nel della ma anche lo gli o se",
    "pt": "o a de que e do da em um para é com não uma os no se na por mais as dos como mas ao ele "
    "das seu sua ou quando muito são",
}
_SETS = {code: frozenset(listed.split()) for code, listed in _FUNCTION_WORDS.items()}
MIN_LETTERS = 40


def detect_language(text: str) -> str:
    """ISO 639-1 code of the main language of `text`, or `und` if there is too little to tell."""
    prose = _STRIPPED.sub(" ", text)
    found = [word.lower() for word in _WORD.findall(prose)]
    letters = sum(map(len, found))
    for code, script in _SCRIPTS:
        if len(script.findall(prose)) * 4 > letters > 0:
            return code
    if letters < MIN_LETTERS:
        return UNDETERMINED
    hits = {code: sum(word in listed for word in found) for code, listed in _SETS.items()}
    best = max(hits, key=lambda code: hits[code])
    if hits[best] * 12 < len(found):
        return UNDETERMINED
    return best
