"""params/imaging: what is shipped is complete, and a mistake in a file or an argument is named."""

import copy

import numpy as np
import pytest

from compendium.claims import imaging as claims
from compendium.figures.fit_to_print import problems
from compendium.figures.lesion_seen import lesion_seen
from niche.errors import NicheError
from niche.imaging import Lesion, drawn, drawn_lesions, lesion, modality, needed_fold, picture, profile_of, read_imaging
from niche.imaging.blur import blurred, sigma_of
from niche.imaging.forward import noise
from niche.imaging.lead import Course, first_seen
from niche.imaging.lesions import from_profile
from niche.imaging.observer import criterion
from niche.imaging.table import read_parts
from niche.params.records import read_folder, root


@pytest.fixture
def files():
    """The content of params/imaging, to break."""
    return copy.deepcopy(dict(read_folder(root() / "imaging")))


def test_every_number_has_a_source_a_kind_and_a_range_that_holds_it():
    numbers = read_imaging().parameters()
    assert len(numbers) > 60
    for number in numbers:
        assert number.source
        assert number.kind in ("measured", "derived", "fitted", "assumed")
        assert number.range[0] <= number.value <= number.range[1]
        if number.kind == "measured":
            assert "assumed" not in number.source


def test_what_is_claimed_of_is_there():
    table = read_imaging()
    assert set(claims.NERVE) == {n for n, t in table.tracers.items() if t.reads == "sympathetic" and "mouse" not in n}
    assert set(claims.OTHERS) == {row.modality for row in table.published.values()}
    assert not {row.modality for row in table.published.values()} & set(claims.NERVE)  # no datum of nerves exists


BREAK = {
    "scanner": (
        lambda f: f["modalities"]["modalities"]["CT"].update(scanner="CTT"),
        "unknown scanner 'CTT'; did you mean 'CT'",
    ),
    "map": (lambda f: f["modalities"]["modalities"]["CT"].update(reads="minerals"), "did you mean 'mineral'"),
    "unit": (
        lambda f: f["scanners"]["scanners"]["PET"]["numbers"]["fwhm"].update(unit="mg"),
        "expected something like",
    ),
    "lacks": (lambda f: f["scanners"]["scanners"]["CT"]["numbers"].pop("area"), "scanners, CT, numbers: lacks area"),
    "kind of noise": (lambda f: f["scanners"]["scanners"]["CT"].update(noise="feild"), "did you mean 'field'"),
    "block": (lambda f: f["tissue"]["nerves"].pop("transport"), "tissue.yaml, nerves: lacks transport"),
    "no block": (lambda f: f["tissue"].pop("nerves"), "nerves stand in no file, and should in one"),
    "key": (lambda f: f["tissue"].update(nerve={}), "unknown key 'nerve'; did you mean 'nerves'"),
    "range": (lambda f: f["tissue"]["lesions"]["rim"].update(value=99), "excludes the value"),
    "published": (lambda f: f["published"]["published"]["CT, lesions"].update(modality="CD"), "unknown modality 'CD'"),
    "share": (lambda f: f["published"]["published"]["CT, lesions"].update(sensitivity=77.1), "a number from 0 to 1"),
    "phantom": (lambda f: f["published"]["phantoms"]["low contrast"].update(scanner="PTE"), "unknown scanner 'PTE'"),
    "twice": (lambda f: f["tissue"].update(scanners=f["scanners"]["scanners"]), "stands in another place"),
}


@pytest.mark.parametrize("case", BREAK)
def test_a_mistake_in_a_file_is_named(files, case):
    edit, said = BREAK[case]
    edit(files)
    with pytest.raises(NicheError) as error:
        read_parts(files)
    assert said in str(error.value)
    assert "imaging" in str(error.value)


