import asyncio
from collections.abc import AsyncIterator
from typing import Any

config = {"type": "event", "name": "Answer", "subscribes": ["message.said"], "emits": [], "flows": ["chat"]}


async def tokens(question: str) -> AsyncIterator[str]:
    """What a language model would send, piece by piece: put yours here."""
    words = len(question.split())
    answer = (
        f"You wrote {words} word{'' if words == 1 else 's'}. I am a stand-in for a language model: what I say is made up "
        "here, in steps/answer_step.py, but it reaches you as a model's words would, piece by piece, over a live stream."
    )
    for word in answer.split(" "):
        await asyncio.sleep(0.05)
        yield word + " "


async def handler(input: Any, context: Any) -> None:
    room, message = input["room"], f"{input['message']}-answer"
    text = ""
    # The same id in another attempt: a crash in the middle makes no second answer.
    await context.streams.messages.set(room, message, {"author": "Helper", "text": text, "writing": True})
    async for token in tokens(input["text"]):
        text += token
        await context.streams.messages.update(room, message, {"text": text})
    await context.streams.messages.update(room, message, {"text": text.strip(), "writing": False})
