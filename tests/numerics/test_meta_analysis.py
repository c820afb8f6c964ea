"""Published meta-analyses, fitted again with the likelihood of the real fit.

Thirteen trials of BCG vaccine (Colditz et al. 1994, doi:10.1001/jama.1994.03510330076038) as van Houwelingen, Arends
and Stijnen analysed them (2002, doi:10.1002/sim.1040), and 26 trials of drugs that lower glucose, one of them with
three arms (Senn et al. 2013, doi:10.1177/0962280211432220), by restricted likelihood. Their errors are normal, so
Student's t gets ten million degrees of freedom for that; with the four of the real fit it is set beside a brute-force
integral. Digits beyond those of the papers are metafor's (Viechtbauer 2010, doi:10.18637/jss.v036.i03), which is
tested against the same papers.
"""

import math

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from niche.atoms.records import Atom
from niche.evidence.comparisons import COMPARE
from niche.evidence.readings import Reading
from niche.evidence.row_plan import Experiment
from niche.inference import blocks as blocks_module
from niche.inference import terms
from niche.inference.blocks import CLASSES, SCALES, Blocks, spreads
from niche.inference.sampler import BLOCK, ROUNDS, advance, begin

GROUP = "rodent with tumour"  # any class of study will do: its prior of tau is 0.30 wide
PLACE = CLASSES.index(GROUP)

# cases and others among the vaccinated, cases and others among the controls, degrees of latitude
BCG = np.array(
    [
        (4, 119, 11, 128, 44),
        (6, 300, 29, 274, 55),
        (3, 228, 11, 209, 42),
        (62, 13536, 248, 12619, 52),
        (33, 5036, 47, 5761, 13),
        (180, 1361, 372, 1079, 44),
        (8, 2537, 10, 619, 19),
        (505, 87886, 499, 87892, 13),
        (29, 7470, 45, 7232, 27),
        (17, 1699, 65, 1600, 42),
        (186, 50448, 141, 27197, 18),
        (5, 2493, 3, 2338, 33),
        (27, 16886, 29, 17825, 33),
    ],
    dtype=float,
)
LOG_ODDS = np.log(BCG[:, 0] * BCG[:, 3] / (BCG[:, 1] * BCG[:, 2]))
ERRORS = np.sqrt((1 / BCG[:, :4]).sum(axis=1))

