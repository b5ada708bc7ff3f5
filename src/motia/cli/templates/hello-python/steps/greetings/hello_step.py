"""GET /hello: the address older projects know, with the greeting of GET /hello-world."""

config = {
    "type": "api",
    "name": "HelloAPI",
    "description": "Greets the world",
    "method": "GET",
    "path": "/hello",
    "emits": ["greeting.sent"],
    "flows": ["greetings"],
}


async def handler(req, context):
    await context.emit({"topic": "greeting.sent", "data": {"name": "World"}})
    return {"status": 200, "body": {"message": "Hello, World!"}}
