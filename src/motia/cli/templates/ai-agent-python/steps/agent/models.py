"""Which model answers: a service with a key in the environment, else the scripted one."""

import asyncio
import dataclasses
import json
import os
import urllib.request

from steps.agent.tools import TOOLS

INSTRUCTIONS = (
    "Answer briefly. You may use a tool first: then say nothing but {\"tool\": NAME, \"argument\": TEXT}. Tools: "
    + "; ".join(f"{name}: {tool.__doc__}" for name, tool in TOOLS.items())
)
LIMIT_S = 120


@dataclasses.dataclass
class Turn:
    """What the model says: a text for the user, or the tool it wants and its argument."""

    text: str = ""
    tool: str | None = None
    argument: str = ""


def model():
    """The model for this environment."""
    from steps.agent.scripted_model import ScriptedModel

    return ChatModel() if os.environ.get("MODEL_API_KEY") else ScriptedModel()


class ChatModel:
    """A service that speaks the chat completions protocol."""

    async def next_turn(self, turns):
        """The next turn after `turns`. A service that refuses or does not answer is an exception, so the turn is retried."""
        return read(await asyncio.to_thread(self._said, turns))

    def _said(self, turns):
        address = os.environ.get("MODEL_URL", "https://api.openai.com/v1").rstrip("/")
        asked = {"model": os.environ.get("MODEL_NAME", "gpt-4o-mini"), "messages": messages(turns)}
        request = urllib.request.Request(
            f"{address}/chat/completions",
            json.dumps(asked).encode(),
            {"content-type": "application/json", "authorization": f"Bearer {os.environ['MODEL_API_KEY']}"},
        )
        with urllib.request.urlopen(request, timeout=LIMIT_S) as answer:
            return json.load(answer)["choices"][0]["message"]["content"]


def messages(turns):
    """The turns as the service wants them; what a tool said comes from the user."""
    said = [{"role": "system", "content": INSTRUCTIONS}]
    for turn in turns:
        if turn["role"] == "assistant":
            said.append({"role": "assistant", "content": json.dumps({"tool": turn["tool"], "argument": turn["argument"]})})
        else:
            prefix = f"Result of {turn['tool']}: " if turn["role"] == "tool" else ""
            said.append({"role": "user", "content": prefix + turn["content"]})
    return said


def read(text):
    """What the model said, as a turn."""
    try:
        wanted = json.loads(text)
        return Turn(tool=str(wanted["tool"]), argument=str(wanted.get("argument", "")))
    except (ValueError, KeyError, TypeError, AttributeError):
        return Turn(text=text)
