"""Simulation: read-outs where they were asked for, and the same host the same numbers in any company."""

import copy
import math
import pickle

import numpy as np
import pytest
import xarray as xr

import niche
from niche import Protocol
from niche.errors import NicheError
from niche.experiment.hosts import Hosts
from niche.experiment.result import Result
from niche.experiment.schedule import schedule
from niche.model.observables import OBSERVABLES
from niche.model.state import AT_REST, Parameters, State
from niche.params.layers import read_registry

MICE = niche.hosts("mouse", draws=3, posterior="prior", tumour="MDA-231-luc")
CROWD = niche.hosts("mouse", draws=150, posterior="prior", tumour="MDA-231-luc")  # three pieces of work
BUSY = (
    Protocol(21)
    .seed()
    .infuse("isoprenaline", "5 mg/kg/day", 3, 10)
    .dose("OPG-Fc", "3 mg/kg", day=5, every="56 h")
    .dose("zoledronate", "0.1 mg/kg", day=12)
)


def alone(hosts, j):
    """Host j without the others."""
    column = Parameters(*(np.broadcast_to(c, len(hosts))[j : j + 1] for c in hosts.parameters))
    return Hosts(**{**vars(hosts), "rows": hosts.rows[j : j + 1], "parameters": column})


@pytest.mark.parametrize(
    ("options", "times"),
    [
        ({}, [0, 1, 2]),
        ({"every": "6 h"}, [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2]),
        ({"every": 0.75}, [0, 0.75, 1.5, 2]),
        ({"every": 2}, [0, 2]),
        ({"every": 50}, [0, 2]),
        ({"at": [2, 0, 1.5, 1.5]}, [0, 1.5, 2]),
        ({"at": ["36 h", 2]}, [1.5, 2]),
        ({"at": [0]}, [0]),
        ({"at": np.array([0.5])}, [0.5]),
    ],
)
def test_read_out_times(options, times):
    found = niche.simulate(MICE, Protocol(2), **options)
    assert found.time.values.tolist() == times
    assert found["BV/TV"].shape == (3, len(times))


def test_the_last_day_is_read_once():
    for gap in (0.1, 0.7, 1 / 3, "7 h", "1 min"):
        times = niche.simulate(alone(MICE, 0), Protocol(7), every=gap).time.values
        assert times[-1] == 7
        assert (np.diff(times) > 1e-6).all()


@pytest.mark.parametrize(
    "options",
    [
        {"every": 0},
        {"every": -1},
        {"every": "0 h"},
        {"every": math.nan},
        {"every": "1"},
        {"every": "1 mg"},
        {"every": None},
        {"at": []},
        {"at": [-0.1]},
        {"at": [2.001]},
        {"at": ["3 days"]},
        {"at": [math.nan]},
        {"at": [True]},
        {"at": [None]},
        {"at": "36 h"},
        {"method": "euler"},
        {"method": "Auto"},
        {"method": None},
        {"rtol": 0},
        {"rtol": -1e-6},
        {"rtol": 0.5},
        {"rtol": 1e-16},
        {"rtol": math.nan},
        {"rtol": math.inf},
    ],
)
def test_bad_options_are_refused(options):
    with pytest.raises(NicheError):
        niche.simulate(MICE, Protocol(2), **options)


def test_an_unknown_method_gets_the_nearest_and_a_tolerance_its_limits():
    with pytest.raises(NicheError, match="unknown method 'explict'; did you mean 'explicit'"):
        niche.simulate(MICE, Protocol(2), method="explict")
    with pytest.raises(NicheError, match=r"rtol must lie between 1e-13 and 1e-2, got 0\.5"):
        niche.simulate(MICE, Protocol(2), rtol=0.5)
    with pytest.raises(NicheError, match=r"between day 0 and day 2, got \[3\]"):
        niche.simulate(MICE, Protocol(2), at=[3])


