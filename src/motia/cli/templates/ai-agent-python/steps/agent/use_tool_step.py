"""Runs the tool that the model asked for, and hands the result back for the next turn."""

from steps.agent.tools import use

config = {
    "type": "event",
    "name": "UseTool",
    "description": "Runs a tool for the agent",
    "subscribes": ["tool.wanted"],
    "input": {
        "type": "object",
        "properties": {"id": {"type": "string"}, "turn": {"type": "integer"}},
        "required": ["id", "turn"],
    },
    "emits": ["question.asked"],
    "retry": {"maxAttempts": 3},
    "flows": ["agent"],
}


async def handler(input, context):
    question = await context.state.get("questions", input["id"])
    turns = question["turns"]
    if len(turns) == input["turn"]:  # else the result is there already: this is the same event once more
        wanted = turns[-1]
        result = use(wanted["tool"], wanted["argument"])
        context.logger.info("Used a tool", {"tool": wanted["tool"], "result": result})
        turn = {"role": "tool", "tool": wanted["tool"], "content": result}
        await context.state.update("questions", input["id"], [{"type": "append", "path": "turns", "value": turn}])
    await context.emit(
        {
            "topic": "question.asked",
            "data": {"id": input["id"]},
            "idempotency_key": f"{input['id']} after {input['turn']}",
        }
    )
