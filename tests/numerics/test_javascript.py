"""The script of the browser, run by node: what `niche.simulate` says is the truth it is held against."""

import json
import shutil
import subprocess

import numpy as np
import pytest
from random_questions import random_address, simulated, worst_difference

from compendium.browser.code import engine
from compendium.browser.measured import measured
from compendium.browser.tables import tables
from niche.errors import NicheError
from niche.model.observables import OBSERVABLES
from niche.model.state import State
from niche.solver import lanes
from niche.solver.javascript import FUNCTIONS, javascript_function

DRAWS = 8
ASK = """
const given = JSON.parse(require("fs").readFileSync(0, "utf8")), made = nicheEngine();
const tables = made.openTables(given.tables);
const plain = (x) => Array.from(x, (v) => (Number.isFinite(v) ? v : String(v)));
console.log(JSON.stringify(given.questions.map((text) => {
  const { question, faults } = made.readQuestion(text, tables);
  const run = made.runHosts(question, tables, 0, question.draws, true);
  return { faults, python: made.pythonLines(question, "BV/TV"), address: made.writeQuestion(question),
    again: made.writeQuestion(made.readQuestion(made.writeQuestion(question), tables).question),
    warnings: made.protocolWarnings(question, tables), times: run.times, status: run.status,
    states: run.states.map(plain), readouts: run.readouts.map(plain) };
})));
"""
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="needs node")


