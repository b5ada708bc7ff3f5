"""A client of live streams: what is there of a group or an item, and every change, over lost connections.

from motia.client import Created, connect

async with connect("http://localhost:3000") as live:
    async for change in live.group("chat", "room"):
        match change:
            case Created(item=item):
                print(item["text"])
"""

from motia.client.changes import Change, Created, Deleted, Item, Sent, Synced, Updated
from motia.client.errors import AccessDenied, AuthenticationFailed, ConnectionFailed, LiveError, TooManySubscriptions
from motia.client.live import Live, connect
from motia.client.subscriptions import LiveGroup, LiveItem

__all__ = [
    "AccessDenied",
    "AuthenticationFailed",
    "Change",
    "ConnectionFailed",
    "Created",
    "Deleted",
    "Item",
    "Live",
    "LiveError",
    "LiveGroup",
    "LiveItem",
    "Sent",
    "Synced",
    "TooManySubscriptions",
    "Updated",
    "connect",
]
