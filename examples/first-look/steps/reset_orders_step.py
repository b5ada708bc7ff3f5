"""Forgets all orders when it is started by hand: `motia trigger ResetOrders`."""

config = {
    "type": "noop",
    "name": "ResetOrders",
    "description": "Forgets all orders",
    "flows": ["orders"],
}


async def handler(input, context):
    await context.state.clear("orders")
    context.logger.info("All orders forgotten")
