config = {"type": "api", "name": "PingPython", "path": "/ping/python"}


async def handler(req):
    return {"status": 200, "body": {}}
