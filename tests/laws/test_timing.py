"""Before or after: founding and growth of foci, windows, and schedules, against cases whose answer is known."""

import numpy as np
import pytest

import niche
from compendium.claims import schedules, timing
from niche.errors import NicheError
from niche.trials import recurrence
from niche.trials.patients import Cohort, VirtualPatients
from niche.trials.rows import read_trials

FIRST = "first bone metastasis"


def _foci(times, founded, net):
    rows = [np.atleast_2d(np.broadcast_to(x, len(times))) for x in (founded, net)]
    return recurrence.Foci(times, rows[0], rows[1], np.ones_like(rows[0]))


def test_foci_are_found_as_growth_was_until_those_founded_under_treatment_show():
    times, size = np.linspace(0, 4000, 4001), 20.0
    rest = recurrence.founded_foci(_foci(times, 0.3, 0.02), np.array([0.3]), np.array([0.02]), size)
    assert rest[0] == pytest.approx(0.3 * times, rel=1e-9)
    # growth halved, founding a fifth: half as many until a focus founded on day 0 shows, after 20 / 0.01 days
    slow = recurrence.founded_foci(_foci(times, 0.06, 0.01), np.array([0.3]), np.array([0.02]), size)[0]
    assert slow[1500] == pytest.approx(0.15 * 1500)
    assert slow[4000] - slow[3000] == pytest.approx(0.06 * 1000)
    none = recurrence.founded_foci(_foci(times, 0.3, -0.01), np.array([0.3]), np.array([-0.01]), size)
    assert (none == 0).all()


def test_foci_counted_one_by_one_agree():
    """Foci founded at random and grown each by itself, under rates that fall and recover."""
    random, size = np.random.default_rng(3), 12.0
    times = np.linspace(0, 3000, 3001)
    net = 0.01 * (1 - 0.6 * ((times > 200) & (times < 1500)) - 0.3 * (times >= 1500))
    founded = np.where((times > 200) & (times < 1500), 0.5, 2.0)
    expected = recurrence.founded_foci(_foci(times, founded, net), np.array([2.0]), np.array([0.01]), size)[0]
    grown = np.concatenate([[0], np.cumsum((net[1:] + net[:-1]) / 2)])
    before = -random.uniform(0, 1200, random.poisson(2.0 * 1200))  # older ones showed before day 0
    after = random.uniform(0, 3000, 3 * 3000)
    after = after[random.uniform(size=len(after)) < np.interp(after, times, founded) / 3.0]
    at = np.concatenate([0.01 * before, np.interp(after, times, grown)])
    shown = np.array([(at + size <= g).sum() for g in grown[[500, 1500, 2500, 3000]]])
    assert shown == pytest.approx(expected[[500, 1500, 2500, 3000]], abs=4 * np.sqrt(expected[3000]))


def test_a_window_is_where_half_of_the_earliest_effect_is_left():
    starts = np.array([-2.0, 0.0, 4.0])
    left = np.array([[0.2, 0.4, 1.0], [1.0, 1.0, 1.0], [0.5, 0.5, 0.5]])
    found = timing.window(starts, left)
    assert found[0] == pytest.approx(4 * (0.6 - 0.4) / 0.6)  # effects 0.8, 0.6, 0: 0.4 lies between the last two
    assert np.isnan(found[1])
    assert found[2] == 4.0


def test_treatment_after_the_cells_have_landed_cannot_keep_them_out():
    """Where cells go after RANKL, and freed TGF-beta and osteoblasts speed them on."""
    mice = niche.hosts("mouse", strain="athymic nude", tumour="MDA-231-luc", draws=4, seed=2)
    mice = mice.with_parameters(migration_rankl=1.0, tgfb_share=0.5, waking_contact=1.0)
    found = timing.begun(mice, lambda p, day: p.dose("OPG-Fc", "3 mg/kg", day=day, every="56 h"), [-3, 2, 10], 20)
    assert found.lodged[:, 1:] == pytest.approx(1.0, abs=1e-6)
    assert (found.lodged[:, 0] < 1).all()
    assert (np.diff(found.chance, axis=1) > 0).all()
    assert found.chance.max() < 1 + 1e-9
    assert (found.burden_then[:, 0] == 0).all()
    still = timing.begun(mice, lambda p, day: p, [0], 20)
    for name in ("lodged", "chance", "pace", "burden", "bone"):
        assert getattr(still, name) == pytest.approx(1.0)


