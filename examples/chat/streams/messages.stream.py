config = {
    "name": "messages",
    "description": "What was said, by room",
    "schema": {"author": str, "text": str, "writing": bool},
}
