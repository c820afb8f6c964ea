"""Virtual trials against closed forms of survival analysis, and what cannot be analysed."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.stats import kstest, norm

from niche.errors import NicheError
from niche.trials import (
    CENSORED,
    Design,
    Population,
    Sample,
    cumulative_incidence,
    enrol,
    event_times,
    gamma_frailty,
    hazard_ratio,
    log_rank,
    median_time,
    predictive_values,
    proportion,
    rate_ratio,
    risk_ratio,
)
from niche.trials import (
    expected_trial as endless,
)

DAYS = np.linspace(0, 3000, 301)


def rng(seed=1):
    return np.random.default_rng(seed)


def constant(level, n):
    return np.full((n, len(DAYS)), level)


def two_arms(ratio=0.7, n=4000, death=0.0, frailty=None):
    arms = {}
    for arm, factor in (("drug", ratio), ("placebo", 1.0)):
        arms[arm] = {"event": constant(factor / 500, n)} | ({"death": constant(death, n)} if death else {})
    return Population(DAYS, arms, frailty or {})


DESIGN = Design({"drug": 500, "placebo": 500}, (400, 1000), ("event",))


# --- events


def test_a_constant_hazard_is_an_exponential():
    days, cause = event_times(DAYS, {"event": constant(1 / 200, 5000)}, rng())
    assert (cause == "event").all()
    assert kstest(days / 200, "expon").pvalue > 0.01


def test_a_rising_hazard_is_a_weibull():
    """Hazard 2 t / s^2 has the survival exp(-(t/s)^2); the trapezium rule is exact for it at the ends of wide steps."""
    wide = np.arange(0, 2001, 200.0)
    days, _ = event_times(wide, {"event": np.tile(2 * wide / 400**2, (20000, 1))}, rng())
    for day in (200, 400, 600):
        assert (days > day).mean() == pytest.approx(np.exp(-((day / 400) ** 2)), abs=0.01)
    fine, _ = event_times(DAYS, {"event": np.tile(2 * DAYS / 400**2, (5000, 1))}, rng())
    assert kstest(fine / 400, "weibull_min", args=(2,)).pvalue > 0.01


def test_causes_share_events_as_their_hazards():
    hazards = {"bone": constant(3e-3, 20000), "death": constant(1e-3, 20000)}
    days, cause = event_times(DAYS, hazards, rng())
    assert (cause == "bone").mean() == pytest.approx(0.75, abs=0.01)
    assert kstest(days[cause == "death"] * 4e-3, "expon").pvalue > 0.01  # when does not depend on why


def test_no_hazard_no_event():
    days, cause = event_times(DAYS, {"event": constant(0.0, 3)}, rng())
    assert np.isinf(days).all()
    assert (cause == CENSORED).all()


def test_gamma_frailty_has_its_closed_form():
    """Survival of the mixture is (1 + variance x cumulative hazard)^(-1 / variance)."""
    z = gamma_frailty(1.5, 40000, rng(2))
    days, _ = event_times(DAYS, {"event": z[:, None] * constant(1 / 300, 1)}, rng(3))
    for day in (100, 600, 2000):
        assert (days > day).mean() == pytest.approx((1 + 1.5 * day / 300) ** (-1 / 1.5), abs=0.01)
    assert (gamma_frailty(0.0, 3, rng()) == 1).all()


# --- analysis


def test_a_trial_finds_the_hazard_ratio_and_the_medians_that_were_put_in():
    sample = enrol(two_arms(n=40000), Design({"drug": 20000, "placebo": 20000}, (2900, 3000), ("event",)), rng())
    ratio, low, high = hazard_ratio(sample, "drug", "placebo")
    assert ratio == pytest.approx(0.7, rel=0.02)
    assert low < 0.7 < high
    assert median_time(sample, "placebo") == pytest.approx(500 * np.log(2), rel=0.03)
    assert median_time(sample, "drug") == pytest.approx(500 * np.log(2) / 0.7, rel=0.03)
    assert rate_ratio(sample, "drug", "placebo") == pytest.approx(0.7, rel=0.02)
    assert log_rank(sample, "drug", "placebo") < 1e-10


def test_cox_is_that_of_statsmodels():
    """Weekly times make ties; other arms and causes are left alone."""
    from statsmodels.duration.hazard_regression import PHReg

    population = two_arms(n=1200, death=1 / 900)
    design = Design({"drug": 300, "placebo": 280}, (200, 900), ("event",), visits="3 weeks")
    sample = enrol(population, design, rng(5))
    treated = (sample.arm == "drug").astype(float)
    fit = PHReg(sample.time, treated[:, None], status=sample.happened, ties="efron").fit(disp=0)
    ratio, low, high = hazard_ratio(sample, "drug", "placebo")
    assert np.log(ratio) == pytest.approx(fit.params[0], abs=1e-6)
    assert np.log(high / low) / 2 / 1.959964 == pytest.approx(fit.bse[0], rel=1e-5)


def test_a_trial_that_textbooks_print():
    """Freireich's leukaemia trial: log-rank chi2 16.79, Cox 0.208 with Efron's ties, median 23 and 8 weeks."""
    treated = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    seen = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    control = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    cause = np.where([*seen, *[1] * 21], "relapse", CENSORED).astype(object)
    arm = np.array(["6-MP"] * 21 + ["placebo"] * 21, dtype=object)
    sample = Sample(np.array([*treated, *control], dtype=float), cause, arm, ("relapse",))
    assert hazard_ratio(sample, "6-MP", "placebo")[0] == pytest.approx(np.exp(-1.5721), rel=1e-3)
    assert (median_time(sample, "6-MP"), median_time(sample, "placebo")) == (23, 8)
    assert log_rank(sample, "6-MP", "placebo") == pytest.approx(4.17e-5, rel=0.01)  # chi2 16.79, one degree


def test_competing_deaths_have_their_closed_form():
    population = two_arms(n=20000, death=1 / 400)
    sample = enrol(population, Design({"drug": 10, "placebo": 19990}, (2999, 3000), ("event",)), rng())
    both = 1 / 500 + 1 / 400
    for day in (200, 800):
        expected = (1 / 500) / both * (1 - np.exp(-both * day))
        assert cumulative_incidence(sample, "placebo", day) == pytest.approx(expected, abs=0.012)


def test_nobody_is_enrolled_twice():
    """Forty patients, each sure to have the event on a day of its own."""
    times, n = np.arange(0, 90.0), 40
    own = np.zeros((n, len(times)))
    own[np.arange(n), 2 * np.arange(n) + 1] = 1e3
    population = Population(times, {"drug": {"event": own}, "placebo": {"event": own}})
    sample = enrol(population, Design({"drug": 25, "placebo": 15}, (89, 89), ("event",)), rng())
    assert sorted(np.round(sample.time / 2 - 0.01).astype(int)) == list(range(n))


def test_visits_find_events_late_and_deaths_on_their_day():
    population = two_arms(n=4000, death=1 / 400)
    design = Design({"drug": 2000, "placebo": 2000}, (1000, 1500), ("event",), visits="12 weeks")
    sample = enrol(population, design, rng())
    assert (sample.time[sample.cause == "event"] % 84 == 0).all()
    assert (sample.time[sample.cause == "death"] % 84 != 0).all()


def test_dropout_is_a_share_per_year():
    quiet = Population(DAYS, {"drug": {"event": constant(0.0, 9000)}, "placebo": {"event": constant(0.0, 9000)}})
    sample = enrol(quiet, Design({"drug": 9000}, (730.5, 730.5), ("event",), dropout=0.2), rng())
    assert (sample.time >= 730.5).mean() == pytest.approx(0.64, abs=0.015)


# --- many trials


def test_the_predictive_interval_is_as_wide_as_schoenfeld_says():
    """The log hazard ratio of a trial has the variance 1/d1 + 1/d2 (Schoenfeld 1981)."""
    found = predictive_values(hazard_ratio, two_arms(), DESIGN, "drug", "placebo", trials=200, seed=4)
    events = [
        predictive_values(proportion, two_arms(), DESIGN, arm, trials=50).values.mean() * 500
        for arm in ("drug", "placebo")
    ]
    assert np.log(found.values).std() == pytest.approx(np.sqrt(1 / events[0] + 1 / events[1]), rel=0.15)
    median, low, high = found.interval()
    assert low < median < high
    assert median == pytest.approx(0.7, rel=0.03)


def test_the_variance_over_trials_is_that_of_draws_and_that_of_chance():
    """Law of total variance: a log hazard ratio that is normal between draws (sd 0.2) adds to Schoenfeld's chance."""
    spread, draws, each = 0.2, 40, 1000
    ratios = 0.7 * np.exp(spread * norm.ppf((np.arange(draws) + 0.5) / draws))
    hazards = {"drug": np.full((1, 11), 0.7 / 500), "placebo": np.full((1, 11), 1 / 500)}
    few, one = DAYS[::30], {"placebo": np.ones(draws), "drug": ratios}
    arms = {a: {"event": np.repeat(level / 500, each)[:, None] * np.ones(len(few))} for a, level in one.items()}
    unsure = Population(few, arms, draw=np.repeat(np.arange(draws), each))
    found = np.log(predictive_values(hazard_ratio, unsure, DESIGN, "drug", "placebo", trials=800, seed=2).values)
    events = [500 * endless.proportion(endless.expected_arm(few, {"event": a}, {}, DESIGN)) for a in hazards.values()]
    chance = sum(1 / n for n in events)
    assert found.var() == pytest.approx(np.log(ratios).var() + chance, rel=0.12)
    within = found.reshape(-1, draws).var(axis=0).mean()  # trial i takes draw i mod 40
    assert within * 20 / 19 == pytest.approx(chance, rel=0.12)