def test_a_focus_left_alone_shows_when_its_growth_says_so():
    women = niche.hosts("human", tumour="breast cancer patient", draws=6, seed=2)
    found = timing.focus(women, lambda p, day: p, [0, 400], niche.Protocol(2), 100, 1e9, 0.05)
    p = women.parameters
    pace = np.asarray(p.growth) - np.asarray(p.kill)
    grows = pace > 0
    assert found.untreated[grows] == pytest.approx(np.log(1e9) / pace[grows], rel=1e-6)
    reached = grows & (found.untreated < 5000)
    assert found.shows[reached] == pytest.approx(np.repeat(found.untreated[reached, None], 2, axis=1), rel=1e-6)
    assert found.chance[grows] == pytest.approx(1.0, abs=1e-3)


def test_doses_that_wear_off_are_spread_evenly_and_those_that_stay_come_first():
    """Where a cost goes with the time since the last dose, gaps are equal; where doses only pile up, the least."""
    whole = 1000.0

    def waits(days):
        gaps = np.diff(np.concatenate([[0.0], days, [whole]]))
        return float(np.sum(gaps**2) / 2)

    found = schedules.best_schedule(waits, [[0, 100, 200], [700, 800, 900]], whole, tries=300)
    assert found.days == pytest.approx([250, 500, 750], abs=5)
    assert found.cost == pytest.approx(whole**2 / 8, rel=1e-3)
    stays = schedules.best_schedule(lambda days: float(days.sum()), [[100, 300, 600]], whole, gap=28, tries=300)
    assert stays.days == pytest.approx([0, 28, 56], abs=3)
    with pytest.raises(NicheError, match="do not fit"):
        schedules.best_schedule(waits, [[0, 1, 2]], 50, gap=28)
    with pytest.raises(NicheError, match="as many doses"):
        schedules.best_schedule(waits, [[0, 1], [0]], 50)


def test_doublings_of_a_focus_at_rest():
    women = niche.hosts("human", tumour="breast cancer patient", draws=5, seed=2)
    p = women.parameters
    found = schedules.doublings(women, niche.Protocol(700), 100)
    assert found == pytest.approx((np.asarray(p.growth) - np.asarray(p.kill)) * 600 / np.log(2), rel=1e-5)


def test_without_its_mechanisms_denosumab_prevents_nothing_in_women():
    """The adjuvant rows are not wired: with the way from bone to growth and waking cut, the ratio is 1."""
    trial = read_trials()[0]["D-CARE"]
    cohort = Cohort({"breast cancer patient": 1.0}, False, 28.0)
    ward = VirtualPatients(2, 4, seed=1).without({"tgfb_share": 0.5, "waking_contact": 1.0})
    cut = ward.without({"tgfb_share": 0.0, "waking_contact": 0.0, "rank_growth": 0.0})
    arm, line = (("denosumab", "120 mg sc every 4 weeks"),), "breast cancer patient"
    for one, moves in ((ward, True), (cut, False)):
        with_, none = (one.hazards(line, cohort, a, 3 * 365, trial.causes)[FIRST] for a in (arm, ()))
        grows = none[..., -1] > 0
        assert (abs(with_[grows][:, 1:] / none[grows][:, 1:] - 1) > 0.03).all() == moves
        if not moves:
            assert with_[grows] == pytest.approx(none[grows], rel=1e-3)


def test_a_hazard_of_foci_needs_patients_without_a_metastasis(tmp_path):
    text = (niche.params.records.root() / "trials" / "rows.yaml").read_text(encoding="utf-8")
    wrong = text.replace(
        "Kohno: {cohort: breast",
        f"x: {{cohort: breast, arms: {{nothing: 5}}, causes: [{FIRST}], "
        "follow_up: [1 year, 1 year]}\n  Kohno: {cohort: breast",
    )
    assert wrong != text
    (tmp_path / "rows.yaml").write_text(wrong, encoding="utf-8")
    with pytest.raises(NicheError, match="not seeded"):
        read_trials(tmp_path / "rows.yaml")
    with pytest.raises(NicheError, match="share of a cohort"):
        Cohort({"breast cancer patient": 1.0}, share=1.2)
