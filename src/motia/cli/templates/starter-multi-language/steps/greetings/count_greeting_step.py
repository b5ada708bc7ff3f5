"""Runs for every `greeting.sent`, in the background, and remembers who was greeted how often."""

config = {
    "type": "event",
    "name": "CountGreeting",
    "description": "Counts greetings by name",
    "subscribes": ["greeting.sent"],
    "input": {
        "type": "object",
        "properties": {"name": {"type": "string"}},
        "required": ["name"],
    },
    # A handler that raises is tried again, later each time; after the last attempt the event is
    # kept as a dead letter.
    "retry": {"maxAttempts": 5, "backoff": "exponential", "delay": 500},
    "flows": ["greetings"],
}


async def handler(input, context):
    # One operation in the store: of two greetings at the same moment, none is lost. After a crash
    # an event may come twice, which a count of greetings can live with; the tutorial shows what to
    # do where it cannot.
    times = await context.state.increment("greetings", input["name"])
    context.logger.info("Counted", {"name": input["name"], "times": times})