# trial, drug, patients, mean change of HbA1c, sd; then the same of the arm that it is compared with
HBA1C = [
    ("Alex 1998", "metformin", 291, 0.13, 1.428, "sulfonylurea", 300, 0.50, 1.450),
    ("Baksi 2004", "rosiglitazone", 218, -1.20, 1.112, "placebo", 233, 0.10, 1.036),
    ("Costa 1997", "acarbose", 36, -1.10, 0.360, "placebo", 29, -0.30, 0.700),
    ("Davidson 2007", "rosiglitazone", 117, -1.20, 1.097, "placebo", 116, 0.14, 1.093),
    ("De Fronzo 1995", "metformin", 213, -1.70, 1.459, "placebo", 209, 0.20, 1.446),
    ("Derosa 2004", "pioglitazone", 45, 6.80, 0.800, "rosiglitazone", 42, 6.70, 0.900),
    ("Garber 2008", "vildagliptin", 132, -0.63, 1.034, "placebo", 144, 0.07, 1.080),
    ("Gonzalez-Ortiz 2004", "metformin", 34, -1.30, 1.861, "placebo", 37, -0.90, 1.803),
    ("Hanefeld 2004", "metformin", 320, 7.45, 1.073, "pioglitazone", 319, 7.61, 1.072),
    ("Hermansen 2007", "sitagliptin", 106, -0.30, 0.940, "placebo", 106, 0.27, 0.940),
    ("Johnston 1994", "miglitol", 68, -0.41, 1.072, "placebo", 63, 0.33, 1.032),
    ("Johnston 1998a", "miglitol", 91, -0.43, 0.954, "placebo", 43, 0.98, 1.311),
    ("Johnston 1998b", "miglitol", 49, -0.12, 1.400, "placebo", 34, 0.56, 1.166),
    ("Kerenyi 2004", "rosiglitazone", 160, -0.91, 0.990, "placebo", 154, -0.14, 0.920),
    ("Kim 2007", "metformin", 56, -1.10, 1.139, "rosiglitazone", 57, -1.10, 1.341),
    ("Kipnes 2001", "pioglitazone", 182, -1.20, 1.369, "placebo", 181, 0.10, 1.024),
    ("Lewin 2007", "metformin", 431, -0.74, 1.106, "placebo", 144, 0.08, 1.004),
    ("Moulin 2006", "benfluorex", 161, -0.82, 1.028, "placebo", 156, 0.19, 1.374),
    ("Oyama 2008", "acarbose", 41, -0.70, 0.800, "sulfonylurea", 43, -0.30, 0.600),
    ("Rosenstock 2008", "rosiglitazone", 59, -1.17, 1.229, "placebo", 57, -0.08, 1.208),
    ("Stucci 1996", "benfluorex", 28, 8.03, 1.290, "placebo", 30, 8.26, 1.350),
    ("Vongthavaravat 2002", "rosiglitazone", 164, -1.10, 1.559, "sulfonylurea", 170, 0.10, 0.992),
    ("Willms 1999", "acarbose", 31, -2.30, 1.782, "placebo", 29, -1.30, 1.831),
    ("Willms 1999", "metformin", 29, -2.50, 0.862, "placebo", 29, -1.30, 1.831),
    ("Wolffenbuttel 1999", "rosiglitazone", 183, -0.90, 1.100, "placebo", 192, 0.20, 1.110),
    ("Yang 2003", "metformin", 96, -0.95, 1.500, "rosiglitazone", 102, -1.09, 1.650),
    ("Zhu 2003", "rosiglitazone", 210, -1.90, 1.470, "placebo", 105, -0.40, 1.300),
]
SHARED = 1.831**2 / 29  # variance of the mean of the placebo arm that two contrasts of Willms 1999 share
DRUGS = (
    *("acarbose", "benfluorex", "metformin", "miglitol", "pioglitazone"),
    *("rosiglitazone", "sitagliptin", "sulfonylurea", "vildagliptin"),
)
# against placebo: estimate and its standard error, as metafor prints them for these data
NETWORK = np.array(
    [
        *[(-0.8414, 0.2384), (-0.7369, 0.2776), (-1.1284, 0.1494), (-0.9499, 0.2253), (-1.1294, 0.2119)],
        *[(-1.2337, 0.1235), (-0.5700, 0.3414), (-0.4175, 0.2326), (-0.7000, 0.3408)],
    ]
)


def number(paper, y, error, treated="treated", control="control"):
    """An effect of two arms; those of one paper share their control."""
    reading = Reading("BV/TV", COMPARE["fold"], treated, control, (1.0,), {}, None)
    given = {"laboratory": paper, "group": GROUP, "family": "tumour", "assay": "", "kind": "number", "sign": 0}
    given |= {"basis": "sd", "costs": (), "linear": False, "conflict": "", "animals": paper, "reading": reading}
    experiment = Experiment("trial", {"system": "mouse"}, {}, {}, "")
    return Atom(name=f"{paper}, {treated}", paper=paper, y=float(y), error=float(error), experiment=experiment, **given)


def taus(tau):
    found = np.zeros((np.size(tau), len(CLASSES)))
    found[:, PLACE] = tau
    return found


@pytest.fixture
def normal_errors(monkeypatch):
    """Student's t with so many degrees of freedom that it is normal to seven digits."""
    n = 1e7
    monkeypatch.setattr(terms, "FREEDOM", n)
    monkeypatch.setattr(blocks_module, "FREEDOM", n)
    constant = math.lgamma((n + 1) / 2) - math.lgamma(n / 2) - 0.5 * math.log(n * math.pi)
    monkeypatch.setattr(terms, "_CONSTANT", constant)


