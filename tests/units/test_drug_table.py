"""The drug table: tiers, what each must say, what is refused, and the page written from it."""

import re
from pathlib import Path

import numpy as np
import pytest
import yaml

from compendium.cli import main as cli
from compendium.site.drugs import page_with, write_page
from niche.errors import NicheError
from niche.kinetics import Kinetics, Lesion, Sustained, levels, read_drugs
from niche.params.records import root

PAGE = Path(__file__).parents[2] / "docs" / "drugs.md"
MASSES = {"C": 12.011, "H": 1.008, "N": 14.007, "O": 15.999, "F": 18.998, "P": 30.974, "S": 32.06, "Cl": 35.45}


def read(tmp_path, content, name="it"):
    folder = tmp_path / f"table{len(list(tmp_path.iterdir()))}"
    folder.mkdir()
    (folder / "one.yaml").write_text(yaml.safe_dump({"source": "assumed", "drugs": {name: content}}))
    return read_drugs(folder)[name]


def number(value, unit="1", **more):
    return {"value": value, "unit": unit, "kind": "assumed", "range": [0, 1e6]} | more


def full(**change):
    entries = {
        "molar_mass": number(300, "g/mol"),
        "weight": number(70, "kg"),
        "clearance": number(2, "L/day"),
        "volume": number(4, "L"),
        "clearance_exponent": number(0),
        "volume_exponent": number(0),
    }
    return {"tier": "full", "studied": ["1 mg", "2 mg"], "routes": {"iv": {}}, "entries": entries} | change


def check(**change):
    plain = {
        "what": "peak",
        "read": "cmax",
        "given": "1 mg iv",
        "window": [0, 1],
        "expected": 250,
        "unit": "ng/mL",
        "tolerance": 0.1,
        "because": "two digits",
        "against": "independent",
        "source": "somewhere",
    }
    return {key: value for key, value in (plain | change).items() if value is not None}


# --- what stands in the table


def test_the_three_tiers_hold_what_the_claims_ask_for():
    table = read_drugs()
    wanted = {
        Kinetics: "denosumab zoledronate OPG-Fc tanezumab galcanezumab fremanezumab erenumab propranolol carvedilol "
        "rimegepant aprepitant atenolol metoprolol teriparatide romosozumab pembrolizumab nivolumab docetaxel "
        "clenbuterol salbutamol terbutaline",
        Sustained: "isoprenaline nebivolol ARRY-470 larotrectinib 1D11 anti-PTHrP",
        Lesion: "6-OHDA guanethidine capsaicin bupivacaine phenol",
    }
    for kind, names in wanted.items():
        for name in names.split():
            assert isinstance(table[name], kind), name
    assert {"neonatal capsaicin", "surgical sympathectomy", "sciatic denervation"} <= set(table)
    assert {"anti-NGF (mouse)", "checkpoint inhibitor (mouse)", "propranolol in infants"} <= set(table)


def test_every_number_says_where_it_comes_from():
    """No measured number without something to follow: a DOI, a row of the evidence, a page or a label."""
    traced = re.compile(
        r"doi:10\.|PMID \d|PMC\d|\bCL\d{3}\b|\bAD\d\d\b|\w\.(org|com|net|edu)\b|product information"
        r"|DDMORE|Scientifica|Martinez-Reina|meeting abstract"
    )
    for name, found in read_drugs().items():
        for entry in found.parameters():
            if entry.kind == "assumed":
                assert "doi" not in entry.source, (name, entry.name)
            else:
                assert "assumed" not in entry.source, (name, entry.name)
            if entry.kind == "measured":
                assert traced.search(entry.source), (name, entry.name, entry.source)


def test_rows_of_the_evidence_that_are_named_exist():
    import csv

    rows = set()
    for path in (root() / "evidence").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows |= {row["id"] for row in csv.DictReader(file)}
    for path in (root() / "kinetics").glob("*.yaml"):
        for code in re.findall(r"\b(?:CL|AD|VC|SB|NP|NS)\d{2,3}\b", path.read_text(encoding="utf-8")):
            assert code in rows, (path.stem, code)


