"""Numbers that stand in two places say the same; where they do not, the difference is known and its reason stated.

No number is changed to make two places agree: what differs is listed in `KNOWN`, and a difference that is gone has to
leave the list.
"""

import re

import numpy as np
import pytest

import niche
from niche import units
from niche.evidence.plans import read_experiments
from niche.evidence.rows import evidence
from niche.kinetics import Sustained, read_drugs
from niche.kinetics.coupling import read_couplings
from niche.kinetics.regimens import regimen
from niche.lookups import plain
from niche.params.layers import read_registry
from niche.params.mechanisms import couplings
from niche.params.records import Parameter
from niche.trials.rows import read_trials

ROUND = "an observational cohort: round numbers that give about the published error (head of params/trials/rows.yaml)"
KNOWN = {
    "patients of CL012": "deaths were counted in 6142 patients, first events in 5723; one population stands for both",
    "patients of CL014": "5543 patients had uNTX at baseline; one population stands for all rows that were pooled",
    **{f"patients of {row}": ROUND for row in ("CL032", "CL036", "CL214", "CL038", "CL185", "CW01", "NZ01")},
    "follow-up of CL183": "the ratio is of the whole trial, 7 years; follow-up of 1 to 5 years was assumed",
    "kd_dose of salbutamol": "kinetics are of people by mouth; the dose is of rodents, assumed, 2.6 times as much",
    "kd_dose of clenbuterol": "kinetics are of people by mouth; the dose is from levels of rats, 2.7 times as much",
    "share of breast cancer patient": "2046 of 5723 are 0.3575, cut to 0.357",
    "share of lung cancer patient": "1776 of 5723 are 0.3103; 0.311 is what the two others, as cut, leave to 1",
    "kinetics of denosumab": "params/drugs has one compartment of an earlier paper, params/kinetics two of Choi 2025",
    "kinetics of OPG-Fc": "0.5 of mice was assumed, 0.067 is of women; only its product with affinity acts",
    "host of NCTC-2472": "a sarcoma of C3H mice in the BALB/c mice of one paper, which would reject it; T cells kept",
}
FOUND: set[str] = set()


def agree(what, same, said):
    """Two places agree, or differ as is known."""
    if not same:
        FOUND.add(what)
    assert same or what in KNOWN, (what, said)


def near(a, b, share=0.01):
    return abs(a - b) <= share * max(abs(a), abs(b))


REGISTRY, DRUGS = read_registry(), read_drugs()
TRIALS, ROWS = read_trials()
SIMULATED = [row for row in ROWS.values() if row.trial]


# --- trials against the rows that they are of

PRINTED = re.compile(r"(denosumab|zoledronic acid) (\d+) mg (?:SC |IV )?q(\d)(w|mo)\b")
GAP = {"w": 7.0, "mo": 365.25 / 12}


@pytest.mark.parametrize("row", SIMULATED, ids=lambda row: row.id)
def test_doses_of_a_trial_are_those_that_are_printed(row):
    arms = TRIALS[row.trial].arms
    given = {drug: regimen(text, 4000) for arm in row.of for drug, text, *_ in arms[arm][:1]}
    for drug, amount, number, unit in PRINTED.findall(evidence(row.id).intervention):
        name = "zoledronate" if drug == "zoledronic acid" else drug
        if name not in given:  # of the arm that is not read
            continue
        found = given[name].parts[0]
        assert units.quantity(str(found.amount), "mg") == float(amount)
        assert near(found.every, int(number) * GAP[unit])


def test_adjuvant_denosumab_is_given_as_printed():
    """120 mg every 3 to 4 weeks for 6 months, then every 3 months to 5 years."""
    assert "120 mg SC q3-4w 6 mo then q3mo to 5 y" in evidence("CL021").intervention
    trial = TRIALS["D-CARE"]
    first, then = (regimen(text) for _, text in trial.arms["denosumab, adjuvant"])
    start = trial.cohort.run_in
    assert [units.quantity(str(one.parts[0].amount), "mg") for one in (first, then)] == [120, 120]
    assert 21 <= first.parts[0].every <= 28
    assert near(first.times[-1] + first.parts[0].every, 182.6, 0.1)
    assert near(then.times[0] - start, first.times[-1] + GAP["mo"] * 3, 0.05)
    assert near(then.times[-1] + then.parts[0].every - start, 5 * 365.25, 0.05)


