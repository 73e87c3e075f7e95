"""What a kept task promises: it can be done, not by doing nothing, and not with less."""

from __future__ import annotations

import asyncio
import copy
import random
from functools import cache

import pytest

from factory.agents.grammar import Speaker, plain, protect
from factory.recipe import Recipe
from factory.records import canonical_json
from factory.tasks.compose import compose, load_toolbox
from factory.tasks.environment import Environment, initial_state
from factory.tasks.language.user_phrases import GRAMMAR
from factory.tasks.language.verbs import gerund, participle, past
from factory.tasks.persona import styled
from factory.tasks.proof.changes import comparable
from factory.tasks.proof.checks import assents
from factory.tasks.proof.prove import Case, prove
from factory.tasks.settings import KINDS, TaskSettings
from factory.tasks.tables import Fact
from factory.tasks.values import forms, mentions
from factory.trajectories.diversity import masked_words, most_common_share, self_bleu
from tests.agents.agentic_line import TASKS, context, line

NO_ASSENT = ("correct", "change_of_mind", "unknown", "unknown_which", "nothing_more", "slot") + (
    "slot_more",
    "slot_again",
    "which",
    "impatient",
    "still_waiting",
)
"""What users say in answer to questions without agreeing to anything."""


def tasks(*kinds: str):
    return [t for t in line().rows("task") if not kinds or t["kind"] in kinds]


def toolbox(task):
    store = line().store
    return load_toolbox(store.get("agent", task["agent_id"]), context(store, "tasks", "x"))


def executed(task):
    """(all calls succeeded, net changes) of the literal plan on a fresh state: no prove.py here."""
    environment = Environment(toolbox(task), task["state_seed"])
    results = [(s, environment.call(s["tool"], s["values"])) for s in task["plan"]]
    good = all(r.ok if not s.get("refused") else r.error == s["refused"] for s, r in results)
    return good, environment.changes()


def case_of(task) -> Case:
    """The proof's case, built again from the record."""
    slots = {s["name"]: s["value"] for s in task["agenda"]["slots"]}
    hidden = frozenset(s["name"] for s in task["agenda"]["slots"] if s["reveal"] == "ask")
    confirm = [
        tool
        for item in task["rubric"]["expected_tool_use"]
        if item["type"] == "confirmed"
        for tool in item["check"]["tools"]
    ]
    wanted = {
        v["name"]: v["value"]
        for item in task["rubric"]["success_criteria"]
        if item["type"] == "answer"
        for v in item["check"]["values"]
    }
    answers = [
        {**answer, "value": wanted.get(answer["name"]), "values": [], "stage": goal["stage"]}
        for goal in task["agenda"]["goals"]
        for answer in goal["answers"]
    ]
    box = toolbox(task)
    return Case(
        steps=task["plan"],
        slots=slots,
        answers=answers,
        opening=task["opening"],
        referents={},
        initial=[initial_state(line().store.get("domain", task["domain_id"]), task["state_seed"])],
        rubric=task["rubric"],
        fresh=lambda: Environment(
            box, task["state_seed"], withheld=frozenset(task["agenda"]["withheld"])
        ),
        later=task["agenda"]["later"],
        expected=executed(task)[1],
        confirm=confirm,
        hidden=hidden,
    )


def test_most_tasks_are_kept_and_all_kinds_appear():
    assert len(tasks()) + len(line().rejects) == TASKS
    assert len(tasks()) >= 0.95 * TASKS
    assert {t["kind"] for t in [*tasks(), *crossing()]} == set(KINDS)


def test_the_literal_plan_runs_clean_to_exactly_the_changes_of_the_rubric():
    for task in tasks():
        good, changes = executed(task)
        assert good, task["opening"]
        check = next(i for i in task["rubric"]["success_criteria"] if i["type"] == "no_collateral")[
            "check"
        ]
        assert comparable(changes, check["free"]) == check["changes"]


def test_doing_nothing_never_fulfils_a_task_and_every_proof_is_recorded():
    for task in tasks():
        proof = task["proof"]
        assert proof["oracle_replays"] and proof["idle_fails"] and proof["unique_referents"]
        assert len(proof["shortened"]) == len(task["plan"])
        goal = any(
            i["type"] in ("state_goal", "answer", "declined")
            for i in task["rubric"]["success_criteria"]
        )
        assert goal


