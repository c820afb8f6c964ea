"""Fitted draws: what `niche fit` wrote comes back, and a missing, cut or foreign file is refused, never half read."""

import h5py
import numpy as np
import pytest
import xarray as xr
from scipy.special import ndtr

import niche
from niche.errors import NicheError
from niche.frozen import Frozen
from niche.inference.shipped import Drawn, Shape, drawn_of, read_fit, write_fit
from niche.params.layers import read_registry
from niche.params.lock import locked
from niche.params.posterior import FILE, PRIOR, Posterior, draw, posterior_digest, read_manifest, read_posterior, unseen
from niche.params.records import root
from niche.provenance import digest_bytes

VALUES = {"model:b2_rankl": np.linspace(-1, 2, 12), "mouse:turnover": np.linspace(0.0123456789, 0.03, 12)}
HINT = "run 'niche fit', or ask for posterior='prior'"


def written(folder, values=VALUES, freeze=None):
    """A fit of these values as two walkers of six draws, in a file that `niche fit` writes."""
    keys, noise = tuple(values), np.random.default_rng(0).standard_normal
    drawn = Drawn(noise((2, 6, len(keys) + 1)), noise((2, 6, 2)), keys, ("culture",), ("sloan-2010",))
    shape = Shape(np.zeros(len(keys) + 1), np.eye(len(keys) + 1), 0.3, np.zeros(2))
    manifest = {"freeze": locked() if freeze is None else freeze, "rhat_max": 1.004}
    return write_fit(folder / FILE, drawn, values, np.ones((12, 1)), {"SB01": noise(12)}, shape, manifest)


@pytest.fixture
def folder(tmp_path):
    written(tmp_path)
    return tmp_path


def refused(folder, said):
    with pytest.raises(NicheError, match=said) as error:
        read_posterior(folder)
    return str(error.value)


def test_draws_come_back_walker_after_walker_with_their_manifest(folder):
    found = read_posterior(folder)
    assert set(found.draws) == set(VALUES)
    assert len(found) == 12
    for key, values in VALUES.items():
        np.testing.assert_allclose(found.draws[key], values, rtol=1e-6)
        with pytest.raises(ValueError, match="read-only"):
            found.draws[key][0] = 1
    assert read_manifest(folder)["rhat_max"] == 1.004
    assert posterior_digest(folder) == digest_bytes((folder / FILE).read_bytes())


def test_writing_again_is_seen(folder):
    assert read_posterior(folder).draws["mouse:turnover"][0] == pytest.approx(0.0123456789)
    written(folder, {"mouse:turnover": np.full(12, 0.02)})
    assert set(read_posterior(folder).draws) == {"mouse:turnover"}
    assert posterior_digest(folder) == digest_bytes((folder / FILE).read_bytes())


def test_some_draws_are_those_of_as_many_hosts(folder):
    whole, some = read_posterior(folder), read_posterior(folder, draws=5, seed=3)
    hosts = niche.hosts("mouse", draws=5, seed=3, posterior=whole)
    np.testing.assert_array_equal(some.draws["mouse:turnover"], whole.draws["mouse:turnover"][hosts.rows])
    np.testing.assert_array_equal(some.draws["model:b2_rankl"], hosts.parameters.b2_rankl)
    with pytest.raises(NicheError, match="draws must be a whole number of at least 1"):
        read_posterior(folder, draws=0)


def test_a_missing_file_is_named(folder):
    (folder / FILE).unlink()
    said = refused(folder, "posterior.nc is missing")
    assert HINT in said


@pytest.mark.parametrize(
    "spoil",
    [
        lambda file: file.write_bytes(b""),
        lambda file: file.write_text("model:a\n1\n"),
        lambda file: file.write_bytes(file.read_bytes()[:3000]),
        lambda file: file.write_bytes(file.read_bytes()[:-1]),
        lambda file: xr.Dataset({"x": 1}).to_netcdf(file, engine="h5netcdf"),
    ],
    ids=["empty", "a table", "cut", "a byte short", "another file"],
)
def test_a_file_that_is_no_fit_is_refused(folder, spoil):
    spoil(folder / FILE)
    assert HINT in refused(folder, "posterior.nc is not readable")


