"""Cases computed by scipy, statsmodels, savvi, spotify-confidence and fairlearn: python others_cases.py CASES SEED."""

import importlib.metadata
import math
import statistics
import warnings
from fractions import Fraction

import numpy
import scipy.integrate
import scipy.special
import scipy.spatial.distance
import scipy.stats
import statsmodels.api
import statsmodels.stats.contingency_tables
import statsmodels.stats.meta_analysis
import statsmodels.stats.multitest
import statsmodels.stats.power
import statsmodels.stats.proportion
from fairlearn.metrics import demographic_parity_ratio
from savvi.multinomial import Multinomial
from spotify_confidence.analysis.frequentist.sequential_bound_solver import bounds

from common import alpha, arguments, case, two_arms

warnings.simplefilter("ignore")


def of(package):
    return f"{package} {importlib.metadata.version(package)}"


SCIPY, STATSMODELS, NUMPY = of("scipy"), of("statsmodels"), of("numpy")


def listed(values, name):
    return {f"{name} {at}": value for at, value in enumerate(values)}


def tally(dice):
    """Whole numbers, with their exact moments by Python's fractions."""
    base = dice.choice([0, 1000, 10**9, 10**15])
    rows = [base + dice.randint(-500, 500) for _ in range(dice.randint(30, 60))]
    exact = [Fraction(row) for row in rows]
    case("tally", "Python's statistics", {"rows": rows}, {"mean": statistics.mean(exact), "variance": statistics.variance(exact)})


def welch(dice):
    control, treatment = two_arms(dice)
    at = alpha(dice)

    def moments(arm):
        n = arm["units"]
        return arm["y"] / n, ((arm["yy"] - arm["y"] ** 2 / n) / (n - 1)) ** 0.5, n

    result = scipy.stats.ttest_ind_from_stats(*moments(treatment), *moments(control), equal_var=False)
    (m_t, s_t, n_t), (m_c, s_c, n_c) = moments(treatment), moments(control)
    se = (s_t**2 / n_t + s_c**2 / n_c) ** 0.5
    reach = scipy.stats.t.isf(at / 2, result.df if hasattr(result, "df") else freedom(s_t, n_t, s_c, n_c)) * se
    given = {"control": control, "treatment": treatment, "scale": "absolute", "alpha": at, "narrowest_at": 5000}
    expected = {"estimate": m_t - m_c, "p": result.pvalue, "low": m_t - m_c - reach, "high": m_t - m_c + reach}
    case("mean", SCIPY, given, expected)


def freedom(s_t, n_t, s_c, n_c):
    a, b = s_t**2 / n_t, s_c**2 / n_c
    return (a + b) ** 2 / (a**2 / (n_t - 1) + b**2 / (n_c - 1))


def counts(dice, cells, most=5):
    return [round(10 ** dice.uniform(1, most)) for _ in range(cells)]


def ratios(dice):
    cells = dice.randint(2, 6)
    found, shares = counts(dice, cells), [dice.uniform(0.1, 1) for _ in range(cells)]
    total, weight = sum(found), sum(shares)
    shares = [share / weight for share in shares]
    # Near the plan, so that the p-values are not all zero.
    found = [max(1, round(total * share + dice.gauss(0, 1.5) * (total * share) ** 0.5)) for share in shares]
    expected = [sum(found) * share for share in shares]
    p = scipy.stats.chisquare(found, expected).pvalue
    case("sample ratio", SCIPY, {"counts": found, "shares": shares}, {"p": p})
    small = [max(1, round(count * 1000 / sum(found))) for count in found]
    sequential = Multinomial(0.05, numpy.array(shares), 100)
    sequential.update(numpy.array(small))
    case("sample ratio", of("savvi"), {"counts": small, "shares": shares}, {"ln_factor": math.log(sequential.odds)})


def many(dice):
    p = [dice.random() ** dice.choice([1, 4, 10]) for _ in range(dice.randint(2, 15))]
    for method, name in [("holm", "holm"), ("fdr_bh", "hochberg")]:
        adjusted = statsmodels.stats.multitest.multipletests(p, 0.05, method)[1]
        case(name, STATSMODELS, {"p": p}, listed(adjusted, "p"))


def segments(dice):
    k = dice.randint(2, 12)
    errors = [10 ** dice.uniform(-2, 0) for _ in range(k)]
    effects = [0.1 + dice.gauss(0, 0.3) + error * dice.gauss(0, 1) for error in errors]
    both = numpy.array(effects), numpy.array(errors) ** 2
    # Its name of the method of DerSimonian and Laird.
    result = statsmodels.stats.meta_analysis.combine_effects(*both, method_re="dl")
    expected = {
        "estimate": result.mean_effect_fe,
        "se": result.sd_eff_w_fe,
        "q": result.q,
        "p": scipy.stats.chi2.sf(result.q, k - 1),
        "between": max(result.tau2, 0.0),
    }
    case("segments", STATSMODELS, {"effects": effects, "errors": errors}, expected)


