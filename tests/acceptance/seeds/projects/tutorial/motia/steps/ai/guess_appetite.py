from typing import Any

from motia import event


@event(id="guess-appetite", schema={"guestId": str, "signs": list, "metadata": dict})
async def guess_appetite(guestId: str, signs: list, metadata: dict) -> dict[str, Any]:  # noqa: N803 - the payload's names
    print(f"appetite of {guestId}: {len(signs)}")
    return {"guestId": guestId, "rolls": len(signs), "source": metadata["source"]}
