"""How offline agents talk (notation: factory/agents/grammar.py; `symbol.tone` wins)."""

from __future__ import annotations

GRAMMAR: dict[str, tuple[str, ...]] = {
    # --- a word before a call ----------------------------------------------------------------
    "before_find": (
        "(Let me|I'll) (look that up|find the record|check the system).",
        "(One moment|Just a second), (looking it up|checking).",
        "(I'll|Let me) start by finding (the record|it in the system).",
        "Looking for the (record|entry) now.",
        "(First|To start), I need to find the right record.",
    ),
    "before_find.crisp": ("Checking.", "Looking it up.", "One moment."),
    "before_find.formal": (
        "I will (look up|locate) the record first.",
        "Please allow me a moment to check the records.",
    ),
    "before_find.warm": (
        "Of course! Let me look that up for you.",
        "Happy to help. One moment while I check.",
        "Sure thing, I'll find it.",
    ),
    "before_goal": (
        "(I have|Now I have) what I need(, doing it now|; going ahead).",
        "Found it. (I'll take care of it now|Going ahead).",
        "That's the one. (I'll do it now|Proceeding).",
        "(Right|Good), I'll (make the change|carry it out) now.",
    ),
    "before_goal.crisp": ("Found it. Proceeding.", "Got it.", "Doing it now."),
    "before_goal.warm": (
        "Great, found it! Let me take care of it.",
        "There it is. I'll do it now.",
    ),
    "before_read": (
        "Found it. (Let me read|I'll get) the details.",
        "That's the record; (fetching|getting) the details now.",
        "(Now|Next) the details.",
    ),
    "before_more": (
        "That is done. (On to|Now for) the (next part|rest).",
        "Now the next part of your request.",
        "On to the next (item|point).",
        "(Good|Right|Fine), (moving on|next one|next).",
        "One down; (going on|continuing).",
        "(That's in|Saved). Next.",
        "(And now|Next up:) the (next|following) (item|point) on your list.",
    ),
    # --- faults ------------------------------------------------------------------------------
    "retry": (
        "That call (failed|did not go through) [{fault}]. I'll try again.",
        "The system answered with (an error|a hiccup) [{fault}]; (retrying|trying once more).",
        "({fault}|Hm, {fault}). Let me repeat that.",
        "No luck [{fault}], trying again.",
        "A passing problem: {fault}. Once more.",
    ),
    "retry.crisp": ("{fault}. Retrying.", "{fault}; again.", "Once more."),
    "fix": (
        "(My call was wrong|I got that call wrong): {why}. (Correcting it|Let me correct that).",
        "That was my mistake [{why}]. I'll fix the call.",
        "The tool (refused|rejected) it: {why}. (Trying|I'll try) with the right values.",
    ),
    # --- questions ---------------------------------------------------------------------------
    "ask": (
        "(Happy to do that|I can do that). (What is|Could you give me) {labels}?",
        "Before I can do that I (still|) need {labels}. (Could|Can) you tell me?",
        "(Could|Can) you (tell|give) me {labels}(|, please|, so that I can go on)?",
        "One (thing|detail) is missing: {labels}. What should (it be|I use)?",
        "(To do this|For this) I need {labels}. What should I (enter|use)?",
    ),
    "ask.crisp": ("{labels}?", "I need {labels}. Which?", "Missing: {labels}. What should I use?"),
    "ask.formal": (
        "In order to proceed I require {labels}. Could you provide (it|this)?",
        "May I ask you for {labels}?",
    ),
    "ask.warm": (
        "Gladly! I only need {labels} from you. What would it be?",
        "I'd be happy to. Could you just tell me {labels}?",
    ),
    "which": (
        "I (found|see) {count} {plural} that fit, with the {label} {options}. Which one do you "
        "mean?",
        "There are {count} {plural} that match; their {label}: {options}. Which (one|of them) is "
        "it?",
        "That fits {count} {plural} ({label} {options}). Which one (should I take|is meant)?",
    ),
    "which.crisp": (
        "{count} {plural} match: {label} {options}. Which one?",
        "Which of the {count}: {label} {options}?",
    ),
    "which.warm": (
        "I found {count} {plural} that could be meant, with the {label} {options}. Which one is "
        "yours?",
        "Almost there! There are {count} {plural} like that: {label} {options}. Which one is it?",
    ),
    "condition_met": (
        "The {label} (of {what} |)is {value}.",
        "I checked first: the {label} is {value}.",
        "The {label} is indeed {value}.",
        "Its {label} (in the system |)is {value}, so your condition holds.",
    ),
    "condition_unmet": (
        "The {label} of {what} is {value}, not {wanted}, so I (left it as it is|changed nothing).",
        "I (checked|had a look): the {label} is {value} and not {wanted}. Nothing was changed.",
        "Your condition doesn't hold: the {label} is {value} instead of {wanted}. I left {what} "
        "alone.",
        "(No change made|I made no change): the {label} of {what} is {value}, not {wanted}.",
    ),
    "confirm": (
        "(Shall I|Should I|Do you want me to) {act}?",
        "This is what I would do: {act}. (Shall I go ahead|Is that right|Do you agree)?",
        "To be sure before I change anything: you want me to {act}. "
        "(Correct|Is that right|May I go ahead)?",
        "I'm about to {act}. (Do you confirm|Shall I go on|Is that OK)?",
        "Ready to {act}. (Please confirm: is that right|May I proceed)?",
    ),
    "confirm.crisp": ("About to {act}. OK?", "{act}: confirm?", "Shall I {act}?"),
    "confirm.formal": (
        "I am about to {act}. May I have your confirmation? Is this correct?",
        "Before I proceed to {act}, could you please confirm?",
    ),
    "confirm.warm": (
        "Just to be safe: shall I {act}?",
        "Would you like me to {act} now?",
        "Before I do: you would like me to {act}. Is that right?",
    ),
    "found": (
        "Found it.",
        "I have the record.",
        "I found the (right |)(entry|record).",
        "There it is.",
        "",
        "",
    ),
    "found.formal": ("I have located the record.", "The record has been found.", ""),
    "found.crisp": ("Found.", "", ""),
    # --- reports -----------------------------------------------------------------------------
    "done": (
        "(Done|That's done|All done): I {past}.",
        "(Done|All done): I have {done}.",
        "(I have|I've) {done}.",
        "(It's done|Finished). I {past}.",
        "(That worked|It went through): I {past}.",
    ),
    "done.crisp": ("Done: {past}.", "{past}.", "Done. I {past}."),
    "done.formal": ("I have {done} as requested.", "As requested, I have {done}."),
    "done.warm": (
        "All (done|set)! I've {done}.",
        "There you go: I {past}.",
        "Good news, I {past}.",
    ),
    "done_more": ("I also {past}.", "(Then|After that) I {past}.", "In addition, I {past}."),
    "facts": (
        "(The record|It) now (shows|reads): {facts}.",
        "(Details|In the system): {facts}.",
        "(For your records|For reference): {facts}.",
        "Now on file: {facts}.",
    ),
    "facts.crisp": ("{facts}.", "Now: {facts}."),
    "answer": (
        "(Here is what I found|This is what the system shows)(|,) (for|about) {what}: {facts}.",
        "For {what}: {facts}.",
        "(I checked|I looked up) {what}. {facts}.",
        "{what}: {facts}.",
    ),
    "answer.crisp": ("{facts}.", "{what}: {facts}."),
    "answer.formal": (
        "According to the records, the following holds for {what}: {facts}.",
        "For {what} the system states: {facts}.",
    ),
    "answer.warm": (
        "I had a look at {what} for you: {facts}.",
        "Here you go, for {what}: {facts}.",
    ),
    "single": (
        "The {fact}.",
        "For {what}, the {fact}.",
        "(According to the system|As far as the records go|As of now), the {fact}.",
        "I (looked it up|checked): the {fact}.",
    ),
    "single_of": (
        "For {what}, the {fact}.",
        "As for {what}, the {fact}.",
        "The {fact} for {what}.",
    ),
    "single.crisp": ("The {fact}.", "{fact}."),
    "single.warm": ("There you go: the {fact}.", "I looked it up for you: the {fact}."),
    "counted": (
        "The {facts}.",
        "I counted them in the system; {facts}.",
        "According to the records, the {facts}.",
    ),
    "answer_list": (
        "(I found|There (are|were)) {count} (entries|results)(| in the system):",
        "The search (gives|returned) {count}:",
        "Here (they are|is the list), {count} in all:",
    ),
    "answer_one": (
        "There is (just|only) one: {row}.",
        "I found (exactly|) one: {row}.",
        "(Only|Just) one matches: {row}.",
        "The search (gives|returned) a single entry: {row}.",
    ),
    "answer_none": (
        "Nothing matches that.",
        "The search comes back empty.",
        "I found no such entry.",
    ),
    # --- refusals ----------------------------------------------------------------------------
    "no_tool": (
        "I'm (sorry|afraid), but I can't {act}: (none of my tools does that|I have no tool for "
        "it).",
        "I (can't|am not able to) {act}; my tools (don't cover that|are for {title} only). "
        "{instead}",
        "That's outside what I can do here: I have no tool to {act}. {instead}",
        "I don't have a tool for that, so I can't {act}. {instead}",
    ),
    "no_tool.crisp": (
        "I can't {act}; no tool for it.",
        "No tool of mine can {act}. I can't do it.",
    ),
    "no_tool.formal": (
        "I regret that I am unable to {act}, as none of my tools serves that purpose. {instead}",
        "Unfortunately I cannot {act} with the tools at my disposal.",
    ),
    "no_tool.warm": (
        "I'd love to help, but I can't {act}: that isn't something my tools do. {instead}",
        "I'm sorry! I have no tool to {act}, so I can't. {instead}",
    ),
    "instead": (
        "",
        "Is there anything about {title} I can (do|check) for you?",
        "If it is about {title}, I'm glad to help.",
        "You may want to use (another|a different) service for that.",
    ),
    "forbidden": (
        "I'm (sorry|afraid), but I'm not allowed to {act}. "
        "Please (contact|turn to) {office} for that.",
        "I (can't|may not and therefore can't) {act}; {office} has to do it.",
        "That is off limits for me: I can't {act}. {office} can help you.",
        "I have to decline: our rules don't let me {act}, I'm not permitted to. "
        "{office} takes care of it.",
    ),
    "forbidden.formal": (
        "I regret that I am not permitted to {act}. Kindly contact {office}.",
        "Under our rules I am not allowed to {act}. {office} is responsible for such requests.",
    ),
    "forbidden.warm": (
        "I wish I could, but I'm not allowed to {act}. {office} will be able to help you, though.",
        "I'm sorry, I can't {act} myself. {office} can do it for you.",
    ),
    "gave_up": (
        "I'm sorry, I could not {act}: the system (kept failing|was not available) [{fault}]. "
        "Please try again later.",
        "The system (is not answering|kept returning errors) [{fault}], "
        "so I was not able to {act}.",
    ),
    "stuck": (
        "I'm sorry, I could not {act}: {why}.",
        "That did not work: {why}. I was not able to {act}.",
    ),
    # --- closing -----------------------------------------------------------------------------
    "welcome": (
        "You're welcome(.|!|. Have a good day.|, anytime.)",
        "Glad (to help|I could help)(.|!)",
        "(Anytime|No problem|My pleasure)(!|.)",
        "Happy to help. (Just ask|Let me know) if something else comes up.",
    ),
    "welcome.crisp": ("You're welcome.", "Anytime.", "No problem.", "Sure.", "Gladly."),
    "welcome.formal": (
        "You are welcome.",
        "It was my pleasure.",
        "You are most welcome. Have a pleasant day.",
    ),
}
