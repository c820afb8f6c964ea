"""The sections of a file that a user writes, less what stands there only to be repeated."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from niche.params.yaml_files import YamlLoader, read_yaml


def read_sections(path: Path, sections: Iterable[str]) -> dict[str, Any]:
    """A YAML file as a mapping, less what stands at its top only to be repeated: `base: &base {...}` for `<<: *base`.

    Parameters
    ----------
    sections
        names that the file may have, which are kept

    Raises
    ------
    NicheError
        as `read_yaml`
    """
    content = read_yaml(path)
    repeated = _anchored(path) - set(sections) if not set(content) <= set(sections) else ()
    return {name: entry for name, entry in content.items() if name not in repeated}


def _anchored(path: Path) -> set[str]:
    """Names at the top of a file whose entry is repeated further down."""
    node = yaml.compose(path.read_text(encoding="utf-8"), Loader=YamlLoader)
    if not isinstance(node, yaml.MappingNode):
        return set()
    met: dict[int, int] = {}
    _count(node, met)
    return {key.value for key, value in node.value if met[id(value)] > 1}


def _count(node: Any, met: dict[int, int]) -> None:
    """How often each node is come to."""
    met[id(node)] = met.get(id(node), 0) + 1
    if met[id(node)] > 1:
        return
    for one in node.value if not isinstance(node, yaml.ScalarNode) else ():
        for part in one if isinstance(one, tuple) else (one,):
            _count(part, met)