@pytest.mark.parametrize("row", SIMULATED, ids=lambda row: row.id)
def test_patients_of_a_trial_are_as_many_as_printed(row):
    """ "716 vs 716", or one number: of the arm of a share, of all arms of a ratio; "16 studies" is none."""
    text, patients = evidence(row.id).n, TRIALS[row.trial].design.patients
    arms = [patients[arm] for arm in row.of]
    if apart := re.match(r"(\d+) vs (\d+)", text):
        agree(f"patients of {row.id}", [int(apart[1]), int(apart[2])][: len(arms)] == arms, (text, arms))
    elif whole := re.match(r"(?:up to |about )?(\d{3,})\b", text):
        agree(f"patients of {row.id}", int(whole[1]) in (sum(arms), arms[0]), (text, arms))


@pytest.mark.parametrize("row", SIMULATED, ids=lambda row: row.id)
def test_follow_up_of_a_trial_holds_what_is_printed(row):
    printed = re.findall(r"(\d+(?:\.\d+)?)[ -]?(months|woman-years|mo|y)\b", evidence(row.id).time)
    least, most = (units.days(time) for time in TRIALS[row.trial].design.follow_up)
    days = [float(number) * (365.25 if "y" in unit else 365.25 / 12) for number, unit in printed]
    agree(f"follow-up of {row.id}", all(least * 0.99 <= day <= most * 1.01 for day in days), (printed, least, most))


def test_shares_of_the_pooled_trials_are_those_of_their_patients():
    pooled = TRIALS["pooled"].cohort.lines
    whole = int(re.match(r"\d+", evidence("CL001").n)[0])
    breast = sum(map(int, re.findall(r"\d+", evidence("CL004").n)))
    prostate = sum(map(int, re.findall(r"\d+", evidence("FZ01").n)))
    counts = {"breast cancer patient": breast, "prostate cancer patient": prostate}
    counts["lung cancer patient"] = whole - breast - prostate
    for line, count in counts.items():
        agree(f"share of {line}", round(count / whole, 3) == pooled[line], (count / whole, pooled[line]))


def test_women_after_menopause_are_as_many_as_printed():
    share = int(evidence("CL016").n) / int(evidence("CL015").n)
    for name in ("EBCTCG, all", "D-CARE"):
        assert round(share, 3) == TRIALS[name].cohort.share
    assert units.days("5 years") == pytest.approx(TRIALS["EBCTCG, postmenopausal"].cohort.run_in, abs=1)


# --- doses that are levels, against the kinetics that they came from


def dose_of_kd(drug, receptor):
    """Dose [mg/kg/day] whose mean unbound level is the affinity: Kd x molar mass x clearance / (F x unbound share)."""
    e = {name: entry.value for name, entry in drug.entries.items()}
    absorbed = drug.routes["po"]["bioavailability"].value
    mg_per_litre = drug.targets[receptor].value * 1e-9 * e["molar_mass"] * 1e6  # nM of kg/mol
    return mg_per_litre * e["clearance"] / (absorbed * e["unbound"]) / e["weight"]


@pytest.mark.parametrize("name", ["propranolol", "atenolol", "salbutamol", "clenbuterol"])
@pytest.mark.parametrize(("key", "receptor"), [("kd_dose_b1", "beta1"), ("kd_dose_b2", "beta2")])
def test_a_dose_that_holds_one_kd_follows_from_the_kinetics(name, key, receptor):
    drug, given = DRUGS[name], REGISTRY.drugs[name].dosing[key]
    expected = dose_of_kd(drug, receptor)
    agree(f"kd_dose of {name}", near(given.value, expected), (given.value, expected))
    low, high = (expected * end / drug.targets[receptor].value for end in drug.targets[receptor].range)
    assert low <= given.value <= high  # within what the affinity may be, even where species differ
    assert given.range[0] <= expected <= given.range[1]


HELD = {
    "isoprenaline": ("isoprenaline", {"beta1": "kd_dose_b1", "beta2": "kd_dose_b2"}),
    "clenbuterol in rats": ("clenbuterol", {"beta2": "kd_dose_b2"}),
    "salbutamol in rats": ("salbutamol", {"beta2": "kd_dose_b2"}),
}