def test_a_proof_of_the_record_as_it_stands_holds():
    for task in tasks("write", "confirm_before_write", "missing_parameter"):
        assert prove(case_of(task)).reason == ""


def first(*kinds, calls=2):
    return next(t for t in tasks(*kinds) if len(t["plan"]) >= calls)


def test_a_plan_without_a_needed_step_is_not_proven():
    task = copy.deepcopy(first("write"))
    del task["plan"][0]
    assert prove(case_of(task)).reason == "oracle_failed"


def test_a_superfluous_step_is_found():
    task = copy.deepcopy(first("write"))
    extra = {**task["plan"][0], "id": "extra"}
    task["plan"].insert(0, extra)
    assert prove(case_of(task)).reason == "shorter_plan_succeeds"


def test_a_rubric_that_asks_for_nothing_is_found():
    task = copy.deepcopy(first("write"))
    task["rubric"]["success_criteria"] = [
        i for i in task["rubric"]["success_criteria"] if i["type"] == "no_collateral"
    ]
    assert prove(case_of(task)).reason == "idle_succeeds"


def test_a_wrong_expectation_is_found():
    task = copy.deepcopy(first("write"))
    goal = next(i for i in task["rubric"]["success_criteria"] if i["type"] == "state_goal")
    goal["check"]["changes"] = ['["d","booking","BK-1","status","gone"]']
    assert prove(case_of(task)).reason == "oracle_failed"


def test_an_opening_that_tells_a_hidden_id_is_found():
    task = copy.deepcopy(first("write"))
    step = next(
        s for s in task["plan"] if any("step" in source for source in s["arguments"].values())
    )
    name = next(n for n, source in step["arguments"].items() if "step" in source)
    task["opening"] += f" It is {step['values'][name]}."
    assert prove(case_of(task)).reason == "leak"


def test_an_opening_that_leaves_out_a_value_is_found():
    task = copy.deepcopy(first("write"))
    task["opening"] = "Could you do it, please?"
    assert prove(case_of(task)).reason == "untold"


def test_a_referent_that_fits_two_rows_is_found():
    task = first("write")
    case = case_of(task)
    domain = line().store.get("domain", task["domain_id"])
    for table in domain["world"]["tables"]:
        for field in table["fields"]:
            if field["type"] != "enum":
                continue
            rows = case.initial[0].rows(table["name"])
            values = [row[field["name"]] for row in rows]
            twice = next((v for v in values if v is not None and values.count(v) > 1), None)
            if twice is not None:
                row = next(row for row in rows if row[field["name"]] == twice)
                fact = Fact((), table["name"], field["name"], twice)
                case.referents = {(table["name"], row[table["key"]]): [fact]}
                assert prove(case).reason == "ambiguous_referent"
                return
    pytest.fail("no ambiguous value to try")


def homes(task):
    """Domain ids of the plan's calls, in order."""
    box = toolbox(task)
    return [box.tools[step["tool"]]["domain_id"] for step in task["plan"]]


@cache
def crossing():
    """Tasks over two domains, the joined ones among them."""
    recipe, out = Recipe(tasks=TaskSettings(kinds={"cross_domain": 1.0})), []
    for index in range(40):
        ctx = context(line().store, "tasks", f"x{index}", recipe)
        out += asyncio.run(compose({"id": f"x{index}", "index": index}, ctx))
    return [task for task in out if isinstance(task, dict)]


def both_worlds(task) -> Case:
    """The proof's case with the states of both domains."""
    case = case_of(task)
    names = dict.fromkeys([task["domain_id"], *homes(task)])
    domains = [line().store.get("domain", name) for name in names]
    case.initial = [initial_state(domain, task["state_seed"]) for domain in domains]
    return case


def test_a_task_over_two_domains_is_lost_when_either_domain_is_left_out():
    assert len(crossing()) >= 38
    kinds = set()
    for task in crossing():
        goals = task["agenda"]["goals"]
        unmet = any(goal.get("condition") and not goal["write"] for goal in goals)
        kinds.add("unmet" if unmet else "joined" if goals[-1].get("condition") else "plain")
        kinds.update("later" for x in task["agenda"]["later"] if x["kind"] == "follow_up")
        good, changes = executed(task)
        check = next(i for i in task["rubric"]["success_criteria"] if i["type"] == "no_collateral")
        assert good and comparable(changes, check["check"]["free"]) == check["check"]["changes"]
        assert len(task["proof"]["shortened"]) == len(task["plan"])
        if unmet:
            assert changes == [] and len(set(homes(task))) == 1
            continue
        assert len(set(homes(task))) == 2
        for left_out in set(homes(task)):
            case = both_worlds(task)
            kept = zip(case.steps, homes(task), strict=True)
            case.steps = [step for step, home in kept if home != left_out]
            assert prove(case).reason == "oracle_failed"
    assert kinds == {"unmet", "joined", "plain", "later"}


