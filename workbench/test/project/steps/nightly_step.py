config = {"type": "cron", "name": "Nightly", "cron": "0 3 * * *", "flows": ["orders"]}


async def handler(context):
    context.logger.info("Counted")
