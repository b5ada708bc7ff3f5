"""Puts an odd value where it was told to, and says what came of it."""

config = {"type": "api", "name": "DoorPython", "method": "POST", "path": "/door/python"}


async def handler(req, ctx):
    told = req.body
    value, field = told["value"], told["field"]
    event = {"topic": "names", "data": {"id": told["id"], "odd": value}}
    try:
        if field == "state.key":
            await ctx.state.set("odd", value, told["id"])
        elif field == "state.group":
            await ctx.state.set(value, "odd", told["id"])
        else:
            if field != "data":
                event[field] = value
            await ctx.emit(event)
    except Exception as problem:
        return {"status": 422, "body": {"error": f"{type(problem).__name__}: {problem}"}}
    return {"status": 202, "body": {"ids": [told["id"]]}}