def test_an_unknown_observable_of_an_effect_gets_the_nearest():
    arm = niche.simulate(MICE, Protocol(2))
    with pytest.raises(NicheError, match=r"unknown observable 'Oc.N/BV'; did you mean 'Oc.N/BS'"):
        niche.effect(arm, arm, "Oc.N/BV")


def test_a_dose_is_read_just_after_it():
    """Right-continuous at day 0, on the day, and at the end; the instant before holds what was there before."""
    protocol = Protocol(4).dose("OPG-Fc", "1 mg/kg", every=2)
    dose = schedule(MICE, protocol).jumps[:, 0, State._fields.index("rankl_trap_depot")]
    ka = MICE.values(read_registry().drugs["OPG-Fc"].parameters["rankl_trap_ka"])
    after, left = dose, dose * np.exp(-2 * ka)
    found = niche.simulate(MICE, protocol, at=[0, 2 - 1e-6, 2, 4 - 1e-6, 4], rtol=1e-9)["rankl_trap_depot"].values
    expected = [after, left, left + dose, (left + dose) * np.exp(-2 * ka), (left + dose) * np.exp(-2 * ka) + dose]
    np.testing.assert_allclose(found, np.stack(expected, axis=1), rtol=2e-6)
    np.testing.assert_array_equal(found[:, 0], dose)


def test_an_infusion_is_read_from_its_start_and_not_at_its_stop():
    found = niche.simulate(MICE, Protocol(4).infuse("isoprenaline", "5 mg/kg/day", 1, 3))["beta2 signal"].values
    rest = niche.simulate(MICE, Protocol(4))["beta2 signal"].values
    raised = found > rest
    np.testing.assert_array_equal(raised, [[False, True, True, False, False]] * 3)
    np.testing.assert_array_equal(found[~raised], rest[~raised])


def test_an_infusion_that_stops_on_the_last_day_is_over_there_and_one_without_a_stop_is_not():
    """Instantaneous read-outs of the last day differ between the two; cells do not."""
    lasting = niche.simulate(MICE, Protocol(4).infuse("isoprenaline", "5 mg/kg/day"))
    stopped = niche.simulate(MICE, Protocol(4).infuse("isoprenaline", "5 mg/kg/day", stop=4))
    assert (stopped["beta2 signal"][:, -1] < lasting["beta2 signal"][:, -1]).all()
    np.testing.assert_array_equal(stopped["Oc.N/BS"], lasting["Oc.N/BS"])
    np.testing.assert_array_equal(stopped["beta2 signal"][:, :-1], lasting["beta2 signal"][:, :-1])


def test_a_trap_follows_the_curve_of_bateman():
    """D ka/(ka-ke) (exp(-ke t) - exp(-ka t)): Bateman 1910, one absorption and one elimination."""
    own = read_registry().drugs["1D11"].parameters
    ka, ke = (MICE.values(own[f"tgfb_trap_{k}"])[:, None] for k in ("ka", "ke"))
    protocol = Protocol(20).dose("1D11", "10 mg/kg", day=3)
    dose = schedule(MICE, protocol).jumps[:, 1, State._fields.index("tgfb_trap_depot")][:, None]
    found = niche.simulate(MICE, protocol, rtol=1e-10)
    t = found.time.values - 3
    curve = np.where(t > 0, dose * ka / (ka - ke) * (np.exp(-ke * t) - np.exp(-ka * t)), 0)
    np.testing.assert_allclose(found["tgfb_trap"], curve, rtol=1e-7, atol=1e-9)


def test_without_anything_done_every_host_stays_at_rest():
    found = niche.simulate(CROWD, Protocol(365), every=73, rtol=1e-10)
    for name, value in AT_REST._asdict().items():
        # None gather at rest but for the last digit of RANK occupancy.
        np.testing.assert_allclose(found[name], value, rtol=1e-8, atol=1e-9 if name == "gathered" else 0)


@pytest.mark.parametrize("drug", ["propranolol", "isoprenaline"])
def test_none_of_a_drug_changes_nothing(drug):
    none = niche.simulate(MICE, Protocol(14).seed().infuse(drug, "0 mg/kg/day"))
    xr.testing.assert_equal(none, niche.simulate(MICE, Protocol(14).seed()))


