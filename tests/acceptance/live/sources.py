"""The project that the tests of live streams run against, in each language that has them.

Every language has the same: streams `chat`, `by-now`, `workflow-progress` and `workflow_steps` (for names), `numbers` with a
schema of each mode, `guarded` with functions; a Step `POST /do` that makes a call of `ctx.streams`; one that is started by changes
of `watched`. A test that runs in all of them is about the core; one that is about a language names its files itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Files = Mapping[str, str]

_NUMBERS = """
config = {{
    "name": "{name}",
    "schema": {{"type": "object", "properties": {{"n": {{"type": "integer"}}}}, "required": ["n"]}},
    {mode}
}}
"""

PYTHON: Final[Files] = {
    "streams/chat.stream.py": 'config = {"name": "chat"}\n',
    "streams/by-now.stream.py": 'config = {"name": "by-now", "description": "for marks in time"}\n',
    "streams/watched.stream.py": 'config = {"name": "watched"}\n',
    "streams/workflow-progress.stream.py": """
        from motia import StreamConfig
        config = StreamConfig(name="workflow-progress")
        """,
    "streams/twins.stream.py": """
        from motia import Stream, StreamConfig
        first = Stream(StreamConfig(name="twin-stream"))
        second = Stream({"name": "twin_stream"})
        """,
    "streams/numbers-warn.stream.py": _NUMBERS.format(name="numbers-warn", mode=""),
    "streams/numbers-enforce.stream.py": _NUMBERS.format(name="numbers-enforce", mode='"validation": "enforce"'),
    "streams/numbers-off.stream.py": _NUMBERS.format(name="numbers-off", mode='"validation": "off"'),
    "streams/guarded.stream.py": """
        import asyncio
        import os
        import signal
        from motia import state_manager

        async def can_access(subscription, auth_context):
            match subscription["groupId"]:
                case "raises":
                    raise RuntimeError("a secret of the author")
                case "wrong type":
                    return 1
                case "hangs":
                    await asyncio.sleep(3600)
                case "dies":
                    os.kill(os.getpid(), signal.SIGKILL)
            return subscription["groupId"] != "denied"

        async def on_join(subscription, ctx, auth_context):
            await ctx.state.set("joined", subscription["groupId"], {"auth": auth_context, "id": subscription.get("id")})
            if subscription["groupId"] == "unauthorized":
                return {"unauthorized": True}

        async def on_leave(subscription, ctx, auth_context):
            await ctx.state.update("left", subscription["groupId"], [{"type": "increment", "path": "times", "by": 1}])

        config = {"name": "guarded", "can_access": can_access, "on_join": on_join, "on_leave": on_leave}
        """,
    "steps/do_step.py": """
        config = {"type": "api", "name": "Do", "method": "POST", "path": "/do"}
        async def handler(req, ctx):
            stream = ctx.streams[req.body["stream"]]
            result = await getattr(stream, req.body["call"])(*req.body["given"])
            return {"status": 200, "body": {"result": result}}
        """,
    "steps/watch_step.py": """
        config = {"name": "Watch", "triggers": [{"type": "stream", "streamName": "watched"}]}
        async def handler(input, ctx):
            await ctx.state.set("seen", input["id"], input["event"])
        """,
}

# By language; a language is complete when it has every file.
LANGUAGES: Final[Mapping[str, Files]] = {"python": PYTHON}

# Configs whose function decides by the token: the older and the newer form (STR-30, STR-31).
_DECIDE = """
import asyncio
import os
import signal

async def decide(token):
    match token:
        case "raises":
            raise PermissionError("a secret of the author")
        case "hangs":
            await asyncio.sleep(3600)
        case "dies":
            os.kill(os.getpid(), signal.SIGKILL)
"""
STREAM_AUTH: Final[Mapping[str, Files]] = {
    "python": {
        "motia.config.py": _DECIDE
        + """
from urllib.parse import parse_qs, urlsplit

async def authenticate(request):
    offered = request["headers"].get("sec-websocket-protocol", "")
    token = parse_qs(urlsplit(request["url"]).query).get("authToken", [None])[0]
    token = offered.removeprefix("Authorization,") if offered else token
    await decide(token)
    if token == "wrong-type":
        return True
    return {"user": token, "url": request["url"]} if token else None

config = {"streamAuth": {"authenticate": authenticate}}
""",
    }
}
AUTHENTICATE_STREAM: Final[Mapping[str, Files]] = {
    "python": {
        "motia.config.py": _DECIDE
        + """
async def authenticate_stream(request, ctx):
    token = request["queryParams"].get("authToken", [None])[0]
    await decide(token)
    if token == "wrong-type":
        return "ada"
    if token == "unauthorized":
        return {"authorized": False}
    return {"context": {"user": token, "path": request["path"], "addr": request["addr"]}}
""",
    }
}
