"""Promises to do what it is sent, by answering 202 when the events are durable."""

config = {"type": "api", "name": "Accept", "method": "POST", "path": "/accept/:topic", "emits": []}


async def handler(req, ctx):
    orders = req.body["orders"]
    events = [{"topic": f"work.{req.params['topic']}", "data": order, "messageGroupId": order.get("group")} for order in orders]
    await ctx.emit(events)
    return {"status": 202, "body": {"ids": [order["id"] for order in orders]}}
