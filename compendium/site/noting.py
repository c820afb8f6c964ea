"""A function of the model that tells what it gives a name: its own source, with a call around each named value."""

import ast
import inspect
import textwrap
from types import FunctionType
from typing import Any


def noting(function: FunctionType) -> Any:
    """The code of a function with each `name = value` made `name = _note("name", value)`."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign):
            continue
        target = node.targets[0]
        if isinstance(target, ast.Name):
            node.value = _noted(target.id, node.value)
        elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = zip(target.elts, node.value.elts, strict=True)
            node.value = ast.Tuple([_noted(ast.unparse(one), value) for one, value in pairs], ast.Load())
        elif isinstance(target, ast.Tuple):  # several values of one call: noted one by one
            names = ast.Tuple([ast.Constant(ast.unparse(one)) for one in target.elts], ast.Load())
            call = ast.Call(ast.Name("map", ast.Load()), [ast.Name("_note", ast.Load()), names, node.value], [])
            node.value = ast.Call(ast.Name("tuple", ast.Load()), [call], [])
    scope: dict[str, Any] = {}
    body = tree.body[0]
    assert isinstance(body, ast.FunctionDef)
    body.returns = None
    for argument in body.args.args:
        argument.annotation = None
    exec(compile(ast.fix_missing_locations(tree), inspect.getfile(function), "exec"), scope)
    return scope[function.__name__].__code__


def _noted(name: str, value: ast.expr) -> ast.expr:
    return ast.Call(ast.Name("_note", ast.Load()), [ast.Constant(name), value], [])
