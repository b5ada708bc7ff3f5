"""Everyone may connect, nameless or by name; who brings the token "stolen" may not."""


def authenticate(request):
    _, _, query = request["url"].partition("?authToken=")
    _, _, header = request["headers"].get("sec-websocket-protocol", "").partition("Authorization,")
    token = query or header
    if token == "stolen":
        raise PermissionError("this token was stolen")
    return {"name": token} if token else None


config = {"streamAuth": {"authenticate": authenticate}}
