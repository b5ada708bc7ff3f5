from motia import EventConfig, handler

config = EventConfig(
    name="WeighParcel",
    type="event",
    subscribes=["parcel.routed"],
    emits=["parcel.weighed"],
    flows=["parcels"],
)


@handler
async def weigh(input, context):
    label = input["data"]["label"]

    from decimal import Decimal

    parcel = await context.state.get("parcels", label)
    await context.state.set("hubs", label, input["data"]["hub"])
    await context.emit(
        topic="parcel.weighed",
        data={"label": label, "grams": int(Decimal(str(parcel["weight"])) * 1000), "by": "python"},
    )
