config = {
    "type": "event",
    "name": "MeasureSoil",
    "subscribes": ["bed.watered"],
    "emits": ["soil.measured"],
    "flows": ["greenhouse"],
    "retry": {"maxAttempts": 3, "backoff": "none"},
}


async def handler(input, context):
    if context.attempt == 1:
        raise RuntimeError("the probe was not ready")
    before = await context.state.get("soil", input["bed"]) or 0
    await context.state.set("soil", input["bed"], before + input["litres"])
    context.logger.info("soil measured", {"bed": input["bed"], "attempt": context.attempt})
    await context.emit({"topic": "soil.measured", "data": {"bed": input["bed"]}})
