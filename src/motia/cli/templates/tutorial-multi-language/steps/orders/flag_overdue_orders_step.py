"""Every minute: pets that nobody came for are free again. Of several servers, one runs each tick."""

from steps.shop.clock import now

config = {
    "type": "cron",
    "name": "FlagOverdueOrders",
    "description": "Looks for pets that were not picked up",
    "cron": "* * * * *",
    "emits": ["order.overdue"],
    "flows": ["pet-shop"],
}


async def handler(context):
    state = context.state
    orders = await state.get_group("orders")
    overdue = [order for order in orders if order["status"] == "confirmed" and order["pickUpBy"] < now()]

    # As in reserve_pet_step.py, the status is written last: interrupted before that, the next tick
    # does the same again.
    for order in overdue:
        order_id, pet_id = order["id"], order["petId"]
        await context.emit(
            {
                "topic": "order.overdue",
                "data": {"orderId": order_id, "email": order["email"], "petName": order["petName"]},
                "idempotencyKey": f"{order_id}:overdue",
            }
        )
        pet = await state.get("pets", pet_id)
        if pet is not None and pet.get("reservedFor") == order_id:
            await state.update("pets", pet_id, {"type": "remove", "path": "reservedFor"})
        await state.update("orders", order_id, {"type": "set", "path": "status", "value": "overdue"})
    context.logger.info("Orders checked", {"orders": len(orders), "overdue": len(overdue)})
