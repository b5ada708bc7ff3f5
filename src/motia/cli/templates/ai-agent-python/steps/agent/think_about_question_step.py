"""One turn of the model. It answers, or names a tool whose result it needs first."""

from steps.agent.models import model

MOST_TURNS = 8

config = {
    "type": "event",
    "name": "ThinkAboutQuestion",
    "description": "Takes one turn of the model",
    "subscribes": ["question.asked"],
    "input": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
    "emits": ["tool.wanted"],
    # The service may be busy: a failed turn is taken again, later each time.
    "retry": {"maxAttempts": 5, "backoff": "exponential", "delay": 1000},
    "flows": ["agent"],
}


async def handler(input, context):
    question = await context.state.get("questions", input["id"])
    if question is None or question["status"] == "answered":
        return
    turns = question["turns"]
    # A turn that was kept before a crash is not taken again, only what followed from it is done.
    if turns[-1]["role"] != "assistant":
        if sum(turn["role"] == "assistant" for turn in turns) >= MOST_TURNS:
            await finish(context, input["id"], f"I found no answer in {MOST_TURNS} turns.")
            return
        turn = await model().next_turn(turns)
        if turn.tool is None:
            await finish(context, input["id"], turn.text)
            return
        wanted = {"role": "assistant", "tool": turn.tool, "argument": turn.argument}
        turns = [*turns, wanted]
        await context.state.update("questions", input["id"], [{"type": "append", "path": "turns", "value": wanted}])
    number = len(turns)
    await context.emit(
        {
            "topic": "tool.wanted",
            "data": {"id": input["id"], "turn": number},
            "idempotency_key": f"{input['id']} {number}",
        }
    )


async def finish(context, question_id, text):
    answered = {"status": "answered", "answer": text}
    await context.state.update("questions", question_id, [{"type": "merge", "path": "", "value": answered}])
    context.logger.info("Answered", {"question": question_id})
