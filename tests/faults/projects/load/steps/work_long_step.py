import asyncio

from lib import ledger

config = {
    "type": "event",
    "name": "WorkLong",
    "subscribes": ["work.long"],
    "concurrency": 900,
    # A lost worker counts as a failed attempt; here workers are lost all the time.
    "retry": {"maxAttempts": 10000, "backoff": "fixed", "delay": 20, "jitter": "none"},
}


async def handler(order, ctx):
    run = await ledger.began(order["id"])
    await asyncio.sleep(order["pause"])
    await ctx.state.set("done", order["id"], True)
    await ledger.effect(order["id"], run)
