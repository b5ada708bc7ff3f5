config = {
    "name": "shipments",
    "schema": {"type": "object", "properties": {"status": {"type": "string"}}},
    "baseConfig": {"storageType": "default"},
}
