"""GET /orders/:id: how an order stands, and what the customer was told."""

config = {
    "type": "api",
    "name": "GetOrder",
    "description": "One order with its messages",
    "method": "GET",
    "path": "/orders/:id",
    "flows": ["pet-shop"],
}


async def handler(req, context):
    order_id = req.path_params["id"]
    order = await context.state.get("orders", order_id)
    if order is None:
        return {"status": 404, "body": {"error": f"There is no order with the id {order_id}"}}
    messages = await context.state.get_group("messages")
    told = [message["text"] for message in messages if message["orderId"] == order_id]
    return {"status": 200, "body": {**order, "messages": told}}
