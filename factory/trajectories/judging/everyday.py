"""Words with which anybody talks about work at a desk: they say nothing of the matter itself."""

from __future__ import annotations

EVERYDAY = """
about above absolutely accept according actually after afterwards again against ahead alike all
almost alone along already alright also although altogether always among another answer anybody
anyone anything anyway appear appreciate around asked aside available away back because become
been before began begin behind being below beside besides best better between beyond both brief
bring brought called came cannot can't carefully carry case certain certainly change check chance
checked clear clearly close come complete completed concern confirm consider contact contain
continue correct could couldn't course current currently data date deal detail details different
directly does doesn't doing done don't double doubt down during each earlier early either else end
enough enter entire entry even every everybody everyone everything exact exactly example excellent
except expect explain fact far feel few field fill final finally find fine finish first fit fix
follow following form forward found free from front full further gave general get give given glad
glance gone good got great grateful guess had half hand handle happen happy hardly has hasn't have
haven't having hear heard hello help helpful hence her here hers high him his hold hope hopefully
how however idea identify immediately include including indeed inform information input instead
instruction into isn't issue item its itself just keep kept kind kindly knew know known large last
late later latest learn least leave left less let like likely line list listed little long look
looking lot low made mail main make makes making manage many mark match matter may maybe mean
meant meanwhile mention might mind mine minute miss missing moment more moreover most move much
must myself name near nearly necessary need needed neither never nevertheless new next nice nobody
none normal nor not note nothing notice now number obtain obviously of off offer often okay once
one only onto open option order other others otherwise our out outcome over overview own page part
particular pass past patience people per perfect perhaps person piece place plan please pleased
pleasure plus point possible prefer present press presumably previous previously probably proceed
process provide pull put question quick quickly quite rather read ready real really reason receive
recently record reference regard regarding regards regular relevant remain remember reply report
request requested require respect respond response rest result retrieve return review right round
run safe said same save saved say says search second section see seem seems seen select send sense
sent separate series serve service set settle several shall share short should show showed shown
shows side similar simple simply since single small some somebody someone something soon sorry
sort sound specific specified speak spoke stand standing start state stated stay step still stop
stored straight subject such suggest suit summary supply support sure system take taken talk tell
than thank thanks that their them then there therefore these they thing things think third this
those though thought through throughout thus till time today together told took tool tools total
touch toward tried true trust truth try turn twice two type unable under understand understood
unfortunately unless unlike until upon usual value various very view wait want wanted was wasn't
way week welcome well went were what whatever when whenever where whether which while whole whom
whose why will wish with within without won't wonder word words work worked working worry would
wouldn't write wrong year yes yet you your yours yourself assist assistance assistant apology
apologize apologise inconvenience convenience enquiry inquiry attempt purpose responsible
department team office colleague instructions rules rule permission permitted allow allowed
forbidden limit limits scope capability function functionality unavailable perform performed
executed execute action actions update updated successful successfully success register registered
entered lookup locate located verify verified validate double-check access accessible database
exist existing used using user january february march april june july august september october
november december monday tuesday wednesday thursday friday saturday sunday the and any are but can
did for ran she sit six ten too top use via who ask able add ago
"""
"""Small words, and words for asking, looking, telling, helping."""

GENERAL_ACTS = """
checked looked found held searched verified counted tried located asked noted completed finished
processed handled done made changed updated saved recorded stored carried taken took confirmed
received retrieved reviewed listed fixed corrected repeated retried left stopped decided mentioned
requested wanted needed went gone got had been said told read seen saw pulled fetched identified
reported shown stated used called gave given put set settled sorted allowed permitted meant
compared double-checked matched named planned understood heard thought worked performed executed
concerned pleased happened afraid limited supposed based related connected spelled spelt
registered provided interested obliged required
"""
"""What any agent does with records, whatever they are of; and what is no act at all."""

IRREGULAR = {
    "sent": "send", "paid": "pay", "made": "make", "took": "take", "taken": "take", "gave": "give",
    "given": "give", "kept": "keep", "sold": "sell", "bought": "buy", "wrote": "write",
    "written": "write", "held": "hold", "put": "put", "set": "set", "began": "begin",
    "begun": "begin", "drew": "draw", "drawn": "draw", "brought": "bring", "told": "tell",
    "withdrew": "withdraw", "withdrawn": "withdraw", "lent": "lend", "left": "leave", "let": "let",
    "built": "build", "met": "meet", "shut": "shut", "cut": "cut", "split": "split",
    "went": "go", "gone": "go", "found": "find", "got": "get", "had": "have", "did": "do",
    "done": "do", "saw": "see", "seen": "see", "said": "say", "read": "read", "ran": "run",
    "run": "run", "led": "lead", "lost": "lose", "won": "win", "spoke": "speak",
    "chose": "choose", "chosen": "choose", "broke": "break", "broken": "break", "grew": "grow",
    "hired": "hire", "tied": "tie", "laid": "lay", "struck": "strike", "swept": "sweep",
    "fed": "feed", "bred": "breed", "rode": "ride", "threw": "throw", "understood": "understand",
    "thought": "think", "meant": "mean", "heard": "hear", "stood": "stand", "became": "become",
    "came": "come", "knew": "know", "known": "know", "shown": "show", "been": "be",
    "taught": "teach", "spent": "spend",
    "forgot": "forget", "forgotten": "forget", "overwrote": "overwrite",
}  # fmt: skip
"""Past forms that no ending tells → the verb."""