def node(script: str, given: object = None) -> str:
    """What a script prints."""
    done = subprocess.run(
        [str(shutil.which("node")), "-"] if given is None else [str(shutil.which("node")), "-e", script],
        input=script if given is None else json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def book():
    return tables(DRAWS)


@pytest.fixture(scope="module")
def asked(book):
    """By address, what the script says of fifty random questions."""
    questions = [random_address(seed, book) for seed in range(50)]
    return dict(zip(questions, json.loads(node(engine() + ASK, {"tables": book, "questions": questions})), strict=True))


@needs_node
def test_the_equations_are_those_of_niche(book):
    """Rates at random states, by the script and by the functions that are simulated, to the last digits."""
    from niche.model import niche as whole
    from niche.solver.javascript import javascript_model

    rng = np.random.default_rng(7)
    p = niche_parameters()
    y = np.exp(rng.normal(0, 0.4, (20, len(State._fields))))
    for burden in ("circulating", "dormant", "tumour", "distant"):
        y[:, State._fields.index(burden)] = rng.uniform(0, 0.9, 20)
    u = np.asarray(book["resting"]) + rng.uniform(0, 0.5, (20, len(book["inputs"])))
    truth = np.array([whole.rates(0.0, State(*a), whole.Inputs(*b), p) for a, b in zip(y, u, strict=True)])
    script = javascript_model(whole) + (
        "const g = JSON.parse(require('fs').readFileSync(0, 'utf8')), c = new Float64Array(keptslopes);"
        "console.log(JSON.stringify(g.y.map((y, i) => { const out = new Float64Array(y.length);"
        "prepareslopes(g.u[i], g.p, c); slopes(y, c, out); return Array.from(out); })));"
    )
    found = np.array(json.loads(node(script, {"y": y.tolist(), "u": u.tolist(), "p": [float(x) for x in p]})))
    np.testing.assert_allclose(found, truth, rtol=1e-10, atol=1e-12)


def niche_parameters():
    import niche

    found = niche.hosts("mouse", draws=1, seed=3, tumour="MDA-231-luc").parameters
    return found._make(float(column[0]) for column in found)


@needs_node
def test_functions_keep_to_the_ends_of_the_range():
    """A power of nothing is nothing, one beyond the range stays a number, and odd powers keep the sign."""
    x = [-2.5, -1.0, -0.0, 0.0, 1e-310, 1e-5, 1.0, 3.0, 1e300]
    powers = [-2.0, -1.0, 0.5, 1.0, 2.0, 3.0]
    script = FUNCTIONS + (
        "const g = JSON.parse(require('fs').readFileSync(0, 'utf8')), text = (v) => String(v);"
        "console.log(JSON.stringify({ exp: [-1e4, -700, 0, 1, 700, 1e4].map(exp).map(text),"
        " log: [0, 1e-310, 1, 1e300].map(log).map(text),"
        " signed: g.x.flatMap((x) => g.p.map((p) => text(signed(2, x, p)))),"
        " less: [smaller(1, 2), smaller(NaN, 1), larger(1, 2), choose(0, 1, 2), choose(1, 1, 2)].map(text) }));"
    )
    found = {name: np.array(v, dtype=float) for name, v in json.loads(node(script, {"x": x, "p": powers})).items()}
    np.testing.assert_allclose(found["exp"], np.exp([-708, -700, 0, 1, 700, 709]), rtol=4e-16)
    np.testing.assert_array_equal(found["log"], [-1e300, -1e300, 0.0, np.log(1e300)])
    a, b = np.meshgrid(x, powers, indexing="ij")
    np.testing.assert_array_equal(found["signed"], lanes.signed(2.0, a, b).ravel())
    np.testing.assert_array_equal(found["less"], [1, np.nan, 2, 2, 1])


@pytest.mark.parametrize("line", ["v1 = y[0] ** 2", "v1 = open('x')", "for i in y: pass", "v1 = y[i]", "a = b = y[0]"])
def test_what_is_not_straight_line_code_is_refused_by_its_text(line):
    with pytest.raises(NicheError, match="not straight-line code"):
        javascript_function("f(y, out)", [line])


@needs_node
def test_quantiles_are_those_of_numpy():
    values = np.random.default_rng(2).normal(size=37)
    script = engine() + (
        "const g = JSON.parse(require('fs').readFileSync(0, 'utf8')), { quantile } = nicheEngine();"
        "console.log(JSON.stringify(g.q.map((q) => quantile(g.x, q))));"
    )
    q = [0, 0.05, 0.25, 0.5, 0.95, 1]
    found = json.loads(node(script, {"x": sorted(values), "q": q}))
    np.testing.assert_allclose(found, np.quantile(values, q), rtol=1e-15)


BAD = {
    "host=mousse": ["Unknown host “mousse”; did you mean “mouse”? Allowed: human, mouse, rat."],
    "host=mouse&tumour=MDA-231-lux": ["did you mean “MDA-231-luc”?"],
    "hots=mouse": ["Unknown part of a question “hots”; did you mean “host”?"],
    "days=0": ["more than 0 and at most 3653 days, got “0”"],
    "days=many": ["“many” is not a time"],
    "days=28&do=infuse propanolol 10 mg/kg/day": ["Unknown drug “propanolol”; did you mean “propranolol”?"],
    "days=28&do=infuse propranolol 10": ["“10” has no unit; write it like “5 mg/kg/day”"],
    "days=28&do=infuse propranolol 10 mg/kg/dya": ["did you mean “mg/kg/day”?"],
    "days=28&do=infuse propranolol -1 mg/kg/day": ["cannot be negative"],
    "days=28&do=infuse propranolol 10 mg/kg/day from 29": ["day 29 is outside the question"],
    "days=28&do=infuse propranolol 99999 mg/kg/day": ["above 100 mg/kg/day, the most that its source used"],
    "days=28&do=dose propranolol 10 mg/kg": ["given as a lasting level: write “infuse propranolol"],
    "days=28&do=infuse zoledronate 1 mg/kg/day": ["given in doses: write “dose zoledronate"],
    "days=28&do=surgery ovariectmy": ["did you mean “ovariectomy”?"],
    "days=28&do=stress 3 every 2": ["say how long a session lasts"],
    "days=28&do=seed intratibial": ["no tumour is chosen"],
    "days=28&do=surgery ovariectomy&do=surgery ovariectomy": ["in force already, from day 0"],
    "days=28&do=dose OPG-Fc 1 mg/kg&do=dose denosumab 1 mg/kg": ["share one place in the model"],
    "days=28&do=infuse isoprenaline 1 mg/kg/day&do=infuse salbutamol 1 mg/kg/day": ["are both agonists"],
    "draws=1000": ["draws: a whole number from 5 to the 8"],
    "days=1&do=infuse propranolol 10 mg/kg/day&show=BMDD": ["did you mean “BMD”?"],
    "days=28&do=infuse __proto__ 1 mg/kg/day": ["Unknown drug “__proto__”"],
    "days=28&do=constructor x": ["Unknown step “constructor”"],
}


@needs_node
def test_a_bad_address_is_told_what_is_allowed_and_the_rest_is_kept(book):
    script = engine() + (
        "const g = JSON.parse(require('fs').readFileSync(0, 'utf8')), m = nicheEngine(), t = m.openTables(g.tables);"
        "console.log(JSON.stringify(g.bad.map((text) => { const { question, faults } = m.readQuestion(text, t);"
        "return { faults, days: question.days, host: question.host }; })));"
    )
    found = json.loads(node(script, {"tables": book, "bad": list(BAD)}))
    for (address, words), one in zip(BAD.items(), found, strict=True):
        assert len(one["faults"]) == len(words), (address, one["faults"])
        for said, word in zip(one["faults"], words, strict=True):
            assert word in said, address
        assert one["host"] == "mouse"


@needs_node
def test_fifty_random_questions_give_the_states_of_python(asked, book):
    assert {address: found["faults"] for address, found in asked.items() if found["faults"]} == {}
    worst = {address: worst_difference(found, book) for address, found in asked.items()}
    assert max(worst.values()) < 1e-8, sorted(worst.items(), key=lambda one: -one[1])[:5]


@needs_node
def test_read_outs_are_those_of_python(asked, book):
    from niche.experiment.result import variable_name

    order = np.argsort(book["rows"][:5])
    for address, found in list(asked.items())[:12]:
        truth = simulated(found["python"])
        mine = np.array(found["readouts"], dtype=float).reshape(5, len(found["times"]), -1)[order]
        ours = np.stack([truth[variable_name(name)].values for name in OBSERVABLES], axis=-1)
        np.testing.assert_allclose(mine, ours, rtol=1e-6, atol=1e-8, err_msg=address)


@needs_node
def test_an_address_is_read_as_the_question_that_wrote_it(asked):
    assert all(found["address"] == found["again"] for found in asked.values())


@needs_node
def test_warnings_are_those_of_python(asked):
    for found in asked.values():
        said = simulated(found["python"]).attrs["warnings"]
        assert found["warnings"] == ([] if said == "none" else said.split("; "))


SUPPORT = """
const given = JSON.parse(require("fs").readFileSync(0, "utf8")), m = nicheEngine(), t = m.openTables(given.tables);
console.log(JSON.stringify(given.questions.map((text) => {
  const { question } = m.readQuestion(text, t);
  const near = given.readouts.map((name) => m.nearestTo(m.measurable(question, name, t), t)
    .map((one) => [one.row.atom, one.distance, one.differs.map((each) => each[1])]));
  return { near, beyond: m.neverMeasured(m.measurable(question, given.readouts[0], t), t),
    words: m.supportOf(question, t), python: m.pythonLines(question, "BV/TV") };
})));
"""


def support_said(tables, questions, readouts):
    given = {"tables": tables, "questions": questions, "readouts": readouts}
    return json.loads(node(engine() + SUPPORT, given))


@needs_node
def test_the_page_finds_the_measurements_that_niche_support_finds(book):
    """Measurements, distances, what differs and what no paper had: of random questions, and of two that are tested."""
    import niche

    readouts = ["BV/TV", "tumour burden", "CTX"]
    questions = [random_address(seed, book) for seed in range(100, 125)] + [
        "host=mouse&strain=C57BL/6J&days=14&draws=5&do=infuse isoprenaline 5 mg/kg/day",
        "host=mouse&strain=athymic nude&tumour=MDA-231-luc&days=28&draws=5&do=seed intratibial on 0&"
        "do=dose zoledronate 0.1 mg/kg on 7 every 7",
        "host=mouse&strain=athymic nude&tumour=MDA-231-luc&days=28&draws=5&do=seed intratibial on 0",
    ]
    found = support_said({**book, "measured": measured()}, questions, readouts)
    tested = 0
    for one in found:
        names: dict = {}
        lines = [line for line in one["python"].splitlines() if not line.startswith(("asked", "alone", "print"))]
        exec("\n".join(lines), names)
        control = names["nothing_done"] if "control=" in one["python"] else None
        for name, near in zip(readouts, one["near"], strict=True):
            truth = niche.support(names["hosts"], names["protocol"], name, control=control)
            mine = sorted((round(distance, 9), atom, words) for atom, distance, words in near)
            theirs = sorted((round(n.distance, 9), n.atom, [each.words for each in n.differs]) for n in truth.near)
            assert mine == theirs
            assert [distance for _, distance, _ in near] == sorted(distance for distance, *_ in mine)
            tested += bool(truth)
        first = niche.support(names["hosts"], names["protocol"], readouts[0], control=control)
        assert one["beyond"] == list(first.beyond)
    assert tested > 2


@needs_node
def test_without_a_measurement_the_page_says_so(book):
    asked = ["host=mouse&days=14&draws=5&show=BV/TV&show=CTX&do=infuse propranolol 10 mg/kg/day"]
    (found,) = support_said(book, asked, ["BV/TV"])
    assert [one["words"] for one in found["words"]] == [
        "BV/TV: no measurement tests this, and none comes near it.",
        "CTX: no measurement tests this, and none comes near it.",
        "No paper measured mice.",
    ]
    assert not any(one["tested"] for one in found["words"])


def test_what_travels_is_compact():
    """All measurements of hosts and the rule: as much as one picture."""
    assert len(json.dumps(measured(), separators=(",", ":"))) < 250_000
