config = {"name": "JudgeMood", "type": "event", "subscribes": ["loan.made"]}


def handler(input, context):
    from collections import Counter

    vowels = Counter(letter for letter in input["data"]["title"].lower() if letter in "aeiou")
    context.logger.info(f"Mood: {max(vowels.values())}")
    return {"title": input["data"]["title"], "vowels": dict(vowels)}
