"""Runs only when somebody starts it: `motia trigger ResetGreetings`, the Workbench, or another Step."""

config = {
    "type": "noop",
    "name": "ResetGreetings",
    "description": "Forgets all greetings",
    "flows": ["greetings"],
}


async def handler(input, context):
    await context.state.clear("greetings")
    context.logger.info("Forgot all greetings")
