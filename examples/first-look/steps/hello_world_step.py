"""GET /hello-world: the smallest useful Step."""

config = {
    "type": "api",
    "name": "HelloWorld",
    "description": "Greets the world",
    "method": "GET",
    "path": "/hello-world",
}


def handler():
    return {"status": 200, "body": {"message": "Hello, World!"}}
