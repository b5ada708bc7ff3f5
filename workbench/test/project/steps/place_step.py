config = {
    "type": "api",
    "name": "Place",
    "description": "Takes an order",
    "method": "POST",
    "path": "/orders/:shop",
    "bodySchema": {
        "type": "object",
        "properties": {"email": {"type": "string"}, "fails": {"type": "boolean"}},
        "required": ["email"],
    },
    "emits": ["order.placed"],
    "flows": ["orders"],
}


async def handler(req, context):
    await context.state.set("orders", req["body"]["email"], {"shop": req["pathParams"]["shop"], "note": "<img src=x onerror=alert(1)>"})
    await context.emit({"topic": "order.placed", "data": req["body"]})
    context.logger.info("Order placed", {"email": req["body"]["email"]})
    return {"status": 202, "body": {"email": req["body"]["email"]}}