def test_molar_masses_are_those_of_their_formulas():
    """Standard atomic masses (IUPAC); tartrate adds half of its acid to each mole of metoprolol."""
    seen = 0
    for name, found in read_drugs().items():
        entry = found.entries["molar_mass"] if isinstance(found, Kinetics) else None
        if entry is not None and (formula := re.match(r"formula (\w+)$", entry.source)):
            atoms = re.findall(r"([A-Z][a-z]?)(\d*)", formula[1])
            mass = sum(MASSES[symbol] * int(count or 1) for symbol, count in atoms)
            mass += 150.087 / 2 if name == "metoprolol" else 0
            assert entry.value * 1000 == pytest.approx(mass, rel=1e-4), name
            seen += 1
    assert seen >= 12


def test_selectivities_are_the_published_ratios():
    """pKB of (-)-propranolol in human heart 8.5 and 8.9; pA2 of atenolol 7.14 and 6.01, of metoprolol 7.51 and 6.51."""
    for name, gap in (("propranolol", 8.5 - 8.9), ("atenolol", 7.14 - 6.01), ("metoprolol", 7.51 - 6.51)):
        held = read_drugs()[name].targets
        assert held["beta2"].value / held["beta1"].value == pytest.approx(10**gap, rel=0.02)


def test_a_lesion_loses_at_once_and_gives_back_half_in_its_half_time():
    marrow = read_drugs()["6-OHDA"].removes[0]
    assert marrow.left_at(0) == 1
    assert marrow.left_at(1) == pytest.approx(0.403)
    assert marrow.left_at(29) == pytest.approx(1 - 0.597 / 2)
    assert marrow.left_at(71) > 0.85  # full again after 56 to 90 days, say the papers
    vas = read_drugs()["guanethidine"].removes[0]
    assert vas.left_at(210) == pytest.approx(0.07)  # seven months: PMID 1517
    assert read_drugs()["neonatal guanethidine"].removes[0].left_at(120) > 0.8  # reflexes back by four months


def test_a_sustained_level_is_a_share_of_its_target():
    trk = read_drugs()["ARRY-470"].held["TrkA"]
    assert trk.share == pytest.approx(0.9)
    assert trk.over_kd.kind == "assumed"


# --- what is refused


