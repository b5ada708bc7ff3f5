"""Where in `motia.config.py` a value stands."""

import ast
from collections.abc import Mapping, Sequence
from pathlib import Path

_MAX_STEPS = 100


def line_of(file: Path, path: Sequence[str]) -> int | None:
    """The line of a config's value, or of the innermost one around it that the file spells out.

    Args:
        file: the source.
        path: the keys and indexes that lead to the value: `("middleware", "pre", "0")`.
    """
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return None
    values = _values(tree)
    begin = next((values[name] for name in ("config", *path[:1]) if name in values), None)
    remaining = list(path if "config" in values else path[1:])
    node, line = begin, None
    for _ in range(_MAX_STEPS):  # names may refer to each other in a circle
        if node is None:
            break
        line = node.lineno
        node = _further(node, remaining, values)
    return line


def _values(tree: ast.Module) -> dict[str, ast.expr]:
    """What the module's variables are set to; of a function, what it returns."""
    values: dict[str, ast.expr] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            values.update({target.id: statement.value for target in statement.targets if isinstance(target, ast.Name)})
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
            values[statement.target.id] = statement.value
        elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            returned = [node.value for node in ast.walk(statement) if isinstance(node, ast.Return) and node.value]
            if returned:
                values[statement.name] = returned[0]
    return values


def _further(node: ast.expr, path: list[str], values: Mapping[str, ast.expr]) -> ast.expr | None:
    """One step nearer to the value, `None` when there is none; takes what it used from `path`."""
    if not path:
        return None
    if isinstance(node, ast.Name):
        return values.get(node.id)
    inside = _inside(node)
    if path[0] in inside:
        return inside[path.pop(0)]
    return node.args[0] if isinstance(node, ast.Call) and node.args else None


def _inside(node: ast.expr) -> dict[str, ast.expr]:
    """What a literal or a call such as `define_config(port=3000)` holds, by key, index or keyword."""
    if isinstance(node, ast.Call):
        return {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg is not None}
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return {str(key.value): value for key, value in pairs if isinstance(key, ast.Constant)}
    return {str(index): item for index, item in enumerate(getattr(node, "elts", ()))}
