"""Runs for every `order.placed`, in the background: the long part of the work."""

import asyncio

config = {
    "type": "event",
    "name": "CookOrder",
    "description": "Cooks an order",
    "subscribes": ["order.placed"],
    "input": {
        "type": "object",
        "properties": {"id": {"type": "string"}, "dish": {"type": "string"}},
        "required": ["id", "dish"],
    },
    "emits": ["order.cooked"],
    # Two at a time; the others wait their turn.
    "concurrency": 2,
    "retry": {"maxAttempts": 5, "backoff": "exponential", "delay": 500},
    "flows": ["kitchen"],
}


async def handler(input, context):
    # After a crash an event may come twice; then the same words are written twice, which does no
    # harm.
    await context.streams.orders.update("today", input["id"], {"status": "cooking"})
    await asyncio.sleep(1)  # your work stands here
    await context.emit({"topic": "order.cooked", "data": {"id": input["id"]}})
    context.logger.info("Cooked", {"id": input["id"], "dish": input["dish"]})