def test_a_trial_is_made_of_patients_of_one_draw():
    arms = {a: {"event": np.repeat([1e-3, 1.0], 10)[:, None] * np.ones(len(DAYS))} for a in ("drug", "placebo")}
    mixed = Population(DAYS, arms, draw=np.repeat([0, 1], 10))
    design = Design({"drug": 5, "placebo": 5}, (100, 100), ("event",))
    slow, fast = (enrol(mixed, design, rng(), draw) for draw in (0, 1))
    assert slow.time.min() > fast.time.max()


@pytest.mark.parametrize("visits", [None, "12 weeks"])
def test_the_trial_without_chance_is_what_large_trials_give(visits):
    """Hazards that change in time, frailty, competing death, dropout: against the mean of simulated large trials."""
    random, n = rng(8), 40000
    wave = 1 + 0.5 * np.sin(DAYS / 300 + random.uniform(0, 6, (20, 1)))
    wave = wave * random.lognormal(0, 0.7, (20, 1))
    arms = {a: {"event": f / 400 * wave, "death": constant(1 / 700, 20)} for a, f in (("drug", 0.6), ("placebo", 1.0))}
    design = Design({"drug": n // 2, "placebo": n // 2}, (300, 1000), ("event",), 0.2, visits)
    trials = [
        enrol(Population(DAYS, arms, {"event": gamma_frailty(0.5, n, rng(20 + i))}, np.arange(n) % 20), design, rng(i))
        for i in range(3)
    ]
    drug, placebo = (endless.expected_arm(DAYS, arms[arm], {"event": 0.5}, design) for arm in ("drug", "placebo"))

    def mean(statistic, *of):
        return np.mean([np.atleast_1d(statistic(trial, *of))[0] for trial in trials])

    both = ("drug", "placebo")
    assert endless.hazard_ratio(drug, placebo, (0.5, 0.5)) == pytest.approx(mean(hazard_ratio, *both), rel=0.025)
    assert endless.rate_ratio(drug, placebo) == pytest.approx(mean(rate_ratio, *both), rel=0.025)
    assert endless.risk_ratio(drug, placebo) == pytest.approx(mean(risk_ratio, *both), rel=0.025)
    assert endless.proportion(drug) == pytest.approx(mean(proportion, "drug"), rel=0.02)
    assert endless.median_time(placebo) == pytest.approx(mean(median_time, "placebo"), rel=0.03)


def test_the_trial_without_chance_has_closed_forms():
    """Constant hazards: the ratio put in, and the exponential's median; with visits the first one after it."""
    for visits, least in ((None, 0.0), ("4 weeks", 28.0)):
        design = Design({"drug": 1, "placebo": 1}, (2000, 2000), ("event",), visits=visits)
        drug, placebo = (
            endless.expected_arm(DAYS, {"event": constant(h, 1)}, {}, design) for h in (0.7 / 500, 1 / 500)
        )
        expected = pytest.approx(0.7, rel=1e-3 if visits is None else 0.01)
        assert endless.hazard_ratio(drug, placebo, (0.3, 0.7)) == expected
        assert 0 <= endless.median_time(placebo) - 500 * np.log(2) <= max(least, 2000 / 600)
        assert endless.proportion(placebo) == pytest.approx(1 - np.exp(-1960 / 500 if visits else -4.0), rel=0.01)


def test_frailty_hides_a_part_of_the_effect():
    """Those at risk die out of both arms: the ratio seen lies between the true one and 1."""
    mixed = two_arms(0.5, frailty={"event": gamma_frailty(2.0, 4000, rng())})
    seen = predictive_values(hazard_ratio, mixed, DESIGN, "drug", "placebo", trials=60).interval()[0]
    assert 0.55 < seen < 0.85


def test_the_numbers_do_not_depend_on_who_computes_them():
    alone = predictive_values(proportion, two_arms(), DESIGN, "drug", trials=60)
    with ThreadPoolExecutor(2) as pool:
        shared = predictive_values(proportion, two_arms(), DESIGN, "drug", trials=60, executor=pool)
    np.testing.assert_array_equal(alone.values, shared.values)
    np.testing.assert_array_equal(
        predictive_values(proportion, two_arms(), DESIGN, "drug", trials=30).values, alone.values[:30]
    )
    assert not np.array_equal(
        predictive_values(proportion, two_arms(), DESIGN, "drug", trials=60, seed=2).values, alone.values
    )


# --- bad input


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"patients": {"drug": 0, "placebo": 5}}, "'drug' has 0"),
        ({"follow_up": (0, 100)}, "follow-up must be above 0"),
        ({"follow_up": (200, 100)}, "follow-up must be above 0"),
        ({"dropout": 1.0}, "dropout is a share"),
        ({"visits": 0}, "between visits must be above 0"),
        ({"endpoints": ()}, "name at least one cause"),
    ],
)
def test_designs_that_cannot_be(change, says):
    settings = {"patients": {"drug": 5, "placebo": 5}, "follow_up": (10, 20), "endpoints": ("event",)} | change
    with pytest.raises(NicheError, match=says):
        Design(**settings)


