"""The core runs with its declared dependencies alone, and `import niche` is light."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The dependencies of pyproject.toml, under their import names, and what these need in turn.
CORE = {"numpy", "scipy", "numba", "xarray", "yaml", "msgspec", "lazy_loader", "platformdirs", "h5netcdf", "h5py"}
THEIRS = {"llvmlite", "pandas", "packaging", "dateutil", "pytz", "tzdata", "six", "_yaml"}
HEAVY = ("xarray", "pandas", "scipy.optimize", "scipy.stats", "matplotlib", "seaborn", "numba")
HEAVY += ("emcee", "arviz_stats", "statsmodels", "tqdm", "h5py", "h5netcdf")


def run(code, folder):
    """Run code in a fresh interpreter, in another folder, as a user's script would."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


ONLY_CORE = f"""
    import sys
    from importlib.machinery import PathFinder

    class Only(PathFinder):
        @classmethod
        def find_spec(cls, name, path=None, target=None):
            top = name.partition(".")[0]
            found = super().find_spec(name, path, target)
            installed = found is not None and "site-packages" in str(found.origin or found.submodule_search_locations)
            return None if installed and top not in {sorted(CORE | THEIRS)!r} else found

    sys.path.insert(0, {str(ROOT)!r})
    built_in = ("BuiltinImporter", "FrozenImporter")
    sys.meta_path = [f for f in sys.meta_path if getattr(f, "__name__", "") in built_in] + [Only]
    for name in [n for n in sys.modules if n.partition(".")[0] not in sys.stdlib_module_names and n != "__main__"]:
        del sys.modules[name]
    """


def test_the_hook_hides_what_is_not_core(tmp_path):
    for name in ("matplotlib", "pytest", "emcee"):
        assert "ModuleNotFoundError" in run(ONLY_CORE + f"\n    import {name}", tmp_path).stderr


def test_hosts_are_made_and_simulated_with_the_core_alone(tmp_path):
    code = """
    import niche
    hosts = niche.hosts("mouse", tumour="MDA-231-luc", draws=2)
    protocol = niche.Protocol(days=7).seed().infuse("isoprenaline", "5 mg/kg/day").dose("OPG-Fc", "3 mg/kg", every=3)
    treated = niche.simulate(hosts, protocol)
    assert (treated.status == "ok").all()
    assert (niche.simulate(hosts, protocol, method="stiff").status == "ok").all()
    assert (niche.effect(treated, niche.simulate(hosts, niche.Protocol(days=7)), "Oc.N/BS") > 0).all()
    print(niche.claim("02").answers.id == niche.claim_ids()[1])
    """
    found = run(ONLY_CORE + code, tmp_path)
    assert found.returncode == 0, found.stderr
    assert found.stdout.strip() == "True"


def test_import_niche_alone_is_light(tmp_path):
    code = f"""
    import sys
    sys.path.insert(0, {str(ROOT)!r})
    import niche
    print(sorted(name for name in {HEAVY!r} if name in sys.modules))
    print(niche.__file__)
    """
    found = run(code, tmp_path)
    assert found.returncode == 0, found.stderr
    heavy, file = found.stdout.splitlines()
    assert heavy == "[]"
    assert Path(file).is_relative_to(ROOT)


def test_import_niche_writes_and_computes_nothing(tmp_path):
    """No file beside the caller, no kernel compiled, no global seed."""
    code = f"""
    import sys, os
    sys.path.insert(0, {str(ROOT)!r})
    os.environ["NICHE_CACHE"] = "cache"
    import numpy as np
    before = np.random.get_state()[1].copy()
    import niche
    assert (np.random.get_state()[1] == before).all()
    print(os.listdir())
    """
    found = run(code, tmp_path)
    assert found.returncode == 0, found.stderr
    assert found.stdout.strip() == "[]"
