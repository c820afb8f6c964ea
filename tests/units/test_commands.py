"""./reproduce and ./check: the Python they choose, what they say without one, and when they set up."""

import os
import shutil
import stat
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BASH = shutil.which("bash")
COMMANDS = ("reproduce", "check")
SCRIPTS = (*COMMANDS, ".ci/run", "scripts/environment.sh")

pytestmark = pytest.mark.skipif(BASH is None, reason="these commands need bash")


@pytest.fixture
def copy(tmp_path):
    """A copy of what the commands consist of, in a folder with a space in its name, without .venv."""
    folder = tmp_path / "a copy"
    (folder / "scripts").mkdir(parents=True)
    for name in (*COMMANDS, "scripts/environment.sh", "scripts/environment.py"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "niche"\n\n[tool.ruff]\nline-length = 99\n', encoding="utf-8"
    )
    (folder / "requirements.lock").write_text("", encoding="utf-8")
    return folder


@pytest.fixture
def made(copy):
    """The copy with a .venv that counts as finished, and a compendium that says how it was called."""
    venv.create(copy / ".venv", symlinks=True, with_pip=False)
    (copy / "compendium").mkdir()
    (copy / "compendium/__init__.py").touch()
    (copy / "compendium/__main__.py").write_text("import sys; print(sys.argv[1:])\n", encoding="utf-8")
    (packages,) = (copy / ".venv/lib").glob("python*/site-packages")
    (packages / "niche.pth").write_text(f"{copy}\n", encoding="utf-8")
    stamp = "import environment; environment.write_stamp(environment.wanted())"
    python = copy / ".venv/bin/python"
    subprocess.run([python, "-B", "-c", stamp], cwd=copy / "scripts", check=True)
    return copy


def fake_python(folder, body):
    folder.mkdir(exist_ok=True)
    script = folder / "python3"
    script.write_text(f"#!{BASH}\n{body}\n", encoding="utf-8")
    script.chmod(0o755)
    return script