@pytest.mark.parametrize("name", HELD)
def test_a_lasting_level_of_an_agonist_is_its_dose_over_that_of_one_kd(name):
    other, keys = HELD[name]
    for target, key in keys.items():
        level = DRUGS[name].held[target]
        dose = units.quantity(level.dose.removesuffix(" by pump"), "mg/kg/day")
        assert near(level.over_kd.value, dose / REGISTRY.drugs[other].dosing[key].value, 0.02)


TRAPS = {"anti-NGF (mouse)": "NGF", "1D11": "TGF-beta", "anti-PTHrP": "PTHrP"}


@pytest.mark.parametrize("name", TRAPS)
def test_a_lasting_level_of_an_antibody_follows_from_its_dose_and_loss(name):
    coupling = read_couplings()[name]
    drug = REGISTRY.drugs[coupling.slot]
    number = {**drug.dosing, **drug.parameters}
    part = coupling.dose.parts[0]
    daily = units.quantity(str(part.amount), "mg/kg") / part.every * number["bioavailability"].value
    litres = number["volume"].value * 1e-3  # per kg
    mean = daily * 1e-3 / (number["molar_mass"].value * 1e3) / litres * 1e9 / number[f"{drug.slot}_ke"].value
    affinity = number[f"{drug.slot}_Kd"].value
    assert near(DRUGS[name].held[TRAPS[name]].over_kd.value, mean / affinity, 0.05)
    assert coupling.ways[0].factor.value == affinity  # what its level was divided by


@pytest.mark.parametrize("name", ["denosumab", "OPG-Fc", "zoledronate"])
def test_a_drug_of_both_tables_is_the_same_drug(name):
    pool, kinetics = {**REGISTRY.drugs[name].dosing, **REGISTRY.drugs[name].parameters}, DRUGS[name]
    if "molar_mass" in pool:
        assert near(pool["molar_mass"].value, kinetics.entries["molar_mass"].value, 1e-6)
        absorbed = kinetics.routes["sc"]
        same = near(pool["bioavailability"].value, absorbed["bioavailability"].value, 0.05)
        same &= near(pool["rankl_trap_ka"].value, absorbed["ka"].value, 0.05)
        agree(f"kinetics of {name}", same, (pool["bioavailability"].value, pool["rankl_trap_ka"].value))


def test_every_efficacy_is_one_number():
    for name, coupling in read_couplings().items():
        if isinstance(coupling, str) or name not in REGISTRY.drugs or "efficacy" not in REGISTRY.drugs[name].dosing:
            continue
        numbers = coupling.drug.numbers if isinstance(coupling.drug, Sustained) else coupling.drug.entries
        assert numbers["efficacy"].value == REGISTRY.drugs[name].dosing["efficacy"].value


# --- numbers taken from a row, or from another number


def entry(key):
    return REGISTRY.entries()[key].value


def row(name):
    return evidence(name).value


FROM = {
    "model:reuptake": lambda: 1 - row("CL077") / row("CL078"),
    "model:adrenaline_ratio": lambda: 0.17 / 1.15,  # nM, as the notes of CL173 and CL172 have it
    "mouse:adrenaline_ratio": lambda: row("CL206") / 183.2 / (row("CL205") / 169.2),  # pg/g over molar mass
    "model:Kd_NA_b1": lambda: row("CL075") * 1e3,
    "model:Kd_NA_b2": lambda: row("CL074") * 1e3,
    "model:EC50_CGRP": lambda: row("NP01") * 1e9,
    "denosumab:bioavailability": lambda: row("CL055"),
    "denosumab:rankl_trap_ka": lambda: np.log(2) / row("CL056"),
    "denosumab:volume": lambda: row("CL057") / 66 * 1e3,
    "denosumab:rankl_trap_ke": lambda: row("CL058") * 24 / 1e3 / row("CL057"),
    "zoledronate:bioavailability": lambda: 1 - row("CL107") / 100,
    "6-OHDA:release": lambda: 1 + row("CL207") / 100,
    "breast cancer patient:growth": lambda: np.log(2) / row("CL157"),
    "prostate cancer patient:growth": lambda: np.log(2) / (row("CL156") * 365.25 / 12),
    "capsaicin:sensory": lambda: 1 + (row("AD03") + row("AD04")) / 200,
    "aprepitant:nk1_block": lambda: 1 / (1 - row("CL129") / 100),
    "ARRY-470:trk_block": lambda: DRUGS["ARRY-470"].held["TrkA"].share,
    "thermoneutral housing:stress": lambda: 1 / entry("mouse:tone"),
    "mouse:time_scale": lambda: (entry_mass("human") / entry_mass("mouse")) ** 0.25,
    "rat:pace": lambda: (entry_mass("rat") / entry_mass("mouse")) ** -0.25,
}


