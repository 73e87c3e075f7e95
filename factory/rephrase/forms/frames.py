"""Frames of the offline styles: labels, lead-ins and prompts put around a statement.

Function words for the most part, so that they claim nothing the passage does not say.
"""

from __future__ import annotations

NUDGES = {
    "newcomer": ("And then?", "What comes next?", "What else?", "Is there more?", "And what else?"),
    "practitioner": ("What else do we need?", "And in practice?", "What next?", "Go on."),
    "teacher": ("And so?", "What else do you know?", "And what comes next?", "Go on."),
    "examiner": ("What else?", "And further on?", "And further?", "What more is there?"),
    "interviewer": ("And then?", "Would you say more?", "What else?", "And beyond that?"),
    "reviewer": ("What else?", "And this point?", "What follows?", "What comes after that?"),
    "presenter": ("And then?", "What comes next?", "What else?", "How does it go on?"),
    "librarian": ("Is there more?", "And what else?", "And what more?", "And then?"),
}

BEGINNINGS = {
    "newcomer": ("Where do we begin?", "So, what is it about?", "What do we have here?"),
    "practitioner": ("What do we have here?", "What is it about?", "What is there to know?"),
    "teacher": ("Who will begin?", "What have you read?", "So, what is it about?"),
    "examiner": ("What do you know?", "Where do you begin?", "What is it about?"),
    "interviewer": ("What is it about?", "Where do we begin?", "What have you got for us?"),
    "reviewer": ("What does the author say?", "Where does it begin?", "So, what is it about?"),
    "presenter": ("Where do you begin?", "What is it about?", "What have you brought us?"),
    "librarian": ("What do you have for me?", "Where do I begin to read?", "What is it about?"),
}
"""How a conversation opens where its first statement bears no question."""

