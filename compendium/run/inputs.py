"""The parameters of a run: read, and checked against each notebook's parameters cell before any kernel starts.

papermill itself accepts an unknown name or a text for a number, and ends well; the notebook then shows something else
than was asked for. It also injects values after the parameters cell, so anything computed in that cell would be stale.
"""

import ast
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from niche.errors import NicheError, unknown
from niche.params.records import read_yaml
from niche.params.schema import Text, parse
from niche.params.yaml_files import YamlLoader

Single = bool | int | float | Text
Setting = Single | tuple[Single, ...]
# A file of params/runs: parameters of every notebook, and under the name of a claim its own.
RunFile = dict[Text, Setting | dict[Text, Setting]]
TAG = "parameters"
REQUIRED: Mapping[str, type] = {"draws": int, "seed": int, "out": str}
_SAID = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "a mapping",
}


def read_defaults(notebook: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The names and values that the parameters cell of a notebook assigns.

    Raises
    ------
    NicheError
        naming the notebook, if there is not one such cell, if it holds anything but `name = literal`, or if it
        lacks `draws`, `seed` or `out`
    """
    cells = [cell for cell in notebook["cells"] if TAG in cell.get("metadata", {}).get("tags", [])]
    if len(cells) != 1:
        raise NicheError(f"{name}: expected one cell tagged {TAG!r}, found {len(cells)}")
    source = cells[0]["source"]
    try:
        statements = ast.parse(source if isinstance(source, str) else "".join(source)).body
    except SyntaxError as error:
        raise NicheError(f"{name}, parameters cell, line {error.lineno}: {error.msg}") from None
    defaults: dict[str, Any] = {}
    for statement in statements:
        key, value = _assignment(statement, f"{name}, parameters cell, line {statement.lineno}")
        if key in defaults:
            raise NicheError(f"{name}, parameters cell, line {statement.lineno}: {key!r} is given twice")
        defaults[key] = value
    for key, kind in REQUIRED.items():
        if type(defaults.get(key)) is not kind:
            raise NicheError(f"{name}: the parameters cell has to assign {key!r}, {_SAID[kind]}")
    return defaults


def _assignment(statement: ast.stmt, where: str) -> tuple[str, Any]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    value = getattr(statement, "value", None)
    if isinstance(statement, ast.Assign | ast.AnnAssign) and len(targets) == 1 and value is not None:
        target = targets[0]
        if isinstance(target, ast.Name):
            try:
                return target.id, ast.literal_eval(value)
            except (ValueError, TypeError, SyntaxError):
                pass
    raise NicheError(
        f"{where}: only 'name = literal' may stand here, got {ast.unparse(statement)!r}; papermill sets values "
        "after this cell, so anything computed here would not follow them. Compute it in the next cell"
    )


def read_run(root: Path, run: str, files: Iterable[Path] = (), settings: Iterable[str] = ()) -> dict[str, Any]:
    """The parameters of a run: params/runs/<run>.yaml, then the files, then `name=value` settings; the last wins.

    What files and settings say also goes before what the run says to one claim (`of_claim`).
    """
    standing = read_run_file(root / "params" / "runs" / f"{run}.yaml")
    values: dict[str, Any] = {}
    for file in files:
        values |= read_run_file(file)
    for text in settings:
        name, equals, value = text.partition("=")
        if not equals or not name.strip().isidentifier():
            raise NicheError(f"expected -p name=value, got {text!r}")
        try:
            values[name.strip()] = yaml.load(value, Loader=YamlLoader)
        except (yaml.YAMLError, ValueError) as error:
            problem = getattr(error, "problem", None)
            why = f" ({problem})" if problem else ""
            raise NicheError(f"-p {text}: the value is not readable{why}; put it in quotes if it is text") from None
    said = frozenset(values)
    for name, value in standing.items():
        own = {k: v for k, v in value.items() if k not in said} if isinstance(value, dict) else value
        values.setdefault(name, own)
    if "out" in values:
        raise NicheError("'out' is where the results go and is set with --output, not as a parameter")
    return values


def read_run_file(file: Path) -> dict[str, Any]:
    """Parameters by name, and mappings of them by claim. Raises `NicheError` for what no parameter can be."""
    content = read_yaml(file)
    parse(RunFile, content, str(file))
    return content


def of_claim(values: Mapping[str, Any], claim: str, claims: Iterable[str]) -> dict[str, Any]:
    """The parameters of a run for one claim: those of all, then those that stand under its name."""
    everybody = {key: value for key, value in values.items() if key not in set(claims)}
    own = values.get(claim, {})
    if not isinstance(own, dict):
        raise NicheError(f"under the name of a claim stand its own parameters; {claim!r} has {own!r}")
    return everybody | own


def check_parameters(values: Mapping[str, Any], defaults: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The values as the notebook `name` will get them, in its own types; `NicheError` for a name or type it lacks."""
    allowed = [key for key in defaults if key != "out"]
    for key in values:
        if key not in allowed:
            raise NicheError(f"{name}: {unknown('parameter', key, allowed)}")
    return {key: _fit(value, defaults[key], f"{name}: parameter {key!r}") for key, value in values.items()}


def _fit(value: Any, default: Any, where: str) -> Any:
    """`value`, if it is of the kind of `default`; a whole number may stand where a number is expected."""
    if default is None:
        return value
    kind = list if isinstance(default, tuple) else type(default)
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind or (isinstance(value, float) and not math.isfinite(value)):
        said = _SAID.get(kind, kind.__name__)
        raise NicheError(f"{where} has to be {said} (such as {default!r}), got {_describe(value)}")
    if kind is list and default:
        return [_fit(entry, default[0], f"{where}, entry {i}") for i, entry in enumerate(value, 1)]
    return value


def _describe(value: Any) -> str:
    kinds = {bool: "true or false", float: "a number with a fraction", type(None): "nothing"}
    kind = kinds.get(type(value)) or _SAID.get(type(value), type(value).__name__)
    return f"{value!r}, which is {kind}"
