"""Cohorts without randomisation: immortal time and confounding against closed forms, published numbers, statsmodels."""

import numpy as np
import pytest
from scipy.integrate import quad

from compendium.claims.bias import bounding_factor, confounded, e_value, immortal_rate_ratio
from compendium.claims.cohorts import Takers, ever_user, follow_patients, landmark, time_varying
from niche.errors import NicheError


def rng(seed=1):
    return np.random.default_rng(seed)


def rate_ratio(seen):
    user = np.isfinite(seen.start)
    rates = [seen.event[g].sum() / seen.time[g].sum() for g in (user, ~user)]
    return rates[0] / rates[1]


# --- immortal time


def test_immortal_time_of_exponential_times_followed_to_the_end():
    """Ever-users live 1/(a+b) before and 1/a after the start, never-users 1/(a+b): the ratio of rates is a/(2a+b)."""
    for a, b in ((1.0, 1.0), (0.2, 1.0), (3.0, 0.1)):
        assert immortal_rate_ratio(a, b, np.inf) == pytest.approx(a / (2 * a + b))


def test_immortal_time_with_a_limit_is_the_integral():
    """Events and time of never-users, integrated numerically: P(T < W, T < c), and E[min(T, c); W >= min(T, c)]."""
    a, b, c, q = 0.3, 0.15, 5.0, 0.2
    events = quad(lambda t: a * np.exp(-(a + b) * t), 0, c)[0]
    time = quad(lambda t: t * a * np.exp(-(a + b) * t), 0, c)[0] + c * np.exp(-(a + b) * c)
    events, time = (1 - q) * events, (1 - q) * time
    whole = 1 - np.exp(-a * c)
    expected = ((whole - events) / (whole / a - time)) / (events / time)
    assert immortal_rate_ratio(a, b, c, q) == pytest.approx(expected, rel=1e-9)
    assert immortal_rate_ratio(a, b, 1e6) == pytest.approx(immortal_rate_ratio(a, b, np.inf))


def test_cohorts_have_the_immortal_time_of_the_closed_form():
    takers = Takers(1 / 900, start=1 / 2000, at_diagnosis=0.1, follow_up=(1500, 1500))
    seen = follow_patients(takers, 400_000, rng())
    assert rate_ratio(seen) == pytest.approx(immortal_rate_ratio(1 / 900, 1 / 2000, 1500, 0.1), rel=0.01)


def test_a_drug_that_does_nothing_looks_good_only_when_analysed_wrongly():
    takers = Takers(1 / 900, start=1 / 2000, follow_up=(1000, 2000), frailty=1.0, death=1 / 4000)
    seen = follow_patients(takers, 60_000, rng(2))
    assert ever_user(seen)[2] < 0.7
    for right in (time_varying(seen), landmark(seen, 365)):
        assert right[1] < 1.0 < right[2]


def test_who_takes_it_from_diagnosis_has_no_immortal_time():
    seen = follow_patients(Takers(1 / 900, at_diagnosis=0.15, follow_up=(1000, 2000)), 60_000, rng(3))
    low, high = ever_user(seen)[1:]
    assert low < 1.0 < high
    assert ever_user(seen)[0] == pytest.approx(time_varying(seen)[0], rel=1e-6)


def test_the_right_analyses_find_an_effect_that_is_there():
    seen = follow_patients(Takers(1 / 900, ratio=0.5, start=1 / 1000, follow_up=(1500, 2500)), 60_000, rng(4))
    low, high = time_varying(seen)[1:]
    assert low < 0.5 < high


def test_time_varying_cox_is_that_of_statsmodels():
    """Each user is two rows there: not at risk as a user before the start (delayed entry), nor as another after it."""
    from statsmodels.duration.hazard_regression import PHReg

    seen = follow_patients(Takers(1 / 900, ratio=0.7, start=1 / 1500, at_diagnosis=0.1), 1500, rng(5))
    taken = np.isfinite(seen.start)
    later = taken & (seen.start > 0)
    entry = np.concatenate([np.zeros(len(taken)), seen.start[later]])
    end = np.concatenate([np.where(later, seen.start, seen.time), seen.time[later]])
    event = np.concatenate([seen.event & ~later, seen.event[later]])
    user = np.concatenate([taken & ~later, np.ones(later.sum())]).astype(float)
    fit = PHReg(end, user[:, None], status=event, entry=entry).fit(disp=0)
    ratio, low, high = time_varying(seen)
    assert np.log(ratio) == pytest.approx(fit.params[0], abs=1e-6)
    assert np.log(high / low) / 2 / 1.959964 == pytest.approx(fit.bse[0], rel=1e-5)


# --- confounding


def test_e_values_that_papers_print():
    """Breast-feeding and deaths of infants (VanderWeele & Ding 2017): RR 3.9 (1.8 to 8.7) has 7.26 and 3.0."""
    assert float(e_value(3.9)) == pytest.approx(7.26, abs=0.005)
    assert float(e_value(1.8)) == pytest.approx(3.0, abs=0.005)
    assert float(e_value(1 / 3.9)) == pytest.approx(7.26, abs=0.005)
    assert float(e_value(1.0)) == 1.0


def test_the_bounding_factor_at_the_e_value_is_the_ratio():
    strength = float(e_value(3.9))
    assert bounding_factor(strength, strength) == pytest.approx(3.9)
    assert bounding_factor(np.inf, 1.24) == 1.24
    assert bounding_factor(1, 5) == 1


def test_confounding_is_within_its_bound_and_as_a_cohort_shows_it():
    users, others, ratio = 0.6, 0.15, 3.0
    expected = confounded(users, others, ratio)
    assert expected < bounding_factor(users / others, ratio)
    rare = Takers(2e-5, at_diagnosis=0.3, sick_users=users, sick_others=others, sick_ratio=ratio)
    assert ever_user(follow_patients(rare, 400_000, rng(6)))[0] == pytest.approx(expected, rel=0.04)


# --- bad input


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"hazard": 0.0}, "hazard of a cohort must be above 0"),
        ({"ratio": -1.0}, "ratio of a cohort must be above 0"),
        ({"start": -0.1}, "start of a cohort is a rate"),
        ({"at_diagnosis": 1.2}, "at_diagnosis of a cohort is a share"),
        ({"follow_up": (10, 5)}, "follow-up must be above 0"),
    ],
)
def test_cohorts_that_cannot_be(change, says):
    with pytest.raises(NicheError, match=says):
        Takers(**{"hazard": 1e-3} | change)


def test_analyses_that_cannot_be_made():
    with pytest.raises(NicheError, match="at least 1 patient"):
        follow_patients(Takers(1e-3), 0, rng())
    nobody = follow_patients(Takers(1e-3), 50, rng())
    with pytest.raises(NicheError, match="in users alone, or in others alone"):
        time_varying(nobody)
    with pytest.raises(NicheError, match="user"):
        ever_user(nobody)
    with pytest.raises(NicheError, match="a landmark is a day"):
        landmark(nobody, -1)
    with pytest.raises(NicheError, match="rate of starting"):
        immortal_rate_ratio(0.1, 0.0, 5)
    with pytest.raises(NicheError, match="at least 1"):
        bounding_factor(0.5, 2)
    with pytest.raises(NicheError, match="above 0"):
        e_value(0.0)
