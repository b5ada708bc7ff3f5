from lib import ledger

config = {
    "type": "event",
    "name": "WorkDelayed",
    "subscribes": ["work.delayed"],
    # Ten times the built-in lease of 30 s.
    "infrastructure": {"queue": {"delaySeconds": 300}},
    "retry": {"maxAttempts": 3, "backoff": "fixed", "delay": 20, "jitter": "none"},
}


async def handler(order, ctx):
    run = await ledger.began(order["id"])
    await ctx.state.set("done", order["id"], True)
    await ledger.effect(order["id"], run)
