import asyncio

from lib import ledger

config = {
    "type": "event",
    "name": "WorkFifo",
    "subscribes": ["work.fifo"],
    "infrastructure": {"queue": {"type": "fifo"}},
    "retry": {"maxAttempts": 10000, "backoff": "fixed", "delay": 20, "jitter": "none"},
}


async def handler(order, ctx):
    run = await ledger.began(order["id"])
    await asyncio.sleep(order["pause"])
    await ctx.state.set("done", order["id"], True)
    await ledger.effect(order["id"], run)
