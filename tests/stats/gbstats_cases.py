"""Cases computed by gbstats, the library of GrowthBook: python gbstats_cases.py CASES SEED."""

import importlib.metadata

from gbstats.bayesian.tests import EffectBayesianABTest, EffectBayesianConfig, GaussianPrior
from gbstats.frequentist.tests import (
    FrequentistConfig,
    OneSidedTreatmentGreaterTTest,
    SequentialConfig,
    SequentialTwoSidedTTest,
    TwoSidedTTest,
)
from gbstats.gbstats import check_srm
from gbstats.models.statistics import (
    RatioStatistic,
    RegressionAdjustedStatistic,
    SampleMeanStatistic,
    compute_theta,
)

from common import alpha, arguments, arm, case, two_arms

REFERENCE = f"gbstats {importlib.metadata.version('gbstats')}"


def plain(arm):
    return SampleMeanStatistic(n=arm["units"], sum=arm["y"], sum_squares=arm["yy"])


def before(arm):
    return SampleMeanStatistic(n=arm["units"], sum=arm["x"], sum_squares=arm["xx"])


def ratio(arm):
    return RatioStatistic(
        n=arm["units"], m_statistic=plain(arm), d_statistic=before(arm), m_d_sum_of_products=arm["xy"]
    )


def adjusted(arms):
    def of(arm, theta):
        return RegressionAdjustedStatistic(
            n=arm["units"],
            post_statistic=plain(arm),
            pre_statistic=before(arm),
            post_pre_sum_of_products=arm["xy"],
            theta=theta,
        )

    theta = compute_theta(of(arms[0], 0), of(arms[1], 0))
    return [of(arm, theta) for arm in arms]


def compare(of, control, treatment, statistics, scale, at, dice):
    tuning = dice.choice([1000, 5000, 100000])
    config = {"alpha": at, "difference_type": scale}
    test = TwoSidedTTest(*statistics, FrequentistConfig(**config))
    one = OneSidedTreatmentGreaterTTest(*statistics, FrequentistConfig(**config))
    always = SequentialTwoSidedTTest(*statistics, SequentialConfig(**config, sequential_tuning_parameter=tuning))
    low, high = test.confidence_interval
    always_low, always_high = always.confidence_interval
    given = {"control": control, "treatment": treatment, "scale": scale, "alpha": at, "narrowest_at": tuning}
    expected = {
        "estimate": test.point_estimate,
        "se": test.variance**0.5,
        "low": low,
        "high": high,
        "p": test.p_value,
        "p_above": one.p_value,
        "lower": one.confidence_interval[0],
        "always_low": always_low,
        "always_high": always_high,
        "always_p": always.p_value,
    }
    case(of, REFERENCE, given, expected)


def believe(control, treatment, scale, at, dice):
    prior = None
    if dice.random() < 0.5:
        prior = {"mean": dice.uniform(-0.1, 0.1), "deviation": dice.uniform(0.01, 0.5)}
    belief = GaussianPrior(prior["mean"], prior["deviation"] ** 2, True) if prior else GaussianPrior()
    config = EffectBayesianConfig(alpha=at, difference_type=scale, prior_effect=belief, prior_type=scale)
    result = EffectBayesianABTest(plain(control), plain(treatment), config).compute_result()
    given = {"control": control, "treatment": treatment, "scale": scale, "alpha": at, "prior": prior}
    expected = {
        "estimate": result.expected,
        "chance_to_win": result.chance_to_win,
        "loss_if_kept": result.risk[0],
        "loss_if_chosen": result.risk[1],
        "low": result.ci[0],
        "high": result.ci[1],
    }
    case("belief", REFERENCE, given, expected)


def main():
    cases, dice = arguments()
    for _ in range(cases):
        arms, scale, at = two_arms(dice), dice.choice(["absolute", "relative"]), alpha(dice)
        compare("mean", *arms, [plain(arm) for arm in arms], scale, at, dice)
        compare("ratio", *arms, [ratio(arm) for arm in arms], scale, at, dice)
        compare("adjusted mean", *arms, adjusted(arms), scale, at, dice)
        believe(*arms, scale, at, dice)
        weights = [dice.uniform(0.1, 1) for _ in range(dice.randint(2, 5))]
        units = 10 ** dice.uniform(2, 6)
        counts = [round(units * weight / sum(weights) * dice.uniform(0.98, 1.02)) for weight in weights]
        shares = [weight / sum(weights) for weight in weights]
        case("sample ratio", REFERENCE, {"counts": counts, "shares": shares}, {"p": check_srm(counts, shares)})


main()
