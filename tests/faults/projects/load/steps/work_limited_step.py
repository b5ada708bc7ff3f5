import asyncio

from lib import ledger

config = {
    "type": "event",
    "name": "WorkLimited",
    "subscribes": ["work.limited"],
    "retry": {"maxAttempts": 10000, "backoff": "fixed", "delay": 20, "jitter": "none", "timeout": 1000},
}


async def handler(order, ctx):
    run = await ledger.began(order["id"])
    await asyncio.sleep(order["pause"])
    await ctx.state.set("done", order["id"], True)
    await ledger.effect(order["id"], run)
