"""What the fidelity checks read in a sentence, case by case."""

from __future__ import annotations

import pytest

from factory.rephrase.bench.measure import LIMITS
from factory.rephrase.fidelity.arithmetic import equations
from factory.rephrase.fidelity.gate import reasons
from factory.rephrase.fidelity.quantities import dates, numbers, without_dates
from factory.rephrase.fidelity.scores import check
from factory.rephrase.fidelity.symbols import undefined


def why(source: str, text: str, language: str = "en") -> set[str]:
    return set(reasons(text, check(source, text), LIMITS, language))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5 km", "5,000 metres"),
        ("24 hours", "twenty-four hours"),
        ("two weeks", "14 days"),
        ("7 million euros", "€7,000,000"),
        ("$1.46 billion", "1,460,000,000 dollars"),
        ("2 years", "24 months"),
        ("3 %", "3 percent"),
        ("0.5 kg", "500 g"),
        ("two thousand three hundred and five", "2,305"),
        ("12 March 1874", "March 12th, 1874"),
        ("1874-03-12", "the 12th of March 1874"),
    ],
)
def test_one_quantity_has_one_value(one: str, other: str) -> None:
    assert values(one) == values(other) != []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5 km", "50 km"),
        ("5 km", "500 m"),
        ("3 %", "3 percentage points"),
        ("7 million euros", "7 million dollars"),
        ("7 million euros", "7 billion euros"),
        ("version 3.10", "version 3.1"),
        ("the 1990s", "the 1960s"),
        ("12 GB", "12 MB"),
        ("May 1990", "June 1990"),
    ],
)
def test_another_quantity_has_another_value(one: str, other: str) -> None:
    assert values(one) != values(other)


def values(text: str) -> list[str]:
    found = [*dates(text), *numbers(without_dates(text))]
    return [quantity.value for quantity in found]


LIGHTHOUSE = (
    "The keeper lit the lamp before the boats left the harbour, and he put it out when the sun "
    "rose over the cliffs. The stores held oil, rope, canvas and dried fish for the winter. "
    "Visitors may climb the tower if the sea is calm. The tower was built of granite from Norway."
)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (" if the sea is calm", "", "sentence_lost"),
        ("oil, rope, canvas", "oil, canvas", "sentence_lost"),
        (" and dried fish", "", "sentence_lost"),
        (", and he put it out when the sun rose over the cliffs", "", "sentence_lost"),
        ("from Norway", "from Norway that a merchant had given away", "sentence_invented"),
        ("before the boats", "after the boats", "quantifier_changed"),
        ("was built", "will be built", "quantifier_changed"),
        ("may climb", "must climb", "quantifier_changed"),
        (
            "Visitors may climb the tower if the sea is calm",
            "The sea is calm if visitors may climb the tower",
            "roles_swapped",
        ),
    ],
)
def test_a_small_change_in_a_sentence_that_stayed_is_seen(old: str, new: str, code: str) -> None:
    assert old in LIGHTHOUSE and code in why(LIGHTHOUSE, LIGHTHOUSE.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (" if the sea is calm", " as long as the sea is calm"),
        ("The stores held oil", "In the stores there was oil"),
        ("was built of granite", "had been built out of granite"),
        ("Visitors may climb", "It is possible for visitors to climb"),
    ],
)
def test_the_same_in_other_words_is_not(old: str, new: str) -> None:
    assert old in LIGHTHOUSE and not why(LIGHTHOUSE, LIGHTHOUSE.replace(old, new))


@pytest.mark.parametrize(
    ("text", "statuses"),
    [
        ("9**9**9 = 1", ["unknown"]),
        ("$9^{9^9} = 3$", ["unknown"]),
        ("(" * 200 + "1" + ")" * 200 + " = 1", ["unknown"]),
        ("6/2(1+2) = 9", ["unknown"]),
        ("1/2x = 3", ["unknown"]),
        ("7 % 3 = 1", ["unknown"]),
        ("5!=120", ["unknown"]),
        ("3½ = 3.5", ["unknown"]),
        ("½ + ½ = 1", ["true"]),
        ("5 – 3 = 2", ["true"]),
        ("5 − 3 = 3", ["false"]),
        ("12:4 = 3", []),
        ("log 100 = 2", []),
        ("1,000 + 1 = 1,001", ["true"]),
        ("1 000 + 1 = 1 001", ["unknown"]),
        ("$\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix} = 3$", ["unknown"]),
        ("2+2=4=5", ["true", "false"]),
        ("1" * 5000 + " = 1", ["unknown"]),
        ("-" * 3000 + "1 = 1", ["unknown"]),
    ],
)
def test_what_can_be_read_in_two_ways_is_unknown(text: str, statuses: list[str]) -> None:
    assert [e.status for e in equations(text)] == statuses


def test_a_symbol_must_stand_in_the_source_or_be_introduced() -> None:
    source = "The area is $A = \\pi r^2$."
    assert undefined(source, "With the radius $r$ the area $A$ follows.") == []
    assert undefined(source, "The area is $A = \\pi r^2 h$.") == ["h"]
    assert undefined(source, "Let $h$ be the height. Then $A h$ is the volume.") == []
    assert undefined(source, "So $\\alpha$ is known.") == ["\\alpha"]
    assert undefined(source, "The cost is $5 and $7.") == []
    assert "symbol_undefined" in why(source, "The area is $A = \\pi r^2$, and $q$ is not.")


