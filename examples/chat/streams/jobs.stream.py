config = {
    "name": "jobs",
    "description": "How far long jobs are",
    "schema": {"title": str, "done": int, "total": int, "note": str},
}