def test_a_needless_call_in_the_second_domain_and_a_name_that_fits_two_rows_there_are_found():
    needless = ambiguous = 0
    for task in crossing():
        if any("list" in a for goal in task["agenda"]["goals"] for a in goal["answers"]):
            continue  # case_of does not build these again
        case = both_worlds(task)
        assert not prove(case).reason
        second = homes(task)[-1]
        extra = {**case.steps[-1], "id": "again"}
        if task["agenda"]["goals"][-1]["answers"]:
            case.steps = [*case.steps, extra]
            assert prove(case).reason == "shorter_plan_succeeds"
            needless += 1
        domain = line().store.get("domain", second)
        case = both_worlds(task)
        for table in domain["world"]["tables"]:
            rows = case.state_of(table["name"]).rows(table["name"])
            for field in (field["name"] for field in table["fields"] if field["type"] == "enum"):
                values = [row[field] for row in rows]
                twice = next((v for v in values if v and values.count(v) > 1), None)
                if twice and second != task["domain_id"]:
                    row = next(row for row in rows if row[field] == twice)
                    fact = Fact((), table["name"], field, twice)
                    case.referents = {(table["name"], row[table["key"]]): [fact]}
                    assert prove(case).reason == "ambiguous_referent"
                    ambiguous += 1
    assert needless and ambiguous


def test_a_change_in_the_second_domain_that_nobody_asked_for_is_collateral():
    tried = 0
    for task in crossing():
        case = both_worlds(task)
        writes = [goal for goal in task["agenda"]["goals"] if goal["write"]]
        changed = {change["domain"] for change in case.expected}
        if len(writes) == 2 and len(changed) == 2:
            case.expected = [c for c in case.expected if c["domain"] == task["domain_id"]]
            assert prove(case).reason == "collateral"
            tried += 1
    assert tried


def test_a_refusal_task_tempts_and_needs_the_refusal_said():
    refused = tasks("policy_refusal", "irrelevance")
    assert refused
    for task in refused:
        assert task["plan"] == []
        types = {i["type"] for part in task["rubric"].values() for i in part}
        assert {"declined", "no_collateral", "no_writes"} <= types
        agent = line().store.get("agent", task["agent_id"])
        if task["kind"] == "irrelevance":
            carried = {line().store.get("tool", t).get("domain_id") for t in agent["tools"]}
            assert task["domain_id"] not in carried
        else:
            goal = task["agenda"]["goals"][0]
            assert goal["tool"] in agent["behaviour"]["rules"]["forbid"]


def test_difficulty_is_measured_not_guessed():
    for task in tasks():
        difficulty = task["difficulty"]
        assert difficulty["calls"] == len(task["plan"])
        assert difficulty["distinct_tools"] == len({s["tool"] for s in task["plan"]})
    assert max(t["difficulty"]["calls"] for t in tasks()) >= 4
    assert max(t["difficulty"]["dependency_depth"] for t in tasks()) >= 3


def test_openings_do_not_repeat():
    openings = [t["opening"] for t in tasks()]
    assert len(set(openings)) == len(openings)
    starts = [" ".join(o.split()[:3]).lower() for o in openings]
    assert max(starts.count(s) for s in starts) <= 0.08 * len(starts)


def test_same_seed_same_task():
    store = line().store
    for index in range(6):
        rows = [
            asyncio.run(compose({"id": f"t{index}", "index": index}, context(store, "tasks", "q")))
            for _ in range(2)
        ]
        assert [canonical_json(r) for r in rows[0] if isinstance(r, dict)] == [
            canonical_json(r) for r in rows[1] if isinstance(r, dict)
        ]


def test_an_agentless_run_rejects_with_a_reason():
    store = type(line().store)({})
    made = asyncio.run(compose({"id": "t", "index": 0}, context(store, "tasks", "t")))
    assert made[0].reason == "no_agent"


