"""Tells the customer what became of the order.

Nothing else knows how customers are told: Steps that have news emit it.
"""

from steps.orders.messages import message_about

config = {
    "type": "event",
    "name": "NotifyCustomer",
    "description": "Writes to the customer",
    "subscribes": ["order.confirmed", "order.declined", "order.overdue"],
    "input": {
        "type": "object",
        "properties": {
            "orderId": {"type": "string"},
            "email": {"type": "string"},
            "petName": {"type": "string"},
        },
        "required": ["orderId", "email", "petName"],
    },
    # Mail servers have bad moments: try five times, waiting up to 2, 4, 8 and 16 seconds in between.
    "retry": {"maxAttempts": 5, "backoff": "exponential", "delay": 2000},
    "flows": ["pet-shop"],
}


async def handler(input, context):
    message = {
        "orderId": input["orderId"],
        "to": input["email"],
        "text": message_about(context.topic, input["petName"]),
    }

    # A real shop calls its mail service here. If that takes a key against sending twice, this one
    # is right: the same event, delivered again, gives the same key.
    await context.state.set("messages", f"{input['orderId']}:{context.topic}", message)
    context.logger.info("Customer notified", message)
