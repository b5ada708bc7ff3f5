"""The price list for Python Steps; prices.ts reads the same file for the TypeScript ones."""

import json
from pathlib import Path

_LIST = Path(__file__).with_name("prices.json")


def total_cents(items):
    """What a list of {sku, quantity} costs."""
    # Data, unlike code, is not reloaded by itself: read it anew, so that a changed price counts at once.
    cents = json.loads(_LIST.read_text(encoding="utf-8"))
    return sum(cents[item["sku"]] * item["quantity"] for item in items)
