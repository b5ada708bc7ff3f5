"""Kills at every commit of a flow, before it is written and when it is written and nobody was told."""

from __future__ import annotations

from typing import Any

from faults.outcome import Outcome
from faults.subject import Subject, subject
from support.running_project import until

STEPS = 12

_PYTHON = """
    from lib import ledger

    config = {{"type": "event", "name": "Stage{n}", "subscribes": ["flow.{n}"], "emits": ["flow.{next}"]}}

    async def handler(input, ctx):
        run = await ledger.began(f"{{input['id']}}.{n}", input["cause"])
        trail = [*input["trail"], "Stage{n}"]
        await ctx.state.set(f"flow-{{input['id']}}", "stage{n}", trail)
        await ctx.emit({{"topic": "flow.{next}", "data": {{"id": input["id"], "trail": trail, "cause": run}}}})
        await ledger.effect(f"{{input['id']}}.{n}", run)
"""
_TYPESCRIPT = """
    import {{ began, effect }} from '../lib/ledger'

    export const config = {{ type: 'event', name: 'Stage{n}', subscribes: ['flow.{n}'], emits: ['flow.{next}'] }}

    export const handler = async (input: {{ id: string; trail: string[]; cause: string }}, {{ state, emit }}: any) => {{
      const run = await began(`${{input.id}}.{n}`, input.cause)
      const trail = [...input.trail, 'Stage{n}']
      await state.set(`flow-${{input.id}}`, 'stage{n}', trail)
      await emit({{ topic: 'flow.{next}', data: {{ id: input.id, trail, cause: run }} }})
      await effect(`${{input.id}}.{n}`, run)
    }}
"""


_ATOMIC = """
    config = {{"type": "event", "name": "Stage{n}", "subscribes": ["flow.{n}"], "emits": ["flow.{next}"], "atomic": True}}

    async def handler(input, ctx):
        await ctx.state.increment(f"flow-{{input['id']}}", "stage{n}")
        await ctx.emit({{"topic": "flow.{next}", "data": input}})
"""

_SWITCHES = ("kill_before_commit", "kill_after_commit")


def commit_boundaries(most: int, seed: int) -> Outcome:
    """See the table in scenarios.py. No randomness: the seed only names the run."""
    outcome = Outcome("commit-boundaries", seed, "")
    with subject("flow", ("python", "node")) as under_test:
        for n in range(1, STEPS + 1):
            name, text = (f"stage{n}_step.py", _PYTHON) if n % 2 else (f"stage{n}.step.ts", _TYPESCRIPT)
            under_test.project.write(f"steps/{name}", text.format(n=n, next=n + 1))
        under_test.start()
        stages = [f"Stage{n}" for n in range(1, STEPS + 1)]
        final = {"begun": True, **{f"stage{n}": stages[:n] for n in range(1, STEPS + 1)}}
        kills = _sweep(under_test, most, outcome, final, promise=True)
        outcome.n = f"{kills} kills at commits of a flow of {STEPS} Steps"
        under_test.audit(outcome, state=None)
    return outcome


def atomic_effects(most: int, seed: int) -> Outcome:
    """See the table in scenarios.py. The counters of state are the effects: each must be 1 in the end."""
    outcome = Outcome("atomic-effects", seed, "")
    with subject("flow") as under_test:
        for n in range(1, STEPS + 1):
            under_test.project.write(f"steps/stage{n}_step.py", _ATOMIC.format(n=n, next=n + 1))
        under_test.start()
        notices = under_test.request("GET", "/__motia/notices")
        if "atomic" in str(notices):
            outcome.n = "this version has no atomic Steps"
            return outcome
        final = {"begun": True, **{f"stage{n}": 1 for n in range(1, STEPS + 1)}}
        kills = _sweep(under_test, most, outcome, final, promise=False)
        outcome.n = f"{kills} kills at commits of a flow of {STEPS} atomic Steps"
        first, *later = [row["accepted"] for row in under_test.books()]
        outcome.require(all(each == first for each in later), f"flows begun: {first}; events of later Steps: {later}")
        under_test.audit(outcome, state=None)
    return outcome


def _sweep(under_test: Subject, most: int, outcome: Outcome, final: dict[str, Any], *, promise: bool) -> int:
    """Kill one flow at each commit, before and after it; how many kills there were."""
    kills = 0
    for switch in _SWITCHES:
        number = 1
        while number <= most and _killed_at(under_test, switch, number, outcome, final, promise=promise):
            number += 1
        print(f"   {switch}: {number - 1} commits", flush=True)
        kills += number - 1
    return kills


def _killed_at(
    under_test: Subject, switch: str, number: int, outcome: Outcome, final: dict[str, Any], *, promise: bool
) -> bool:
    """Run one flow that is killed there, and let the next life end it; whether it had so many commits."""
    flow = f"{switch}-{number}"
    under_test.injector.reset()
    under_test.injector.set(**{switch: number})
    answer = under_test.request("POST", "/begin", {"id": flow})
    accepted = answer is not None and answer[0] == 202
    if accepted and promise:
        under_test.ledger.acknowledged([f"{flow}.{n}" for n in range(1, STEPS + 1)])
    until(lambda: _dead(under_test) or (accepted and _ended(under_test)))
    was_killed = _dead(under_test)
    if was_killed:
        under_test.await_death()
        with under_test.ledger.fault("core"):
            under_test.injector.reset()
        under_test.start()
    under_test.settle()
    state = under_test.project.state(f"flow-{flow}")
    if accepted or state.keys() - {"begun"}:
        outcome.require(state == final, f"{flow} ended with the state {state}")
    return was_killed


def _dead(under_test: Subject) -> bool:
    assert under_test.project.process is not None
    return under_test.project.process.poll() is not None


def _ended(under_test: Subject) -> bool:
    answer = under_test.request("GET", "/__motia/queue")
    return answer is not None and not any(row["pending"] or row["leased"] for row in answer[1]["ledger"])
