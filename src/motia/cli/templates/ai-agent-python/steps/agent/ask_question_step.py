"""POST /questions answers at once; the agent thinks in the background."""

import uuid

config = {
    "type": "api",
    "name": "AskQuestion",
    "description": "Takes a question for the agent",
    "method": "POST",
    "path": "/questions",
    "bodySchema": {
        "type": "object",
        "properties": {"text": {"type": "string", "minLength": 1, "maxLength": 2000}},
        "required": ["text"],
    },
    "emits": ["question.asked"],
    "flows": ["agent"],
}


async def handler(req, context):
    question = {"id": str(uuid.uuid4()), "status": "thinking", "answer": None}
    turns = [{"role": "user", "content": req.body["text"]}]
    await context.state.set("questions", question["id"], {**question, "turns": turns})
    await context.emit({"topic": "question.asked", "data": {"id": question["id"]}})
    return {"status": 202, "body": {"id": question["id"]}}