@pytest.mark.parametrize("workers", [2, 3, None])
def test_the_numbers_do_not_depend_on_the_number_of_workers(workers):
    xr.testing.assert_identical(niche.simulate(CROWD, BUSY, workers=1), niche.simulate(CROWD, BUSY, workers=workers))


@pytest.mark.parametrize("method", ["auto", "explicit", "stiff"])
@pytest.mark.parametrize("j", [0, 63, 64, 149])
def test_a_host_alone_is_bit_for_bit_the_host_in_a_crowd(method, j):
    hosts = CROWD if method != "stiff" else CROWD_OF_FOUR[j]
    found = niche.simulate(alone(CROWD, j), BUSY, method=method, every=7)
    crowd = _run(hosts, method)
    k = int(np.flatnonzero(crowd.draw.values == CROWD.rows[j])[0])
    xr.testing.assert_equal(found, crowd.isel(draw=slice(k, k + 1)))


CROWD_OF_FOUR = {}
for _j in (0, 63, 64, 149):
    _some = np.unique([0, 1, 64, _j])
    _columns = Parameters(*(np.broadcast_to(c, len(CROWD))[_some] for c in CROWD.parameters))
    CROWD_OF_FOUR[_j] = Hosts(**{**vars(CROWD), "rows": CROWD.rows[_some], "parameters": _columns})
_RUNS = {}


def _run(hosts, method):
    key = (id(hosts), method)
    if key not in _RUNS:
        _RUNS[key] = niche.simulate(hosts, BUSY, method=method, every=7)
    return _RUNS[key]


def test_one_draw_is_the_first_of_many():
    one = niche.hosts("mouse", draws=1, posterior="prior", tumour="MDA-231-luc")
    xr.testing.assert_equal(niche.simulate(one, BUSY, every=7), _run(CROWD, "auto").isel(draw=slice(0, 1)))


def test_denser_read_outs_do_not_change_the_numbers():
    """Read-outs are interpolated, so that they never steer the steps."""
    few, many = niche.simulate(MICE, BUSY, at=[7, 21]), niche.simulate(MICE, BUSY, every="1 h")
    xr.testing.assert_equal(few, many.sel(time=[7, 21]))


def test_the_stiff_method_agrees():
    explicit, stiff = (niche.simulate(MICE, BUSY, method=m, rtol=1e-9) for m in ("explicit", "stiff"))
    for name in State._fields:
        np.testing.assert_allclose(explicit[name], stiff[name], rtol=1e-6, atol=1e-9)


def test_every_variable_says_its_unit_and_what_it_is():
    found = niche.simulate(MICE, BUSY)
    assert {v.attrs.get("long_name", n) for n, v in found.data_vars.items()} == {*State._fields, *OBSERVABLES, "status"}
    for name, variable in found.variables.items():
        assert variable.attrs["description"], name
        assert name in ("status", "draw") or variable.attrs["units"], name
        assert name in ("draw", "time") or np.dtype(variable.dtype).kind in "fU", name
    assert found["RANKL"].attrs["units"] == "pM"
    assert found.time.attrs["units"] == "day"


def test_the_result_says_what_was_done_to_whom():
    hosts = niche.hosts("mouse", strain="C3H", sex="female", draws=2, seed=9, posterior="prior").with_parameters(tone=2)
    said = niche.simulate(hosts, Protocol("1 week").dose("denosumab", "400 mg/kg").stress(3)).attrs
    assert (said["system"], said["strain"], said["sex"], said["tumour"]) == ("mouse", "C3H", "female", "none")
    assert (said["seed"], said["days"], said["failed"], said["changed"]) == (9, 7, 0, "tone=2")
    assert "denosumab 400 mg/kg" in said["steps"]
    assert "not for the mouse" in said["warnings"]
    assert niche.simulate(MICE, Protocol(1)).attrs["warnings"] == "none"


