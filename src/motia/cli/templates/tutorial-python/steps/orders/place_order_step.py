"""POST /orders: takes an order and answers at once. Who gets the pet is decided in the background."""

import uuid

from steps.shop.clock import minutes, now

config = {
    "type": "api",
    "name": "PlaceOrder",
    "description": "Takes an order for a pet",
    "method": "POST",
    "path": "/orders",
    "bodySchema": {
        "type": "object",
        "properties": {
            "petId": {"type": "string"},
            "email": {"type": "string", "format": "email"},
            "holdMinutes": {"type": "integer", "minimum": 0, "maximum": 10_080},
        },
        "required": ["petId", "email"],
    },
    "emits": ["order.placed"],
    "flows": ["pet-shop"],
}


async def handler(req, context):
    pet_id = req.body["petId"]
    pet = await context.state.get("pets", pet_id)
    if pet is None:
        return {"status": 404, "body": {"error": f"There is no pet with the id {pet_id}"}}

    placed_at = now()
    order = {
        "id": uuid.uuid4().hex[:8],
        "petId": pet_id,
        "petName": pet["name"],
        "email": req.body["email"],
        "status": "placed",
        "placedAt": placed_at,
        "pickUpBy": placed_at + minutes(req.body.get("holdMinutes", 60)),
    }

    # First the state, then the event: it may be handled before the next line runs.
    await context.state.set("orders", order["id"], order)

    # Events of one message group are handled one after the other (see reserve_pet_step.py). With
    # the pet as the group, two customers who want the same pet queue up, and nobody else has to
    # wait for them.
    await context.emit({"topic": "order.placed", "data": {"orderId": order["id"]}, "messageGroupId": pet_id})

    context.logger.info("Order placed", {"orderId": order["id"], "petId": pet_id})
    return {"status": 202, "body": order}
