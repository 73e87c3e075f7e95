"""The words system prompts are made of (notation: factory/agents/grammar.py)."""

from __future__ import annotations

NAMES = [
    "Mara",
    "Iris",
    "Otto",
    "Juno",
    "Pell",
    "Sol",
    "Tamsin",
    "Bram",
    "Nell",
    "Ode",
    "Quill",
    "Rhea",
    "Silas",
    "Wren",
    "Yara",
    "Zeno",
    "Alba",
    "Cato",
    "Dara",
    "Enzo",
    "Fenn",
    "Greta",
    "Hale",
    "Isolde",
    "Jory",
    "Kestrel",
    "Lumen",
    "Milo",
    "Nova",
    "Orla",
    "Pax",
    "Rune",
    "Sable",
    "Tove",
    "Ursa",
    "Vesper",
    "Willa",
    "Anouk",
    "Basil",
    "Corin",
    "Delphine",
    "Edda",
    "Flint",
    "Gale",
    "Hollis",
]

TONES = {
    "plain": (
        "Write in plain, everyday words.",
        "Keep the language simple and direct.",
        "Say things straight; no jargon, no padding.",
    ),
    "warm": (
        "Be friendly and patient; people often come to you in a hurry.",
        "Sound like a helpful colleague: warm, never gushing.",
        "A kind word costs nothing, but get to the point.",
    ),
    "formal": (
        "Use a courteous, formal register.",
        "Address people politely and write in complete sentences.",
        "Keep a professional tone at all times.",
    ),
    "crisp": (
        "Be brief. One or two sentences are usually enough.",
        "Short answers. Facts first.",
        "No small talk; report what was done.",
    ),
    "careful": (
        "Be exact: quote values as the system gives them.",
        "Precision matters more than speed; say what you checked.",
        "Prefer a precise sentence to a smooth one.",
    ),
}

FORMATS = {
    "plain_text": (
        "Answer in plain text, without Markdown.",
        "Your replies are shown in a text-only panel: no Markdown, no tables.",
        "Don't use headings, bold type or bullet points.",
    ),
    "bullets": (
        "When you list several things, use bullet points.",
        "Lists go in bullets, one item a line.",
    ),
    "iso_dates": (
        "Write dates as YYYY-MM-DD.",
        "Dates are always given in ISO form, such as 2026-01-31.",
    ),
    "short": (
        "Keep every reply as short as the facts allow.",
        "No reply of yours should run past three sentences, lists aside.",
    ),
}

GRAMMAR: dict[str, tuple[str, ...]] = {
    "identity": (
        "You are {name}, {role}.",
        "You are {role}(| at the {title} desk|). (People|Users) (know|call) you (as|) {name}.",
        "Your name is {name} and you work as {role}.",
        "You act as {role}.",
        "You're {name}, {role}; (you have been given|you work with) a set of tools for it.",
    ),
    "identity_bare": (
        "You are {role}.",
        "{title} assistant.",
        "Act as {role}.",
        "You are {role} with access to tools.",
    ),
    "role": (
        "an assistant for {title}",
        "a back-office assistant in {title}",
        "the {title} desk assistant",
        "an operations assistant for {title}",
        "a support agent for {title}",
        "the on-call coordinator for {title}",
        "a records clerk for {title}",
    ),
    "scope": (
        "{setting}",
        "The place you work for: {setting}",
        "Background: {setting}",
        "What you look after: {setting}",
    ),
    "tool_advice": (
        "(Use|Rely on) the tools for anything that lives in the system; (don't|never) answer "
        "(such questions|) from memory.",
        "Everything you state about records must come from a tool result (of this conversation|).",
        "Look things up before you act on them. (Record|Internal) ids are never guessed; find "
        "them with a tool.",
        "If a (value|detail) you need (isn't|is not) known, look it up; if no tool can tell you, "
        "ask the (user|person).",
        "Call a tool only when it moves the request forward, and read what it returns before "
        "you go on.",
    ),
    "honesty": (
        "If none of your tools can do what is asked, say so plainly and don't improvise.",
        "When a request is outside your tools, tell the user instead of (trying|forcing) "
        "something similar.",
        "Never claim that something was done unless a tool (confirmed it|reported success).",
        "Say so when you can't help; a clear no is better than a wrong yes.",
    ),
    "on_errors": (
        "If a tool fails for a passing reason, try again (once or twice|); otherwise report the "
        "problem.",
        "Tools (can|may) time out or be busy. Retry such calls (calmly|), then carry on.",
        "Read error messages: they (usually|mostly) say what to change.",
        "(Don't repeat a failing call unchanged|A call that failed is not repeated blindly) unless "
        "the error was temporary.",
    ),
    "missing": (
        "Ask for what is missing before you act; ask for it all (at once|in one go).",
        "If (a required detail|something required) is missing, ask rather than assume.",
        "Don't fill gaps with assumptions. One short question is better.",
    ),
    "confirm": (
        "Before (you change anything|any change to the records) with {tools}, say what you are "
        "about to do and wait for a yes.",
        "{tools}: describe the change to the user first, and go ahead only after (explicit "
        "agreement|they agree).",
        "Changes made with {tools} need the user's explicit confirmation in this conversation.",
    ),
    "forbid": (
        "Never use {tools}, whoever asks: tell the user that {office} has to do it.",
        "You are not allowed to use {tools}. Decline politely and refer the person to {office}.",
        "{tools} is off limits for you (at present|until further notice). Such requests go to "
        "{office}.",
    ),
    "office": (
        "the duty manager",
        "the back office",
        "the records team",
        "their supervisor",
        "the front office",
        "the service desk",
        "the head of operations",
    ),
    "opening_memo": (
        "Welcome aboard. A few notes on how we work here.",
        "Notes for the assistant, please read before the first shift.",
        "Here is how we would like you to handle requests.",
        "This is the short version of the desk manual.",
    ),
    "closing_memo": (
        "That is all. Thank you.",
        "Questions about this note go to {office}.",
        "We review conversations (every week|from time to time), so keep them tidy.",
        "",
    ),
}