def test_an_unknown_kind_names_the_key():
    with pytest.raises(ValueError, match=r"kinds\.juggle: unknown; allowed: write"):
        TaskSettings(kinds={"juggle": 1})
    assert Recipe(tasks=TaskSettings(kinds={"write": 1})).tasks.kinds == {"write": 1}


def test_a_value_is_recognised_in_any_of_its_forms_and_in_no_other():
    assert mentions("see you on March 4, 2026.", "2026-03-04")
    assert mentions("4 March 2026 at nine", "2026-03-04")
    assert not mentions("14 March 2026", "2026-03-04")
    assert mentions("it costs 1,250.50 EUR", 1250.5)
    assert not mentions("it costs 12505", 1250.5)
    assert mentions("status: no show", "no_show")
    assert forms(False) != forms(0)
    assert not mentions("RS-1002", "RS-100")


def test_typing_errors_and_lower_case_never_touch_a_fact():
    persona = {"lower_case": True, "typo_rate": 1.0}
    fact = "Ana Rossi BK-100 something"
    text = f"Please change everything about {protect(fact)} right now"
    out = styled(text, persona, random.Random(3))
    assert fact in out
    assert out != plain(text)


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        ("cancel the booking", "cancelled the booking"),
        ("put x on hold", "put x on hold"),
        ("top up the wallet", "topped up the wallet"),
        ("carry it", "carried it"),
        ("move it", "moved it"),
        ("book a court", "booked a court"),
        ("debit the account", "debited the account"),
    ],
)
def test_past_forms(act, expected):
    assert past(act) == expected


def test_what_has_been_done_is_said_with_a_participle():
    assert participle("withdraw the claim") == "withdrawn the claim"
    assert participle("cancel it") == "cancelled it"


def test_a_plan_never_looks_up_again_what_an_earlier_result_shows():
    for task in tasks():
        finders = [
            (step["tool"], canonical_json(step["values"]))
            for step in task["plan"]
            if step["role"] == "find"
        ]
        assert len(set(finders)) == len(finders), task["opening"]


def test_drafts_that_failed_are_counted_and_few():
    drafts = [t["proof"]["failed_drafts"] for t in tasks()]
    assert sum(map(len, drafts)) <= 0.1 * len(drafts)
    assert {reason for failed in drafts for reason in failed} <= {
        "oracle_failed",
        "idle_succeeds",
        "shorter_plan_succeeds",
        "ambiguous_referent",
        "collateral",
        "leak",
        "untold",
    }


def test_only_a_yes_reads_as_agreement():
    rng = random.Random(5)
    values = {"act": "move it", "acting": "moving it", "ask": "the fee", "what": "sing"}
    values |= {"label": "date", "value": "5 May 2026", "wrong": "4 May 2026", "asked": "status"}
    for key in GRAMMAR:
        symbol, _, register = key.partition(".")
        for _ in range(12):
            said = plain(Speaker(GRAMMAR, rng, [register]).say(symbol, **values))
            if symbol == "yes":
                assert assents(said), said
            elif symbol in NO_ASSENT:
                assert not assents(said), said


def test_a_gerund_is_spelt_as_people_write_it():
    wanted = {
        "cancel the trip": "cancelling the trip",
        "close it": "closing it",
        "set up a desk": "setting up a desk",
        "free a seat": "freeing a seat",
        "dye the yarn": "dyeing the yarn",
        "tie it": "tying it",
        "enter a row": "entering a row",
        "fix it": "fixing it",
    }
    assert {phrase: gerund(phrase) for phrase in wanted} == wanted


def test_openings_of_one_run_do_not_sound_alike():
    said = [masked_words(task["opening"]) for task in tasks()]
    assert self_bleu(said, random.Random(0)) < 0.67, "four domains share many nouns"
    for end in (False, True):
        assert most_common_share(said, 4, end=end)[1] <= 0.05


def test_what_is_absent_is_searched_for_and_not_there():
    assert tasks("absent")
    for task in tasks("absent"):
        environment = Environment(toolbox(task), task["state_seed"])
        (step,) = task["plan"]
        result = environment.call(step["tool"], step["values"])
        assert result.ok and result.value[step["absent"]] == []
        (name,) = step["values"].values()
        assert name in task["opening"]
        assert any(i["type"] == "declined" for i in task["rubric"]["success_criteria"])
