"""A model without a key: it knows two questions, and gives the same answers everywhere."""

import re

from steps.agent.models import Turn


class ScriptedModel:
    """Calculates, and tells the time, with the tools for it."""

    async def next_turn(self, turns):
        """The next turn after `turns`."""
        last = turns[-1]
        if last["role"] == "tool":
            return Turn(text=f"It is {last['content']}.")
        question = last["content"]
        arithmetic = re.search(r"[-\d(][-\d\s+*/().]*[\d)]", question)
        if arithmetic:
            return Turn(tool="calculate", argument=arithmetic[0])
        if "time" in question.lower():
            return Turn(tool="time")
        return Turn(text="I can calculate and tell the time. With MODEL_API_KEY set, a real model answers.")
