"""The marrow slice as a whole: rest, the well-mixed limit, balance, convergence, threads, interruptions, bad input."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import niche
from compendium.claims.nerve_tumour_interface import curve
from niche.errors import NicheError
from niche.model.state import RESTING
from niche.tissue import (
    Change,
    Focus,
    Geometry,
    Scenario,
    StepTooLong,
    Zoledronate,
    one_host,
    read_numbers,
    run,
    treatment,
)
from niche.tissue.fields import resting_signals
from niche.tissue.local import at_rest, rates
from niche.tissue.moment import Loading

NUMBERS = read_numbers()
CELLS = ("tumour", "OCa", "OBa", "NGF", "PTHrP", "vessels", "MDSC")
READ = ("burden", "bone", "resorption", "myelinated fibres")  # what notebook 20 reads, but for fibres
STILL = {"turnover": 0.0, "sprout": 0.0, "fibre_injury": 0.0}  # bone and fibre paths stay where they are


@cache
def _hosts():
    hosts = niche.hosts("mouse", tumour="MDA-MB-231", draws=1, posterior="prior")
    return hosts.with_parameters(
        growth=0.3,
        inoculum=0.05,
        tgfb_share=0.4,
        pthrp_max=3.0,
        turnover=0.02,
        ngf_tumour=5.0,
        ngf_half=0.02,
        netrin=0.0,
        kill=0.0,
        sprout=0.5,
        fibre_injury=0.3,
        fibre_loss=0.01,
        front=0.0,
        outgrow=0.0,
    )


@cache
def _parameters(**changes):
    return one_host(_hosts().with_parameters(**changes) if changes else _hosts())


def _geometry(spacing=10.0):
    """A bar of bone, 60 um by 200 um, in a slice of 320 um; a strip of periosteum far from it."""
    count = round(320 / spacing)
    x, y = np.meshgrid((np.arange(count) + 0.5) * spacing, (np.arange(count) + 0.5) * spacing)
    bar = (x > 80) & (x < 140) & (y > 60) & (y < 260)
    return Geometry(spacing, bar, x > 300, "a bar")


def _scenario(spacing=10.0, days=3.0, step=0.125, focus=True, **changes):
    foci = (Focus(200.0, 160.0, 60.0),) if focus else ()
    return Scenario(_geometry(spacing), NUMBERS, _parameters(**changes), foci, days=days, step=step)


def test_a_healthy_slice_stays_at_rest():
    course = run(_scenario(focus=False, days=2.0), every=1, threads=1)
    for name in ("bone", "resorption", "sensory fibres", "sympathetic fibres"):
        assert course.of(name) == pytest.approx(np.ones(3), abs=1e-6)
    assert not course.of("burden").any()
    for name in ("OBp", "OBa", "OCa", "NGF", "vessels", "CD8"):
        assert getattr(course.state.cells, name) == pytest.approx(np.ones((32, 32)), abs=1e-6)
    assert course.maps["pain"].max() < 1e-5


def _far():
    """Signals that reach 2 cm, and mineral that holds no fluid, so that it dilutes nothing."""
    clearance = {name.removeprefix("clearance_"): x for name, x in NUMBERS._asdict().items() if "clearance" in name}
    far = {f"diffusivity_{signal}": 2e4**2 * x for signal, x in clearance.items()}
    return NUMBERS.with_values(**far, reach_rankl=2e4, reach_netrin=2e4, mineral_porosity=1e-4)


def _is_well_mixed(course, truth, names):
    open_ = ~_geometry(20.0).mineral
    for name in names:
        expected = float(truth[name].values[0, -1])
        assert getattr(course.state.cells, name)[open_] == pytest.approx(np.full(open_.sum(), expected), rel=0.01), name


EVERYWHERE = (Focus(160.0, 160.0, 500.0, density=0.05),)


def test_with_far_reach_it_is_the_well_mixed_model():
    """Bone and fibres stand still in both, but for myelinated ones, which die where they are."""
    hosts = _hosts().with_parameters(**STILL, myelin_share=0.3, myelin_injury=2.0)
    truth = niche.simulate(hosts, niche.Protocol(days=14).seed("intratibial"), every=14)
    course = run(Scenario(_geometry(20.0), _far(), one_host(hosts), EVERYWHERE, days=14.0), every=14, threads=1)
    assert float(truth["myelinated"].values[0, -1]) < 0.9
    _is_well_mixed(course, truth, (*CELLS, "myelinated"))


def test_drugs_of_a_protocol_do_in_a_slice_what_they_do_in_the_well_mixed_model():
    """Zoledronate on bone, and an antibody whose level comes and goes; vessels keep it at its level of a whole host."""
    hosts = _hosts().with_parameters(**STILL, vessel_turnover=0.0, zol_kill=3.0, pthrp_tgfb=0.0)
    given = niche.Protocol(days=14).dose("zoledronate", "0.1 mg/kg", day=2).dose("anti-NGF", "10 mg/kg", day=3)
    truth = niche.simulate(hosts, given.seed("intratibial"), at=[14])
    without = niche.simulate(hosts, niche.Protocol(days=14).seed("intratibial"), at=[14])
    parameters, changes, doses = treatment(hosts, given)
    scenario = Scenario(_geometry(20.0), _far(), parameters, EVERYWHERE, changes, doses, days=14.0)
    course = run(scenario, every=14, threads=1)
    _is_well_mixed(course, truth, (*CELLS, "zol_bone"))
    assert float(truth["OCa"].values[0, -1]) < 0.9 * float(without["OCa"].values[0, -1])
    assert {name for change in changes for name, _ in change.inputs} == {"ngf_trap_added"}
    held = [x for change in changes for _, x in change.inputs]
    assert min(held[1:]) > 0.3 * max(held)  # a half-life of a week or two


def test_a_protocol_that_a_slice_has_no_place_for_is_refused():
    with pytest.raises(NicheError, match="leave 'seed' out of the protocol and give the scenario foci"):
        treatment(_hosts(), niche.Protocol(days=14).seed("intratibial"))
    with pytest.raises(NicheError, match="draw 3: the hosts have draws 0 to 0"):
        treatment(_hosts(), niche.Protocol(days=14), 3)
    assert treatment(_hosts(), niche.Protocol(days=14)) == (_parameters(), (), ())


def test_tumour_is_what_growth_added():
    course = run(_scenario(), every=1, threads=1)
    assert course.of("burden")[-1] > 1.2 * course.of("burden")[0]
    assert course.of("balance") == pytest.approx(np.full(4, course.of("balance")[0]), rel=1e-10)
    assert course.state.content.min() >= 0


def test_a_lytic_tumour_takes_bone_away_where_it_is():
    lytic = {"turnover": 0.05, "pthrp_max": 20.0, "supply_loss": 3.0, "osteoblast_kill": 3.0}
    course = run(_scenario(days=6.0, **lytic), every=6, threads=1)
    assert course.of("bone")[-1] < 0.995
    lost = course.maps["mineral"][0] - course.maps["mineral"][-1]
    assert lost[:, 11:].sum() > 1.2 * lost[:, :11].sum()  # the face towards the focus, against the one behind


def test_the_same_bits_on_1_2_and_8_threads_and_after_an_interruption(tmp_path):
    scenario = _scenario(days=3.0)
    whole = run(scenario, every=1, threads=1)
    others = [run(scenario, every=1, threads=threads) for threads in (2, 8)]
    file = tmp_path / "slice.npz"
    run(scenario, every=1, threads=2, checkpoint=file, stop=1.5)
    others.append(run(scenario, every=1, threads=1, checkpoint=file))
    for other in others:
        assert other.rows == whole.rows
        for name, values in whole.maps.items():
            assert np.array_equal(other.maps[name], values), name
        assert np.array_equal(other.state.sensory.sprouts.x, whole.state.sensory.sprouts.x)
    with pytest.raises(NicheError, match="another scenario"):
        run(replace(scenario, seed=2), every=1, checkpoint=file)
    file.write_bytes(b"half of a file")
    with pytest.raises(NicheError, match="delete it"):
        run(scenario, every=1, checkpoint=file)


def test_halving_the_step_converges():
    """Fibres are off: they are random, and a step of them is not a finer look at the same ones. Cells wander so slowly
    that their motion takes one substep however long the step is."""
    still = {"sprout": 0.0, "fibre_injury": 0.0, "myelin_share": 0.3, "myelin_injury": 1.0}
    slow = NUMBERS.with_values(motility=100.0)
    scenarios = [replace(_scenario(step=step, **still), numbers=slow) for step in (0.25, 0.125, 0.0625)]
    found = [run(one, every=3, threads=1).rows[-1] for one in scenarios]
    burden = [row["burden"] for row in found]
    volume = [row["bone"] for row in found]
    orders = [np.log2((x[0] - x[1]) / (x[1] - x[2])) for x in (burden, volume)]
    assert orders[0] > 1.7  # cells and signals are of order two
    assert orders[1] > 0.9  # the load that bone feels is that of the beginning of the step
    for name in READ:
        assert found[1][name] == pytest.approx(found[2][name], rel=1e-3), name


def test_refining_the_grid_converges():
    still = {"sprout": 0.0, "fibre_injury": 0.0, "myelin_share": 0.3, "myelin_injury": 1.0}
    found = [run(_scenario(spacing, **still), every=3, threads=1).rows[-1] for spacing in (20.0, 10.0, 5.0)]
    for name in READ:
        assert found[1][name] == pytest.approx(found[2][name], rel=0.03), name
    assert abs(found[1]["burden"] - found[2]["burden"]) < abs(found[0]["burden"] - found[2]["burden"])


def _bands(spacing, step, seed):
    """Sensory fibres inside the tumour and within 100 um outside it, over those of resting marrow."""
    many = NUMBERS.with_values(fibre_length=3000.0)  # so many that chance is small
    scenario = replace(_scenario(spacing, step=step, sprout=5.0, fibre_injury=1.0), numbers=many, seed=seed)
    course, marrow = run(scenario, every=3, threads=1), scenario.geometry.marrow
    found = curve(course, "sensory", spacing, bands=(-100.0, 0.0, 100.0), within=marrow).now
    return found / course.maps["sensory"][0][marrow].mean()


@pytest.mark.slow
def test_fibres_by_distance_do_not_hang_on_step_or_grid():
    """Fibres are random and no finer step follows the same ones, so that means over slices are compared."""
    usual, half, coarse = (
        np.array([_bands(spacing, step, seed) for seed in range(6)])
        for spacing, step in ((10.0, 0.125), (10.0, 0.0625), (20.0, 0.125))
    )
    assert (np.abs(usual.mean(axis=0) - 1) > 0.05).all()  # something happens in both bands
    for other in (half, coarse):
        error = np.sqrt((usual.var(axis=0, ddof=1) + other.var(axis=0, ddof=1)) / 6)
        assert (np.abs(usual.mean(axis=0) - other.mean(axis=0)) < 3 * error + 0.05).all()


def test_without_trka_gain_nothing_sprouts_and_anti_ngf_holds_it_down():
    none = run(_scenario(sprout=0.0), every=3, threads=1).state.sensory.sprouts
    assert not len(none.name)
    free = run(_scenario(sprout=5.0), every=3, threads=1)
    block = replace(_scenario(sprout=5.0), changes=(Change(0.0, (("ngf_trap_added", 1e6),)),))
    blocked = run(block, every=3, threads=1)
    assert len(free.state.sensory.sprouts.name) > 5
    assert len(blocked.state.sensory.sprouts.name) < 0.2 * len(free.state.sensory.sprouts.name)


def test_a_denervated_region_has_no_fibres():
    region = np.zeros((32, 32), bool)
    region[:, 16:] = True
    course = run(replace(_scenario(days=1.0), denervated=region, foci=()), every=1, threads=1)
    assert not course.maps["sensory"][0][:, 16:].any()


def test_bad_input_says_what_to_change():
    with pytest.raises(NicheError, match=r"too coarse for rankl.*take 25 um or finer"):
        _scenario(spacing=40.0)
    with pytest.raises(NicheError, match="too coarse for the front"):
        Scenario(_geometry(), NUMBERS.with_values(motility=1.0), _parameters(), (Focus(200, 160, 60),))
    with pytest.raises(NicheError, match=r"step: above 0 and at most 0\.25"):
        _scenario(step=1.0)
    with pytest.raises(NicheError, match="whole number of steps"):
        _scenario(days=1.03)
    with pytest.raises(NicheError, match="did you mean 'ngf_trap_added'"):
        replace(_scenario(), changes=(Change(0.0, (("ngf_trap", 1.0),)),))
    with pytest.raises(NicheError, match="no marrow is there"):
        run(replace(_scenario(), foci=(Focus(110, 160, 5),)), every=1)
    with pytest.raises(NicheError, match="threads"):
        run(_scenario(), every=1, threads=0)
    with pytest.raises(NicheError, match="whole days"):
        run(_scenario(), every=0.5)
    with pytest.raises(NicheError, match="zoledronate on day 0: at least 0 mg/kg, got nan"):
        replace(_scenario(), doses=(Zoledronate(0.0, np.nan),))
    with pytest.raises(NicheError, match="before the end, day 3"):
        replace(_scenario(), changes=(Change(5.0, (("stress", 2.0),)),))
    with pytest.raises(NicheError, match="true or false for each cell of the slice"):
        replace(_scenario(), denervated=np.full((32, 32), np.nan))
    with pytest.raises(NicheError, match="a density above 0, at most 1"):
        replace(_scenario(), foci=(Focus(200, 160, 60, density=1.5),))


def test_more_cells_than_room_are_full_and_no_more():
    """Where bone grows into tumour its density passes 1; the model's powers of the room left are then of none left."""
    p = _parameters(supply_loss=0.7)
    cells = at_rest((1, 2))._replace(tumour=np.array([[1.0, 1.3]]))
    found = rates(cells, resting_signals((1, 2), p), Loading(1.0, 1.0), RESTING, p)
    for name, values in found.cells._asdict().items():
        assert np.isfinite(values).all(), name
        if name != "tumour":
            assert values[0, 0] == values[0, 1], name
    assert found.cells.tumour[0, 1] < found.cells.tumour[0, 0] <= 0