ARGUMENTS = {
    "modality": (lambda: modality("MIBG SPEC"), "did you mean 'MIBG SPECT'"),
    "draws": (lambda: drawn("CT", 0, 1), "draws must be at least 1"),
    "blur": (lambda: sigma_of(0.0), "above 0"),
    "image": (lambda: blurred(np.array([[1.0, np.nan]]), 1.0, 5.0), "finite numbers only"),
    "pixel": (lambda: blurred(np.ones((9, 9)), -1.0, 5.0), "pixel must be"),
    "coarse": (lambda: blurred(np.ones((9, 9)), 3.0, 5.0), "take at most 2.5"),
    "picture": (lambda: picture(np.ones(5), 1.0, modality("CT")), "two or three axes"),
    "counts": (lambda: noise(np.full((4, 4), -1.0), 1.0, modality("FDG PET"), 1), "cannot be below 0"),
    "radius": (lambda: lesion(0.0), "radius must be"),
    "amount": (lambda: lesion(1.0, rim_fibres=-2.0), "rim_fibres must be"),
    "share": (lambda: lesion(1.0, tumour=2.0), "0 to 1"),
    "profile": (lambda: from_profile(5.0, [-1, 0, 1], {"sympathetic": [1.0]}), "needs 2 finite numbers"),
    "profile's map": (lambda: from_profile(5.0, [-1, 0], {"sympathetc": [1.0]}), "did you mean 'sympathetic'"),
    "edges": (lambda: from_profile(5.0, [0, -1], {}), "edges of bins that rise"),
    "slice": (lambda: profile_of(np.ones((5, 5)), np.zeros((5, 5)), 0.1, [0, 1], 1.0), "needs tumour and tissue"),
    "shapes": (lambda: profile_of(np.ones((5, 5)), np.zeros((5, 4)), 0.1, [0, 1], 1.0), "one shape"),
    "rate": (lambda: criterion(1.0), "between 0 and 1"),
    "course": (
        lambda: first_seen(Course(np.array([1.0, 0.0]), [lesion(1), lesion(2)]), modality("CT")),
        "days that rise",
    ),
    "field": (lambda: drawn_lesions(3, 1, given={"rims": np.ones(3)}), "did you mean 'rim'"),
    "length": (lambda: drawn_lesions(3, 1, given={"rim": np.ones(2)}), "needs 3 finite numbers"),
    "fold": (
        lambda: needed_fold(lambda fold: lesion(20.0, core_fibres=1e5), modality("HED PET")),
        "are seen already",
    ),
}


@pytest.mark.parametrize("case", ARGUMENTS)
def test_a_mistake_in_an_argument_is_named(case):
    call, said = ARGUMENTS[case]
    with pytest.raises(NicheError, match=said):
        call()


def test_what_a_tissue_model_gives_takes_the_place_of_the_prior():
    rims = np.array([0.5, 1.5, 2.5])
    own = drawn_lesions(3, 1, given={"rim": rims})
    assert own.rim is rims or np.array_equal(own.rim, rims)
    assert np.array_equal(own.growth, drawn_lesions(3, 1).growth)
    assert isinstance(own.at(1, 4.0), Lesion)
    assert own.at(1, 4.0).maps["sympathetic"].radii == pytest.approx([4.0, 5.5])


def test_nerve_tracers_lose_at_what_marrow_holds_and_win_where_fibres_are_dense():
    """The comparison is not decided beforehand: lesions that only nerves show are won by nerves."""
    names, draws = ("HED PET", "CT"), 3
    assert not claims.first_seen(names, draws).wins("HED PET", ["CT"]).any()
    much = {"rim": np.full(draws, 5.0), "rim_fold": np.full(draws, 5000.0), "lytic_mineral": np.full(draws, 1.0)}
    dense = claims.first_seen(names, draws, lesions=drawn_lesions(draws, 1, given=much))
    assert dense.wins("HED PET", ["CT"]).all()
    assert (dense.lead("HED PET", "CT") == np.inf).all()


def test_the_figure_is_fit_to_print():
    figure, data = lesion_seen(
        {"fibres": np.eye(9), "PET": np.eye(9) * 2},
        0.5,
        [5, 10, 20],
        {"HED PET": np.array([[300.0, 200, 100], [500, 400, np.inf]]), "MIBG SPECT": np.full((2, 3), 4e3)},
        300.0,
        {"FDG PET": np.array([5.0, 7.0]), "HED PET": np.array([np.inf, np.inf])},
        100.0,
    )
    assert problems(figure) == []
    assert set(data["panel"]) == {"fibres needed", "first seen"}