def test_a_drug_of_another_tier_says_what_is_there_instead():
    with pytest.raises(
        NicheError, match=r"tier sustained. The table holds a level that lasts: 9 Kd at TrkA.*not found"
    ):
        levels("ARRY-470", "30 mg/kg po twice daily", 10)
    with pytest.raises(
        NicheError, match=r"tier lesion.*0.403 of noradrenaline of bone marrow left \(mouse\), half back"
    ):
        levels("6-OHDA", "100 mg/kg ip", 10)
    with pytest.raises(NicheError, match=r"0.5 of C fibres of the sural nerve left \(mouse\), for good"):
        levels("neonatal capsaicin", "50 mg/kg sc", 10)
    with pytest.raises(NicheError, match="did you mean 'ARRY-470'"):
        levels("ARRY470", "30 mg/kg po", 10)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"about": "nothing"}, "unknown tier None. Allowed: full, lesion, sustained"),
        ({"tier": "ful"}, "did you mean 'full'"),
        (full(entries={}), "entries: tier full needs molar_mass, weight, clearance, volume"),
        (full(routes={}), "routes: expected a mapping of routes"),
        (full(routes={"po": {"ka": number(1, "1/day")}}), "give bioavailability, and either ka or duration"),
        (full(routes={"iv": {"ka": number(1, "1/day")}}), "there at once; leave ka out"),
        (full(routes={"oral": {}}), "routes: unknown name 'oral'"),
        (full(dose="1 mg"), "unknown key 'dose'"),
        (full(studied=["1 mg"]), "studied: expected .least dose, most dose."),
        (full(targets={"R": number(5, "nM", range=[6, 7])}), r"range: \[6, 7\] excludes the value 5 nM"),
        (full(targets={"R": number(5, "nM")}, effective={"Q": number(5, "nM")}), "effective: unknown target 'Q'"),
        (full(checks=[check(read="peak")]), "unknown read 'peak'"),
        (full(checks=[check(against="us")]), "unknown against 'us'"),
        (full(checks=[check(unit="mg")]), "expected something like 'ng/mL'"),
        (full(checks=[check(tolerance=None)]), "expected needs a tolerance"),
        (full(checks=[check(between=[1, 2])]), "give one of expected, between, below, above"),
        (full(checks=[check(over="peak", unit="1")]), "over: expected a mapping, got 'peak'"),
        (full(checks=[check(because=None)]), "lacks 'because'"),
        (full(checks=[check(given=None)]), "lacks 'given'"),
        (full(checks=[check(window=None, at=[1])]), "cmax is read in a window"),
        (full(checks=[check(read="level", window=None, at=[1, 2])]), "2 times and 1 expected numbers"),
        ({"tier": "sustained", "system": "mouse", "why": "not found"}, "lacks 'held': a mapping of targets"),
        ({"tier": "sustained", "system": "mouse", "held": {}}, "lacks 'why'"),
        (
            {"tier": "sustained", "system": "mouse", "why": "x", "held": {"R": {"over_kd": number(1)}}},
            "lacks 'dose'",
        ),
        (
            {"tier": "sustained", "system": "mouse", "why": "x", "held": {"R": {"dose": "1 mg/kg", "share": 1}}},
            "unknown key 'share'",
        ),
        ({"tier": "lesion", "given": "once"}, "lacks 'removes': a list of what is gone"),
        (
            {"tier": "lesion", "given": "once", "removes": [{"what": "x", "species": "rat", "left": number(0.5)}]},
            "say when it returns, by half_time or never",
        ),
        (
            {"tier": "lesion", "given": "once", "removes": [{"what": "x", "species": "rat", "never": {"kind": "x"}}]},
            "lacks 'left'",
        ),
        (
            {
                "tier": "lesion",
                "given": "once",
                "removes": [{"what": "x", "species": "rat", "left": number(0.5), "never": {"kind": "known"}}],
            },
            "unknown kind 'known'",
        ),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused(tmp_path, content, says):
    with pytest.raises(NicheError, match=says):
        read(tmp_path, content)


def test_a_drug_may_stand_in_one_file_only(tmp_path):
    (tmp_path / "a.yaml").write_text(yaml.safe_dump({"source": "assumed", "drugs": {"it": full()}}))
    (tmp_path / "b.yaml").write_text(yaml.safe_dump({"source": "assumed", "drugs": {"it": full()}}))
    with pytest.raises(NicheError, match="it stands in another file"):
        read_drugs(tmp_path)


# --- the page


def test_the_page_is_up_to_date():
    """If not: python -m compendium.site.drugs docs/drugs.md."""
    text = PAGE.read_text(encoding="utf-8")
    assert page_with(text) == text
    assert "Nothing here is for treating patients" in text.split("##")[0]
    for name in read_drugs():
        assert f"| {name} |" in text, name


def test_assumed_numbers_look_assumed_on_the_page():
    row = next(line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ARRY-470 |"))
    assert "TrkA *9*, 90 %" in row
    assert "affinity at RANKL" in next(
        line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| denosumab | antibody")
    )


def test_a_page_without_a_place_for_a_table_is_an_error(tmp_path, capsys):
    with pytest.raises(NicheError, match="<!-- counts -->"):
        page_with("# Drugs\n")
    assert write_page([]) == 2
    assert "usage" in capsys.readouterr().err
    copy = tmp_path / "drugs.md"
    copy.write_text(
        re.sub(r"(<!-- full -->).*?(<!-- /full -->)", r"\1\n\2", PAGE.read_text(encoding="utf-8"), flags=re.S)
    )
    assert write_page([str(copy)]) == 0
    assert copy.read_text(encoding="utf-8") == PAGE.read_text(encoding="utf-8")


def test_the_regimens_on_the_page_can_be_read():
    from niche.kinetics import regimen

    text = PAGE.read_text(encoding="utf-8").split("## How to write a regimen")[1].split("## Tier 1")[0]
    written = re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)
    assert len(written) >= 15
    for one in written:
        assert regimen(str(regimen(one))) == regimen(one)


