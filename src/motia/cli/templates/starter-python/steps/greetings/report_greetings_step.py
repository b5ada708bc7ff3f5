"""Runs by the clock: every minute here, to have something to see. Most jobs want "0 9 * * *" or so."""

config = {
    "type": "cron",
    "name": "ReportGreetings",
    "description": "Logs how many greetings there were",
    "cron": "* * * * *",
    "flows": ["greetings"],
}


async def handler(context):
    counts = await context.state.get_group("greetings")
    context.logger.info("Greetings so far", {"people": len(counts), "greetings": sum(counts)})
