"""The layers of params/: what is shipped is complete, and a mistake in any file is named, never skipped."""

import shutil

import pytest
import yaml

from niche.errors import NicheError
from niche.model.state import DERIVED, Inputs, Parameters
from niche.params.layers import SLOTS, UNITS, read_registry
from niche.params.records import read_yaml, root

DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
FOLDERS = ("model", "systems", "lines", "drugs", "conditions", "coupling")
RATE = {"value": 1, "unit": "1/day", "kind": "assumed", "range": [0, 1.5], "source": "here"}


@pytest.fixture
def params(tmp_path):
    """A copy of params/ to break."""
    for folder in FOLDERS:
        shutil.copytree(root() / folder, tmp_path / folder)
    return tmp_path


def change(params, file, edit):
    path = params / file
    content = read_yaml(path) if path.exists() else {}
    edit(content)
    path.write_text(yaml.dump(content, Dumper=DUMPER, sort_keys=False), encoding="utf-8")


def refused(params, *said):
    with pytest.raises(NicheError) as error:
        read_registry(params)
    for words in said:
        assert words in str(error.value)


def test_a_copy_reads_as_the_original(params):
    assert read_registry(params).entries() == read_registry().entries()


def test_what_is_shipped_is_complete():
    registry = read_registry()
    assert set(registry.model) == set(UNITS) == set(Parameters._fields) - set(DERIVED)
    assert {"human", "mouse", "rat"} <= set(registry.systems)
    assert {drug.slot for drug in registry.drugs.values()} == set(SLOTS)
    for drug in registry.drugs.values():
        assert set(drug.systems) <= set(registry.systems)
        assert drug.max_dose
    for condition in registry.conditions.values():
        assert set(condition.inputs) <= set(Inputs._fields)
    for name, entry in registry.model.items():
        assert entry.unit == UNITS[name]


def test_every_number_has_one_key_in_the_posterior():
    registry = read_registry()
    blocks = [registry.model, *(s.parameters for s in registry.systems.values() if s.name != "rat")]
    blocks += [strain.parameters for s in registry.systems.values() for strain in s.strains.values()]
    blocks += [x.parameters for x in registry.lines.values()] + [x.inputs for x in registry.conditions.values()]
    blocks += [x for drug in registry.drugs.values() for x in (drug.dosing, drug.parameters)]
    blocks += list(registry.couplings.values())
    paced = sum(s.pace is not None for s in registry.systems.values())
    assert (
        len(registry.entries()) == sum(map(len, blocks)) + paced
    )  # the rat's own entries are the mouse's, and its pace


def test_the_rat_is_the_mouse_under_the_mouse_s_keys():
    registry = read_registry()
    assert registry.systems["rat"].parameters == registry.systems["mouse"].parameters
    assert all(entry.key.startswith("mouse:") for entry in registry.systems["rat"].parameters.values())


@pytest.mark.parametrize(
    ("table", "name", "near"),
    [
        ("systems", "mose", "mouse"),
        ("lines", "MDA-231-lcu", "MDA-231-luc"),
        ("drugs", "zoledronic", "zoledronate"),
        ("conditions", "sympathectomie", "sympathectomy"),
    ],
)
def test_an_unknown_name_gets_the_nearest(table, name, near):
    with pytest.raises(NicheError, match=f"did you mean '{near}'"):
        read_registry().get(table, name)


@pytest.mark.parametrize("name", [None, 1, True, ["mouse"], {"mouse": 1}])
def test_a_name_that_is_no_text_is_unknown(name):
    with pytest.raises(NicheError, match="unknown system"):
        read_registry().get("systems", name)


UNKNOWN_KEYS = {
    "model": ("model/tumour.yaml", [], "model/tumour.yaml"),
    "system": ("systems/mouse.yaml", [], "systems/mouse.yaml"),
    "rescale": ("systems/rat.yaml", ["rescale"], "systems/rat.yaml, rescale"),
    "lines": ("lines/lung.yaml", [], "lines/lung.yaml"),
    "line": ("lines/lung.yaml", ["lines", "NSCLC-luc"], "lines/lung.yaml, lines, NSCLC-luc"),
    "drugs": ("drugs/beta.yaml", [], "drugs/beta.yaml"),
    "drug": ("drugs/beta.yaml", ["drugs", "propranolol"], "drugs/beta.yaml, drugs, propranolol"),
    "conditions": ("conditions/diets.yaml", [], "conditions/diets.yaml"),
    "condition": (
        "conditions/diets.yaml",
        ["conditions", "low calcium"],
        "conditions/diets.yaml, conditions, low calcium",
    ),
}


