"""`motia trigger ResetShop` empties the shop. A Step without a trigger of its own runs when somebody starts it."""

import asyncio

config = {
    "type": "noop",
    "name": "ResetShop",
    "description": "Forgets all pets, orders and messages",
    "flows": ["pet-shop"],
}


async def handler(input, context):
    await asyncio.gather(*(context.state.clear(group) for group in ("pets", "orders", "messages")))
    context.logger.info("The shop is empty")
