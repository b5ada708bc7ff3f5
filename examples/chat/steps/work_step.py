import asyncio
from typing import Any

config = {"type": "event", "name": "Work", "subscribes": ["job.started"], "emits": [], "flows": ["jobs"]}

NOTES = ["collecting orders", "adding up", "drawing charts", "laying out pages"]


async def handler(input: Any, context: Any) -> None:
    jobs = context.streams.jobs
    job = await jobs.get("all", input["job"])
    # What was done before a crash is not done again: the stream says how far it was.
    for done in range(job["done"] + 1, job["total"] + 1):
        await asyncio.sleep(0.1)
        note = NOTES[(done - 1) * len(NOTES) // job["total"]] if done < job["total"] else "done"
        await jobs.update("all", input["job"], {"done": done, "note": note})