def test_trials_that_cannot_be_analysed():
    population = two_arms(n=20)
    with pytest.raises(NicheError, match="enrols 24 patients, the population has 20"):
        enrol(population, Design({"drug": 12, "placebo": 12}, (10, 20), ("event",)), rng())
    with pytest.raises(NicheError, match="did you mean 'placebo'"):
        enrol(population, Design({"drug": 5, "placbo": 5}, (10, 20), ("event",)), rng())
    with pytest.raises(NicheError, match="endpoint in the arm"):
        enrol(population, Design({"drug": 5}, (10, 20), ("fracture",)), rng())
    none = Population(DAYS, {arm: {"event": constant(0.0, 20)} for arm in ("drug", "placebo")})
    design = Design({"drug": 5, "placebo": 5}, (10, 20), ("event",))
    with pytest.raises(NicheError, match="no patient of the arm 'drug' had event"):
        hazard_ratio(enrol(none, design, rng()), "drug", "placebo")
    apart = Sample(np.array([1.0, 2, 3, 4]), np.array(["event"] * 4, dtype=object), np.array(list("aabb")), ("event",))
    with pytest.raises(NicheError, match="do not overlap in time"):
        hazard_ratio(apart, "a", "b")
    with pytest.raises(NicheError, match="none of 5 trials could be analysed"):
        predictive_values(hazard_ratio, none, design, "drug", "placebo", trials=5)
    with pytest.raises(NicheError, match="did you mean 'drug'"):
        predictive_values(hazard_ratio, population, design, "drugg", "placebo", trials=5)
    with pytest.raises(NicheError, match="negative or not finite: event"):
        event_times(DAYS, {"event": constant(-1.0, 2)}, rng())
    quiet = endless.expected_arm(DAYS, none.arms["drug"], {}, design)
    with pytest.raises(NicheError, match="an arm has no event"):
        endless.hazard_ratio(quiet, quiet, (0.5, 0.5))
    with pytest.raises(NicheError, match="unknown endpoint 'event'"):
        endless.expected_arm(DAYS, {"death": constant(0.0, 2)}, {}, design)
    with pytest.raises(NicheError, match="every one of 20 patients needs a draw"):
        Population(DAYS, population.arms, draw=np.zeros(3))
    with pytest.raises(NicheError, match="needs one value for each of 20 patients"):
        Population(DAYS, population.arms, {"event": np.ones(3)})