def rates(dice):
    at, units = alpha(dice), round(10 ** dice.uniform(1, 6))
    yes = dice.randint(0, units)
    low, high = statsmodels.stats.proportion.proportion_confint(yes, units, at, "wilson")
    case("share", STATSMODELS, {"yes": yes, "units": units, "alpha": at}, {"share_low": low, "share_high": high})
    groups = [[0, units * dice.randint(5, 20) + 20] for _ in range(dice.randint(2, 6))]
    rate = dice.uniform(0.05, 0.9)
    for group in groups:
        group[0] = min(group[1], max(1, round(group[1] * rate + dice.gauss(0, 1.3) * (group[1] * rate * (1 - rate)) ** 0.5)))
    table = numpy.array([[yes, units - yes] for yes, units in groups])
    p = scipy.stats.chi2_contingency(table, correction=False).pvalue
    case("homogeneity", SCIPY, {"groups": groups}, {"p": p})
    scores = numpy.array([at + dice.random() for at in range(len(groups))])
    ordinal = statsmodels.stats.contingency_tables.Table(table, shift_zeros=False)
    result = ordinal.test_ordinal_association(row_scores=scores, col_scores=numpy.array([1.0, 0.0]))
    # It divides by one unit less than Cochran and Armitage do.
    n = table.sum()
    z = result.zscore * (n / (n - 1)) ** 0.5
    case("trend", STATSMODELS, {"groups": groups, "scores": list(scores)}, {"p": 2 * scipy.stats.norm.sf(abs(z))})


def plans(dice):
    power, at, share = dice.uniform(0.5, 0.99), alpha(dice), dice.uniform(0.1, 0.9)
    deviation, effect = dice.uniform(0.1, 10), dice.uniform(0.01, 0.2)
    two = dice.random() < 0.5
    ratio = (1 - share) / share
    solver = statsmodels.stats.power.NormalIndPower()
    alternative = "two-sided" if two else "larger"
    units = round(10 ** dice.uniform(2, 6))
    found = solver.power(effect, units * share, at, ratio, alternative)
    given = {"deviation": deviation, "effect": effect * deviation, "alpha": at, "share": share, "units": units, "two_sided": two}
    case("power", STATSMODELS, given, {"power": found})
    if found < 0.999999 and found > at * 1.01:
        given = {"deviation": deviation, "power": found, "alpha": at, "share": share, "units": units, "two_sided": two}
        case("smallest effect", STATSMODELS, given, {"smallest": effect * deviation})


def lines(dice):
    k = dice.randint(3, 20)
    at = [float(week) for week in range(k)]
    errors = [10 ** dice.uniform(-3, -1) for _ in range(k)]
    effects = [0.05 - 0.002 * week + error * dice.gauss(0, 1) for week, error in zip(at, errors)]
    model = statsmodels.api.WLS(effects, statsmodels.api.add_constant(at), 1 / numpy.array(errors) ** 2)
    fit = model.fit(cov_type="fixed scale")
    expected = {"estimate": fit.params[1], "se": fit.bse[1], "p": 2 * scipy.stats.norm.sf(abs(fit.tvalues[1]))}
    case("slope", STATSMODELS, {"at": at, "effects": effects, "errors": errors}, expected)


def drifts(dice):
    cells = dice.randint(2, 12)
    then = counts(dice, cells)
    now = [max(1, round(count * dice.uniform(0.7, 1.3) + dice.gauss(0, 1) * count**0.5)) for count in then]
    p, q = numpy.array(then) / sum(then), numpy.array(now) / sum(now)
    expected = {
        "index": float(numpy.sum((q - p) * numpy.log(q / p))),
        "by_chance": (1 / sum(then) + 1 / sum(now)) * scipy.stats.chi2.isf(0.05, cells - 1),
        "divergence": scipy.spatial.distance.jensenshannon(p, q, 2) ** 2,
        "p": scipy.stats.chi2_contingency([then, now], correction=False).pvalue,
    }
    case("drift", SCIPY, {"then": then, "now": now}, expected)


def impacts(dice):
    at = alpha(dice)
    members = [round(10 ** dice.uniform(2, 5)) for _ in range(2)]
    selected = [dice.randint(1, count - 1) for count in members]
    result = scipy.stats.contingency.relative_risk(selected[0], members[0], selected[1], members[1])
    interval = result.confidence_interval(1 - at)
    given = {"group": [selected[0], members[0]], "reference": [selected[1], members[1]], "alpha": at}
    expected = {"ratio": result.relative_risk, "ratio_low": interval.low, "ratio_high": interval.high}
    case("impact", SCIPY, given, expected)


