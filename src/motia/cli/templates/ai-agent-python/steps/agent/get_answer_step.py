"""GET /questions/:id shows how far the agent is."""

config = {
    "type": "api",
    "name": "GetAnswer",
    "description": "Shows a question, its turns and its answer",
    "method": "GET",
    "path": "/questions/:id",
    "flows": ["agent"],
}


async def handler(req, context):
    question = await context.state.get("questions", req.path_params["id"])
    if question is None:
        return {"status": 404, "body": {"error": "there is no such question"}}
    return {"status": 200, "body": question}
