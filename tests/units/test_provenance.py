"""What a stored result depends on: each link of the chain from a dose to a density is seen, and words are not."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

import niche
from niche.atoms.build import atoms_of
from niche.errors import NicheError
from niche.evidence.plans import plans, read_experiments
from niche.evidence.rows import read_evidence
from niche.inference import depends
from niche.inference.depends import NOT_FITTED, changed_parts, numbers_again, numbers_of
from niche.inference.fitting import CHAIN, DENSITY
from niche.inference.joint import JointObjective
from niche.params.layers import read_registry
from niche.provenance import GONE, Sources, Tables, code_digest, installed, reached_code, reached_text, source_digest

ROOT = Path(niche.__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def code(tmp_path_factory):
    """A copy of the code; a test puts back what it changed."""
    place = tmp_path_factory.mktemp("code")
    for package in ("niche", "compendium"):
        shutil.copytree(ROOT / package, place / package, ignore=shutil.ignore_patterns("__pycache__", "_params"))
    return place


def place_of(code: Path, file: str, old: str) -> Path:
    """A file that says something; if it was moved, the one of the same room that says it now."""
    for place in (code / file, *sorted((code / file).parent.glob("*.py"))):
        if place.is_file() and old in place.read_text(encoding="utf-8"):
            return place
    raise AssertionError(f"nothing beside {file} says {old!r} any more: change the test")


def name_of(code: Path, place: Path) -> str:
    return ".".join(place.relative_to(code).with_suffix("").parts)


def changed(code: Path, file: str, old: str, new: str, *starts: str) -> set[str]:
    """The modules that count as changed for `starts` when a piece of a file is another."""
    place = place_of(code, file, old)
    before = place.read_text(encoding="utf-8")
    place.write_text(before.replace(old, new, 1), encoding="utf-8")
    try:
        now = reached_code(*starts, sources=Sources(code), without=NOT_FITTED)
    finally:
        place.write_text(before, encoding="utf-8")
    then = reached_code(*starts, without=NOT_FITTED)
    return {name for name in {*now, *then} if now.get(name) != then.get(name)}


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("niche/experiment/schedule.py", "* 1e6", "* 1e3"),  # the dose conversion
        ("niche/model/resting.py", "cgrp_0=peptide(p.CGRP, p.EC50_CGRP, 0.0)", "cgrp_0=peptide(p.CGRP, p.SP, 0.0)"),
        ("niche/evidence/read_out.py", "** (2 / 3)", "** (1 / 3)"),  # the lesion exponent
        ("niche/experiment/solution.py", "1e-9", "1e-3"),  # a tolerance
        ("niche/experiment/hosts.py", "values[name] * draw(species.pace", "values[name] / draw(species.pace"),
        ("niche/model/nerves.py", "return ", "return 0 * "),
        ("niche/model/observables.py", "return ", "return 0 * "),
        ("niche/model/niche.py", "return ", "return 0 * "),
        ("niche/inference/terms.py", "FREEDOM = ", "FREEDOM = 2 * "),
        ("niche/params/records.py", 'shape == "uniform"', 'shape == "normal"'),
        ("niche/params/posterior.py", "1e-5 * np.abs", "1e-1 * np.abs"),
        ("niche/units.py", "return ", "return 2 * "),
        ("niche/kinetics/profiles.py", "return ", "return 2 * "),
        ("niche/solver/integrator.py", "0.9", "0.8"),
        ("niche/solver/tableau.py", "1 / 5", "1 / 6"),
        ("niche/solver/lanes.py", "return ", "return 2 * "),
    ],
)
def test_a_link_between_dose_and_density_that_changes_makes_the_posterior_stale(code, file, old, new):
    assert name_of(code, place_of(code, file, old)) in changed(code, file, old, new, *DENSITY)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("niche/experiment/schedule.py", '"""', '"""Said otherwise. '),  # a docstring
        ("niche/model/nerves.py", "\n\n\n", "\n\n\n# a comment\n"),
        ("niche/experiment/solution.py", "import numpy as np\n", "import numpy as np\n\n"),
        ("compendium/run/screen.py", "_EVERY = 0.5", "_EVERY = 0.7"),  # the progress bar
        ("compendium/figures/timecourse.py", "return ", "return 2 * "),
        ("niche/trials/hazards.py", "return ", "return 2 * "),
        ("niche/answering/words.py", "return ", "return not "),
        ("niche/inference/sampler.py", "return ", "return 2 * "),
        ("niche/units.py", "from niche.errors", "UNUSED = 1\nfrom niche.errors"),  # a definition that nobody uses
    ],
)
def test_what_no_density_depends_on_leaves_the_posterior_current(code, file, old, new):
    assert changed(code, file, old, new, *DENSITY) == set()


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("niche/inference/sampler.py", "return ", "return 2 * "),
        ("niche/inference/slopes.py", "return ", "return 2 * "),
        ("niche/inference/ascent.py", "return ", "return 2 * "),
        ("niche/solver/adjoint.py", "return ", "return 2 * "),
        ("niche/solver/reverse.py", "return ", "return 2 * "),
        ("niche/solver/straight.py", "return ", "return 2 * "),
        ("niche/solver/lanes.py", "return ", "return 2 * "),
        ("niche/solver/integrator.py", "0.9", "0.8"),
        ("niche/solver/memory.py", "1e-", "2e-"),
    ],
)
def test_a_chain_depends_on_climb_sampler_slopes_and_adjoint_besides(code, file, old, new):
    assert name_of(code, place_of(code, file, old)) in changed(code, file, old, new, *CHAIN)


def test_whatever_runs_between_a_score_and_a_density_is_reached():
    """The other way round: a density is reckoned, and every module that ran is among those that were read."""
    ran = set[str]()

    def note(frame, event, given):
        if event == "call" and (name := frame.f_globals.get("__name__", "")).startswith("niche."):
            ran.add(name)

    plans()  # imports whoever plans rows
    for table in (read_registry, read_experiments, read_evidence, plans):
        table.cache_clear()
    sys.setprofile(note)
    try:
        objective = JointObjective(atoms_of("kondo-2011-isoprenaline"))
        objective.slopes()(np.zeros((1, len(objective.names))))
    finally:
        sys.setprofile(None)
    apart = ("niche.inference", "niche.provenance", "niche.trials")
    known = reached_code(*DENSITY, without=NOT_FITTED)
    assert {"niche.experiment.schedule", "niche.model.resting", "niche.params.layers"} <= ran
    assert {name for name in ran if not name.startswith(apart)} - set(known) == set()


def test_compiled_code_depends_on_what_it_imports(code):
    asked = ("niche.solver.lanes", "niche.solver.integrator", "niche.solver.tableau")
    assert changed(code, "niche/solver/tableau.py", "1 / 5", "1 / 6", *asked) == {"niche.solver.tableau"}
    assert changed(code, "niche/solver/tableau.py", '"""', '"""Said otherwise. ', *asked) == set()
    assert changed(code, "niche/solver/kernel.py", "return ", "return 2 * ", *asked) == set()


NOTEBOOK = """
import niche
from compendium import figures
hosts = niche.hosts("mouse", draws=draws)
arm = niche.simulate(hosts, niche.Protocol(days=2))
figure, data = figures.course({"arm": arm}, "BV/TV")
figures.save(figure, "crosstalk", "course", data, caption="c", alt="a")
niche.claim("crosstalk").told()
"""


def test_a_notebook_depends_on_what_its_cells_reach_and_not_on_who_runs_it():
    found = reached_text(NOTEBOOK)
    assert {"niche.experiment.schedule", "niche.answering.sentences", "compendium.figures.saving"} <= set(found)
    assert {"compendium.figures.draw_timecourse", "niche.answering.registry"} <= set(found)
    runs = {f"compendium.run.{name}" for name in ("screen", "job_runner", "worker", "reproduce", "publish")}
    assert not runs & set(found)
    assert not [name for name in found if name.startswith(("compendium.cli", "compendium.site", "compendium.review"))]
    assert "compendium.claims.synergy" not in found
    assert "compendium.claims.synergy" in reached_text("from compendium.claims import synergy\nsynergy.bliss(1, 2)")
    assert reached_text("x = 1") == {}


PACKAGE = {
    "__init__": "import lazy_loader\n__getattr__, _, _ = lazy_loader.attach_stub(__name__, __file__)\n",
    "a": "from niche import b\nfrom niche.c import two as other\n\n\ndef f():\n    return b.one() + other()\n\n\n"
    "def g():\n    import niche.d\n\n    return niche.d.three()\n\n\ndef h():\n    return run('niche.e')\n",
    "b": '"""One."""\nK = 1\n\n\ndef one():\n    """A word."""\n    return K\n\n\ndef unused():\n    return 5\n',
    "c": "@register\ndef two():\n    return 2\n",
    "d": "from niche.b import K\n\n\ndef three():\n    return K\n\n\nclass Whole:\n    size = 1\n",
    "e": "import sys\nsys.setrecursionlimit(10)\nfrom niche.d import Whole\n",
}


@pytest.fixture
def package(tmp_path):
    (tmp_path / "niche").mkdir()
    for name, text in PACKAGE.items():
        (tmp_path / f"niche/{name}.py").write_text(text)
    (tmp_path / "niche/__init__.pyi").write_text("from .a import f as f\nfrom .d import Whole as Whole\n")
    return tmp_path


def test_only_what_a_definition_uses_is_reached(package):
    def reached(start):
        return set(reached_code(start, sources=Sources(package)))

    assert reached("niche.a:f") == {"niche", "niche.a", "niche.b", "niche.c"} - {"niche"}
    assert reached("niche.a:g") == {"niche.a", "niche.b", "niche.d"}
    assert reached("niche.a:h") == {"niche.a", "niche.d", "niche.e"}  # a module that is named in a text
    assert set(reached_text("import niche\nniche.f()", sources=Sources(package))) == {"niche.a", "niche.b", "niche.c"}
    assert set(reached_text("import niche\nniche.Whole", sources=Sources(package))) == {"niche.d"}
    with pytest.raises(ValueError, match=r"there is no niche\.a:nothing"):
        reached_code("niche.a:nothing", sources=Sources(package))


@pytest.mark.parametrize(
    ("name", "text", "same"),
    [
        ("b", PACKAGE["b"].replace("K = 1", "K = 2"), False),
        ("b", PACKAGE["b"].replace("A word.", "Another word."), True),
        ("b", PACKAGE["b"].replace("return 5", "return 6"), True),
        ("b", PACKAGE["b"].replace("K = 1", "K = 1  # a comment\n"), True),
        ("c", PACKAGE["c"].replace("register", "other"), False),
        ("c", PACKAGE["c"] + "print(two())\n", False),  # what is done on import
        ("d", PACKAGE["d"].replace("return K", "return 2 * K"), True),
    ],
)
def test_a_change_counts_where_it_is_reached(package, name, text, same):
    before = code_digest("niche.a:f", sources=Sources(package))
    (package / f"niche/{name}.py").write_text(text)
    assert (code_digest("niche.a:f", sources=Sources(package)) == before) is same


def test_layout_and_the_version_of_python_are_no_part_of_code():
    """`ast.unparse` sets quotes in another way from Python 3.12 on; the tree is the same."""
    assert source_digest("f(a,\n  b=1)") == source_digest("f(a, b=1)") != source_digest("f(a, b=2)")
    assert source_digest("x = f'{a!r:>{n}} it'") == source_digest('x = f"{a!r:>{n}} it"')
    assert source_digest("def f():\n    'x'\n    return 1") == source_digest("def f():\n    return 1")
    assert source_digest("def f():\n    return 'x'") != source_digest("def f():\n    return 'y'")
    assert source_digest("x = 1.0") != source_digest("x = 1")


def test_every_module_can_be_read():
    sources = installed()
    assert len(sources.names) > 200
    assert all(sources.module(name) is not None for name in sources.names)


def test_every_name_that_is_imported_is_found():
    """What is not found would be left out of a hash without a word."""
    sources, lost = installed(), []
    for module in map(sources.module, sources.names):
        units = [unit for units in module.units.values() for unit in units]
        bound = [*module.bound.values(), *(target for unit in units for target in unit.bound.values())]
        for place, name in bound:
            home = sources.module(place)
            known = home is not None and (not name or name in home.units or name in home.bound)
            if not known and sources.module(f"{place}.{name}") is None and not name.startswith("__"):
                lost.append(f"{module.name}: {place}.{name}")
    assert lost == []


# Numbers


@pytest.fixture
def params(tmp_path, monkeypatch):
    place = tmp_path / "params"
    shutil.copytree(ROOT / "params", place, ignore=shutil.ignore_patterns("posterior", "sensitivity"))
    monkeypatch.setattr(depends, "root", lambda: place)
    depends._tables.cache_clear()
    yield place
    depends._tables.cache_clear()


LAYERS = {"model", "mouse", "human", "MDA-231-luc", "isoprenaline"}


def parts():
    """What the rows that were once chosen to be fitted use."""
    depends._tables.cache_clear()
    rows = [r for r, plan in read_experiments().items() if read_evidence()[r].role == "calibrate" and not plan.cannot]
    return {"code": {}, "numbers": numbers_of(rows, LAYERS)}


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("model/nerves.yaml", 'prior: "lognormal(', 'prior: "lognormal(2', "params/model: "),
        ("evidence/preclinical.csv", ",fold_change,2.4,", ",fold_change,2.5,", "params/evidence: SB02"),
        ("lines/breast.yaml", "value: 0.41,", "value: 0.42,", "params/lines: MDA-231-luc"),
        ("lines/breast.yaml", "# One entry", "# An entry", ""),
        ("lines/patients.yaml", "  lung cancer patient:", "  another patient:", ""),
        ("kinetics/cancer.yaml", "value: 149,", "value: 150,", ""),  # pembrolizumab: none of the rows has it
        ("drugs/beta.yaml", "about: ", "about: said otherwise, ", ""),
        ("claims.yaml", "title: ", "title: Another ", ""),
        ("trials/hazards.yaml", "0.1", "0.2", ""),
    ],
)
def test_a_number_counts_where_a_row_uses_it(params, file, old, new, said):
    before, place = parts(), params / file
    text = place.read_text(encoding="utf-8")
    assert old in text, f"{file} has no {old!r} any more: change the test"
    place.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = changed_parts(before, parts())
    assert all(name.startswith(said) for name in found)
    assert bool(found) is bool(said)


def test_numbers_that_were_named_before_are_found_again(params):
    before = parts()["numbers"]
    assert numbers_again({**before, "the list of parameters": "0"}) == before
    place = params / "model/nerves.yaml"
    place.write_text(place.read_text(encoding="utf-8").replace('prior: "lognormal(', 'prior: "lognormal(2', 1))
    depends._tables.cache_clear()
    (name,) = [name for name, now in numbers_again(before).items() if now != before[name]]
    assert name.startswith("params/model: ")


def test_a_day_of_a_plan_counts(params):
    before = parts()
    text = (params / "experiments/bone.yaml").read_text(encoding="utf-8")
    (params / "experiments/bone.yaml").write_text(text.replace("day: 14", "day: 13"), encoding="utf-8")
    found = changed_parts(before, parts())
    assert found
    assert all(name.startswith("params/experiments: ") for name in found)


def test_an_entry_with_and_without_the_words_about_it(params):
    tables = Tables(params)
    whole, bare = (tables.entry("lines", "MDA-231-luc", words=words) for words in (True, False))
    place = params / "lines/breast.yaml"
    place.write_text(place.read_text(encoding="utf-8").replace('note: "', 'note: "And so on. '), encoding="utf-8")
    again = Tables(params)
    assert again.entry("lines", "MDA-231-luc", words=False) == bare
    assert {name for name in tables.table("lines") if again.entry("lines", name) != tables.entry("lines", name)}
    assert whole != bare
    assert tables.entry("lines", "nobody") == GONE
    place.write_text("lines: [", encoding="utf-8")
    with pytest.raises(NicheError, match="lines are not what they should be"):
        Tables(params).entry("lines", "*")
