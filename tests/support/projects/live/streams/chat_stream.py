config = {"name": "chat"}
