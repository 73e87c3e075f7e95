"""Words and their opposites, as the checker knows them; no author uses this table."""

from __future__ import annotations

_OPPOSITES = (
    "before/after first/last above/below left/right true/false include/exclude "
    "increase/decrease rise/fall maximum/minimum max/min allow/forbid accept/reject "
    "open/close start/stop begin/end enable/disable mutable/immutable legal/illegal "
    "valid/invalid equal/unequal positive/negative even/odd internal/external public/private "
    "local/global implicit/explicit ascending/descending upper/lower "
    "success/failure succeed/fail same/different larger/smaller greater/smaller higher/lower "
    "early/late faster/slower ordered/unordered empty/nonempty inside/outside present/absent "
    "next/previous hot/cold long/short high/low strong/weak old/new add/remove win/lose "
    "north/south east/west finite/infinite direct/indirect start/end begin/finish input/output "
    "longer/shorter wider/narrower deeper/shallower older/newer easier/harder better/worse "
    "stronger/weaker warmer/colder richer/poorer heavier/lighter thicker/thinner earlier/later "
    "increases/decreases increased/decreased increasing/decreasing rises/falls rose/fell "
    "gain/loss gains/loses allowed/forbidden permitted/prohibited accepted/rejected "
    "opened/closed started/stopped begins/ends enabled/disabled included/excluded "
    "import/export arrive/depart arrival/departure buy/sell bought/sold push/pull "
    "read/write sender/receiver parent/child source/target client/server expand/contract "
    "attract/repel acid/base majority/minority winter/summer day/night war/peace "
    "inner/outer top/bottom front/back forward/backward forwards/backwards "
    "equivalent/different identical/different"
)
ANTONYMS: dict[str, frozenset[str]] = {}
for _pair in _OPPOSITES.split():
    _a, _, _b = _pair.partition("/")
    ANTONYMS[_a] = ANTONYMS.get(_a, frozenset()) | {_b}
    ANTONYMS[_b] = ANTONYMS.get(_b, frozenset()) | {_a}
ANTONYMS |= {"only": frozenset({"not only"}), "not only": frozenset({"only"})}
