"""How an SVG places things: viewports and transforms, as far as they change sizes."""

import math
import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element

from compendium.press.matrices import IDENTITY, Matrix, times

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"


def view_box(node: Element) -> tuple[float, ...]:
    values = [float(v) for v in re.findall(_NUMBER, node.get("viewBox", ""))]
    return tuple(values) if len(values) == 4 and min(values[2:]) > 0 else ()


def fitted(node: Element, box: Sequence[float], wide: float, high: float) -> Matrix:
    """From the coordinates inside a viewport to those outside it; only the linear part."""
    if not box or math.isnan(wide) or math.isnan(high):
        return IDENTITY
    x, y = wide / box[2], high / box[3]
    said = node.get("preserveAspectRatio", "")
    if "none" not in said:
        x = y = max(x, y) if "slice" in said else min(x, y)
    return (x, 0.0, 0.0, y)


def read_transform(text: str, unread: set[str]) -> Matrix:
    """The linear part of a list of transforms, of an attribute or a style; `unread` takes what is not understood."""
    if text in ("", "none"):
        return IDENTITY
    found, rest = IDENTITY, re.sub(r"(\w+)\s*\(([^)]*)\)", "", text)
    for what, inside in re.findall(r"(\w+)\s*\(([^)]*)\)", text):
        one = _one(what, inside)
        if one is None:
            unread.add(f"sizes under the transform {what}({inside})")
        else:
            found = times(one, found)
    if rest.strip(" ,\n\t\r"):
        unread.add(f"sizes under the transform {text}")
    return found


_ANGLES = {"": 1.0, "deg": 1.0, "rad": 180 / math.pi, "turn": 360.0, "grad": 0.9}


def _one(what: str, inside: str) -> Matrix | None:
    if what in ("translate", "translateX", "translateY"):
        return IDENTITY
    parts = re.fullmatch(rf"\s*({_NUMBER})(deg|rad|turn|grad)?\s*(?:[,\s].*)?", inside, re.DOTALL)
    values = [float(v) for v in re.findall(_NUMBER, re.sub(r"deg|rad|turn|grad|px", " ", inside))]
    if parts is None or "%" in inside or "var(" in inside:
        return None
    if what == "scale" and len(values) in (1, 2):
        return (values[0], 0.0, 0.0, values[-1])
    if what in ("scaleX", "scaleY") and len(values) == 1:
        return (values[0], 0.0, 0.0, 1.0) if what == "scaleX" else (1.0, 0.0, 0.0, values[0])
    if what == "matrix" and len(values) == 6:
        return (values[0], values[1], values[2], values[3])
    angle = math.radians(values[0] * _ANGLES[parts[2] or ""])
    if what == "rotate":
        return (math.cos(angle), math.sin(angle), -math.sin(angle), math.cos(angle))
    if what == "skewX":
        return (1.0, 0.0, math.tan(angle), 1.0)
    return (1.0, math.tan(angle), 0.0, 1.0) if what == "skewY" else None