GERMAN = (
    "Der Turm ist 41 Meter hoch und steht seit 1874 über dem Hafen von Sunde. Besucher dürfen ihn "
    "nicht allein besteigen, und alle Gruppen müssen sich mindestens eine Woche vorher anmelden."
)
FRENCH = (
    "La tour est haute de 41 mètres et se trouve depuis 1874 au-dessus du port de Sunde. Les "
    "visiteurs ne peuvent pas y monter seuls, et tous les groupes doivent toujours se présenter."
)
SPANISH = (
    "La torre es de 41 metros de altura y está desde 1874 sobre el puerto de Sunde. Los visitantes "
    "no pueden subir solos, y todos los grupos deben avisar siempre con una semana por lo menos."
)


@pytest.mark.parametrize(
    ("language", "source", "old", "new", "code"),
    [
        ("de", GERMAN, "nicht allein", "allein", "negation_changed"),
        ("de", GERMAN, "alle Gruppen", "einige Gruppen", "quantifier_changed"),
        ("de", GERMAN, "müssen sich", "können sich", "quantifier_changed"),
        ("de", GERMAN, "41 Meter", "14 Meter", "numbers_lost"),
        ("fr", FRENCH, "ne peuvent pas", "peuvent", "negation_changed"),
        ("fr", FRENCH, "tous les groupes", "certains groupes", "quantifier_changed"),
        ("fr", FRENCH, "Sunde", "Bergen", "names_lost"),
        ("es", SPANISH, "no pueden", "pueden", "negation_changed"),
        ("es", SPANISH, "deben avisar", "pueden avisar", "quantifier_changed"),
    ],
)
def test_german_french_and_spanish_facts_are_seen(
    language: str, source: str, old: str, new: str, code: str
) -> None:
    assert not why(source, source, language)
    assert old in source and code in why(source, source.replace(old, new), language)


def test_a_language_without_tables_never_passes_in_silence() -> None:
    finnish = (
        "Tämä kappale on suomeksi ja se kertoo, että järjestelmä on uusi mutta hyvin toimiva ja "
        "myös nopea, jos sitä ei ole käytetty kuin vain nyt."
    )
    assert why(finnish, finnish, "fi") == {"language_unchecked"}


EXCHANGED = (
    ("the boats left", "the harbour left"),  # a word of the text in another's place
    ("dried fish", "smoked fish"),  # a word from elsewhere
    ("of granite", "of expensive granite"),
    ("Visitors may climb the tower", "Visitors may climb"),
    ("if the sea is calm", "if the sea is not in view"),
)


@pytest.mark.parametrize(("old", "new"), EXCHANGED)
def test_a_word_changed_in_a_sentence_left_as_it_is_is_told(old: str, new: str) -> None:
    assert old in LIGHTHOUSE
    assert why(LIGHTHOUSE, LIGHTHOUSE.replace(old, new))


def test_a_word_of_a_heading_is_told() -> None:
    text = "## Pump rods\n\nThe rods of the pump are oiled by the miller before winter comes."
    assert why(text, text.replace("Pump rods", "Miller rods"))
    assert not why(text, text.replace("Pump rods", "Rods")) - {"copied", "no_novelty"}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("The pump stops if the tank is empty.", "The tank is empty if the pump stops."),
        ("If the tank is empty, the pump stops.", "The tank is empty if the pump stops."),
        ("If the tank is empty, the pump stops.", "If the pump stops, the tank is empty."),
        ("The wheel turns the shaft of the mill.", "The shaft turns the wheel of the mill."),
        ("The old wheel turns the shaft.", "The shaft turns the old wheel."),
        ("The handle is available.", "The handle is unavailable."),
        ("The water flows from the tank.", "The water flows to the tank."),
    ],
)
def test_what_has_changed_places_or_its_sense_is_told(told: str, said: str) -> None:
    around = "Nobody paints the fence. {} Two geese guard the gate of the yard."
    assert why(around.format(told), around.format(said))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("If the tank is empty, the pump stops.", "The pump stops if the tank is empty."),
        ("The pump stops if the tank is empty.", "If the tank is empty, the pump stops."),
        (
            "You may copy it as is permitted or allowed.",
            "You may copy it as is allowed or permitted.",
        ),
        ("It is permitted but that is not allowed.", "It is allowed but that is not permitted."),
        ("The wheel and the shaft turn.", "The shaft and the wheel turn."),
        (
            "The tank stood by the gate. It was full.",
            "The tank stood by the gate. The tank was full.",
        ),
        ("The 1st gate is open for two and three.", "The first gate is open for 2 and 3."),
        ("You should not open the gate.", "You shouldn’t open the gate."),
        ("It leaks after over 6 months.", "It leaks after over six months."),
        ("One supplies it.", "One provides it."),
        ("The pump rests for half an hour.", "The pump rests for 30 minutes."),
        ("It needs never less than two men.", "It needs at least two men."),
        ("The vent opens twice a day.", "The vent opens two times a day."),
        ("He read the second chapter.", "He read chapter two."),
        (
            "The tank has pores. They open them at night.",
            "The tank has pores. They open their pores at night.",
        ),
    ],
)
def test_what_only_moved_or_took_another_form_is_not(told: str, said: str) -> None:
    around = "Nobody paints the fence. {} Two geese guard the gate of the yard."
    assert not why(around.format(told), around.format(said)) - {"copied", "no_novelty"}
