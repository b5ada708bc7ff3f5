"""GET / answers with the page in web/, which is read each time: save it, and reload the browser."""

from pathlib import Path

PAGE = Path(__file__).parents[2] / "web" / "index.html"

config = {
    "type": "api",
    "name": "ShowPage",
    "description": "The page on which orders are placed and followed",
    "method": "GET",
    "path": "/",
    "flows": ["kitchen"],
}


async def handler(req, context):
    return {
        "status": 200,
        "headers": {"content-type": "text/html; charset=utf-8"},
        "body": PAGE.read_text(encoding="utf-8"),
    }
