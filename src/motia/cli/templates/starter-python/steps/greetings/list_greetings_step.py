"""GET /greetings shows what the event Step counted."""

config = {
    "type": "api",
    "name": "ListGreetings",
    "description": "Who was greeted, and how often",
    "method": "GET",
    "path": "/greetings",
    "flows": ["greetings"],
}


async def handler(req, context):
    return {"status": 200, "body": await context.state.get_all("greetings")}