def test_the_table_is_part_of_the_package():
    assert {path.stem for path in (root() / "kinetics").glob("*.yaml")} == {
        "agonists",
        "antibodies",
        "blockers",
        "bone",
        "cancer",
        "lesions",
        "neuropeptide",
        "sustained",
    }


# --- what a reader sees


def test_levels_in_words(capsys):
    assert cli.main(["levels", "atenolol", "50 mg po daily", "--days", "10", "--people", "40"]) == 0
    out = capsys.readouterr().out
    found = levels("atenolol", "50 mg po daily", 10, people=40)
    assert f"{np.median(found.mass.max(axis=1)):.3g} ng/mL" in out
    assert "beta1 held, mean" in out
    assert cli.main(["levels", "atenolol", "5000 mg po", "--days", "2"]) == 0
    assert "niche: warning: atenolol: 5000 mg po lies outside the doses" in capsys.readouterr().err


def test_where_the_body_says_how_much_is_needed_its_word_counts(capsys):
    """Galcanezumab holds all of CGRP in a test tube; in people half of the effect needs 94 nM."""
    found = levels("galcanezumab", "120 mg sc every month", "6 months")
    assert cli.main(["levels", "galcanezumab", "120 mg sc every month", "--days", "6 months"]) == 0
    mean = np.trapezoid(found.occupancy("CGRP", effective=True)[0], found.times) / found.times[-1]
    assert re.search(rf"CGRP held, mean +{100 * mean:.3g} %", capsys.readouterr().out)


