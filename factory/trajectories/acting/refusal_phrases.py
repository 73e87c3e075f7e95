"""How offline agents say that something can't be done, and how they take leave (notation:
factory/agents/grammar.py; `symbol.tone` wins)."""

from __future__ import annotations

REFUSALS: dict[str, tuple[str, ...]] = {
    "no_tool": (
        "I'm (sorry|afraid), but I can't {act}: (none of my tools does that|I have no tool for "
        "it).",
        "I (can't|am not able to) {act}; my tools (don't cover that. {instead}|are for {title} "
        "only.)",
        "That's outside what I can do here: I have no tool to {act}. {instead}",
        "I don't have a tool for that, so I can't {act}. {instead}",
        "I'm not able to {act}: (there is no tool for it here|no tool of mine goes that far).",
        "(Sorry|Unfortunately), no tool of mine can {act}, so I can't help with that. {instead}",
        "To {act} is beyond what my tools can do. {instead}",
        "I (looked through|went over) my tools and can't {act} with any of them. {instead}",
        "(That|This) isn't something I can do: nothing I have lets me {act}. {instead}",
        "I'd rather say it straight away: I can't {act}. {instead}",
        "There is no tool here to {act}, so I can't do it. {instead}",
    ),
    "no_tool.crisp": (
        "I can't {act}; no tool for it.",
        "No tool of mine can {act}. I can't do it.",
        "Can't {act}: outside my tools.",
        "No tool for that. I can't {act}.",
        "Not possible here: I can't {act}.",
    ),
    "no_tool.formal": (
        "I regret that I am unable to {act}, as none of my tools serves that purpose. {instead}",
        "Unfortunately I cannot {act} with the tools at my disposal.",
        "I am afraid that I cannot {act}; it lies beyond the scope of my tools. {instead}",
        "Regrettably, I am not able to {act}, since no tool is provided for it.",
        "I must inform you that I cannot {act}. {instead}",
    ),
    "no_tool.warm": (
        "I'd love to help, but I can't {act}: that isn't something my tools do. {instead}",
        "I'm sorry! I have no tool to {act}, so I can't. {instead}",
        "Oh, I wish I could {act}, but I can't: none of my tools reaches that far. {instead}",
        "Thanks for asking! Sadly I'm not able to {act}, there is no tool for it. {instead}",
    ),
    "instead": (
        "",
        "",
        "Is there anything about {title} I can (do|check) for you?",
        "If it is about {title}, I'm glad to help.",
        "You may want to use (another|a different) service for that.",
        "For anything around {title}, I'm here.",
        "What I can do is help with {title}.",
        "Somebody else will have to help with that.",
        "I look after {title} and nothing beyond that.",
    ),
    "forbidden": (
        "I'm (sorry|afraid), but I'm not allowed to {act}. "
        "Please (contact|turn to) {office} for that.",
        "I (can't|may not and therefore can't) {act}; {office} has to do it.",
        "That is off limits for me: I can't {act}. {office} can help you.",
        "I have to decline: our rules don't let me {act}, I'm not permitted to. "
        "{office} takes care of it.",
        "I'm not permitted to {act}; that is for {office}.",
        "Here I have to stop: I am not allowed to {act}. {office} decides on that.",
        "My instructions don't let me do this, so I can't {act}. Please ask {office}.",
        "(Sorry|I'm sorry), but I must decline to {act}. {office} is the place to go.",
        "The tool is there, but I'm not allowed to use it to {act}. Please go to {office}.",
        "I can't {act} myself. (Only {office} may do that|That is kept for {office}).",
    ),
    "forbidden.crisp": (
        "Not allowed: I can't {act}. Please ask {office}.",
        "I'm not permitted to {act}. That's for {office}.",
        "Can't {act}; {office} does that.",
    ),
    "forbidden.formal": (
        "I regret that I am not permitted to {act}. Kindly contact {office}.",
        "Under our rules I am not allowed to {act}. {office} is responsible for such requests.",
        "I must decline to {act}, which is for {office} to do.",
        "It is not permitted for me to {act}. Please address {office}.",
    ),
    "forbidden.warm": (
        "I wish I could, but I'm not allowed to {act}. {office} will be able to help you, though.",
        "I'm sorry, I can't {act} myself. {office} can do it for you.",
        "I'd gladly do it, but I'm not permitted to {act}. Do ask {office}, they can!",
    ),
    "not_there": (
        "I could not find {name} in the system. Perhaps the name is spelt differently?",
        "The search for {name} came back empty, so I was not able to do that.",
        "Nothing is on file under {name}, so I couldn't {act}. Please check the name.",
        "I looked, but {name} isn't in the records. I can't {act} without an entry.",
        "To {act}, I'd need an entry for {name}, which I could not find.",
        "I searched for {name} and got no match, so I couldn't go on. Is there another name I "
        "should try?",
        "{name} isn't listed with us. I have left everything as it is, as I can't do that without "
        "a record.",
        "There is no record of {name}. Could it be listed under another name? As it is, I can't "
        "do what you asked.",
    ),
    "not_there.crisp": (
        "No match for {name}. I can't {act}.",
        "{name} is not on file. I could not do it.",
        "Search for {name} empty; unable to go on.",
        "{name}: no entry. I can't {act}.",
    ),
    "not_there.formal": (
        "The search for {name} returned no entry. I was therefore unable to {act}.",
        "I could not find {name} in the records and am thus unable to proceed.",
        "No record exists under {name}. Kindly verify the name, as I cannot {act} without it.",
    ),
    "gave_up": (
        "I'm sorry, I could not {act}: the system (kept failing|was not available) [{fault}]. "
        "Please try again later.",
        "The system (is not answering|kept returning errors) [{fault}], "
        "so I was not able to {act}.",
        "I tried several times, but could not {act} [{fault}]. It is worth trying again later.",
        "This did not work out: {fault}, again and again. I was not able to {act}.",
    ),
    "stuck": (
        "I'm sorry, I could not {act}: {why}.",
        "That did not work: {why}. I was not able to {act}.",
        "The system refuses it: {why}. So I could not {act}.",
        "I tried, but {why}; I was not able to {act}.",
        "Unfortunately it isn't possible at the moment: {why}. I could not {act}.",
        "No change was made. The system says: {why}. So I can't {act}.",
        "I have to report that I could not {act}. The reason given: {why}.",
        "It did not go through: {why}. I couldn't {act}.",
        "The answer was no: {why}. So I was not able to {act}.",
    ),
    "stuck.crisp": (
        "Refused: {why}. I could not {act}.", "Not possible: {why}. Couldn't {act}.",
        "{why}. So I can't {act}.",
    ),
    "stuck.formal": (
        "I regret that I was unable to {act}: {why}.",
        "The system did not accept the request: {why}. I was not able to {act}.",
        "I must report that I could not {act}, for the following reason: {why}.",
    ),
    # --- closing -----------------------------------------------------------------------------
    "welcome": (
        "You're welcome(.|!|. Have a good day.|, anytime.)",
        "Glad (to help|I could help)(.|!)",
        "(Anytime|No problem|My pleasure)(!|.)",
        "Happy to help. (Just ask|Let me know) if something else comes up.",
        "(With pleasure|Gladly)(!|.|. Any time.)",
        "(Have a good day|All the best|Until next time)(!|.)",
        "(Good|Great), (glad it worked out|then we're done here).",
        "You know where to find me.",
        "Not at all. (Good luck with the rest|Have a quiet day)!",
        "Thanks for (the clear request|confirming so quickly|your patience).",
        "(Don't mention it|No trouble at all)(.|!)",
        "Then I'll close this here. Good (day|luck)!",
        "(If anything is off|Should anything look wrong), just write again.",
    ),
    "welcome.crisp": (
        "You're welcome.", "Anytime.", "No problem.", "Sure.", "Gladly.", "All good.",
        "Done, then.", "Welcome.", "With pleasure.", "Until next time.", "Good day.",
    ),
    "welcome.formal": (
        "You are welcome.",
        "It was my pleasure.",
        "You are very welcome. Have a pleasant day.",
        "I am glad to have been of help.",
        "Thank you for your enquiry.",
        "At your service.",
        "It has been my pleasure; good day.",
        "I remain at your disposal.",
        "Thank you, and good day to you.",
    ),
    "welcome.warm": (
        "You're very welcome!", "Any time, it was a pleasure!", "Glad I could help! Take care.",
        "My pleasure! Have a lovely day.", "Always happy to help!", "Great, enjoy your day!",
        "So glad that worked out for you!",
    ),
    "welcome_no": (
        "Sorry that I had no better answer.",
        "Thank you for understanding.",
        "I hope it works out another way.",
        "Of course. (Good luck with it|I hope they can help).",
        "(All right|Fine). For anything else, just ask.",
        "Sorry again. (Have a good day|All the best) all the same.",
        "I wish I had better news.",
        "Thanks for taking it so well.",
    ),
    "welcome_no.crisp": ("Sorry about that.", "Understood.", "Good luck with it.", "All right."),
    "welcome_no.formal": (
        "Thank you for your understanding.",
        "I wish I had been of more help.",
        "I trust that it can be resolved elsewhere. Good day.",
    ),
    "welcome_no.warm": (
        "Sorry again! I hope it works out.", "I wish I could have done more for you!",
        "Fingers crossed that it works out!",
    ),
}  # fmt: skip
