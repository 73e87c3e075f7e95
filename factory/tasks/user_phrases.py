"""How simulated users talk (notation: factory/agents/grammar.py; `symbol.register` wins).

`{act}` is an imperative ("cancel the booking ..."), `{ask}` a noun phrase that a question is
about ("the status of ..."). All values come in marked, so no register can alter a fact.
"""

from __future__ import annotations

GRAMMAR: dict[str, tuple[str, ...]] = {
    # --- greetings and small talk -----------------------------------------------------------
    "hello": (
        "Hello(| there)(.|,)",
        "Hi(| there)(.|,)",
        "Good (morning|afternoon|day).",
        "",
        "",
        "",
    ),
    "hello.polite": (
        "Hello(| there).",
        "Good (morning|afternoon).",
        "Hi, I hope you're (well|having a good day).",
        "Hi(| there), (could|can) I trouble you for something?",
        "Good (morning|afternoon), I have a (small|quick) request.",
        "Hello, (thanks|thank you) for being there.",
        "(Hello|Hi), sorry to bother you.",
        "",
    ),
    "hello.casual": ("hey,", "hi(| there|!)", "hey (there|hey)!", "morning!", "", "ok so", "yo,"),
    "hello.terse": ("", "", "", "Hi."),
    "hello.chatty": (
        "Hi there! It's been (quite a day|one of those mornings|busy here).",
        "(Hello|Hi), lovely to (find|reach) someone(| at last).",
        "Hey! (You won't believe my inbox today|The phone hasn't stopped since eight).",
        "Good (morning|afternoon), it's me with (another one|one more thing).",
        "Hello again(| from me|)!",
        "Hi! (Me again|It's me again|Hope your day is calmer than mine).",
        "Good (morning|afternoon)! (I've|I have) just sat down with a coffee and (a long list|this "
        "came up).",
        "Hello! I hope this is the right place to ask.",
    ),
    "hello.formal": ("Good (morning|afternoon|day).", "Dear (assistant|team),", "", "Greetings."),
    "hello.hurried": (
        "",
        "Quick one:",
        "Short on time today.",
        "Only a minute:",
        "Between two meetings here.",
        "Hi, in a rush.",
        "Quickly please:",
        "no time, so:",
        "",
    ),
    # --- reasons ----------------------------------------------------------------------------
    "reason": (
        "",
        "",
        "",
        "I (was asked|have been asked) to (sort|take care of) this (today|before lunch|now).",
        "(It came up|This came up) in (a call|the morning meeting|my inbox) (today|earlier).",
        "I'm (tidying up|going through|working through) my list.",
        "It has to be in the system by (tonight|the end of the day).",
    ),
    "reason.terse": ("", "", "", "Needed today."),
    "reason.hurried": (
        "",
        "Someone is waiting (at the desk|on the line|for it).",
        "It's urgent.",
        "",
    ),
    "reason.chatty": (
        "(A colleague|Somebody from the other office) asked me about it twice already(, so here I "
        "am|).",
        "I would do it myself, but I never remember where to click.",
        "I (promised|said) it would be done (today|this morning), and you know how that goes.",
        "",
    ),
    "reason.casual": (
        "",
        "",
        "someone (just asked me|keeps asking) about it",
        "it's been on my list",
    ),
    "reason.formal": (
        "",
        "This was (requested|agreed) earlier (today|this week).",
        "The file needs to be complete (today|by close of business).",
    ),
    # --- requests ---------------------------------------------------------------------------
    "request": (
        "(I'd like to|I want to|I need to) {act}.",
        "(Can|Could) you {act}?",
        "Please {act}.",
        "I need you to {act}.",
        "(Can|Could) you help me {act}?",
    ),
    "request.polite": (
        "Could you (please|kindly) {act}?",
        "I was hoping you could {act}.",
        "When you have a (moment|minute), please {act}.",
        "Would you be able to {act}(, please|)?",
        "Might I ask you to {act}?",
        "If it isn't too much trouble, could you {act}?",
    ),
    "request.casual": (
        "(can|could) you {act}(| for me)?",
        "need to {act}",
        "(i gotta|i have to) {act}, (can you help|help me out)?",
        "would you {act}(| real quick| for me)?",
        "any chance you could {act}?",
        "let's {act}",
    ),
    "request.terse": ("{act}.", "Please {act}.", "Need to {act}.", "{act}(| please| now)."),
    "request.chatty": (
        "Anyway, what I (need|came for) is this: could you {act}?",
        "So here's the thing, I have to {act}, and (I'm hoping|maybe) you can do that for me?",
        "What I'd love is for you to {act}.",
        "Would you be so nice and {act}?",
    ),
    "request.formal": (
        "I would be grateful if you could {act}.",
        "Kindly {act}.",
        "I am writing to ask you to {act}.",
        "I hereby request that you {act}.",
        "We would like you to {act}.",
    ),
    "request.hurried": (
        "(I need to|need to) {act}, (asap|right away|fast).",
        "(can|could) you {act} right now?",
        "please just {act}.",
        "{act}, (quickly|quick) please.",
    ),
    # --- questions --------------------------------------------------------------------------
    "question": (
        "(Can|Could) you tell me {ask}?",
        "(I need|I'd like) to know {ask}.",
        "(Can|Could) you (check|look up) {ask}(| for me)?",
        "I'm looking for {ask}.",
        "Please look up {ask}.",
    ),
    "question.polite": (
        "Could you (please|kindly) tell me {ask}?",
        "Would you mind checking {ask}(| for me)?",
        "May I ask you for {ask}?",
        "I wonder if you could find {ask}.",
    ),
    "question.casual": (
        "(can|could) you check {ask}?",
        "(do you know|any idea about) {ask}?",
        "need {ask}",
        "what do we have as {ask}?",
        "(can you|could you) pull up {ask}?",
    ),
    "question.terse": ("{ask}?", "I need {ask}.", "{ask}, please.", "Check {ask}."),
    "question.chatty": (
        "I'm a bit lost here: would you find out {ask} for me?",
        "Somebody wants to know {ask}, and of course I don't have it at hand. Can you look?",
        "You'd really help me out if you could tell me {ask}.",
    ),
    "question.formal": (
        "Please (state|provide) {ask}.",
        "I would like to be informed of {ask}.",
        "Kindly let me know {ask}.",
        "I require {ask}.",
    ),
    "question.hurried": ("{ask}, quick please?", "need {ask} right now", "fast: {ask}?"),
    # --- joining several wishes -------------------------------------------------------------
    "also": (
        "(Also|And also|Next), {act}.",
        "After that, {act}.",
        "(Once that's done|When that is done), please {act}.",
        "Then {act}(|, please| as well).",
        "And (could|can) you {act}(|, too)?",
        "On top of that, {act}.",
    ),
    "also.casual": ("oh and {act}", "and then {act}", "also {act}(| please| too)", "plus {act}"),
    "also.terse": ("Then {act}.", "Also {act}.", "And {act}.", "Next: {act}."),
    "also.formal": (
        "Furthermore, please {act}.",
        "Subsequently, kindly {act}.",
        "In addition, I ask you to {act}.",
    ),
    "also_ask": (
        "(Also|And), I'd like to know {ask}.",
        "(And|Also) {ask}(|, please).",
        "Could you check {ask} (too|as well)?",
        "Please check {ask} (too|as well).",
        "The same for {ask}.",
    ),
    "also_ask.terse": ("And {ask}.", "Also {ask}."),
    "also_ask.casual": ("oh and {ask}", "also {ask}", "and {ask} too?"),
    # --- answers to questions ---------------------------------------------------------------
    "slot": (
        "The {label} is {value}.",
        "(Let's say|Make it|Take) {value} (as|for) the {label}.",
        "{label}: {value}.",
        "It's {value}.",
        "{value} for the {label}(|, please).",
    ),
    "slot.terse": ("{value}.", "{label}: {value}", "{value}"),
    "slot.casual": ("it's {value}", "{value} for the {label}", "{label} is {value}", "{value}"),
    "slot.polite": (
        "Of course: the {label} is {value}.",
        "(Sorry|My apologies), I should have said: the {label} is {value}.",
        "(Certainly|Sure), it's {value}.",
    ),
    "slot.formal": ("The {label} is {value}.", "Please use {value} as the {label}."),
    "slot.chatty": (
        "Oh, right, I forgot to say! The {label} is {value}.",
        "Let me look (it up|). Here it is: {value}.",
        "Good question. It should be {value}.",
    ),
    "slot.hurried": ("{value}.", "{label} {value}, go on", "it's {value}, sorry"),
    "slot_more": (
        "And the {label} is {value}.",
        "{label}: {value}.",
        "The {label} would be {value}.",
    ),
    "slot_more.casual": ("and {label} {value}", "{label} is {value}"),
    "slot_more.terse": ("{label}: {value}.",),
    "slot_again": (
        "As I said, the {label} is {value}.",
        "I mentioned it before: {label} {value}.",
        "Like I wrote, {value}.",
    ),
    "unknown": (
        "I don't know that one(|, sorry).",
        "No idea, (I only have what I told you|that's all I have).",
        "I don't have that. Can't you look it up?",
        "That I can't tell you.",
    ),
    "nothing_more": (
        "I have nothing to add(|; please go on with what I gave you).",
        "That's all I know.",
        "You have everything I've got.",
    ),
    "which": (
        "The one with the {label} {value}.",
        "I mean the one with {label} {value}(|, please).",
        "{value}.",
        "That would be the one with {label} {value}.",
    ),
    "which.terse": ("{value}.", "{label} {value}"),
    "which.casual": ("the {value} one", "{value}", "the one with {value}(|, sry)"),
    "which.polite": (
        "Sorry for being unclear: the one with the {label} {value}(|, please).",
        "Thank you for checking. The one with {label} {value}, please.",
    ),
    # --- later wishes -----------------------------------------------------------------------
    "follow_up": (
        "(Thanks|Great)(.|!) (Now|Next), (could|can) you {act}?",
        "Good. One more thing: please {act}.",
        "(Perfect|Thank you). I also need you to {act}.",
        "And while we are at it, please {act}.",
        "(Right|Okay), then please {act} (too|as well).",
        "(Next|Now) please {act}.",
    ),
    "follow_up.polite": (
        "Thank you (very|so) much. Could I also ask you to {act}?",
        "Lovely, thank you. Would you {act} as well?",
        "That helps a lot. If I may, one more request: please {act}.",
    ),
    "follow_up.casual": (
        "(cool|nice|great), now (can|could) you {act}?",
        "ok next one: {act}",
        "(awesome|thx). and {act}(| too)?",
        "sweet. also need to {act}",
    ),
    "follow_up.terse": ("Now {act}.", "Next: {act}.", "Good. {act}.", "Then {act}."),
    "follow_up.chatty": (
        "You're quick! While I have you: could you {act}?",
        "Wonderful. Oh, before I forget, I also have to {act}. Could you?",
        "That was painless. Now there's this other thing, I need you to {act}.",
    ),
    "follow_up.formal": (
        "Thank you. I would further ask you to {act}.",
        "Noted with thanks. Please proceed to {act}.",
        "Thank you. In addition, kindly {act}.",
    ),
    "follow_up.hurried": ("ok, next: {act}", "good. now {act}, quick", "and {act}, please, hurry"),
    "follow_up_ask": (
        "Thanks(.|!) (Could|Can) you also tell me {ask}?",
        "Good. And {ask}?",
        "(Okay|Right). Now I'd like to know {ask}.",
        "One more question: {ask}?",
        "And could you look up {ask} while you are there?",
    ),
    "follow_up_ask.casual": ("(cool|ok). and {ask}?", "great, do you also have {ask}?"),
    "follow_up_ask.terse": ("And {ask}?", "Next: {ask}."),
    "follow_up_ask.polite": (
        "Thank you. May I also ask for {ask}?",
        "That's very kind. Could you tell me {ask} as well?",
    ),
    "follow_up_ask.formal": ("Thank you. Please also state {ask}.", "I further require {ask}."),
    "correct": (
        "Wait, I (got|had) the {label} wrong: it has to be {value}, not {wrong}.",
        "Hold on, not {wrong}. The {label} should be {value}.",
        "No, sorry, I misread my notes: the {label} is {value}, not {wrong}.",
        "Not quite: I said {wrong}, but the {label} must be {value}.",
        "Stop, my mistake. Make the {label} {value} instead of {wrong}.",
    ),
    "correct.polite": (
        "I'm so sorry, I gave you the wrong {label}. It should be {value} and not {wrong}.",
        "Apologies, I have to take back the {label}: {value} instead of {wrong}, please.",
    ),
    "correct.casual": (
        "oops, wrong {label}. {value}, not {wrong}",
        "wait no, {label} is {value}, i mixed that up with {wrong}",
    ),
    "correct.terse": ("No. {label} {value}, not {wrong}.", "Wrong {label}: {value}, not {wrong}."),
    "correct.chatty": (
        "Oh dear, hang on! I was looking at the wrong line: the {label} has to be {value}, not "
        "{wrong}.",
        "Ah, no, wait, I'm mixing things up today. {value} is the {label}, not {wrong}.",
    ),
    "correct.formal": (
        "I must rectify what I wrote: the {label} is {value}, not {wrong}.",
        "Please note a mistake of mine: the {label} should read {value} instead of {wrong}.",
    ),
    "correct.hurried": ("no wait, {label} {value}, not {wrong}", "wrong! {value} not {wrong}"),
    "change_of_mind": (
        "Hm, no. On second thoughts, leave that; (please|rather) {act} instead.",
        "Actually, don't. I've changed my mind: please {act}.",
        "No, wait. Forget that one and {act} instead.",
        "Let's not do that after all. I'd rather have you {act}.",
    ),
    "change_of_mind.polite": (
        "Forgive me, I have reconsidered. Please don't do that; could you {act} instead?",
        "Oh, I'm sorry, now that you ask: please leave it, and {act} instead.",
    ),
    "change_of_mind.casual": (
        "hmm nah, scrap that. {act} instead",
        "actually no, changed my mind, can you {act} instead?",
    ),
    "change_of_mind.terse": ("No. Instead: {act}.", "Drop that. {act}."),
    "change_of_mind.chatty": (
        "Now that you put it like that: no, let's leave it. What I'd really want is for you to "
        "{act}.",
        "You know what, no. I've thought about it again. Could you {act} instead?",
    ),
    "change_of_mind.formal": (
        "I withdraw that request. Please {act} instead.",
        "No. After further consideration, I ask you to {act} instead.",
    ),
    "tools_added": (
        "(I see|Understood). Our administrator has just connected (another|one more) tool for you. "
        "(Please try again with it|Can you do it now)? Its declaration:",
        "You should have it now: the tool below was (added|switched on) a minute ago. Could you "
        "try again?",
        "(Okay|Right), I asked IT and they gave you this one. Does that do?",
        "A new tool has been made available to you. Please use it for my request.",
    ),
    "tools_added.casual": (
        "ok asked the admin, you've got this one now. try again?",
        "hm, they just added this for you, go for it",
    ),
    "tools_added.terse": ("Tool added. Try again:", "You have this now:"),
    "tools_added.formal": (
        "The following tool has been made available to you. Please proceed with my request.",
    ),
    "aside": (
        "(Oh, and|By the way,) could you {what} (too|as well)?",
        "(Great|Good). One last thing that has nothing to do with it: can you {what}?",
        "While I have you, would you {what}?",
    ),
    "aside.casual": ("oh btw can you {what}?", "lol also, could you {what}?"),
    "aside.terse": ("Also {what}.", "And {what}, please."),
    "aside.formal": ("May I also ask you to {what}?", "One further request: please {what}."),
    "errand": (
        "book me a table for two at an Italian place tonight",
        "order a taxi to the station for six o'clock",
        "tell me whether it will rain (tomorrow|at the weekend)",
        "write a (short |)birthday poem for my sister",
        "find me a cheap flight to Lisbon",
        "translate my contract into French",
        "look up the score of last night's match",
        "order flowers for my mother",
        "remind me to call the dentist in an hour",
        "fix the printer on the second floor",
        "put together a playlist for Friday",
        "send my landlord an e-mail about the heating",
        "check the share price of our biggest supplier",
        "recommend a good film for tonight",
    ),
    # --- confirmation -----------------------------------------------------------------------
    "yes": (
        "Yes, (please go ahead|go ahead|please do|do it).",
        "Yes, that's (right|correct|the one).",
        "(Correct|Right), go ahead.",
        "Go ahead(|, please).",
        "Confirmed.",
        "Sure, (go ahead|do it).",
    ),
    "yes.polite": (
        "Yes, please(|, thank you).",
        "Yes, that would be (lovely|great). Please go ahead.",
        "That's correct, please proceed.",
    ),
    "yes.casual": (
        "yep(|, go for it|, do it)",
        "yeah (go ahead|sure|do it)",
        "sounds good, go ahead",
        "yup that's it",
    ),
    "yes.terse": ("Yes.", "Ok.", "Go ahead.", "Confirmed.", "Correct."),
    "yes.formal": ("I confirm.", "Yes, please proceed.", "That is correct. Please proceed."),
    "yes.hurried": ("yes yes, go ahead", "Yes. Do it.", "ok go", "yes, (please just do it|go on)"),
    "yes.chatty": (
        "Yes, exactly that one, go ahead!",
        "Perfect, yes, please do.",
        "That's it! Go ahead.",
    ),
    # --- closing ----------------------------------------------------------------------------
    "thanks": (
        "(Thanks|Thank you)(|, that's all|, that was it|. That's all for now).",
        "Great, (thanks|thank you).",
        "(Perfect|Good), (that's all I needed|nothing else).",
        "Thanks for (the help|checking|sorting that out).",
    ),
    "thanks.polite": (
        "Thank you (very|so) much(|, that's everything| for your help).",
        "Wonderful, thank you. That's all.",
        "I appreciate it, thank you.",
    ),
    "thanks.casual": (
        "(cool|great|nice|awesome), thx",
        "thanks(| a lot|!)",
        "sweet, that's it",
        "ta!",
    ),
    "thanks.terse": ("Thanks.", "Ok, thanks.", "Good.", "Noted."),
    "thanks.formal": (
        "Thank you for your assistance.",
        "Thank you. That will be all.",
        "Much obliged.",
    ),
    "thanks.hurried": ("thanks, bye", "great, gotta run", "ok thanks!"),
    "thanks.chatty": (
        "You're a star, thank you! That's one thing less on my list.",
        "Brilliant, that saves my afternoon. Thanks!",
        "Oh, that was quick. Thank you so much!",
    ),
    "accept_no": (
        "(Okay|All right|I see), (I'll ask them|I'll go there|understood). (Thanks|Thank you).",
        "Fair enough(|, thanks for telling me).",
        "Understood.",
        "That's a pity, but thanks for being (clear|straight with me).",
    ),
    "accept_no.casual": ("ok, (fair enough|no worries)", "hm ok. thanks anyway", "alright then"),
    "accept_no.terse": ("Ok.", "Understood.", "Fine."),
    "accept_no.formal": (
        "Understood. Thank you for the clarification.",
        "I see. I will contact them.",
    ),
    # --- impatience -------------------------------------------------------------------------
    "still_waiting": (
        "And? (Is it done|Any news|How does it look)?",
        "I'm still (waiting|here). (Can you do it or not|Is it done)?",
        "That isn't what I asked for(|; please do what I asked).",
    ),
}
