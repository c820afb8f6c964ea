"""A drawing of matplotlib for the site, in half of its bytes: no eye sees a difference, and nothing is left out.

Of 4 MB of drawings a half is indentation, one number a line, styles that stand at each of a thousand marks, and names
of groups that nothing points to. Coordinates stay to a hundredth of a point, as the committed drawings have them.
"""

import re
from collections import Counter
from collections.abc import Iterator
from xml.etree import ElementTree

_SVG, _LINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_DESCRIPTION = "{http://purl.org/dc/elements/1.1/}description"
_HUNDREDTHS = 100  # of a point
_TAKES = {"M": 2, "L": 2, "Q": 4, "C": 6}  # numbers of a command; Z has none
_PART = re.compile(r"([MLQCZz])|(-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|([^\s,])")
_LONG = re.compile(r"-?\d+\.\d{3,}")
_OFTEN = 3  # times that a style has to stand there before it gets a name


def slim_svg(drawing: bytes) -> bytes:
    """The same drawing: paths in steps, styles by name, no groups that say nothing; its description as `desc`.

    Raises
    ------
    xml.etree.ElementTree.ParseError
        for what is no XML
    """
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _LINK)
    tree = ElementTree.fromstring(drawing)
    _describe(tree)
    told = {value[value.index("#") + 1 :].rstrip(")") for one in tree.iter() for value in _pointers(one)}
    for one in tree.iter():
        _shorten(one, told)
    _unwrap(tree)
    _name_styles(tree)
    return bytes(ElementTree.tostring(tree, encoding="utf-8", xml_declaration=False))


def steps(path: str) -> str:
    """A path in steps from point to point instead of places, exact to a hundredth; what is none of M, L, Q, C, Z is
    left as it is."""
    here, begun = (0, 0), (0, 0)
    found: list[str] = []
    before = ""
    for command, numbers in _commands(path):
        if command == "?":
            return path
        if command == "Z":
            found.append("z")
            here, before = begun, ""
            continue
        points = [(numbers[i], numbers[i + 1]) for i in range(0, len(numbers), 2)]
        if command == "M":
            found.append("M" + _numbers([points[0]]))
            begun, before = points[0], ""
        else:
            moved = _numbers([(x - here[0], y - here[1]) for x, y in points])
            same = command == before
            found.append((" " if same and not moved.startswith("-") else "" if same else command.lower()) + moved)
            before = command
        here = points[-1]
    return "".join(found)


def _commands(path: str) -> Iterator[tuple[str, list[int]]]:
    """Each command with its numbers in hundredths; "?" where the path holds anything else."""
    command, numbers = "", list[int]()
    for letter, number, other in _PART.findall(path):
        if other or (letter and numbers) or (number and command not in _TAKES):
            yield "?", []
            return
        if letter:
            command = letter.upper()
            if command == "Z":
                yield "Z", []
            continue
        numbers.append(round(float(number) * _HUNDREDTHS))
        if len(numbers) == _TAKES[command]:
            yield command, numbers
            numbers = []
            command = "L" if command == "M" else command  # what follows a move without a letter is a line
    if numbers:
        yield "?", []


def _numbers(points: list[tuple[int, int]]) -> str:
    """Hundredths as numbers; a minus parts two by itself."""
    said = [_number(one) for point in points for one in point]
    return "".join(one if i == 0 or one.startswith("-") else f" {one}" for i, one in enumerate(said))


def _number(hundredths: int) -> str:
    text = f"{hundredths / _HUNDREDTHS:.2f}".rstrip("0").rstrip(".")
    return re.sub(r"^(-?)0\.", r"\1.", text) if text != "-0" else "0"


def _describe(tree: ElementTree.Element) -> None:
    """What the drawing says of itself in sixteen lines of RDF, as the one element that SVG has for it."""
    for place, one in enumerate(list(tree)):
        if one.tag != f"{{{_SVG}}}metadata":
            continue
        tree.remove(one)
        said = next((found.text for found in one.iter(_DESCRIPTION)), None)
        if said:
            about = ElementTree.Element(f"{{{_SVG}}}desc")
            about.text = said
            tree.insert(place, about)


def _pointers(one: ElementTree.Element) -> Iterator[str]:
    """Attributes and styles that point to a name."""
    for value in one.attrib.values():
        if value.startswith("#"):
            yield value
        yield from re.findall(r"url\(#[^)]*\)", value)


def _shorten(one: ElementTree.Element, told: set[str]) -> None:
    if one.tag not in {f"{{{_SVG}}}{name}" for name in ("text", "tspan", "title", "desc", "style")}:
        one.text = None
    if one.tag != f"{{{_SVG}}}tspan":
        one.tail = None
    if one.get("id") not in told:
        one.attrib.pop("id", None)
    if "d" in one.attrib:
        one.set("d", steps(one.attrib["d"]))
    if turned := one.get("transform"):
        if turned.startswith("rotate(-0 "):
            del one.attrib["transform"]
        elif turned.startswith("rotate("):
            one.set("transform", _LONG.sub(lambda found: _number(round(float(found[0]) * _HUNDREDTHS)), turned))
    if style := one.get("style"):
        one.set("style", re.sub(r"\s*([:;,])\s*", r"\1", style.strip()).rstrip(";"))


def _unwrap(parent: ElementTree.Element) -> None:
    """Groups without any attribute give way to what they hold."""
    for one in list(parent):
        _unwrap(one)
        if one.tag == f"{{{_SVG}}}g" and not one.attrib:
            place = list(parent).index(one)
            parent.remove(one)
            for i, inner in enumerate(one):
                parent.insert(place + i, inner)


def _name_styles(tree: ElementTree.Element) -> None:
    """A style that many elements have stands once, in the sheet of the drawing, after what it holds for all."""
    many = Counter(style for one in tree.iter() if (style := one.get("style")))
    named = {style: f"s{i}" for i, (style, n) in enumerate(many.most_common()) if n >= _OFTEN}
    sheet = next(tree.iter(f"{{{_SVG}}}style"), None)
    if sheet is None or not named:
        return
    for one in tree.iter():
        if (style := one.get("style")) in named:
            del one.attrib["style"]
            one.set("class", named[style])
    sheet.text = (sheet.text or "") + "".join(f".{name}{{{style}}}" for style, name in named.items())