def test_an_overdose_warns_in_the_result():
    said = niche.simulate(MICE, Protocol(1).infuse("propranolol", "1 g/kg/day")).attrs["warnings"]
    assert said == "propranolol: 1000 mg/kg/day is above 100 mg/kg/day, the most that its source used"


@pytest.mark.parametrize("method", ["auto", "explicit", "stiff"])
@pytest.mark.filterwarnings("ignore:overflow")
def test_a_host_that_fails_says_so_is_nan_from_there_and_spoils_no_other(method):
    """One host's gain is absurd; the infusion starts on day 3."""
    protocol = Protocol(6).infuse("isoprenaline", "100 mg/kg/day", start=3)
    found = niche.simulate(MICE.with_parameters(b2_rankl=[0.0, 1e4, 0.0]), protocol, method=method)
    well = niche.simulate(MICE.with_parameters(b2_rankl=0.0), protocol, method=method)
    assert found.status.values[[0, 2]].tolist() == ["ok", "ok"]
    assert found.status.values[1] != "ok"
    assert found.attrs["failed"] == 1
    assert np.isfinite(found["Oc.N/BS"].values[1, :3]).all()
    for name in State._fields:
        assert np.isnan(found[name].values[1, 4:]).all()
        np.testing.assert_array_equal(found[name].values[[0, 2]], well[name].values[[0, 2]])


def test_the_result_holds_only_what_a_file_can_hold():
    """Plain numbers and text in every attribute."""
    found = niche.simulate(MICE, BUSY, every=7)
    for attributes in (found.attrs, *(v.attrs for v in found.variables.values())):
        assert {type(value) for value in attributes.values()} <= {str, int, float}


# --- saved, pickled, copied


@pytest.mark.filterwarnings("ignore:The data type")  # of Zarr, about text of one length
@pytest.mark.filterwarnings("ignore:Consolidated metadata")  # and about how xarray writes by itself
@pytest.mark.parametrize("engine", ["scipy", "netcdf4", "h5netcdf", "zarr"])
def test_a_result_is_saved_and_read_back_as_it_was(tmp_path, engine):
    found = niche.simulate(MICE, BUSY)
    file = tmp_path / "result"
    if engine == "zarr":
        found.to_zarr(file, mode="w")
    else:
        found.to_netcdf(file, engine=engine)
    with xr.open_dataset(file, engine=engine) as saved:
        back = saved.load()
    assert back.identical(found)
    assert back["BV_TV"].attrs["long_name"] == "BV/TV"
    assert np.array_equal(Result.of(back)["BV/TV"], found["BV/TV"])
    one, other = niche.effect(back, back, "Oc.N/BS"), niche.effect(found, found, "Oc.N/BS")
    assert one.identical(other)


def test_a_result_is_read_by_either_name():
    found = niche.simulate(MICE, BUSY)
    assert not any("/" in str(name) for name in found.variables)
    assert found["BV/TV"].identical(found["BV_TV"])
    assert "BV/TV" in found
    assert "Tb/Th" not in found
    assert set(found[["BV/TV", "CTX"]].data_vars) == {"BV_TV", "CTX"}
    assert found.isel(time=[0])["Oc.N/BS"].shape == (len(MICE), 1)
    found["BV/TV"] = found["BV/TV"] * 100
    assert "BV/TV" not in found.variables
    assert float(found["BV_TV"][0, 0]) == pytest.approx(100)
    with pytest.raises(KeyError):
        found["BVTV"]


def test_every_public_object_pickles_and_copies():
    result = niche.simulate(MICE, BUSY)
    claim = niche.claim("bone-destruction")
    things = [MICE, BUSY, result, niche.effect(result, result, "BV/TV"), claim, claim.answers, read_registry()]
    for thing in things:
        for again in (pickle.loads(pickle.dumps(thing)), copy.deepcopy(thing), copy.copy(thing)):
            assert type(again) is type(thing)
    again = pickle.loads(pickle.dumps(MICE))
    assert niche.simulate(again, BUSY).identical(result)
    with pytest.raises(TypeError):
        again.posterior.draws["x"] = 1  # still nobody's to change