def parity(dice):
    members = [dice.randint(50, 300) for _ in range(2)]
    selected = sorted((dice.randint(1, count - 1) / count, count) for count in members)
    rows = [(round(rate * count), count, at) for at, (rate, count) in enumerate(selected)]
    labels = [at for _, count, at in rows for _ in range(count)]
    chosen = [int(row < yes) for yes, count, _ in rows for row in range(count)]
    ratio = demographic_parity_ratio(chosen, chosen, sensitive_features=labels)
    given = {"group": list(rows[0][:2]), "reference": list(rows[1][:2]), "alpha": 0.05}
    case("impact", of("fairlearn"), given, {"ratio": ratio})


def looks(dice):
    # Its search stops within 1e-7 of the probability that a look may spend: each look here spends a thousand times as much. Its grid
    # is coarse where looks nearly coincide: they are 3 % apart.
    shares, at = [], 0.0
    steps = lambda: list(zip([0.0] + shares, shares))
    while not shares or min(b - a for a, b in steps()) < 0.03 or min(at * (b**3 - a**3) for a, b in steps()) < 1e-4:
        k, at = dice.randint(2, 8), dice.choice([0.01, 0.025, 0.05])
        shares = sorted(dice.uniform(0.15, 0.95) for _ in range(k - 1)) + [1.0]
    found = bounds(numpy.array(shares), at, rho=3.0, ztrun=8.0, sides=1).bounds
    case("bounds", of("spotify-confidence"), {"looks": shares, "alpha": at, "power": 3.0}, listed(found, "bound"))


def chances(dice):
    k = dice.randint(2, 6)
    arms = [(dice.gauss(0, 1), 10 ** dice.uniform(-1.5, 0.5)) for _ in range(k)]

    def chance(of):
        mean, deviation = arms[of]

        def density(x):
            rest = (scipy.special.ndtr((x - m) / s) for at, (m, s) in enumerate(arms) if at != of)
            z = (x - mean) / deviation
            return math.exp(-z * z / 2) / math.sqrt(2 * math.pi) / deviation * math.prod(rest)

        low, high = mean - 8.5 * deviation, mean + 8.5 * deviation
        steps = {low, high} | {m + s * z for m, s in arms for z in (-8, -4, -2, -1, 0, 1, 2, 4, 8)}
        steps = sorted(step for step in steps if low <= step <= high)
        return sum(scipy.integrate.quad(density, a, b, epsabs=1e-13, epsrel=1e-12)[0] for a, b in zip(steps, steps[1:]))

    case("best arm", SCIPY, {"arms": arms}, listed([chance(at) for at in range(k)], "chance"))


def bandits(dice):
    """Units of a bandit, one by one, and the estimates from them without any sums."""
    numbers = numpy.random.default_rng(dice.randint(0, 2**32))
    batches, lists = [], []
    for _ in range(dice.randint(2, 8)):
        units, share = dice.randint(60, 300), dice.uniform(0.15, 0.85)
        arm = numbers.random(units) < share
        y = numbers.normal(3.0, 2.0, units) + 0.2 * arm
        lists.append((arm, y, share))
        moments = [{"units": len(part), "mean": float(part.mean()), "variance": float(part.var(ddof=1))} for part in (y[~arm], y[arm])]
        batches.append({"control": moments[0], "treatment": moments[1], "units": units, "share": share})
    within = [numpy.concatenate([y[arm == of] - y[arm == of].mean() for arm, y, _ in lists]) for of in (False, True)]
    control, treatment = (float((part**2).sum()) / (len(part) - len(lists)) for part in within)
    difference = numpy.array([y[arm].mean() - y[~arm].mean() for arm, y, _ in lists])
    error = numpy.array([(treatment / arm.sum() + control / (~arm).sum()) ** 0.5 for arm, _, _ in lists])
    size = numpy.array([len(y) for _, y, _ in lists])
    weighted = [y * arm / share - y * ~arm / (1 - share) for arm, y, share in lists]
    everything = numpy.concatenate(weighted)
    spread = sum(part.var(ddof=1) * len(part) for part in weighted) ** 0.5 / len(everything)
    expected = {
        "estimate": numpy.sum(difference / error) / numpy.sum(1 / error),
        "se": len(error) ** 0.5 / numpy.sum(1 / error),
        "by_batch estimate": numpy.average(difference, weights=size),
        "by_batch se": float(numpy.sum((size / size.sum() * error) ** 2)) ** 0.5,
        "inverse estimate": everything.mean(),
        "inverse se": spread,
    }
    case("bandit", NUMPY, {"batches": batches}, expected)


def main():
    cases, dice = arguments()
    for at in range(cases):
        for each in (tally, welch, ratios, many, segments, rates, plans, lines, drifts, impacts, parity, chances, bandits):
            each(dice)
        # Its bounds take a second each.
        if at % 4 == 0:
            looks(dice)


main()
