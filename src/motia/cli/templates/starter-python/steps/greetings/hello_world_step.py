"""GET /hello-world answers at once. What else a greeting causes is done after the response."""

config = {
    "type": "api",
    "name": "HelloWorld",
    "description": "Greets whoever asks",
    "method": "GET",
    "path": "/hello-world",
    "schema": {
        # A request that does not fit is answered with 400 and never gets here.
        "query": {
            "type": "object",
            "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 60}},
        },
    },
    "emits": ["greeting.sent"],
    "flows": ["greetings"],
}


async def handler(req, context):
    name = req.query_params.get("name", "World")

    # The event is on disk when this returns, so it gets to its subscribers even if the power fails
    # now.
    await context.emit({"topic": "greeting.sent", "data": {"name": name}})

    # Fields, rather than text glued together, can be searched for later: motia logs --step
    # HelloWorld
    context.logger.info("Greeted", {"name": name})
    return {"status": 200, "body": {"message": f"Hello, {name}!"}}
