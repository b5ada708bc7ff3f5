"""Decides about an order: whoever ordered the pet first gets it.

The handler asks "is the pet still free?" and then writes, so no two orders for a pet may be in it at
the same time; and it may be interrupted anywhere, so it must be safe to run again.
"""

config = {
    "type": "event",
    "name": "ReservePet",
    "description": "Gives the pet to whoever ordered it first",
    "subscribes": ["order.placed"],
    "emits": [
        {"topic": "order.confirmed", "label": "pet is free", "conditional": True},
        {"topic": "order.declined", "label": "pet is taken", "conditional": True},
    ],
    "input": {
        "type": "object",
        "properties": {"orderId": {"type": "string"}},
        "required": ["orderId"],
    },
    # "fifo" keeps the order within a message group and handles one event of it at a time.
    "infrastructure": {"queue": {"type": "fifo"}},
    "flows": ["pet-shop"],
}


async def handler(input, context):
    order_id, state = input["orderId"], context.state
    order = await state.get("orders", order_id)
    if order is None or order["status"] != "placed":
        return  # decided already: events are delivered at least once, so this one may be a repetition

    pet = await state.get("pets", order["petId"])
    # Reserved for this very order: an attempt before this one was interrupted after the next write.
    is_free = pet is not None and pet.get("reservedFor") in (None, order_id)
    if is_free:
        await state.update("pets", pet["id"], {"type": "set", "path": "reservedFor", "value": order_id})

    # The event comes before the status. Interrupted in between, the next attempt emits once more,
    # and the key makes that a no-op. The other way round, it would find the order decided, and the
    # customer would never hear of it.
    status = "confirmed" if is_free else "declined"
    await context.emit(
        {
            "topic": f"order.{status}",
            "data": {"orderId": order_id, "email": order["email"], "petName": order["petName"]},
            "idempotencyKey": f"{order_id}:{status}",
        }
    )
    await state.update("orders", order_id, {"type": "set", "path": "status", "value": status})
    context.logger.info("Order decided", {"orderId": order_id, "petId": order["petId"], "status": status})
