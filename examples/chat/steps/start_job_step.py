from typing import Any
from uuid import uuid4

config = {
    "type": "api",
    "name": "StartJob",
    "method": "POST",
    "path": "/jobs",
    "emits": ["job.started"],
    "flows": ["jobs"],
}

PARTS = 40


async def handler(req: Any, context: Any) -> dict[str, Any]:
    job = uuid4().hex
    await context.streams.jobs.set("all", job, {"title": "Yearly report", "done": 0, "total": PARTS, "note": "waiting"})
    await context.emit({"topic": "job.started", "data": {"job": job}})
    return {"status": 202, "body": {"id": job}}
