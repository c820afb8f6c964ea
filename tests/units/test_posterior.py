"""Calibrated draws: what was written comes back, and a missing, cut or edited file is refused, never half read."""

import hashlib
import json
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

import niche
from niche.errors import NicheError
from niche.params.layers import read_registry
from niche.params.posterior import PRIOR, Posterior, read_manifest, read_posterior, write_manifest, write_posterior
from niche.params.records import root

DRAWS = {"model:b2_rankl": np.array([0.5, -1.25, 2.0]), "mouse:turnover": np.array([0.0123456789, 0.02, 0.03])}
HINT = "make it again with 'niche calibrate', or ask for posterior='prior'"


@pytest.fixture
def folder(tmp_path):
    write_posterior(DRAWS, {"seed": 7}, tmp_path)
    return tmp_path


def refused(folder, said):
    read_posterior.cache_clear()
    with pytest.raises(NicheError, match=said) as error:
        read_posterior(folder)
    assert HINT in str(error.value)


def seal(folder, content):
    """Put a table there with a manifest that fits it."""
    (folder / "draws.csv").write_bytes(content)
    (folder / "manifest.json").write_text(json.dumps({"sha256": hashlib.sha256(content).hexdigest()}))


def test_draws_come_back_to_six_digits_with_their_manifest(folder):
    found = read_posterior(folder)
    assert set(found.draws) == set(DRAWS)
    assert len(found) == 3
    for key, values in DRAWS.items():
        np.testing.assert_allclose(found.draws[key], values, rtol=5e-6)
        with pytest.raises(ValueError, match="read-only"):
            found.draws[key][0] = 1
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["seed"], manifest["draws"]) == (7, 3)
    assert sorted(path.name for path in folder.iterdir()) == ["draws.csv", "manifest.json"]  # nothing left beside


def test_writing_again_is_seen(folder):
    assert len(read_posterior(folder)) == 3
    write_posterior({"model:b2_rankl": np.ones(5)}, {}, folder)
    assert len(read_posterior(folder)) == 5


def test_same_draws_same_bytes_whatever_the_order(folder):
    before = (folder / "draws.csv").read_bytes()
    write_posterior(dict(reversed(DRAWS.items())), {"seed": 7}, folder)
    assert (folder / "draws.csv").read_bytes() == before


@pytest.mark.parametrize("name", ["draws.csv", "manifest.json"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    refused(folder, f"{name} is missing")


@pytest.mark.parametrize("keep", [0, 1, 20, -1])
def test_a_truncated_table_is_refused(folder, keep):
    content = (folder / "draws.csv").read_bytes()
    (folder / "draws.csv").write_bytes(content[:keep])
    refused(folder, "draws.csv is not the file that its manifest describes .truncated or edited")


def test_an_edited_number_is_refused(folder):
    content = (folder / "draws.csv").read_bytes()
    assert b"-1.25" in content
    (folder / "draws.csv").write_bytes(content.replace(b"-1.25", b"-1.26"))
    refused(folder, "truncated or edited")


@pytest.mark.parametrize(
    "manifest", [b"", b"{", b'{"sha256": "', b"\xff\xfe", b"[]", b"null", b"{}", b'{"sha256": null}']
)
def test_a_bad_manifest_is_refused(folder, manifest):
    (folder / "manifest.json").write_bytes(manifest)
    refused(folder, "manifest|not readable")


@pytest.mark.parametrize(
    "table",
    [
        b"",
        b"\n",
        b"model:a\n",
        b"model:a,model:b\n1,2\n3\n",
        b"model:a\n1,2\n",
        b"model:a\none\n",
        b"model:a\n\n",
        b"model:a,model:a\n1,2\n",
        b"model:a\nnan\n",
        b"model:a\ninf\n",
    ],
)
def test_a_table_without_a_finite_number_per_parameter_and_draw_is_refused(folder, table):
    seal(folder, table)
    read_posterior.cache_clear()
    with pytest.raises(NicheError):
        read_posterior(folder)


def test_the_shipped_posterior_is_read_or_its_absence_is_said():
    """Whichever it is: an unreadable one is never replaced by the prior."""
    if (root() / "posterior" / "draws.csv").exists():
        found = read_posterior()
        assert set(found.draws) <= set(read_registry().uncertain())
        assert niche.hosts("mouse", draws=3).posterior is found
    else:
        with pytest.raises(NicheError, match=r"draws\.csv is missing"):
            niche.hosts("mouse")


@pytest.mark.parametrize(
    "draws",
    [
        {},
        {"model:a": np.array([])},
        {"model:a": np.ones(2), "model:b": np.ones(3)},
        {"model:a": np.array([1.0, np.nan])},
        {"model:a": np.array([np.inf])},
        {"model:a": np.float64(1)},
        {"model:a": np.ones((2, 2))},
    ],
)
def test_what_is_no_set_of_draws_is_not_written(folder, draws):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(NicheError):
        write_posterior(draws, {}, folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("moves", [0, 1, 2])
def test_a_write_that_is_killed_leaves_the_old_draws_or_has_the_new_ones(folder, monkeypatch, moves):
    """Killed before any of its moves, and after each; the manifest is then that of the draws."""
    move, done = Path.replace, []

    def killed(self, target):
        if len(done) == moves:
            raise KeyboardInterrupt
        done.append(target)
        return move(self, target)

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        write_posterior({"model:b2_rankl": np.ones(5)}, {"seed": 8}, folder)
    read_posterior.cache_clear()
    assert (len(read_posterior(folder)), read_manifest(folder)["seed"]) == ((5, 8) if moves == 2 else (3, 7))
    monkeypatch.undo()
    write_posterior({"model:b2_rankl": np.ones(6)}, {"seed": 9}, folder)
    assert (len(read_posterior(folder)), read_manifest(folder)["seed"]) == (6, 9)
    assert sorted(path.name for path in folder.iterdir()) == ["draws.csv", "manifest.json"]
    assert "before" not in json.loads((folder / "manifest.json").read_text())


def test_what_is_said_about_draws_can_be_replaced_and_not_given_to_others(folder):
    write_manifest(read_manifest(folder) | {"seed": 12}, folder)
    assert read_manifest(folder)["seed"] == 12
    assert len(read_posterior(folder)) == 3
    with pytest.raises(NicheError, match="about other draws"):
        write_manifest(read_manifest(folder) | {"sha256": "0"}, folder)


def test_no_draws_is_the_prior():
    assert len(PRIOR) == 0
    np.testing.assert_array_equal(
        niche.hosts("mouse", draws=4, posterior=PRIOR).parameters.turnover,
        niche.hosts("mouse", draws=4, posterior="prior").parameters.turnover,
    )


def made(**draws):
    return Posterior(MappingProxyType({key.replace("__", ":"): np.asarray(v, float) for key, v in draws.items()}))


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
    write_posterior({entry.key: np.array([low, high])}, {}, tmp_path)
    found = niche.hosts("mouse", tumour="MDA-231-luc", draws=2, posterior=read_posterior(tmp_path))
    np.testing.assert_allclose(found.parameters.growth, [low, high], rtol=5e-6)