def entry_mass(system):
    return REGISTRY.systems[system].body_mass.value


@pytest.mark.parametrize("key", FROM)
def test_a_number_is_what_its_source_comes_to(key):
    """As a source printed it, to the two digits that were kept of it."""
    assert near(entry(key), FROM[key](), 0.03), (entry(key), FROM[key]())


def test_lesions_of_the_two_tables_leave_the_same():
    left = {
        name: [one.left.value for one in DRUGS[name].removes]
        for name in REGISTRY.conditions
        if name in DRUGS and hasattr(DRUGS[name], "removes")
    }
    inputs = {name: REGISTRY.conditions[name].inputs for name in left}
    assert inputs["6-OHDA"]["release"].value == left["6-OHDA"][0]
    assert inputs["6-OHDA"]["sympathetic"].value == left["6-OHDA"][2]
    assert inputs["guanethidine"]["sympathetic"].value == left["guanethidine"][0]
    assert near(inputs["capsaicin"]["sensory"].value, np.mean(left["capsaicin"]), 0.02)
    assert near(inputs["neonatal capsaicin"]["sensory"].value, np.mean(left["neonatal capsaicin"]), 0.02)
    low, high = sorted((left["neonatal guanethidine"][1], left["neonatal guanethidine"][0]))
    assert low <= inputs["neonatal guanethidine"]["sympathetic"].value <= high


def test_doses_of_mice_and_patients_are_those_of_their_sources():
    from compendium.claims.translation import measured_number

    doses = {name: REGISTRY.drugs[name].dosing["kd_dose_b1"].value for name in ("atenolol", "propranolol")}
    ratio = doses["atenolol"] / doses["propranolol"]
    assert near(measured_number("mouse_atenolol"), measured_number("mouse_dose") * ratio)
    assert near(measured_number("patient_dose"), 2 * 40 / entry_mass("human"))
    assert near(measured_number("patient_atenolol"), 50 / entry_mass("human"))


# --- hosts, windows, couplings, signs


def test_nude_and_scid_mice_have_no_t_cells_and_all_others_do():
    for system in REGISTRY.systems.values():
        for name, strain in system.strains.items():
            given = {**REGISTRY.model, **system.parameters, **strain.parameters}["t_cells"]
            assert given.prior is None, name
            assert given.value == (0 if name in ("athymic nude", "SCID") else 1), name
    cells = niche.hosts("mouse", strain="athymic nude", draws=3, posterior="prior").parameters.t_cells
    assert (np.asarray(cells) == 0).all()
    assert REGISTRY.conditions["no T cells"].inputs["T_cells"].value == 0


OWN = {"4T1": "BALB/c", "66cl4": "BALB/c", "CT26": "BALB/c", "NCTC-2472": "C3H"}
OWN |= dict.fromkeys(("B16F10", "EL4", "LLC"), "C57BL/6J")


def test_a_tumour_of_another_species_or_strain_grows_in_mice_that_do_not_reject_it():
    for plan in read_experiments().values():
        host = plan.experiment.host if plan.experiment else {}
        if host.get("system") == "mouse" and "tumour" in host:
            right = OWN.get(host["tumour"], "athymic nude")
            agree(f"host of {host['tumour']}", host.get("strain") == right, (host, right))


def test_a_slope_is_read_in_the_window_that_the_row_names():
    seen = 0
    for name, plan in read_experiments().items():
        for reading in plan.readings:
            if reading.compare.name == "slope":
                first, last = map(float, re.fullmatch(r"d(\d+)-(\d+)", evidence(name).time).groups())
                assert reading.day == (first, last), name
                assert plan.experiment.arms[reading.treated].days >= last
                assert plan.experiment.arms[reading.treated].days <= last + 3  # it ends as the series does
                seen += 1
    assert seen >= 12


def test_sizes_of_couplings_are_bounded_by_what_is_possible():
    """A receptor meets no more than the unbound level of plasma: a thousandfold agonist cannot be written."""
    for name, ways in REGISTRY.couplings.items():
        for number in ways.values():
            assert 0 <= number.range[0] <= number.value <= number.range[1], name
            if number.layer.split()[-1].startswith(("agonist", "blocker", "cgrp", "nk1", "trk", "rankl")):
                assert number.range[1] <= 1, name


