config = {"type": "api", "name": "Begin", "method": "POST", "path": "/begin"}


async def handler(req, ctx):
    await ctx.state.set(f"flow-{req.body['id']}", "begun", True)
    await ctx.emit({"topic": "flow.1", "data": {"id": req.body["id"], "trail": [], "cause": ""}})
    return {"status": 202, "body": {"id": req.body["id"]}}