def test_the_list_and_what_is_not_in_it(capsys):
    assert cli.main(["drugs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(read_drugs())
    assert cli.main(["drugs", "6-OHDA"]) == 0
    assert "lesion" in capsys.readouterr().out
    assert cli.main(["drugs", "propanolol"]) == 2
    assert "did you mean 'propranolol'" in capsys.readouterr().err
    assert cli.main(["levels", "6-OHDA", "1 mg po", "--days", "3"]) == 2
    assert "it is tier lesion" in capsys.readouterr().err


def test_a_figure_of_levels_has_every_number_that_it_draws(tmp_path):
    from compendium import figures

    arms = {f"{dose} mg": levels("atenolol", f"{dose} mg po daily", 10, people=30) for dose in (25, 100)}
    figure, data = figures.levels(arms)
    assert figures.problems(figure) == []
    assert set(data["what"]) == {"level", "beta1", "beta2"}
    last = data[(data["regimen"] == "25 mg") & (data["what"] == "level")].iloc[-1]
    assert last["value"] == pytest.approx(np.median(arms["25 mg"].mass[:, -1]), rel=1e-3)
    with pytest.raises(NicheError, match="one drug at a time"):
        figures.levels({"a": arms["25 mg"], "b": levels("denosumab", "60 mg sc", 10)})
    with pytest.raises(NicheError, match="got 0"):
        figures.levels({})
    assert cli.main(["levels", "atenolol", "50 mg po", "--days", "2", "--figure", str(tmp_path / "no" / "a.svg")]) == 2
    file = tmp_path / "a.gif"
    command = ["levels", "atenolol", "50 mg po", "--days", "2", "--figure"]
    assert cli.main([*command, str(file)]) == 2
    assert cli.main([*command, str(file.with_suffix(".svg"))]) == 0
    assert "held (%)" in file.with_suffix(".svg").read_text()


@pytest.mark.parametrize(
    "asked",
    [
        ["clenbuterol", "40 mcg po daily", "--days", "10"],
        ["zoledronate", "4 mg iv over 15 minutes every 4 weeks", "--days", "84"],
        ["atenolol", "50 mg po every 24 hrs", "--days", "10"],
        ["denosumab", "120 mg sc q4w", "--days", "365"],
        ["propranolol", "40 mg po bid", "--days", "30"],
        ["mouse IgG1", "10 mg/kg ip three times a week", "--days", "28"],
        ["denosumab", "120 mg sc on day 1, 8, 15", "--days", "60"],
        ["denosumab", "60 mg s.c. every 6 months x 2", "--days", "1 year"],
        ["docetaxel", "75 mg/m2 iv over 1 h every 3 weeks x 2", "--days", "42", "--surface", "1.8"],
        ["docetaxel", "75 mg/m2 iv q3w x 2", "--days", "42", "--height", "170", "--weight", "70"],
        ["propranolol", "40 g po", "--days", "2", "--beyond-sources"],
    ],
    ids=lambda asked: asked[1],
)
def test_what_stands_on_a_ward_chart_is_simulated(asked, capsys):
    assert cli.main(["levels", *asked]) == 0
    assert "highest level" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (["denosumab", "60 mg sc on day 400", "--days", "365"], "after the end on day 365"),
        (["docetaxel", "75 mg/m2 iv q3w", "--days", "42"], "say the surface"),
        (["propranolol", "40 g po", "--days", "2"], "--beyond-sources"),
        (["propranolol", "40 mg po", "--days", "2", "--people", "0"], "at least 1, got 0"),
        (["propranolol", "40 mg po", "--days", "2", "--people", "1000000000000"], "GB of memory"),
        (["propranolol", "40 mg po", "--days", "2", "--seed", "-1"], "seed must be a whole number"),
        (["propranolol", "40 mg po", "--days", "2", "--weight", "nan"], "body mass must be above 0"),
        (["propranolol", "40 mg po", "--days", "nan"], "--days: 'nan' has no unit"),
        (["propranolol", "40 mg po", "--days", "\u00b2"], "--days"),
        (["propranolol", "40 mg po", "--days", "-3"], "days must be above 0"),
        (["propranolol", "40 mmg po", "--days", "3"], "unknown unit symbol"),
    ],
)
def test_what_a_command_refuses_it_refuses_in_a_sentence(asked, says, capsys):
    assert cli.main(["levels", *asked]) == 2
    said = capsys.readouterr()
    assert says in said.err
    assert not said.out
    assert "Traceback" not in said.err


def test_a_placebo_is_drawn_at_0_alone_and_beside_a_drug(tmp_path, capsys):
    from compendium import figures

    file = tmp_path / "placebo.png"
    asked = ["levels", "propranolol", "0 mg po twice daily", "--days", "30", "--figure", str(file)]
    assert cli.main(asked) == 0
    assert file.stat().st_size > 1000
    assert capsys.readouterr().err == ""
    placebo, drug = (levels("propranolol", f"{dose} mg po twice daily", 10) for dose in (0, 40))
    for arms in ({"placebo": placebo}, {"placebo": placebo, "40 mg": drug}):
        figure, data = figures.levels(arms)
        assert figures.problems(figure) == []
        axes = figure.axes[0]
        assert axes.get_ylim()[0] == 0
        assert axes.get_lines()[0].get_ydata()[-1] == 0
        assert (data.loc[data["regimen"] == "placebo", "value"] == 0).all()


def test_many_people_are_told_how_long_it_takes(capsys, monkeypatch):
    from niche.kinetics import profiles

    monkeypatch.setattr(profiles, "_AT_A_TIME", 1e5)
    assert cli.main(["levels", "atenolol", "50 mg po", "--days", "2", "--people", "30"]) == 0
    assert re.search(r"niche: \d+ of 30 people, about \d+ (s|min) to go", capsys.readouterr().err)
