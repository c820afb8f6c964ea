"""The files that say what niche needs agree: pyproject.toml, requirements.lock and environment.yml."""

import functools
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]

# conda-forge's `matplotlib` and `seaborn` add Qt and statsmodels to what PyPI calls by these names.
CONDA_NAMES = {"matplotlib": "matplotlib-base", "seaborn": "seaborn-base"}

# Where the lock has to serve: each supported Python on the systems that have bash. (Windows has conda.)
PYTHONS = ("3.11", "3.12", "3.13")
SYSTEMS = ("linux", "darwin")


@functools.cache
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@functools.cache
def dependencies():
    """Every dependency of pyproject.toml, of niche itself and of all extras: name to range."""
    groups = [project()["dependencies"], *project()["optional-dependencies"].values()]
    requirements = [Requirement(text) for group in groups for text in group]
    return {canonicalize_name(requirement.name): requirement.specifier for requirement in requirements}


@functools.cache
def conda():
    """What environment.yml has: name to range, from conda and from pip."""
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    (from_pip,) = [entry["pip"] for entry in listed if isinstance(entry, dict)]
    parsed = [
        [Requirement(text) for text in texts if not text.startswith("-")]
        for texts in ([entry for entry in listed if isinstance(entry, str)], from_pip)
    ]
    return [{requirement.name: requirement.specifier for requirement in half} for half in parsed]


@functools.cache
def lock():
    """The entries of requirements.lock: name, version, marker (or None) and number of hashes."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    entries = []
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        head, *hashes = re.split(r"\s--hash=", line)
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}\s*", digest) for digest in hashes), line[:60]
        pin, _, marker = head.partition(";")
        name, version = pin.split("==")
        entries.append(
            (
                canonicalize_name(name.strip()),
                Version(version.strip()),
                Marker(marker.strip()) if marker.strip() else None,
                len(hashes),
            )
        )
    return entries


def locked(name, python, system):
    """The versions of `name` that the lock gives to one Python on one system: there should be one."""
    environment = {
        "python_version": python,
        "python_full_version": python + ".9",
        "sys_platform": system,
        "platform_system": system.title(),
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    return [
        version
        for entry, version, marker, _ in lock()
        if entry == name and (marker is None or marker.evaluate(environment))
    ]


@functools.cache
def tracked_texts():
    """Every text file of the repository, those not yet committed too, but none that git ignores."""
    try:
        names = subprocess.run(
            ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            check=True,
            capture_output=True,
        ).stdout.decode()
        files = [ROOT / name for name in names.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout, so what is tracked is not known")
    texts = {}
    for file in files:
        if file.is_file():
            content = file.read_bytes()
            if b"\0" not in content[:8192]:
                texts[file.relative_to(ROOT).as_posix()] = content.decode("utf-8", "replace")
    assert "pyproject.toml" in texts
    return texts


# --- environment.yml


def test_conda_has_each_dependency_with_the_same_range():
    from_conda, from_pip = conda()
    expected = {CONDA_NAMES.get(name, name): specifier for name, specifier in dependencies().items()}
    assert set(from_conda) & set(from_pip) == set()
    assert {**from_conda, **from_pip} == {
        **expected,
        "python": SpecifierSet(project()["requires-python"]),
        "pip": SpecifierSet(),
    }


def test_conda_leaves_to_pip_only_what_conda_forge_lacks():
    assert set(conda()[1]) == {"bone-models", "playwright", "rocrate", "bibtexparser", "roc-validator"}


def test_conda_installs_niche_itself_and_uses_conda_forge_alone():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["name"] == "niche"
    assert environment["channels"] == ["conda-forge", "nodefaults"]
    assert environment["dependencies"][-1]["pip"][-1] == "-e ."


# --- requirements.lock


def test_scripts_and_package_agree_on_the_pythons():
    supported = SpecifierSet(project()["requires-python"])
    minors = [f"3.{minor}" for minor in range(30) if f"3.{minor}" in supported]
    assert tuple(minors) == PYTHONS
    assert " | ".join(PYTHONS) + ") return 0" in (ROOT / "scripts/environment.sh").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(dependencies()))
def test_lock_has_each_dependency_once_and_in_range(name):
    for python in PYTHONS:
        for system in SYSTEMS:
            versions = locked(name, python, system)
            assert len(versions) == 1, (name, python, system, versions)
            assert versions[0] in dependencies()[name], (name, python, system, versions)


def test_each_lock_entry_has_a_hash():
    assert len(lock()) > len(dependencies())
    assert [name for name, _, _, hashes in lock() if not hashes] == []


# --- every tracked file


def test_no_file_names_a_package_registry():
    # The registry is the reader's choice: a mirror set up in pip or conda has to be the one that is used.
    # (Written in pieces, so that this file does not find itself.)
    hosts = ["pypi" + r"\.org", "python" + r"hosted\.org", "repo\\.ana" + r"conda\.com", "conda\\.ana" + "conda"]
    options = ["--index" + "-url", "--extra-index" + "-url", "--find" + "-links", "file:" + "///"]
    pattern = re.compile("|".join([*hosts, *options]))
    named = {file: pattern.findall(text) for file, text in tracked_texts().items()}
    assert {file: hits for file, hits in named.items() if hits} == {}


def test_no_file_names_a_path_of_this_machine():
    # Most likely in a notebook's outputs, where a warning or a traceback names the file that it is about.
    here = [re.escape(str(ROOT))] if len(ROOT.parts) > 2 else []
    usual = [r"/(?:home|Users)/[a-z]\w*", "/ro" + "ot", r"/[\w./-]+/site" + "-packages"]
    pattern = re.compile(rf"(?<![\w.~/-])(?:{'|'.join([*here, *usual])})(?=[/\s\"'`:,;)]|$)")
    named = {file: pattern.findall(text) for file, text in tracked_texts().items()}
    assert {file: hits for file, hits in named.items() if hits} == {}
