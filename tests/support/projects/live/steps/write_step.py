config = {"name": "Write", "type": "api", "method": "POST", "path": "/streams/:stream/:group", "emits": []}


async def handler(req, context):
    """Do what the body says: `set`, `delete`, `send`, or `count` writes that carry rising numbers after `from`."""
    body = req["body"]
    stream, group = context.streams[req["pathParams"]["stream"]], req["pathParams"]["group"]
    if "set" in body:
        await stream.set(group, body["set"], body["data"])
    elif "delete" in body:
        await stream.delete(group, body["delete"])
    elif "send" in body:
        channel = {"groupId": group, **({"id": body["id"]} if "id" in body else {})}
        await stream.send(channel, {"type": body["send"], "data": body["data"]})
    else:
        for n in range(body["from"] + 1, body["from"] + 1 + body["count"]):
            await stream.set(group, f"m{n % 50}", {"n": n})
    return {"status": 200, "body": {}}
