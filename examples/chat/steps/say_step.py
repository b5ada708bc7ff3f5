from typing import Any
from uuid import uuid4

config = {
    "type": "api",
    "name": "Say",
    "method": "POST",
    "path": "/rooms/:room/messages",
    "bodySchema": {
        "type": "object",
        "properties": {
            "author": {"type": "string", "minLength": 1, "maxLength": 40},
            "text": {"type": "string", "minLength": 1, "maxLength": 2000},
        },
        "required": ["author", "text"],
    },
    "emits": ["message.said"],
    "flows": ["chat"],
}


async def handler(req: Any, context: Any) -> dict[str, Any]:
    room, message = req.path_params["room"], uuid4().hex
    said = {"author": req.body["author"], "text": req.body["text"], "writing": False}
    await context.streams.messages.set(room, message, said)
    await context.emit({"topic": "message.said", "data": {"room": room, "message": message, "text": said["text"]}})
    return {"status": 201, "body": {"id": message}}
