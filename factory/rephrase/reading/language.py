"""Which language and script a text is in, by letters and by its most frequent function words.

Small on purpose: it must not call pure math Maltese (a known trap of statistical identifiers), so
math and code are stripped first and a text with too little left is `und`.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

UNDETERMINED = "und"
UNKNOWN_SCRIPT = "Zyyy"
_STRIPPED = re.compile(
    r"```.*?```|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]+\$|\\\[.*?\\\]|\\\(.*?\\\)|\\[A-Za-z]+|https?://\S+",
    re.DOTALL,
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
# ISO 15924 code → letters. Japanese mixes three scripts and counts as one (`Jpan`).
_SCRIPTS = {
    "Latn": "A-Za-z\u00c0-\u024f\u1e00-\u1eff",
    "Cyrl": "\u0400-\u04ff",
    "Grek": "\u0370-\u03ff\u1f00-\u1fff",
    "Jpan": "\u3040-\u30ff",
    "Hang": "\uac00-\ud7af\u1100-\u11ff",
    "Hani": "\u3400-\u4dbf\u4e00-\u9fff",
    "Arab": "\u0600-\u06ff\u0750-\u077f",
    "Hebr": "\u0590-\u05ff",
    "Deva": "\u0900-\u097f",
    "Beng": "\u0980-\u09ff",
    "Taml": "\u0b80-\u0bff",
    "Thai": "\u0e00-\u0e7f",
    "Geor": "\u10a0-\u10ff",
    "Armn": "\u0530-\u058f",
}
_LETTERS = {code: re.compile(f"[{letters}]") for code, letters in _SCRIPTS.items()}
_NO_LETTERS = bytes(sign for sign in range(128) if not chr(sign).isalpha())
_OF_SCRIPT = {
    "Grek": "el",
    "Jpan": "ja",
    "Hang": "ko",
    "Hani": "zh",
    "Hebr": "he",
    "Deva": "hi",
    "Beng": "bn",
    "Taml": "ta",
    "Thai": "th",
    "Geor": "ka",
    "Armn": "hy",
}
"""Scripts that one language writes by far the most."""
_FUNCTION_WORDS = {
    "Latn": {
        "en": "the of and to a in is that it for be as with are this by from or which have if can "
        "not an at on was we its must so what these then there has were been you they he his but",
        "de": "der die das und ist in zu den von mit ein eine nicht es auf für sich dem des als "
        "auch sind wir man wird also aus wie bei oder einen einem dann nur noch wenn daß dass",
        "es": "el la de que y en los se del las un por con no una su para es al lo como más pero "
        "sus le ya o este sí porque esta entre cuando muy sin sobre también son",
        "fr": "le la les de des et en un une du que est pour dans qui par sur au pas plus ne se "
        "ce il sont avec on aux mais ou comme cette nous donc si leur d'un l'on c'est",
        "it": "il la di che e un una per in non è con del si da come le dei sono al alla più "
        "questo nel della ma anche lo gli o se delle nella",
        "pt": "o a de que e do da em um para é com não uma os no se na por mais as dos como mas ao "
        "ele das seu sua ou quando muito são à também pelo pela",
        "nl": "de het een en van in is dat op te zijn met voor niet aan er om ook als maar bij of "
        "uit nog naar door over ze zich hij wordt werd deze dit kan worden",
        "sv": "och i att det som en på är av för med den till inte om ett han men var sig från "
        "vi så kan när år de eller också denna detta har efter",
        "da": "og i at det som en på er af for med den til ikke om et han men var sig fra vi så "
        "kan når de eller også denne dette har efter blev blive af ved",
        "no": "og i at det som en på er av for med den til ikke om et han men var seg fra vi så "
        "kan når de eller også denne dette har etter ble bli ved hvor",
        "fi": "ja on ei se että hän oli mutta niin kun ovat joka tai myös kuin sen ole jos mitä "
        "jotka voi vain nyt hänen olla sekä kanssa",
        "pl": "i w na z do się nie jest że o to jak za od po dla ale czy przez który jego są tym "
        "oraz co lub może być tego jako które",
        "cs": "a je v se na že s z do o ve to pro jako jsou by byl ale nebo k od po který jeho než "
        "které tím může být této této",
        "hu": "a az és hogy nem is egy ez van meg de volt ha vagy mint csak azt minden már még el "
        "kell amely lehet után ezt",
        "ro": "și de la în cu pe nu un o este din care mai a fost pentru ca sau sunt prin după "
        "între acest această lui ale",
        "tr": "ve bir bu da de için ile olarak çok daha olan gibi en ya kadar sonra ne her o değil "
        "var olduğu tarafından veya ancak",
        "id": "yang dan di ke dari untuk dengan pada adalah ini itu dalam tidak akan oleh sebagai "
        "atau juga dapat telah lebih karena mereka",
        "vi": "và của là có cho không được các trong một với những này đã khi để từ người như đến "
        "về cũng hay trên",
        "ca": "el la de que i en els es del les un per amb no una al com més però seva són aquest "
        "aquesta també o quan molt sense",
        "la": "et in est ad non cum qui quae quod ut sed ex ab per esse sunt aut atque enim nec "
        "etiam si de autem",
    },
    "Cyrl": {
        "ru": "и в не на что он с как это по но из у за от так все было для же был бы о его к "
        "который или также",
        "uk": "і в не на що він з як це по але із у за від так все було для ж був б про його до "
        "який або також та є",
        "bg": "и в не на че той с като това по но от за се са е да си или които със един",
        "sr": "и у не на да је се са као ово по али из за од су или који који га су бити",
    },
    "Arab": {
        "ar": "في من على إلى أن التي الذي هذا هذه عن مع كان ما لا أو كما بين بعد قد هو هي",
        "fa": "و در به از که این را با است برای آن یک خود تا بر هم نیز شده می های",
        "ur": "کے میں کی ہے اور سے کا کو اس نے پر یہ ہیں بھی تھا جو کر",
    },
}
_SETS = {
    script: {code: frozenset(listed.split()) for code, listed in languages.items()}
    for script, languages in _FUNCTION_WORDS.items()
}
_CODES_OF = {
    script: {
        word: tuple(code for code, listed in languages.items() if word in listed)
        for word in sorted(frozenset().union(*languages.values()))
    }
    for script, languages in _SETS.items()
}
"""Function word → the languages that have it: each word of a text is looked up once."""
MIN_LETTERS = 40
MIN_LETTERS_ELSEWHERE = 12
"""A script of its own tells a language in fewer letters than function words do."""


def detect_script(text: str) -> str:
    """ISO 15924 code of the script most letters are in, `Zyyy` if there is no letter."""
    counts = _script_counts(_STRIPPED.sub(" ", text))
    return _main_script(counts) if counts else UNKNOWN_SCRIPT


@lru_cache(maxsize=64)
def detect_language(text: str) -> str:
    """ISO 639-1 code of the main language of `text`, or `und` if there is too little to tell."""
    prose = _STRIPPED.sub(" ", text)
    counts = _script_counts(prose)
    script = _main_script(counts) if counts else UNKNOWN_SCRIPT
    letters = counts[script]
    if script in _OF_SCRIPT:
        return _OF_SCRIPT[script] if letters >= MIN_LETTERS_ELSEWHERE else UNDETERMINED
    if script not in _SETS or letters < MIN_LETTERS:
        return UNDETERMINED
    found = _WORD.findall(prose.lower().replace("’", "'"))
    hits = dict.fromkeys(_SETS[script], 0)
    codes_of = _CODES_OF[script]
    for word in found:
        for code in codes_of.get(word, ()):
            hits[code] += 1
    best = max(hits, key=lambda code: hits[code])
    return best if hits[best] * 12 >= len(found) else UNDETERMINED


def _script_counts(prose: str) -> Counter[str]:
    plain = prose.encode("ascii", "ignore").translate(None, _NO_LETTERS)
    wide = "" if prose.isascii() else "".join(sign for sign in prose if sign > "\x7f")
    counts = Counter({code: len(letters.findall(wide)) for code, letters in _LETTERS.items()})
    counts["Latn"] += len(plain)
    return +counts


def _main_script(counts: Counter[str]) -> str:
    """The script of most letters; one sign of Han or Kana weighs as much as a few letters."""
    kana, han = counts["Jpan"], counts["Hani"]
    if kana * 10 > han and (kana + han) * 4 > counts.total():
        return "Jpan"
    if han * 4 > counts.total():
        return "Hani"
    return max(counts, key=lambda code: counts[code])
