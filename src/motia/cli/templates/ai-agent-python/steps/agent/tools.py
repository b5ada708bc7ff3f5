"""What the agent may do. A tool takes a text and gives a text; what goes wrong is a text, too, so that the model can react."""

import ast
import datetime as dt
import operator

_OPERATIONS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.USub: operator.neg}


def calculate(expression):
    """Arithmetic with + - * / and parentheses; nothing else is evaluated."""
    value = _value(ast.parse(expression.strip(), mode="eval").body)
    return f"{value:g}"


def time(_argument):
    """The time in UTC."""
    return dt.datetime.now(dt.timezone.utc).strftime("%H:%M")


TOOLS = {"calculate": calculate, "time": time}


def use(name, argument):
    """The result of a tool."""
    if name not in TOOLS:
        return f"there is no tool {name!r}; there are {', '.join(TOOLS)}"
    try:
        return TOOLS[name](argument)
    except (ArithmeticError, SyntaxError, ValueError) as problem:
        return f"that went wrong: {problem}"


def _value(node):
    if isinstance(node, ast.Constant) and type(node.value) in {int, float}:
        return node.value
    if isinstance(node, ast.UnaryOp) and type(node.op) in _OPERATIONS:
        return _OPERATIONS[type(node.op)](_value(node.operand))
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        return _OPERATIONS[type(node.op)](_value(node.left), _value(node.right))
    raise ValueError("only + - * / and parentheses are understood")
