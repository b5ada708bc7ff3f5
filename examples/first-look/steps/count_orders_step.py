"""Counts the orders every ten seconds. With five fields instead of six, a schedule has no seconds."""

config = {
    "type": "cron",
    "name": "CountOrders",
    "description": "Logs how many orders there are",
    "cron": "*/10 * * * * *",
    "flows": ["orders"],
}


async def handler(context):
    orders = await context.state.get_group("orders")
    confirmed = sum(order["status"] == "confirmed" for order in orders)
    context.logger.info("Orders counted", {"orders": len(orders), "confirmed": confirmed})