def test_geometry_is_checked_where_it_is_used():
    walled = np.zeros((32, 32), bool)
    walled[:, 14:18] = True
    with pytest.raises(NicheError, match="the marrow is in 2 pieces"):
        replace(_scenario(), geometry=Geometry(10.0, walled, np.zeros((32, 32), bool), "two rooms"))
    grey = _geometry()
    with pytest.raises(NicheError, match="mineral says of each cell whether it is there"):
        replace(_scenario(), geometry=replace(grey, mineral=np.where(grey.mineral, 0.7, np.nan)))
    with pytest.raises(NicheError, match="only 0% of the slice is marrow"):
        replace(_scenario(), geometry=replace(grey, mineral=np.ones((32, 32), bool), periosteum=walled & False))


def test_acid_is_what_pain_is_of_fibres_at_rest():
    """On the first day fibres and NGF are those of rest, so that excitation is acid and nothing else."""
    first = run(_scenario(days=1.0), every=1, threads=1).maps
    assert first["pain"][0] == pytest.approx(first["acid"][0], abs=1e-6)
    assert first["acid"][0].max() > 0
    rest = run(_scenario(days=1.0, focus=False), every=1, threads=1).maps
    assert np.abs(rest["acid"]).max() < 1e-5


def test_formation_at_rest_is_bone_surface():
    """Its sum over the slice is the length of the bar's edge, all of which lies in marrow."""
    found = run(_scenario(days=1.0, focus=False), every=1, threads=1).maps["formation"]
    edge = found[0].sum() * 10.0**2  # um
    assert edge == pytest.approx(2 * (60 + 200), rel=0.15)  # a layer about corners holds a little more
    assert found[-1] == pytest.approx(found[0], rel=1e-5)


def test_a_step_too_long_for_its_rates_is_refused_not_shipped():
    fast = _parameters()._replace(A_OBa=400.0)  # its own resting point is elsewhere: cells die within a step
    with pytest.raises(StepTooLong, match=r"is too long for these rates: take 0\.0625"):
        run(replace(_scenario(days=1.0), parameters=fast), every=1, threads=1)
    with pytest.raises(NicheError, match="parameter 'tumour_beta': expected one finite number"):
        replace(_scenario(), parameters=_parameters()._replace(tumour_beta=np.nan))
