"""A fit that is committed before it has converged goes on elsewhere as it would have here."""

import numpy as np
import pytest
from test_chains import Toy

from niche.errors import NicheError
from niche.inference.checkpoint import Store
from niche.inference.fit import blocks_of, kept_chains
from niche.inference.sampler import ROUNDS, advance, begin
from niche.inference.unfinished import keep, take_up

MORE = 5


def density(scores):
    return Toy().parts(scores)[0].sum(axis=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A store with learning and a few blocks done, and the states then."""
    store, (mean, covariance) = Store(tmp_path_factory.mktemp("here"), {}), Toy().posterior()
    for e in (0, 1):
        state = begin([mean], [covariance], 8, (1, 2, e))
        for n in range(ROUNDS + MORE + e):  # one is a block ahead
            state, block = advance(Toy(), state)
            if n >= ROUNDS:
                store.save(f"block-{e}-{n:04}", block)
        store.save(f"state-{e}", state)
    return store


def test_it_goes_on_with_the_same_numbers(made, tmp_path):
    file = keep(made, "abc", tmp_path / "unfinished.npz")
    there = Store(tmp_path / "there", {})
    assert take_up(there, "abc", file, density) == MORE
    chains, accepted = kept_chains(blocks_of(there))
    own, known = kept_chains(blocks_of(made))
    np.testing.assert_allclose(chains, own, rtol=2e-4)
    assert [len(blocks) for blocks in blocks_of(there)] == [MORE, MORE + 1]
    assert accepted == pytest.approx(known)
    for e in (0, 1):
        here, elsewhere = (advance(Toy(), one.load(f"state-{e}")) for one in (made, there))
        np.testing.assert_array_equal(here[1]["chain"], elsewhere[1]["chain"])


def test_what_is_there_already_or_of_another_density_is_left(made, tmp_path):
    file = keep(made, "abc", tmp_path / "unfinished.npz")
    assert take_up(made, "abc", file, density) == 0
    assert take_up(Store(tmp_path / "other", {}), "def", file, density) == 0
    assert take_up(Store(tmp_path / "none", {}), "abc", tmp_path / "no.npz", density) == 0


def test_the_same_tables_under_equations_that_changed_are_another_density(made, tmp_path):
    file = keep(made, "abc", tmp_path / "unfinished.npz")
    there = Store(tmp_path / "there", {})
    assert take_up(there, "abc", file, lambda x: density(x) + 0.1 * x[:, 0]) == 0
    assert there.load("state-0") is None
    assert take_up(there, "abc", file, lambda x: density(x) + 1e-4) == MORE


def test_learning_that_is_not_over_is_not_kept(tmp_path):
    store, (mean, covariance) = Store(tmp_path, {}), Toy().posterior()
    assert keep(store, "abc", tmp_path / "u.npz") is None
    store.save("state-0", begin([mean], [covariance], 8, (1,)))
    assert keep(store, "abc", tmp_path / "u.npz") is None
    assert not (tmp_path / "u.npz").exists()


def test_a_spoilt_file_is_refused(tmp_path):
    (tmp_path / "u.npz").write_bytes(b"PK spoilt")
    with pytest.raises(NicheError, match="not readable"):
        take_up(Store(tmp_path / "s", {}), "abc", tmp_path / "u.npz", density)
