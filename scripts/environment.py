"""Tell whether `.venv` is up to date, or make it.

`scripts/environment.sh` runs this file: with the Python of `.venv` to ask, with a bare Python 3.11 or
later to make. So it needs nothing but the standard library.

    environment.py ready [X.Y]    exit 0 if .venv is up to date (and has Python X.Y)
    environment.py make           make .venv, or the part of it that is out of date
"""

# The question is asked at each start, and to import pathlib would double its time.
# ruff: noqa: PTH102, PTH105, PTH108, PTH114, PTH118, PTH120, PTH123, PTH208

import hashlib
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "niche-stamp")
LOCK = os.path.join(ROOT, "requirements.lock")
LOG = os.path.join(VENV, "set-up.log")
PIP = [PYTHON, "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]


def read(path: str) -> bytes:
    """The contents of a file, or nothing if it is not there."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def wanted() -> list[str]:
    """The two lines of the stamp of a finished .venv: for the locked packages, and for niche itself.

    The location counts because a virtual environment holds its own path and breaks when moved; the
    machine counts because two kinds of machine can share a home folder.
    """
    machine = f"{sys.version_info[:2]} {sys.platform} {os.uname().machine} {ROOT}"
    packages = hashlib.sha256(read(LOCK) + os.fsencode(machine))
    # Of pyproject.toml only what an install looks at: settings of ruff or pytest make nothing stale.
    project = hashlib.sha256()
    relevant = False
    for line in read(os.path.join(ROOT, "pyproject.toml")).splitlines():
        if line.startswith(b"["):
            relevant = line.startswith((b"[build-system", b"[project", b"[tool.hatch"))
        if relevant:
            project.update(line.strip() + b"\n")
    return [packages.hexdigest(), project.hexdigest()]


def found() -> list[str]:
    """The stamp that is there: two lines; one if niche itself is not installed yet; or none."""
    return read(STAMP).decode("ascii", "replace").split()


def ready(version: str = "") -> bool:
    """Whether the .venv that runs this file is up to date, and has the Python version asked for."""
    mine = "{}.{}".format(*sys.version_info[:2])
    return version in ("", mine) and found() == wanted()


def write_stamp(lines: list[str]) -> None:
    """Write the stamp in one step, so that it is never seen half written."""
    with open(STAMP + ".new", "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")
    os.replace(STAMP + ".new", STAMP)


def say(text: str) -> None:
    print("niche:", text, file=sys.stderr, flush=True)


def take_lock() -> int:
    """Wait until no other set-up of this .venv runs, then keep others waiting; return the lock.

    It is a lock on the folder itself, which the kernel takes away with the last process that holds it:
    a killed set-up leaves nothing to tidy up.
    """
    import fcntl

    lock = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("another set-up of .venv is under way; waiting for it to end")
        fcntl.flock(lock, fcntl.LOCK_EX)
    except OSError:
        pass  # some network file systems know no locks; then two set-ups at once are not guarded against
    return lock


def run(command: list[str], lock: int) -> None:
    """Run a command, its output to the log, and tell of progress now and then; exit if it fails."""
    import subprocess
    import time

    fetched, told = 0, time.monotonic()
    # The child holds the lock too: if this process alone is killed, the next set-up waits for the child.
    with (
        open(LOG, "a", encoding="utf-8") as log,
        subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            pass_fds=[lock],
        ) as child,
    ):
        assert child.stdout is not None
        for line in child.stdout:
            log.write(line)
            if line.startswith(("Collecting ", "Processing ")):
                fetched += 1
                if time.monotonic() - told > 10:
                    told = time.monotonic()
                    say(f"  {fetched} packages fetched")
            elif line.startswith("Installing collected packages") and fetched > 1:
                say(f"  all {fetched} packages fetched; unpacking and compiling them")
    if child.returncode:
        lines = read(LOG).decode("utf-8", "replace").splitlines()
        errors = [line for line in lines if line.lstrip().upper().startswith("ERROR")]
        say("the set-up of .venv failed:")
        for line in (errors or lines)[-6:]:
            print("  " + line.strip(), file=sys.stderr)
        say("The whole output is in .venv/set-up.log. Start again to try again. Packages are fetched with")
        say("pip, so pip's own settings for a proxy or a mirror hold. Where a package has no wheel for")
        say("this machine, use conda: environment.yml.")
        sys.exit(1)


def relative_paths(packages: str) -> None:
    """Let the .pth file of niche name this folder from where it stands, which is plain ASCII.

    Python reads such a file in the encoding of the locale, so with LC_ALL=C an umlaut in a path of it is fatal.
    """
    for name in os.listdir(packages):
        path = os.path.join(packages, name)
        if name.endswith(".pth") and read(path).strip() == os.fsencode(ROOT):
            with open(path + ".new", "w", encoding="ascii") as file:
                file.write(os.path.relpath(ROOT, packages) + "\n")
            os.replace(path + ".new", path)


def make() -> None:
    """Bring .venv up to date. The stamp is written last, so a .venv killed half-way is made anew."""
    import shutil
    import time

    lock = take_lock()
    began = time.monotonic()
    packages, project = wanted()
    stamp = found()
    if stamp == [packages, project] and shutil.which(PYTHON):
        return  # the set-up that this one waited for has done it
    # The stamp alone is not enough: the Python that .venv was made from may have been removed since.
    if stamp[:1] != [packages] or not shutil.which(PYTHON):
        say("making .venv with Python {}.{}.{} (1.4 GB, about two minutes)".format(*sys.version_info[:3]))
        if os.path.lexists(STAMP):
            os.unlink(STAMP)  # before anything else: from here on this .venv is half made
        if os.path.islink(VENV):
            os.unlink(VENV)
        elif os.path.lexists(VENV):
            shutil.rmtree(VENV)
        os.mkdir(VENV)
        # By the base Python, because this one may be that of the .venv just removed.
        run([getattr(sys, "_base_executable", "") or sys.executable, "-m", "venv", VENV], lock)
        say("fetching the packages of requirements.lock, each checked against its hash")
        # Wheels only: to build from source would fetch build tools that no hash vouches for.
        run([*PIP, "--only-binary", ":all:", "--compile", "--require-hashes", "-r", LOCK], lock)
    write_stamp([packages])
    say("installing niche itself")
    run([*PIP, "--no-deps", "--no-build-isolation", "--editable", "."], lock)
    relative_paths(os.path.join(VENV, "lib", "python{}.{}".format(*sys.version_info[:2]), "site-packages"))
    write_stamp([packages, project])
    say(f".venv is ready ({time.monotonic() - began:.0f} s)")


if __name__ == "__main__":
    if sys.argv[1] == "ready":
        sys.exit(not ready(*sys.argv[2:]))
    try:
        make()
    except KeyboardInterrupt:
        say("stopped; the next start begins the set-up anew")
        sys.exit(130)
