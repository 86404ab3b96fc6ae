"""What both scripts of references share: random aggregates, and how a case is written."""

import json
import random
import sys


def arguments():
    """`CASES SEED`: how many cases of each kind, and where the dice start."""
    cases, seed = int(sys.argv[1]), int(sys.argv[2])
    return cases, random.Random(seed)


def case(of, reference, given, expected):
    """One case: what both sides compute, who computed it, the aggregates, and the numbers."""
    plain = {name: float(value) for name, value in expected.items()}
    print(json.dumps({"of": of, "reference": reference, "in": given, "out": plain}))


def arm(dice, units=None, mean=None, deviation=None):
    """Sums of an arm of made-up units: y is an outcome, x was known before, both correlated."""
    n = units or round(10 ** dice.uniform(2, 5.5))
    mean = dice.uniform(0.5, 50) if mean is None else mean
    deviation = mean * dice.uniform(0.05, 2) if deviation is None else deviation
    correlation = dice.uniform(-0.9, 0.9)
    x_mean, x_deviation = dice.uniform(0.5, 50), dice.uniform(0.1, 10)
    # Sums that a real list of units has: the moments are chosen, the sums follow.
    noise = dice.gauss(0, 1) / n**0.5
    y_mean, x_here = mean + deviation * noise, x_mean + x_deviation * dice.gauss(0, 1) / n**0.5
    y_var, x_var = deviation**2, x_deviation**2
    covariance = correlation * deviation * x_deviation
    return {
        "units": n,
        "y": n * y_mean,
        "yy": (n - 1) * y_var + n * y_mean**2,
        "x": n * x_here,
        "xx": (n - 1) * x_var + n * x_here**2,
        "xy": (n - 1) * covariance + n * y_mean * x_here,
    }


def two_arms(dice):
    """A control and a treatment that is a little different."""
    control = arm(dice)
    mean = control["y"] / control["units"]
    deviation = ((control["yy"] - control["units"] * mean**2) / (control["units"] - 1)) ** 0.5
    treatment = arm(dice, mean=mean * dice.uniform(0.97, 1.03), deviation=deviation * dice.uniform(0.8, 1.25))
    return control, treatment


def alpha(dice):
    return dice.choice([0.001, 0.01, 0.05, 0.1, 0.2])