def run(folder, command, *arguments, cwd=None, python=None, path=None):
    environment = {key: value for key, value in os.environ.items() if key != "PYTHON"}
    if python is not None:
        environment["PYTHON"] = str(python)
    if path is not None:
        environment["PATH"] = str(path)
    return subprocess.run(
        [BASH, folder / command, *arguments],
        cwd=cwd or folder.parent,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def is_ready(folder):
    python = folder / ".venv/bin/python"
    command = [python, "-S", "-I", folder / "scripts/environment.py", "ready"]
    return subprocess.run(command).returncode == 0


@pytest.mark.parametrize("name", SCRIPTS)
def test_script_is_valid_bash(name):
    subprocess.run([BASH, "-n", ROOT / name], check=True)


@pytest.mark.parametrize("name", [*COMMANDS, ".ci/run"])
def test_command_can_be_run(name):
    assert (ROOT / name).stat().st_mode & stat.S_IXUSR
    assert (ROOT / name).read_bytes().startswith(b"#!/usr/bin/env bash\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_an_old_python_is_refused_with_what_is_needed(copy, command):
    old = fake_python(copy / "old one", "echo 3.9")
    result = run(copy, command, python=old)
    assert result.returncode == 1
    assert "Python 3.11, 3.12 or 3.13 is needed" in result.stderr
    assert f"PYTHON={old} is Python 3.9." in result.stderr
    assert not (copy / ".venv").exists()


def test_a_python_that_does_not_run_is_refused(copy):
    shim = fake_python(copy / "shims", "echo not installed >&2; exit 127")
    result = run(copy, "check", python=shim)
    assert result.returncode == 1
    assert f"PYTHON={shim} is not a Python that runs." in result.stderr


def test_without_any_python_it_says_what_is_needed(copy):
    tools = fake_python(copy / "tools", "exit 127").parent
    (tools / "dirname").symlink_to(shutil.which("dirname"))
    result = run(copy, "reproduce", path=tools)
    assert result.returncode == 1
    assert "Python 3.11, 3.12 or 3.13 is needed and none was found." in result.stderr
    assert "apt install" in result.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_a_python_without_venv_is_told_what_to_install(copy, command):
    bare = fake_python(copy / "bare", 'case "$*" in *ensurepip*) exit 1 ;; *) echo 3.12 ;; esac')
    result = run(copy, command, python=bare)
    assert result.returncode == 1
    assert "apt install python3.12-venv" in result.stderr
    assert not (copy / ".venv").exists()


def test_a_complete_python_goes_before_one_without_venv(copy):
    bare = fake_python(copy / "bare", 'case "$*" in *ensurepip*) exit 1 ;; *) echo 3.13 ;; esac')
    bare.rename(bare.with_name("python3.13"))
    whole = fake_python(copy / "bare", 'case "$*" in *make*) echo making ;; *) echo 3.11 ;; esac')
    (whole.parent / "dirname").symlink_to(shutil.which("dirname"))
    assert run(copy, "reproduce", path=whole.parent).stdout.startswith("making\n")


def test_reproduce_passes_its_arguments_on_from_any_folder(made, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "niche").mkdir(parents=True)
    (elsewhere / "niche/__init__.py").write_text("raise RuntimeError('not this niche')")
    result = run(made, "reproduce", "--fast", "--jobs", "2", "a b", cwd=elsewhere)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "['reproduce', '--fast', '--jobs', '2', 'a b']\n"


def test_an_umlaut_in_the_path_is_read_in_any_locale(copy, monkeypatch):
    """Python reads a .pth in the encoding of the locale: with LC_ALL=C it died after the whole install."""
    there = copy.parent / "für alle"
    copy.rename(there)
    venv.create(there / ".venv", symlinks=True, with_pip=False)
    (there / "niche_test_module.py").write_text("print('found')", encoding="utf-8")
    (packages,) = (there / ".venv/lib").glob("python*/site-packages")
    (packages / "other.pth").write_text("# not ours\n", encoding="utf-8")
    (packages / "niche.pth").write_bytes(os.fsencode(there))
    code = "import environment, sys; environment.relative_paths(sys.argv[1])"
    subprocess.run([sys.executable, "-B", "-c", code, packages], cwd=there / "scripts", check=True)
    assert (packages / "niche.pth").read_bytes().isascii()
    assert (packages / "other.pth").read_text(encoding="utf-8") == "# not ours\n"
    done = subprocess.run(
        [there / ".venv/bin/python", "-c", "import niche_test_module"],
        env={"LC_ALL": "C", "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "found\n"), done.stderr


def test_a_python_of_another_version_than_that_of_the_environment_is_not_ignored(made):
    other = "3.12" if sys.version_info[:2] == (3, 11) else "3.11"
    python = fake_python(made / "other", f'case "$*" in *make*) echo making; exit 3 ;; *) echo {other} ;; esac')
    result = run(made, "reproduce", python=python)
    assert (result.returncode, result.stdout) == (3, "making\n")


def test_a_python_that_does_not_run_is_refused_though_there_is_an_environment(made):
    shim = fake_python(made / "shims", "exit 127")
    result = run(made, "reproduce", python=shim)
    assert result.returncode == 1
    assert "is not a Python that runs." in result.stderr


def test_a_finished_environment_is_ready(made):
    assert is_ready(made)


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_a_change_of_what_is_installed_makes_it_stale(made, name):
    text = (made / name).read_text(encoding="utf-8")
    (made / name).write_text('[project]\nversion = "1"\n' + text, encoding="utf-8")
    assert not is_ready(made)


def test_a_setting_of_a_tool_does_not_make_it_stale(made):
    with (made / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("target-version = 'py311'\n\n[tool.mypy]\n")
    assert is_ready(made)


def test_an_environment_that_was_moved_is_stale(made):
    assert not is_ready(made.rename(made.with_name("moved")))


@pytest.mark.parametrize("kept", [0, 1])
def test_an_environment_that_was_only_begun_is_stale(made, kept):
    # The stamp is written in two steps: first for the packages, then for niche itself.
    stamp = made / ".venv/niche-stamp"
    stamp.write_text("".join(stamp.read_text().splitlines(keepends=True)[:kept]))
    assert not is_ready(made)


def test_check_refuses_an_unknown_argument(copy):
    result = run(copy, "check", "--sloww")
    assert (result.returncode, result.stderr) == (2, "usage: check [--slow] [--all-notebooks] [--browser]\n")
