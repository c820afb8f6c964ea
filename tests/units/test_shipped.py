"""The fit as one file: what is written is read, by the library it is meant for, and no other file is taken for it."""

import arviz_stats.base as statistics
import numpy as np
import pytest
import xarray as xr

from niche.errors import NicheError
from niche.inference.shipped import Drawn, Shape, drawn_of, manifest_of, read_fit, rounded, shape_of, write_fit

R = np.random.default_rng(0)
KEYS, SPREADS, PAPERS = ("model:a", "1D11:Kd", "c"), ("culture", "cohort"), ("elefteriou-2005", "sloan-2010")
DRAWN = Drawn(R.standard_normal((4, 30, 5)), R.normal(-3, 1, (4, 30, 3)), KEYS, SPREADS, PAPERS)
VALUES = {key: np.exp(R.standard_normal(120)) for key in KEYS}
SHAPE = Shape(R.standard_normal(5), np.eye(5), 0.3, np.array([0.1, 2.0, 0.0]))
EFFECTS = {"SB01": R.standard_normal(120), "SB02.1": R.standard_normal(120)}


@pytest.fixture
def file(tmp_path):
    spreads = np.abs(R.standard_normal((120, 2)))
    return write_fit(
        tmp_path / "new" / "fit.nc", DRAWN, VALUES, spreads, EFFECTS, SHAPE, {"freeze": "abc", "rhat": 1.004}
    )


def test_what_is_written_is_read(file):
    tree = read_fit(file, "abc")
    found = drawn_of(tree)
    np.testing.assert_allclose(found.scores, DRAWN.scores, rtol=1e-6)
    np.testing.assert_allclose(found.parts, DRAWN.parts, rtol=3e-4, atol=3e-3)
    np.testing.assert_allclose(found.parts.sum(axis=-1), DRAWN.parts.sum(axis=-1), rtol=1e-6)
    assert found[2:] == DRAWN[2:]
    assert manifest_of(tree)["rhat"] == 1.004
    for one, other in zip(shape_of(tree), SHAPE, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)
    for key, values in VALUES.items():
        np.testing.assert_allclose(tree["posterior"]["value"].sel(parameter=key).values.ravel(), values, rtol=1e-6)


def test_libraries_of_the_field_read_it(file):
    tree = xr.open_datatree(file, engine="h5netcdf")
    one = tree["posterior"]["value"].sel(parameter="c")
    assert one.dims == ("chain", "draw")
    assert 50 < statistics.array_stats.ess(one.values.astype(float)) < 250
    assert tree["predictions"]["effect"].sel(row="SB01").shape == (4, 30)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda file: file.unlink(), "is missing: run 'niche fit'"),
        (lambda file: file.write_bytes(file.read_bytes()[:3000]), "is not readable"),
        (lambda file: file.write_text("draws"), "is not readable"),
        (lambda file: xr.Dataset({"x": 1}).to_netcdf(file, engine="h5netcdf"), "has no group posterior"),
    ],
)
def test_a_file_that_is_none_is_refused(file, spoil, said):
    spoil(file)
    with pytest.raises(NicheError, match=said):
        read_fit(file)


def test_draws_of_another_freeze_are_refused_by_name(file):
    with pytest.raises(NicheError, match="rests on the freeze abc, and the tables of params/ are those of def"):
        read_fit(file, "def")


def test_rounding_keeps_four_digits():
    values = R.standard_normal(1000) * 10.0 ** R.integers(-5, 5, 1000)
    np.testing.assert_allclose(rounded(values), values, rtol=2.0**-13)
    assert rounded(np.array([0.0, -np.inf])).tolist() == [0.0, -np.inf]
