"""The small words of `cues` in German, French and Spanish: negation, how many, how often, how
surely. Fewer classes than in English, and no opposites, tenses or synonyms."""

from __future__ import annotations

from typing import Literal

Kind = Literal["negation", "quantifier", "modality"]

CUES: dict[str, dict[Kind, dict[str, str]]] = {
    "de": {
        "negation": {
            "not": r"nicht|kein(?:e[rmns]?)?|nie|niemals|nichts|niemand(?:e[nm])?|nirgends"
            r"|ohne|weder|keineswegs|unmöglich|kaum"
        },
        "quantifier": {
            "all": r"alle[rmns]?|jede[rmns]?|sämtliche[rmns]?|ganze[rmns]?|beide[rmns]?",
            "some": r"einige[rmns]?|manche[rmns]?|mehrere[rmns]?|gewisse[rmns]?",
            "most": r"meisten|meist|größtenteils|überwiegend",
            "many": r"viele[rmns]?|zahlreiche[rmns]?",
            "few": r"wenige[rmns]?",
            "only": r"nur|lediglich|ausschließlich|allein",
            "always": r"immer|stets|jederzeit",
            "usually": r"normalerweise|üblicherweise|gewöhnlich|oft|häufig|meistens"
            r"|in der Regel|im Allgemeinen",
            "sometimes": r"manchmal|gelegentlich|bisweilen|zuweilen",
            "rarely": r"selten",
            "at least": r"mindestens|wenigstens",
            "at most": r"höchstens|maximal|bis zu",
            "more than": r"(?:mehr|größer|höher|länger|älter) als|über(?= \d)",
            "less than": r"(?:weniger|kleiner|niedriger|kürzer|jünger) als|unter(?= \d)",
            "roughly": r"etwa|ungefähr|rund|circa|fast|beinahe|nahezu",
        },
        "modality": {
            "necessary": r"muss|muß|müssen|musste[nt]?|erforderlich|notwendig|nötig|verpflichtet",
            "advised": r"soll|sollen|sollte[nt]?|empfohlen|ratsam|empfiehlt",
            "possible": r"kann|können|konnte[nt]?|könnte[nt]?|möglich|darf|dürfen|durfte[nt]?"
            r"|erlaubt|lässt sich|lassen sich",
            "probable": r"wahrscheinlich|vermutlich|vielleicht|möglicherweise|wohl",
        },
    },
    "fr": {
        "negation": {"not": r"pas|jamais|aucune?|rien|personne|sans|ni|impossible|nullement|guère"},
        "quantifier": {
            "all": r"tous|toute?s?|chaque|chacune?|entière?s?",
            "some": r"quelques?|certaine?s?|plusieurs",
            "most": r"la plupart|majorité|principalement",
            "many": r"beaucoup|nombreu(?:x|ses)",
            "few": r"peu",
            "only": r"seulement|uniquement|exclusivement|seule?s?",
            "always": r"toujours",
            "usually": r"souvent|généralement|habituellement|normalement|d’habitude|d'habitude",
            "sometimes": r"parfois|quelquefois|de temps en temps",
            "rarely": r"rarement",
            "at least": r"au moins|au minimum",
            "at most": r"au plus|au maximum|jusqu['’]à",
            "more than": r"plus de|plus (?:[a-zé]+ )?que",
            "less than": r"moins de|moins (?:[a-zé]+ )?que",
            "roughly": r"environ|presque|à peu près",
        },
        "modality": {
            "necessary": r"doit|doivent|devait|devaient|faut|fallait|nécessaires?|obligatoires?",
            "advised": r"devrait|devraient|devriez|conseillée?s?|recommandée?s?",
            "possible": r"peut|peuvent|pouvait|pouvaient|pouvez|pourrait|pourraient|possibles?"
            r"|permet|permettent",
            "probable": r"probablement|peut-être|sans doute|vraisemblablement",
        },
    },
    "es": {
        "negation": {
            "not": r"no|nunca|jamás|ning[úu]n[ao]?s?|nada|nadie|sin|ni|tampoco|imposible|apenas"
        },
        "quantifier": {
            "all": r"tod[ao]s?|cada|enter[ao]s?|amb[ao]s",
            "some": r"algun[ao]s?|algún|ciert[ao]s?|vari[ao]s",
            "most": r"la mayoría|mayoría|principalmente",
            "many": r"much[ao]s?|numeros[ao]s?",
            "few": r"poc[ao]s?",
            "only": r"sólo|solo|solamente|únicamente|exclusivamente",
            "always": r"siempre",
            "usually": r"a menudo|normalmente|generalmente|habitualmente|por lo general",
            "sometimes": r"a veces|algunas veces|en ocasiones",
            "rarely": r"rara vez|raramente",
            "at least": r"al menos|por lo menos|como mínimo",
            "at most": r"como máximo|a lo sumo|hasta(?= \d)",
            "more than": r"más de|más (?:[a-záéíóú]+ )?que",
            "less than": r"menos de|menos (?:[a-záéíóú]+ )?que",
            "roughly": r"casi|aproximadamente|unos(?= \d)|alrededor de",
        },
        "modality": {
            "necessary": r"debe|deben|debía|debían|tiene que|tienen que|hay que|necesari[ao]s?"
            r"|obligatori[ao]s?",
            "advised": r"debería|deberían|recomienda|recomendad[ao]s?|aconseja|conviene",
            "possible": r"puede|pueden|podía|podían|podría|podrían|posibles?|permite|permiten",
            "probable": r"probablemente|quizás?|tal vez|posiblemente",
        },
    },
}
CHECKED = frozenset({"en", *CUES})
"""Languages whose negations and quantifiers are seen. A rewrite in another language may be right,
but these checks can't say so."""
