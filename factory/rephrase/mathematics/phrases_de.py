"""German → English phrases of school mathematics, for the offline translator.

A key is a sentence, or a clause of one, with every formula replaced by `{}`; in the translation
`{0}` is the first formula, `{1}` the second. What isn't here is not translated.
"""

from __future__ import annotations

import re

_TABLE = """
Aufgabe.
= Problem.
Lösung.
= Solution.
Probe.
= Check.
Antwort: {}.
= Answer: {0}.
Antwort: {} oder {}.
= Answer: {0} or {1}.
Eine lineare Gleichung
= A linear equation
Preiserhöhung und Preissenkung
= A price raised and lowered
Der Satz des Pythagoras
= The theorem of Pythagoras
Eine quadratische Gleichung
= A quadratic equation
Die Summe der ersten hundert Zahlen
= The sum of the first hundred numbers
Brüche addieren
= Adding fractions
Ziehen ohne Zurücklegen
= Drawing without replacement
Der größte gemeinsame Teiler
= The greatest common divisor
Weg, Zeit und Geschwindigkeit
= Distance, time and speed
Löse die Gleichung {} und mache die Probe.
= Solve the equation {0} and check the solution.
Die Unbekannte steht auf beiden Seiten.
= The unknown stands on both sides.
Wir bringen die Terme mit {} nach links und die Zahlen nach rechts.
= We bring the terms with {0} to the left and the numbers to the right.
Wir subtrahieren {} auf beiden Seiten und erhalten {}
= We subtract {0} on both sides and obtain {1}
Wir addieren {} auf beiden Seiten und erhalten {}
= We add {0} on both sides and obtain {1}
Wir teilen beide Seiten durch {} und erhalten {}
= We divide both sides by {0} and obtain {1}
denn {}
= for {0}
denn {} und {}
= for {0} and {1}
Die linke Seite ist {}.
= The left side is {0}.
Die rechte Seite ist {}.
= The right side is {0}.
Beide Seiten stimmen überein.
= Both sides agree.
Ein häufiger Fehler ist
= A common mistake is
eine Rechnung nur auf einer Seite auszuführen
= to carry out a calculation on one side only
Ein Fahrrad kostet {} Euro.
= A bicycle costs {0} euros.
Der Preis wird zuerst um {} erhöht und dann um {} gesenkt.
= The price is first raised by {0} and then lowered by {1}.
Wie viel kostet das Fahrrad am Ende?
= How much does the bicycle cost in the end?
Die Idee ist
= The idea is
mit dem Anteil zu rechnen
= to work with the share
der übrig bleibt
= that remains
Nach der Erhöhung kostet das Fahrrad {} Euro.
= After the rise the bicycle costs {0} euros.
Nach der Senkung kostet das Fahrrad {} Euro.
= After the reduction the bicycle costs {0} euros.
Beide Schritte zusammen ergeben den Faktor {}.
= The two steps together give the factor {0}.
Der alte Preis mal dem Faktor ist {}.
= The old price times the factor is {0}.
die beiden Prozentsätze einfach gegeneinander aufzurechnen
= simply to set the two percentages off against each other
Antwort: Das Fahrrad kostet am Ende {} Euro.
= Answer: the bicycle costs {0} euros in the end.
In einem rechtwinkligen Dreieck sind die Katheten {} Zentimeter und {} Zentimeter lang.
= In a right triangle the legs are {0} centimetres and {1} centimetres long.
Wie lang ist die Hypotenuse?
= How long is the hypotenuse?
Nach dem Satz des Pythagoras ist das Quadrat der Hypotenuse die Summe der Quadrate der Katheten.
= By the theorem of Pythagoras the square of the hypotenuse is the sum of the squares of the legs.
Die beiden Quadrate sind {} und {}.
= The two squares are {0} and {1}.
Ihre Summe ist {}.
= Their sum is {0}.
Die Länge ist die positive Wurzel
= The length is the positive root
also {}
= so {0}
Das Quadrat der Hypotenuse ist {}.
= The square of the hypotenuse is {0}.
die Längen statt der Quadrate zu addieren
= to add the lengths instead of the squares
Antwort: Die Hypotenuse ist {} Zentimeter lang.
= Answer: the hypotenuse is {0} centimetres long.
Bestimme alle reellen Lösungen der Gleichung {}.
= Find all real solutions of the equation {0}.
Wir suchen zwei Zahlen mit dem Produkt {} und der Summe {}.
= We look for two numbers with the product {0} and the sum {1}.
Die Zahlen {} und {} leisten das
= The numbers {0} and {1} will do
Also lässt sich die Gleichung als {} schreiben.
= So the equation can be written as {0}.
Ein Produkt ist nur dann null
= A product is zero only then
wenn ein Faktor null ist
= when one factor is zero
Das ergibt die Lösungen {} und {}.
= This gives the solutions {0} and {1}.
Für die erste Lösung gilt {}.
= For the first solution {0} holds.
Für die zweite Lösung gilt {}.
= For the second solution {0} holds.
das Vorzeichen der Lösungen zu verwechseln
= to mistake the sign of the solutions
Berechne die Summe aller ganzen Zahlen von {} bis {}.
= Compute the sum of all whole numbers from {0} to {1}.
die erste Zahl mit der letzten zu paaren
= to pair the first number with the last
die zweite mit der vorletzten und so weiter
= the second with the last but one and so on
Jedes Paar hat die Summe {}.
= Every pair has the sum {0}.
Es gibt {} Paare.
= There are {0} pairs.
Die ganze Summe ist also {}.
= So the whole sum is {0}.
Der Mittelwert der Zahlen ist {}.
= The mean of the numbers is {0}.
Der Mittelwert mal der Anzahl ist {}.
= The mean times the number of terms is {0}.
{} Paare statt {} zu zählen
= to count {0} pairs instead of {1}
Antwort: Die Summe ist {}.
= Answer: the sum is {0}.
Berechne {} und schreibe das Ergebnis als gekürzten Bruch.
= Compute {0} and write the result as a fraction in lowest terms.
Brüche lassen sich nur addieren
= Fractions can only be added
wenn sie denselben Nenner haben
= if they have the same denominator
Der kleinste gemeinsame Nenner ist {}.
= The least common denominator is {0}.
Wir erweitern und erhalten {} und {}.
= We expand the fractions and obtain {0} and {1}.
Die Summe ist {}.
= The sum is {0}.
Der Bruch ist schon gekürzt
= The fraction is already in lowest terms
denn {} ist eine Primzahl
= for {0} is a prime number
Von der Summe ziehen wir den ersten Bruch wieder ab und erhalten {}.
= From the sum we take the first fraction away again and obtain {0}.
Zähler und Nenner einzeln zu addieren
= to add numerators and denominators separately
Antwort: Das Ergebnis ist {}.
= Answer: the result is {0}.
In einer Urne liegen {} rote und {} blaue Kugeln.
= An urn holds {0} red and {1} blue balls.
Wir ziehen zwei Kugeln ohne Zurücklegen.
= We draw two balls without replacement.
Wie groß ist die Wahrscheinlichkeit
= What is the probability
dass beide Kugeln rot sind?
= that both balls are red?
In der Urne liegen {} Kugeln.
= The urn holds {0} balls.
Die erste Kugel ist mit der Wahrscheinlichkeit {} rot.
= The first ball is red with the probability {0}.
Danach fehlt eine rote Kugel
= After that one red ball is missing
also ist die zweite Kugel mit der Wahrscheinlichkeit {} rot
= so the second ball is red with the probability {0}
Wir multiplizieren entlang des Pfades und erhalten {}.
= We multiply along the path and obtain {0}.
Es gibt {} Paare von Kugeln und {} rote Paare.
= There are {0} pairs of balls and {1} red pairs.
Der Anteil ist {}.
= The share is {0}.
beim zweiten Zug noch mit allen Kugeln zu rechnen
= to count all the balls again at the second draw
Antwort: Die Wahrscheinlichkeit ist {}.
= Answer: the probability is {0}.
Bestimme den größten gemeinsamen Teiler von {} und {} mit dem Algorithmus von Euklid.
= Find the greatest common divisor of {0} and {1} by Euclid's algorithm.
Ein gemeinsamer Teiler zweier Zahlen teilt auch den Rest ihrer Division.
= A common divisor of two numbers also divides the remainder of their division.
Die erste Division ist {}.
= The first division is {0}.
Die zweite Division ist {}.
= The second division is {0}.
Die dritte Division ist {}.
= The third division is {0}.
Die letzte Division ist {}.
= The last division is {0}.
Der letzte Rest
= The last remainder
der nicht null ist
= that is not zero
ist {}
= is {0}
Beide Zahlen sind durch {} teilbar
= Both numbers are divisible by {0}
Die Zahlen {} und {} haben keinen gemeinsamen Teiler.
= The numbers {0} and {1} have no common divisor.
den letzten Quotienten als Ergebnis zu nehmen
= to take the last quotient as the result
Antwort: Der größte gemeinsame Teiler ist {}.
= Answer: the greatest common divisor is {0}.
Ein Zug fährt {} Stunden lang mit {} Kilometern pro Stunde.
= A train runs for {0} hours at {1} kilometres per hour.
Danach fährt er noch {} Stunden lang mit {} Kilometern pro Stunde.
= After that it runs for another {0} hours at {1} kilometres per hour.
Wie groß ist die mittlere Geschwindigkeit?
= What is the average speed?
Die mittlere Geschwindigkeit ist der ganze Weg geteilt durch die ganze Zeit.
= The average speed is the whole distance divided by the whole time.
Der erste Weg ist {} Kilometer lang.
= The first distance is {0} kilometres.
Der zweite Weg ist {} Kilometer lang.
= The second distance is {0} kilometres.
Der ganze Weg ist {} Kilometer lang.
= The whole distance is {0} kilometres.
Die ganze Zeit ist {} Stunden.
= The whole time is {0} hours.
Die mittlere Geschwindigkeit ist {} Kilometer pro Stunde.
= The average speed is {0} kilometres per hour.
In {} Stunden legt der Zug bei dieser Geschwindigkeit {} Kilometer zurück.
= In {0} hours the train covers {1} kilometres at this speed.
das Mittel der beiden Geschwindigkeiten zu nehmen
= to take the mean of the two speeds
Antwort: Die mittlere Geschwindigkeit ist {} Kilometer pro Stunde.
= Answer: the average speed is {0} kilometres per hour.
"""
PHRASES: dict[str, str] = {
    german: english
    for german, _, english in (
        entry.partition("\n= ") for entry in re.split(r"\n(?!= )", _TABLE.strip())
    )
}
JOINTS: dict[str, str] = {
    "A common mistake is, to": "A common mistake is to",
    "The idea is, to": "The idea is to",
    "the share, that": "the share that",
    "the probability, that": "the probability that",
    "only then, when": "only when",
    "be added, if": "be added if",
    "remainder, that is not zero, is": "remainder that is not zero is",
}
"""German commas that English has not, after clauses have been translated one by one."""
