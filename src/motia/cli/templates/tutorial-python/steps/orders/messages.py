"""What customers are told. Plain functions like this one need no server to be tested.

A file without `_step` in its name is a helper: Steps import it, nothing starts it.
"""

_TEXTS = {
    "order.confirmed": "Good news: {} is waiting for you.",
    "order.declined": "Sorry, somebody was faster: {} has found a home.",
    "order.overdue": "You did not come for {}, who is looking for somebody else now.",
}


def message_about(topic, pet_name):
    if topic not in _TEXTS:
        raise ValueError(f"There is no message about {topic or 'an event without topic'}")
    return _TEXTS[topic].format(pet_name)