LECTURE_OPENINGS = {
    "newcomer": ("Welcome. Here we go.", "Welcome. Let us see."),
    "practitioner": ("Good morning. Let us get to it.", "Hello. Let us get to it."),
    "teacher": ("Hello, class. Let us begin.", "Good morning. Here we go."),
    "examiner": ("Good morning. Take note of this.", "Good morning. Listen well."),
    "interviewer": ("Thank you for asking. Here we go.", "Thank you. Let me answer."),
    "reviewer": ("Thank you. Point by point, then.", "Let us go through it point by point."),
    "presenter": ("Thank you for coming.", "Welcome, and thank you."),
    "librarian": ("Good morning. Let me read to you.", "Hello. Let us look it up."),
}
LECTURE_CLOSINGS = {
    "newcomer": ("That is it for today.", "That is it. Thank you."),
    "practitioner": ("That is it.", "Thank you. That is it."),
    "teacher": ("That is it for today, class.", "Thank you, class."),
    "examiner": ("Here I stop.", "That is the end of it."),
    "interviewer": ("Thank you for asking.", "Thank you."),
    "reviewer": ("These were the points.", "So much for the points."),
    "presenter": ("Thank you.", "Thank you, and that is it."),
    "librarian": ("So much for this one.", "Thank you, and come again."),
}
TURNS_TO = {
    "newcomer": ("So, what about {x}?", "And {x}?", "What about {x}, then?", "Now, {x}."),
    "practitioner": ("On to {x}.", "Now {x}.", "Then there is {x}.", "What of {x}?"),
    "teacher": ("And how about {x}?", "What about {x}?", "We come to {x}.", "So to {x}."),
    "examiner": ("Then, {x}.", "This is on {x}.", "Next, {x}.", "As to {x}:"),
    "interviewer": ("You ask about {x}?", "About {x}, then.", "And now {x}.", "As to {x}:"),
    "reviewer": ("So then, {x}.", "On {x}, then.", "Now for {x}.", "Then {x}."),
    "presenter": ("What about {x}, you ask?", "And so to {x}.", "Now to {x}.", "Then to {x}."),
    "librarian": ("Here we have {x}.", "Next, {x}.", "And on {x}:", "Then on {x}:"),
}
TURNS = {
    "newcomer": ("Step by step, then.", "And there is more.", "Stay with me.", "Then this."),
    "practitioner": ("Next.", "Moving on.", "Then this.", "One more.", "And so on to this."),
    "teacher": ("Let us go on.", "Now listen.", "Follow me.", "Are you with me? On we go."),
    "examiner": ("The next item.", "Further.", "Mark this.", "And the one after that."),
    "interviewer": ("To go on:", "There is more to say.", "And this, too.", "Let me go on."),
    "reviewer": ("The next point.", "Then this one.", "Point taken. Next.", "On to another."),
    "presenter": ("Here is what comes next.", "Next, then.", "With that, on.", "Now for this."),
    "librarian": ("Further down:", "I read on.", "And one more entry.", "It goes on like this."),
}
SALUTATIONS = {
    "newcomer": ("Dear friend,", "You asked me about this."),
    "practitioner": ("Dear colleague,", "As you asked, here is what we know."),
    "teacher": ("Dear student,", "Here is what you asked about."),
    "examiner": ("Dear candidate,", "Know this by heart."),
    "interviewer": ("Dear reader,", "You wrote to us. Here is the answer."),
    "reviewer": ("Dear author,", "This is what I take from it."),
    "presenter": ("Dear guest,", "Here once more is what was said."),
    "librarian": ("Dear visitor,", "This is what we have on it."),
}
GREETINGS = {
    "newcomer": "Warmly yours,",
    "practitioner": "Best regards,",
    "teacher": "With best wishes,",
    "examiner": "Yours faithfully,",
    "interviewer": "Yours, the desk",
    "reviewer": "With regards,",
    "presenter": "Yours, as ever,",
    "librarian": "Yours sincerely,",
}
AS_FOR = {
    "newcomer": ("As for {x}:", "You will ask: what about {x}?", "And what about {x}?", "Now {x}."),
    "practitioner": ("On {x}:", "Now to {x}.", "As to {x}:", "Next, {x}.", "As for {x}:"),
    "teacher": ("And {x}?", "Now, about {x}.", "We come to {x}.", "So, {x}:"),
    "examiner": ("As to {x}:", "Then, on {x}:", "Now for {x}.", "On {x}, this:"),
    "interviewer": ("What about {x}?", "As for {x}:", "Then there is {x}.", "Now to {x}."),
    "reviewer": ("As to {x}:", "On {x}:", "Then on {x}:", "And on {x}:"),
    "presenter": ("And what about {x}?", "About {x}, this much:", "Then, to {x}.", "So, {x}."),
    "librarian": ("This is what we have on {x}.", "On {x}, this:", "As to {x}:", "And on {x}:"),
}
ON = {
    "newcomer": ("About {x}:", "More on {x}:", "And on {x}:"),
    "practitioner": ("On {x}:", "As to {x}:", "More on {x}:"),
    "teacher": ("About {x}:", "So, on {x}:", "Now, on {x}:"),
    "examiner": ("As to {x}:", "Then, on {x}:", "On {x}:"),
    "interviewer": ("As for {x}:", "About {x}:", "And on {x}:"),
    "reviewer": ("As to {x}:", "On {x}:", "More on {x}:"),
    "presenter": ("As for {x}:", "So, on {x}:", "On {x}, then:"),
    "librarian": ("And on {x}:", "On {x}:", "As to {x}:"),
}

