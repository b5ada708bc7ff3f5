config = {
    "type": "event",
    "name": "Ship",
    "description": "Ships it, or cannot",
    "subscribes": ["order.placed"],
    "emits": [],
    "flows": ["orders"],
    "infrastructure": {"queue": {"maxRetries": 0}},
}


class CarrierUnavailable(Exception):
    pass


async def handler(input, context):
    if input.get("fails") and not await context.state.get("carrier", "back"):
        context.logger.error("Carrier refused")
        raise CarrierUnavailable("nobody answers <img src=x onerror=alert(1)>")
    await context.streams.shipments.set("today", input["email"], {"status": "shipped"})