def test_draws_of_another_freeze_are_refused_by_name(tmp_path):
    written(tmp_path, freeze="abcdef")
    said = f"posterior.nc rests on the freeze abcdef, and the tables of params/ are those of {locked()[:12]}"
    assert "Run 'niche fit'" in refused(tmp_path, said)


def test_a_parameter_twice_is_refused(folder):
    with h5py.File(folder / FILE, "r+") as file:
        file["posterior/parameter"][1] = file["posterior/parameter"][0]
    refused(folder, "a parameter twice")


@pytest.mark.parametrize(
    "draws",
    [
        {"model:a": np.array([])},
        {"model:a": np.ones(2), "model:b": np.ones(3)},
        {"model:a": np.array([1.0, np.nan])},
        {"model:a": np.array([np.inf])},
        {"model:a": np.float64(1)},
        {"model:a": np.ones((2, 2))},
    ],
)
def test_what_is_no_set_of_draws_is_no_posterior(draws):
    with pytest.raises(NicheError):
        Posterior(Frozen(draws))


# --- the one that is shipped


def test_the_shipped_values_are_those_of_the_shipped_scores():
    """Through the quantiles of today's priors: a prior that moved after the fit would show here."""
    drawn, found = drawn_of(read_fit(root() / "posterior" / FILE)), read_posterior()
    scores, uncertain = drawn.flat()[0], read_registry().uncertain()
    assert set(found.draws) <= set(uncertain)
    for i, key in enumerate(drawn.keys):
        expected = uncertain[key].sample(ndtr(scores[:, i]))
        np.testing.assert_allclose(found.draws[key], expected, rtol=2e-5, atol=1e-9, err_msg=key)


def test_the_shipped_draws_are_what_hosts_take():
    assert len(read_posterior()) >= 1000
    assert niche.hosts("mouse", draws=3).posterior is read_posterior()


def test_what_no_fitted_row_uses_is_named_and_comes_from_its_prior():
    names, uncertain, rows = unseen(), read_registry().uncertain(), np.array([2, 5, 900])
    assert {*names} | {*read_posterior().draws} == {*uncertain}
    assert "cool housing:energy" in names  # no paper of the fit kept its mice cool
    for key in names:
        found = draw(uncertain[key], rows, 4, read_posterior())
        np.testing.assert_array_equal(found, draw(uncertain[key], rows, 4, PRIOR))
        assert len(set(found)) == 3


# --- sets of draws of one's own


def test_no_draws_is_the_prior():
    assert len(PRIOR) == 0
    np.testing.assert_array_equal(
        niche.hosts("mouse", draws=4, posterior=PRIOR).parameters.turnover,
        niche.hosts("mouse", draws=4, posterior="prior").parameters.turnover,
    )


def made(**draws):
    return Posterior(Frozen({key.replace("__", ":"): np.asarray(v, float) for key, v in draws.items()}))


def test_a_draw_for_a_parameter_that_is_not_there_is_refused():
    """A renamed parameter would otherwise be drawn from its prior without a word."""
    with pytest.raises(NicheError, match="unknown parameter 'mouse:turnovr'; did you mean 'mouse:turnover'"):
        niche.hosts("mouse", draws=2, posterior=made(mouse__turnovr=[0.01, 0.02]))


@pytest.mark.parametrize("value", [-0.01, 1e3])
def test_a_draw_beyond_the_bounds_is_refused(value):
    with pytest.raises(NicheError, match="mouse:turnover goes beyond its range"):
        niche.hosts("mouse", draws=2, posterior=made(mouse__turnover=[0.01, value]))


def test_a_draw_at_a_bound_survives_being_written(tmp_path):
    entry = read_registry().entries()["MDA-231-luc:growth"]
    low, high = entry.range[0] * (1 + 1e-9), entry.range[1] * (1 - 1e-9)
    written(tmp_path, {entry.key: np.tile([low, high], 6)})
    found = niche.hosts("mouse", tumour="MDA-231-luc", draws=12, posterior=read_posterior(tmp_path))
    np.testing.assert_allclose(found.parameters.growth, np.tile([low, high], 6), rtol=5e-6)
