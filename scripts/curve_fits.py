"""scipy's curve_fit on examples/data/decay.csv: what tests/suite/cli/fit.rs compares with.

Run: python3 scripts/curve_fits.py (numpy, scipy)
"""

import numpy as np
from scipy.optimize import curve_fit

table = np.genfromtxt("examples/data/decay.csv", delimiter=",", names=True)


def model(t, a, tau, c):
    return a * np.exp(-t / tau) + c


for sigma, absolute in [(None, False), (table["s"], True), (table["s"] * (1 + table["t"]), False)]:
    found, covariance = curve_fit(
        model, table["t"], table["y"], p0=[1, 1, 0], sigma=sigma, absolute_sigma=absolute, xtol=1e-15, ftol=1e-15, gtol=1e-15
    )
    deviations = np.sqrt(np.diag(covariance))
    print("weighted" if sigma is not None else "plain", "absolute" if absolute else "relative")
    print(" ", [float(x) for x in found], [float(x) for x in deviations], float(covariance[0, 1] / deviations[0] / deviations[1]))
