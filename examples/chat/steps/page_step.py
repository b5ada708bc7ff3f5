from pathlib import Path
from typing import Any

PAGES = Path(__file__).parents[1] / "pages"
KINDS = {"chat.html": "text/html", "job.html": "text/html", "live.js": "text/javascript", "style.css": "text/css"}

config = {
    "type": "api",
    "name": "Page",
    "description": "Serves the pages as they are: there is nothing to build",
    "method": "GET",
    "path": "/pages/:name",
    "flows": ["chat", "jobs"],
}


async def handler(req: Any) -> dict[str, Any]:
    name = req.path_params["name"]
    if name not in KINDS:
        return {"status": 404, "body": {"error": f"there is no page {name}"}}
    headers = {"content-type": f"{KINDS[name]}; charset=utf-8", "cache-control": "no-cache"}
    return {"status": 200, "headers": headers, "body": (PAGES / name).read_text("utf-8")}
