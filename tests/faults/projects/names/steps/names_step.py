"""Keeps what arrives, to be compared with what was sent."""

from lib import ledger

# The odd topics that faults/damage.py emits to and that somebody may subscribe to.
TOPICS = ["names", "x" * 1_000_000, "snow ☃ clef 𝄞 \u202e", "nul \0 nul", "line\nline", " "]

config = {"type": "event", "name": "Names", "subscribes": TOPICS, "infrastructure": {"queue": {"type": "fifo"}}}


async def handler(input, ctx):
    run = await ledger.began(input["id"])
    await ctx.state.set("echo", input["id"], input["odd"])
    await ctx.state.set("done", input["id"], True)
    await ledger.effect(input["id"], run)