def symmetric(entry: Parameter) -> bool:
    """Whether nothing is known of a parameter's sign: its prior is normal about zero, and no bound shifts it."""
    if entry.prior is None or entry.prior[:2] != ("normal", 0.0):
        return False
    return bool(abs(np.median(entry.sample((np.arange(4000) + 0.5) / 4000))) < 0.01 * entry.prior[2])


# Couplings of one sign, because the other has no meaning: what they are.
ONE_SIDED = {
    **dict.fromkeys(("pthrp_max", "il6_tumour", "ngf_tumour", "m2_tumour", "mdsc_tumour", "opg_tumour"), "an amount"),
    **dict.fromkeys(("acid_tumour", "sprout", "sprout_sympathetic", "shed", "pool_excess"), "an amount"),
    **dict.fromkeys(("fibre_injury", "kill", "zol_kill"), "a death rate"),
    **dict.fromkeys(("sema4d", "cd8_mdsc", "zol_saturation", "activity_half"), "a saturation or a brake that divides"),
    **dict.fromkeys(("rankl_free", "tgfb_background", "matrix_share", "load_delay", "opg_precursors"), "a share"),
    **dict.fromkeys(("dormant_share", "myelin_share", "acid_channels", "reuptake"), "a share"),
    **dict.fromkeys(("outgrow", "front", "calcium_gain"), "room, geometry and a balance"),
    "load_feedback": "of the other sign a healthy host would not rest",
    "vessel_growth": "nothing grows better for want of blood",
}


def test_no_coupling_has_a_sign_put_in():
    """Neither by a prior nor by a range, unless the other sign has no meaning."""
    blocks = [REGISTRY.model, *(line.parameters for line in plain(REGISTRY.lines).values())]
    entries = [(name, entry) for block in blocks for name, entry in block.items() if name in couplings()]
    assert len(entries) > 80
    for name, entry in entries:
        assert symmetric(entry) or entry.prior is None or (name in ONE_SIDED and entry.range[0] == 0), entry.key
    assert set(ONE_SIDED) <= set(couplings())
    assert not [name for name, entry in REGISTRY.model.items() if "sign" in entry.source]


def test_powers_and_growth_rates_have_priors_of_their_own():
    """A power of a ratio is bounded, and a log-fold of a growth rate is raised to a power by weeks of growth."""
    for name in ("il6_rankl", "il6_cholinergic", "waking_contact", "shed_m2", "migration_rankl", "vegf_m2"):
        assert max(map(abs, REGISTRY.model[name].range)) <= 3, name
    for name in ("tumour_beta", "tumour_cgrp", "tumour_sp"):
        assert REGISTRY.model[name].prior == ("normal", 0.0, 0.15), name


@pytest.mark.parametrize("trap", ["denosumab", "OPG-Fc"])
def test_a_rankl_trap_binds_alike_in_both_tables(trap):
    """Its affinity against the model's OPG, whose own is Ka1, and its dissociation constant in params/kinetics."""
    against = 1e-3 / REGISTRY.model["Ka1"].value / DRUGS[trap].targets["RANKL"].value  # nM over nM
    given: Parameter = REGISTRY.drugs[trap].parameters["rankl_trap_affinity"]
    low, high = given.sample(np.array([0.05, 0.95]))
    assert low <= against <= high
    own, other = (REGISTRY.drugs[name].parameters["rankl_trap_affinity"].value for name in ("denosumab", "OPG-Fc"))
    assert own > 10 * other


def test_every_known_difference_is_one():
    """What agrees by now has to leave the list."""
    FOUND.clear()
    for one in SIMULATED:
        test_patients_of_a_trial_are_as_many_as_printed(one)
        test_follow_up_of_a_trial_holds_what_is_printed(one)
    test_shares_of_the_pooled_trials_are_those_of_their_patients()
    for name in ("propranolol", "atenolol", "salbutamol", "clenbuterol"):
        test_a_dose_that_holds_one_kd_follows_from_the_kinetics(name, "kd_dose_b2", "beta2")
    for name in ("denosumab", "OPG-Fc", "zoledronate"):
        test_a_drug_of_both_tables_is_the_same_drug(name)
    test_a_tumour_of_another_species_or_strain_grows_in_mice_that_do_not_reject_it()
    assert set(KNOWN) == FOUND