class Regression:
    """Effects that are linear in some coefficients, by the likelihood of blocks."""

    def __init__(self, atoms, design):
        self.blocks, self.design = Blocks(atoms), np.asarray(design, float)

    def at(self, coefficients, tau):
        """Log likelihood (n,), and its slope by each coefficient (n, m) and by tau (n,)."""
        told = self.blocks(coefficients @ self.design.T, taus(np.full(len(coefficients), tau)))
        return told.value.sum(axis=1), told.by_f @ self.design, told.by_tau.sum(axis=1)

    def best(self, tau):
        """Coefficients and their information matrix where tau is known, by Newton from weighted least squares.

        Steps are small: what a paper has of its own is looked for within five of its sds, so that the surface is
        quadratic near the data alone.
        """
        y, s = self.blocks._y, np.sqrt(self.blocks._s**2 + tau**2)
        now = np.linalg.lstsq(self.design / s[:, None], y / s, rcond=None)[0]
        step = 0.01 / np.abs(self.design).max(axis=0)
        for _ in range(3):
            _, slope, _ = self.at(np.concatenate([now[None] + np.diag(step), now[None] - np.diag(step)]), tau)
            m = len(now)
            information = -(slope[:m] - slope[m:]) / (2 * step[:, None])
            now = now + np.linalg.solve(information, self.at(now[None], tau)[1][0])
        return now, 0.5 * (information + information.T)

    def profile(self, tau, restricted=False):
        coefficients, information = self.best(tau)
        value = self.at(coefficients[None], tau)[0][0]
        return float(value - 0.5 * np.linalg.slogdet(information)[1] * restricted)

    def fitted(self, restricted=False):
        """tau, coefficients and their standard errors, by maximum or restricted likelihood."""
        found = optimize.minimize_scalar(
            lambda log: -self.profile(math.exp(log), restricted),
            bounds=(-5, 1),
            method="bounded",
            options={"xatol": 1e-9},
        )
        tau = math.exp(found.x)
        coefficients, information = self.best(tau)
        return tau, coefficients, np.sqrt(np.diag(np.linalg.inv(information)))


def bcg(*columns):
    atoms = [number(f"trial {i}", y, s) for i, (y, s) in enumerate(zip(LOG_ODDS, ERRORS, strict=True))]
    return Regression(atoms, np.column_stack([np.ones(13), *columns]))


def test_thirteen_trials_of_bcg(normal_errors):
    """Page 597: odds ratio 0.476 (0.336 to 0.675), variance 0.302; its profile interval 0.12 to 0.89."""
    fit = bcg()
    tau, (mu,), (se,) = fit.fitted()
    found = np.exp([mu, mu - 1.959964 * se, mu + 1.959964 * se])
    np.testing.assert_allclose(found, [0.4762, 0.3360, 0.6749], atol=1e-4)
    assert tau**2 == pytest.approx(0.3025, abs=1e-4)
    _, _, by_tau = fit.at(np.array([[mu]]), tau)
    assert by_tau[0] == pytest.approx(0, abs=1e-4)
    top = fit.profile(tau) - stats.chi2.ppf(0.95, 1) / 2
    ends = [
        optimize.brentq(lambda variance: fit.profile(math.sqrt(variance)) - top, *bracket)
        for bracket in ((0.02, tau**2), (tau**2, 2.0))
    ]
    np.testing.assert_allclose(ends, [0.1151, 0.8937], atol=2e-4)


def test_latitude_explains_nearly_all(normal_errors):
    """Pages 608 to 609: 0.371 (0.106) - 0.033 (0.003) a degree, variance left 0.004.

    metafor's first error is of where its search stopped: the normal formula gives 0.10597 at the optimum.
    """
    tau, coefficients, errors = bcg(BCG[:, 4]).fitted()
    np.testing.assert_allclose(coefficients, [0.3710, -0.0327], atol=1e-4)
    np.testing.assert_allclose(errors, [0.1061, 0.0034], atol=2e-4)
    assert tau**2 == pytest.approx(0.0040, abs=1e-4)


def network():
    atoms, design = [], []
    for trial, drug, n, mean, sd, other, m, mean_other, sd_other in HBA1C:
        atoms.append(number(trial, mean - mean_other, math.hypot(sd / n**0.5, sd_other / m**0.5), drug, other))
        design.append([(name == drug) - (name == other) for name in DRUGS])
    return Regression(atoms, design)


def test_a_network_of_trials_with_three_arms(normal_errors, monkeypatch):
    """Half of tau^2 is shared by the contrasts of a trial, and the covariance of the two is that of their placebo."""

    def published(atoms):
        assert [atom.paper for atom in atoms] == ["Willms 1999"] * 2
        return np.diag([atom.error**2 for atom in atoms]) + SHARED * (1 - np.eye(2))

    monkeypatch.setattr(blocks_module, "covariance", published)
    tau, estimates, errors = network().fitted(restricted=True)
    assert tau**2 == pytest.approx(0.0999, abs=1e-4)
    np.testing.assert_allclose(estimates, NETWORK[:, 0], atol=1e-4)
    np.testing.assert_allclose(errors, NETWORK[:, 1], atol=1e-4)