@pytest.mark.parametrize("place", UNKNOWN_KEYS)
def test_an_unknown_key_is_refused_at_every_depth(params, place):
    """A misspelt `inherits`, `rescale` or `max_dose` would otherwise change the numbers without a word."""
    file, path, where = UNKNOWN_KEYS[place]

    def edit(content):
        for key in path:
            content = content[key]
        content["notez"] = "x"

    change(params, file, edit)
    refused(params, where, "unknown key 'notez'")


@pytest.mark.parametrize(("wrong", "right"), [("inherit", "inherits"), ("rescales", "rescale"), ("strain", "strains")])
def test_a_misspelt_key_of_a_system_gets_the_nearest(params, wrong, right):
    change(params, "systems/rat.yaml", lambda c: c.update({wrong: c.pop(right)}))
    refused(params, "systems/rat.yaml", f"unknown key '{wrong}'; did you mean '{right}'")


PLACES = {
    "model": ("model/tumour.yaml", ["parameters"], "model/tumour.yaml, parameters, {}", "growth"),
    "system": ("systems/mouse.yaml", ["parameters"], "systems/mouse.yaml, parameters, {}", "time_scale"),
    "body mass": ("systems/human.yaml", [], "systems/human.yaml, {}", "body_mass"),
    "pace": ("systems/rat.yaml", ["rescale"], "systems/rat.yaml, rescale, {}", "pace"),
    "line": (
        "lines/lung.yaml",
        ["lines", "NSCLC-luc", "parameters"],
        "lines/lung.yaml, lines, NSCLC-luc, parameters, {}",
        "growth",
    ),
    "dosing": ("drugs/traps.yaml", ["drugs", "1D11", "dosing"], "drugs/traps.yaml, drugs, 1D11, dosing, {}", "volume"),
    "drug": (
        "drugs/traps.yaml",
        ["drugs", "1D11", "parameters"],
        "drugs/traps.yaml, drugs, 1D11, parameters, {}",
        "tgfb_trap_Kd",
    ),
    "condition": (
        "conditions/lesions.yaml",
        ["conditions", "6-OHDA", "inputs"],
        "conditions/lesions.yaml, conditions, 6-OHDA, inputs, {}",
        "sympathetic",
    ),
}


def edit_entry(params, place, edit):
    file, path, where, name = PLACES[place]

    def inside(content):
        for key in path:
            content = content[key]
        edit(content, name)

    change(params, file, inside)
    return where.format(name)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"unit": "mol"}, "expected something like"),
        ({"unit": None}, ", unit: expected text that is not empty, got nothing"),
        ({"kind": "guess"}, "unknown kind 'guess'"),
        ({"value": "2"}, ", value: expected a finite number, got '2'; write it without quotes"),
        ({"range": [1e9, 2e9]}, "excludes the value"),
        ({"nte": "x"}, "unknown key 'nte'; did you mean 'note'"),
        (
            {"prior": "normal"},
            ", prior: expected normal(mean, sd), lognormal(median, sd of log), uniform(low, high) or halfnormal(sd)",
        ),
    ],
)
def test_a_bad_entry_is_named_by_file_and_key_in_every_layer(params, place, changes, said):
    refused(params, edit_entry(params, place, lambda block, name: block[name].update(changes)), said)


@pytest.mark.parametrize("place", [p for p in PLACES if p not in ("body mass", "pace")])
def test_an_unknown_parameter_is_refused_in_every_layer(params, place):
    where = edit_entry(params, place, lambda block, name: block.update({name + "x": block.pop(name)}))
    refused(params, where.rpartition(", ")[0], "unknown parameter", f"did you mean '{PLACES[place][3]}'")


@pytest.mark.parametrize("place", ["body mass", "pace"])
def test_a_missing_body_mass_or_pace_is_named(params, place):
    refused(params, edit_entry(params, place, lambda block, name: block.pop(name)).split(",")[0])


def test_a_file_without_source_needs_one_per_entry(params):
    change(params, "lines/lung.yaml", lambda c: c.pop("source"))
    refused(params, "lines/lung.yaml, lines, NSCLC-luc, parameters, ", "needs a source")


def test_the_same_number_in_two_files_is_refused(params):
    change(params, "model/zz.yaml", lambda c: c.update(source="x", parameters={"growth": RATE}))
    refused(params, "model/zz.yaml", "growth", "another file")


def test_a_number_that_no_file_gives_is_named(params):
    change(params, "model/tumour.yaml", lambda c: c["parameters"].pop("growth"))
    refused(params, "gives no value for growth")


@pytest.mark.parametrize(
    ("folder", "file", "name"),
    [("lines", "breast", "MDA-231-luc"), ("drugs", "beta", "propranolol"), ("conditions", "diets", "low calcium")],
)
def test_a_name_in_two_files_is_refused(params, folder, file, name):
    original = read_yaml(params / folder / f"{file}.yaml")
    change(params, f"{folder}/zz.yaml", lambda c: c.update(source="x", **{folder: {name: original[folder][name]}}))
    refused(params, f"{folder}/zz.yaml", name, "another file")