LEADS = {
    "Definition": (
        ("To say what this is:", "In a word:", "Put plainly:"),
        ("To begin with, what is it?", "What do we mean here?", "In our own words:"),
        ("To be exact:", "By definition:", "To put it in terms:"),
    ),
    "Requirement": (
        ("Mind this one:", "Here comes a rule.", "Here is what is asked of us."),
        ("There is a rule here.", "Here the rules speak.", "This is the law of it:"),
        ("A duty follows.", "A requirement, then:", "What is demanded here?"),
    ),
    "Limit": (
        ("Careful here.", "Here is where it stops.", "Watch out at this point."),
        ("Note the limit here.", "How far does it go?", "Be careful at this point."),
        ("A limit applies.", "Mark the exception.", "It goes thus far:"),
    ),
    "Condition": (
        ("It depends.", "Here it depends.", "Say we are in this case."),
        ("Now take a condition.", "What is the case here?", "Suppose with me:"),
        ("A case distinction.", "Under a condition:", "The case is this:"),
    ),
    "Example": (
        ("To make it plain:", "Take a case.", "Like so:"),
        ("See it at work:", "Want an example?", "Here is a case of it:"),
        ("An instance:", "By way of example:", "A case in point:"),
    ),
    "Possibility": (
        ("We have a choice.", "This much is open to us.", "Here is an option."),
        ("What is open to us?", "There is a choice here.", "Here we are free."),
        ("An option exists.", "This is left open.", "There is room here:"),
    ),
    "Use": (
        ("What is it good for?", "Here is the use of it."),
        ("Why have it?", "What is it for?"),
        ("Its use:", "To name its use:"),
    ),
    "Advice": (
        ("A tip:", "Better do it like this:"),
        ("A word of advice:", "It is wise to heed this:"),
        ("A recommendation:", "Advice on this point:"),
    ),
    "Instruction": (
        ("Here is what to do.", "Do this:"),
        ("Your turn.", "Now do as I say:", "This is to be done."),
        ("To be done:", "The step to take:"),
    ),
    "Change": (
        ("What is new?", "Here is a change:"),
        ("With time it came to this:", "Times change."),
        ("A change, then:", "To date the change:"),
    ),
    "Fact": (
        ("There is more.", "Then there is this.", "Another thing."),
        ("Next comes this.", "Let us go on.", "And now look at this.", "What else?"),
        ("Furthermore.", "Next.", "To be added:", "A further point."),
    ),
}
"""Kind of statement → lead-ins in three manners of speaking."""
MANNERS = {
    "newcomer": 0, "practitioner": 0, "teacher": 1, "examiner": 2,
    "interviewer": 1, "reviewer": 2, "presenter": 1, "librarian": 2,
}  # fmt: skip

CARD_LABELS = {
    "Definition": ("What it is", "Meaning", "Definition"),
    "Fact": ("Good to know", "Point", "Statement"),
    "Condition": ("It depends", "Case", "Condition"),
    "Requirement": ("Rule", "Duty", "Requirement"),
    "Limit": ("Watch out", "Boundary", "Limit"),
    "Possibility": ("Option", "Choice", "Possibility"),
    "Use": ("What for", "Purpose", "Use"),
    "Advice": ("Tip", "Advice", "Recommendation"),
    "Instruction": ("To do", "Task", "Instruction"),
    "Example": ("Example", "Case in point", "Instance"),
    "Change": ("New", "History", "Change"),
}
"""Kind of statement → the label of its card in three manners of speaking."""
HEADS = {
    "summary": ("**The short version**", "**In short**", "**Main statements**"),
    "detail": ("**And the rest**", "**In detail**", "**Particulars**"),
    "notes": ("**More to know**", "**Further notes**", "**Other statements**"),
    "points": ("**And besides**", "**Further points**", "**Other points**"),
    "undated": ("**Date unknown**", "**Undated**", "**Of unknown date**"),
    "timeline": ("**How it went**", "**Through time**", "**Chronology**"),
    "cause": ("Why", "Reason", "Cause"),
    "effect": ("So", "What follows", "Effect"),
    "one": ("Here", "On one side", "On the one hand"),
    "other": ("There", "On the other", "On the other hand"),
}
"""Headings and labels that a form sets itself, in three manners of speaking."""

DEMANDS = {
    "must": (
        "**Required of {x}:** to {y}",
        "**{X} must:** {y}",
        "**Required:** {x} must {y}",
    ),
    "can": ("**Possible for {x}:** to {y}", "**{X} can:** {y}", "**Possible:** {x} can {y}"),
    "may": ("**Possible for {x}:** to {y}", "**{X} may:** {y}", "**Possible:** {x} may {y}"),
    "should": (
        "**Advised for {x}:** to {y}",
        "**{X} should:** {y}",
        "**Advisable:** {x} should {y}",
    ),
    "cannot": (
        "**Not possible for {x}:** to {y}",
        "**{X} cannot:** {y}",
        "**Not possible for {x}:** to {y}",
    ),
}
"""Modal verb → how a rule sheet says who must, can or should, in three manners of speaking."""
CONSEQUENCES = (
    "**{cue}** {a} → {b}",
    "**{cue}** {a}**, then:** {b}",
    "**Case:** {cue} {a}. **Then:** {b}",
)
