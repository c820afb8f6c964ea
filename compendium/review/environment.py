"""The packages that are installed, against those of requirements.lock."""

import platform
import re
import sys
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from compendium.review.findings import Finding

_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)\s*(?:;\s*([^\\]+?))?\s*\\?\s*$")
OURS = ("niche", "pip", "setuptools", "wheel")  # not of the lock: the project, and what installs it


def read_environment(root: Path) -> dict[str, Any]:
    """Python, the machine's kind, and each package: what the lock asks for (`locked`) and what is there."""
    locked, there = locked_versions(root / "requirements.lock"), installed_versions()
    names = sorted(({*locked, *there}) - set(OURS))
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "packages": {name: {"locked": locked.get(name, ""), "installed": there.get(name, "")} for name in names},
    }


def locked_versions(path: Path) -> dict[str, str]:
    """Names and versions of a lock that this Python and machine would install; none if there is no lock."""
    if not path.is_file():
        return {}
    from packaging.markers import Marker  # comes with the notebook packages

    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        match = _PINNED.match(line)
        if match and (match[3] is None or Marker(match[3]).evaluate()):
            found[plain_versions(match[1])] = match[2]
    return found


def installed_versions() -> dict[str, str]:
    """Names and versions of what this Python would import; the first of a name wins, as on import."""
    found: dict[str, str] = {}
    for one in distributions():
        about = one.metadata  # read anew at each mention
        if about["Name"]:
            found.setdefault(plain_versions(about["Name"]), about["Version"])
    return found


def plain_versions(name: str) -> str:
    """A package's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def environment_differences(environment: dict[str, Any], lock: bool) -> Iterator[Finding]:
    """Packages that are not those of the lock. None of it counts: the rerun shows whether it matters."""
    if not lock:
        yield Finding("environment", "requirements.lock", "there is none, so packages were not compared", counts=False)
        return
    for name, pair in environment["packages"].items():
        if pair["locked"] and pair["installed"] and pair["locked"] != pair["installed"]:
            yield Finding("environment", name, "another version", pair["locked"], pair["installed"], False)
    lacking = [name for name, pair in environment["packages"].items() if not pair["installed"]]
    beyond = [name for name, pair in environment["packages"].items() if not pair["locked"]]
    for names, what in ((lacking, "in the lock, not installed"), (beyond, "installed, not in the lock")):
        if names:
            yield Finding(
                "environment",
                f"Python {sys.version_info.major}.{sys.version_info.minor}",
                f"{len(names)} {what}: {', '.join(names)}",
                counts=False,
            )