@pytest.mark.parametrize("name", ["mouse", "propranolol", "model", "low calcium"])
def test_a_name_means_one_thing_in_all_of_params(params, name):
    """Keys of the posterior are "layer:name": a line named as a drug would take its draws."""
    change(params, "lines/zz.yaml", lambda c: c.update(source="x", lines={name: {"parameters": {"growth": RATE}}}))
    refused(params, f"{name} names two things")


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda c: c.update(inherits="moose"), "unknown system 'moose'; did you mean 'mouse'"),
        (lambda c: c.update(inherits=["mouse"]), "inherits: expected text that is not empty, got ['mouse']"),
        (lambda c: c.update(strains={}), "strains: expected a mapping of strains, of which the first is taken"),
        (lambda c: c.update(strains="Wistar"), "strains: expected a mapping of strains"),
        (lambda c: c.update(rescale=0.5), "rescale: expected a mapping with pace, applies_to, got 0.5"),
        (
            lambda c: c["rescale"].update(applies_to="turnover"),
            "applies_to: expected a list of parameters, got 'turnover'",
        ),
        (lambda c: c["rescale"].update(applies_to=[]), "applies_to: expected a list of parameters, got []"),
        (lambda c: c["rescale"].update(applies_to=["turnovr"]), "unknown parameter 'turnovr'; did you mean 'turnover'"),
        (lambda c: c.pop("parameters"), "lacks 'parameters'"),
    ],
)
def test_a_bad_system_is_named(params, edit, said):
    change(params, "systems/rat.yaml", edit)
    refused(params, "systems/rat.yaml", said)


@pytest.mark.parametrize("parent", ["rat", "guinea pig"])
def test_a_system_inherits_from_one_that_stands_alone(params, parent):
    """The rat's numbers without its pace, or an heir's without its parent's, would be neither's."""
    shutil.copy(params / "systems/rat.yaml", params / "systems/guinea pig.yaml")
    change(params, "systems/guinea pig.yaml", lambda c: c.update(inherits=parent))
    refused(params, "systems/guinea pig.yaml", "stands alone")


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda d: d.update(slot="rankl-trap"), "unknown slot 'rankl-trap'; did you mean 'rankl_trap'"),
        (lambda d: d.pop("slot"), "lacks 'slot': one of rankl_trap"),
        (lambda d: d.pop("dosing"), "lacks 'dosing'"),
        (lambda d: d["dosing"].pop("volume"), "dosing: lacks volume"),
        (lambda d: d["parameters"].pop("rankl_trap_ke"), "parameters: lacks rankl_trap_ke"),
        (lambda d: d["parameters"].update(growth=RATE), "unknown parameter 'growth'"),  # a drug acts through its slot
        (lambda d: d.update(max_dose="3 mg/kg/day"), "max_dose: unit 'mg/kg/day'"),
        (lambda d: d.update(max_dose=3), "max_dose: expected text, got 3"),
        (lambda d: d.update(systems="human"), "systems: expected a list of systems, got 'human'"),
        (lambda d: d.pop("systems"), "lacks 'systems': a list of systems"),
        (lambda d: d.update(systems=["hman"]), "unknown system 'hman'; did you mean 'human'"),
    ],
)
def test_a_bad_drug_is_named(params, edit, said):
    change(params, "drugs/traps.yaml", lambda c: edit(c["drugs"]["denosumab"]))
    refused(params, "drugs/traps.yaml, drugs, denosumab", said)


def test_a_beta_drug_needs_its_doses_and_an_agonist_its_efficacy(params):
    change(params, "drugs/beta.yaml", lambda c: c["drugs"]["isoprenaline"]["dosing"].pop("efficacy"))
    refused(params, "drugs/beta.yaml, drugs, isoprenaline, dosing: lacks efficacy")


@pytest.mark.parametrize("kind", [None, "lesion", "diets"])
def test_a_condition_without_a_known_kind_is_refused(params, kind):
    """It could never be asked for."""
    change(params, "conditions/diets.yaml", lambda c: c["conditions"]["low calcium"].update(kind=kind))
    refused(params, "conditions/diets.yaml, conditions, low calcium, kind", "unknown kind")


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_missing_folder_is_named(params, folder):
    shutil.rmtree(params / folder)
    refused(params, folder, "holds no YAML files")


@pytest.mark.parametrize(("file", "name"), [("lines/lung.yaml", "lines"), ("drugs/beta.yaml", "drugs")])
@pytest.mark.parametrize("content", [None, [], "text", 3])
def test_an_entry_that_is_no_mapping_is_refused(params, file, name, content):
    change(params, file, lambda c: c[name].update({"odd": content}))
    refused(params, f"{file}, {name}, odd", "expected a mapping")
