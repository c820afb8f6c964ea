# Sourced by ./reproduce and ./check, with root set to the folder of the repository: makes .venv there
# from requirements.lock if it is missing or out of date. Written for bash 3.2, which macOS has.
# shellcheck shell=bash disable=SC2154

# These would shadow the locked packages, or send what pip installs elsewhere than to .venv.
unset PYTHONPATH PYTHONHOME PIP_USER PIP_TARGET PIP_PREFIX PIP_ROOT
# The kernel of this environment comes before one of the same name in the home folder.
export JUPYTER_PREFER_ENV_PATH=1

fail() {
  printf 'niche: %s\n' "$@" >&2
  exit 1
}

# Print the version of a Python, such as 3.12; nothing if it does not run, as a shim of pyenv may not.
version_of() {
  "$1" -I -c 'import sys; print("%d.%d" % sys.version_info[:2])' </dev/null 2>/dev/null || true
}

is_supported() {
  case "$1" in
    3.11 | 3.12 | 3.13) return 0 ;;
    *) return 1 ;;
  esac
}

# Set python to the first Python that can make the environment, or say what is needed and stop.
find_python() {
  local candidate version bare=
  if [ -n "${PYTHON:-}" ]; then
    set -- "$PYTHON"
  else
    set -- python3.13 python3.12 python3.11 python3
  fi
  for candidate in "$@"; do
    version=$(version_of "$candidate")
    is_supported "$version" || continue
    python=$candidate
    if "$python" -I -c 'import ensurepip, venv' </dev/null >/dev/null 2>&1; then return 0; fi
    bare=${bare:-$version}
  done
  if [ -n "$bare" ]; then
    fail "the Python $bare found cannot make environments: its modules venv and ensurepip are missing." \
      "On Debian and Ubuntu: sudo apt install python$bare-venv" \
      "Elsewhere: a complete Python, for example from python.org, Homebrew, Fedora's dnf or uv." \
      "Or name another Python: PYTHON=/path/to/python3 $0"
  fi
  no_python
}

no_python() {
  local first='Python 3.11, 3.12 or 3.13 is needed and none was found.'
  if [ -n "${PYTHON:-}" ]; then
    first="Python 3.11, 3.12 or 3.13 is needed; PYTHON=$PYTHON is $(describe "$PYTHON")."
  fi
  fail "$first" \
    "On Debian and Ubuntu: sudo apt install python3 python3-venv" \
    "On macOS: brew install python@3.13. Elsewhere: python.org, or the system's own packages." \
    "A Python that is not on the PATH can be named: PYTHON=/path/to/python3 $0"
}

describe() {
  local version
  version=$(version_of "$1")
  if [ -n "$version" ]; then echo "Python $version"; else echo "not a Python that runs"; fi
}

# Quick when all is well (one start of Python), because it comes before each command.
ensure_environment() {
  local want=
  if [ -n "${PYTHON:-}" ]; then
    want=$(version_of "$PYTHON")
    want=${want:-none} # which no environment has: find_python then tells what is wrong
  fi
  # -S -I: nothing of .venv is imported, so it can also be asked when it is half made.
  if "$root/.venv/bin/python" -S -I "$root/scripts/environment.py" ready ${want:+"$want"} 2>/dev/null; then
    return 0
  fi
  find_python
  "$python" -I "$root/scripts/environment.py" make
}