def test_half_for_each_arm_is_near_what_was_published(normal_errors):
    """Where arms are alike the control has half of a contrast's variance. Here it has 53 and 82 %, taken as half."""
    tau, estimates, errors = network().fitted(restricted=True)
    assert tau**2 == pytest.approx(0.0999, abs=0.001)
    np.testing.assert_allclose(estimates, NETWORK[:, 0], atol=0.01)
    np.testing.assert_allclose(errors, NETWORK[:, 1], atol=0.005)


# --- errors of Student's t with four degrees of freedom, tau half-normal: the model of the real fit


def brute(mu, tau):
    """Log likelihood of the trials by adding up over what each has of its own; Student's t with 4 in closed form."""
    d = np.linspace(-9, 9, 361)[:, None] * tau / math.sqrt(2)
    scale = np.hypot(ERRORS, tau / math.sqrt(2))
    error = 0.375 * (1 + ((LOG_ODDS - mu - d) / scale) ** 2 / 4) ** -2.5 / scale
    own = np.exp(-(d**2) / tau**2) / (tau * math.sqrt(math.pi))
    return float(np.log(integrate.trapezoid(error * own, d, axis=0)).sum())


@pytest.fixture(scope="module")
def exact():
    """Mean and sd of mu and tau: mu ~ normal(0, 1), tau ~ half-normal of its class."""
    mu, tau = np.linspace(-1.7, 0.3, 31), np.linspace(0.02, 1.5, 31)
    log = np.array([[brute(m, t) for t in tau] for m in mu])
    log += stats.norm.logpdf(mu)[:, None] + stats.halfnorm.logpdf(tau, scale=SCALES[GROUP])
    weights = np.exp(log - log.max())
    weights /= weights.sum()
    found = []
    for values, share in ((mu, weights.sum(axis=1)), (tau, weights.sum(axis=0))):
        mean = float(share @ values)
        found.append((mean, math.sqrt(float(share @ (values - mean) ** 2))))
    return found


class Posterior:
    """mu and the spreads, for the sampler."""

    names = ("trials", "prior")

    def __init__(self):
        self.fit = bcg()

    def slopes(self):
        return self

    def parts(self, scores, wanted=None):
        tau, moves = spreads(scores[:, -len(CLASSES) :])
        told = self.fit.blocks(np.repeat(scores[:, :1], 13, axis=1), tau)
        slope = np.zeros((len(scores), 2, scores.shape[1]))
        slope[:, 0, 0] = told.by_f.sum(axis=1)
        slope[:, 0, 1 + PLACE] = told.by_tau.sum(axis=1) * moves[:, PLACE]
        slope[:, 1] = -scores
        value = np.stack([told.value.sum(axis=1), -0.5 * (scores**2).sum(axis=1)], axis=1)
        places = list(range(2)) if wanted is None else list(wanted)
        return value[:, places], slope[:, places]


@pytest.mark.parametrize(("mu", "tau"), [(-0.7, 0.5), (-0.3, 0.1), (0.1, 1.2)])
def test_the_likelihood_of_the_real_fit_is_the_brute_force_integral(mu, tau):
    assert bcg().at(np.array([[mu]]), tau)[0][0] == pytest.approx(brute(mu, tau), abs=1e-4)


def test_the_sampler_finds_the_posterior_of_the_trials(exact):
    state, chains = begin([np.zeros(6)], [np.eye(6)], 24, (5,)), []
    for i in range(ROUNDS + 20):
        state, block = advance(Posterior(), state)
        chains += [block["chain"]] if i >= ROUNDS else []
    chain = np.concatenate(chains)
    mu, tau = chain[:, :, 0], spreads(chain[:, :, 1:].reshape(-1, len(CLASSES)))[0][:, PLACE].reshape(chain.shape[:2])
    for values, (mean, sd) in zip((mu, tau), exact, strict=True):
        worth = values.size / (2 * BLOCK)  # an autocorrelation of eight steps at most
        assert values.mean() == pytest.approx(mean, abs=4 * sd / math.sqrt(worth))
        assert values.std() == pytest.approx(sd, rel=4 / math.sqrt(2 * worth))
