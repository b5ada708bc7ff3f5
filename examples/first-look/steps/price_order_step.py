"""Prices an order that a TypeScript Step took: an event does not care about languages."""

from shop.prices import total_cents

config = {
    "type": "event",
    "name": "PriceOrder",
    "description": "Adds up the prices and stores the order",
    "subscribes": ["order.placed"],
    "emits": ["order.priced"],
    "input": {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "email": {"type": "string"},
            "items": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"sku": {"type": "string"}, "quantity": {"type": "integer"}},
                    "required": ["sku", "quantity"],
                },
            },
        },
        "required": ["id", "email", "items"],
    },
    "flows": ["orders"],
}


async def handler(input, context):
    order = {**input, "totalCents": total_cents(input["items"]), "status": "priced"}

    # First the state, then the event: whoever gets it finds the order stored.
    await context.state.set("orders", order["id"], order)
    await context.emit({"topic": "order.priced", "data": {"id": order["id"]}})
    context.logger.info("Order priced", {"id": order["id"], "totalCents": order["totalCents"]})
