"""POST /pets: a pet moves into the shop."""

config = {
    "type": "api",
    "name": "AddPet",
    "description": "Takes a pet into the shop",
    "method": "POST",
    "path": "/pets",
    # Checked before the handler runs: what violates it is answered with 400 and a list of all that
    # is wrong. Besides JSON Schema, Pydantic models, dataclasses and mappings such as {"name": str}
    # work too.
    "bodySchema": {
        "type": "object",
        "properties": {
            "id": {"type": "string", "pattern": "^[a-z0-9-]{1,40}$"},
            "name": {"type": "string", "minLength": 1, "maxLength": 60},
            "species": {"enum": ["dog", "cat", "rabbit", "parrot"]},
            "price": {"type": "number", "exclusiveMinimum": 0},
        },
        "required": ["id", "name", "species", "price"],
        "additionalProperties": False,
    },
    "flows": ["pet-shop"],
}


async def handler(req, context):
    pet = req.body
    if await context.state.has("pets", pet["id"]):
        return {"status": 409, "body": {"error": f"There already is a pet with the id {pet['id']}"}}
    await context.state.set("pets", pet["id"], pet)
    context.logger.info("Pet moved in", {"id": pet["id"], "species": pet["species"]})
    return {"status": 201, "body": pet}
