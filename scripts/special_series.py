"""Writes the polynomials of the special functions: shaders/special/*_f32.wgsl and *_f64.wgsl.

Each is the interpolation of a function at 48 Chebyshev nodes in some 60 digits, cut where the rest is below 2^-28.5 (f32) or 2^-57
(f64) of it, in powers of the distance from the middle of its interval or from a zero. What these functions are of is said where they
are used. Needs mpmath.

    python3 scripts/special_series.py
"""

import struct
from pathlib import Path

from mpmath import (
    atan2, besseli, besselj, besselk, bessely, cospi, diff, erf, erfc, exp, expj, factorial, findroot, fsum, log, loggamma, mp, mpf, pi,
    psi, sinpi, sqrt,
)

mp.prec = 200
NODES = 48
BITS = {32: 28.5, 64: 57}
FOLDER = Path(__file__).parent.parent / "shaders" / "special"
TINY = mpf(10) ** -25


def chebyshev(f, low, high):
    """Coefficients of Chebyshev polynomials on an interval, and the least size of the function at the nodes."""
    nodes = [mp.cos(pi * (2 * k + 1) / (2 * NODES)) for k in range(NODES)]
    values = [f((low + high) / 2 + (high - low) / 2 * t) for t in nodes]
    terms = [
        2 / mpf(NODES) * fsum(values[k] * mp.cos(pi * j * (2 * k + 1) / (2 * NODES)) for k in range(NODES))
        for j in range(NODES)
    ]
    terms[0] /= 2
    return terms, min(abs(value) for value in values)


def powers(terms, low, high):
    """The same as coefficients of powers."""
    polynomials = [[mpf(1)], [mpf(0), mpf(1)]]
    while len(polynomials) < len(terms):
        new = [mpf(0)] + [2 * c for c in polynomials[-1]]
        for i, c in enumerate(polynomials[-2]):
            new[i] -= c
        polynomials.append(new)
    of_t = [mpf(0)] * len(terms)
    for term, polynomial in zip(terms, polynomials):
        for i, c in enumerate(polynomial):
            of_t[i] += term * c
    middle, half = (low + high) / 2, (high - low) / 2
    result = [of_t[-1]]
    for c in reversed(of_t[:-1]):
        new = [mpf(0)] * (len(result) + 1)
        for i, r in enumerate(result):
            new[i + 1] += r / half
            new[i] -= r * middle / half
        new[0] += c
        result = new
    return result


def fit(f, low, high, bits, scale):
    """The shortest polynomial that is off by less than 2^-bits of the scale, or of the least value."""
    low, high = mpf(low), mpf(high)
    terms, least = chebyshev(f, low, high)
    allowed, tail, count = (least if scale is None else mpf(scale)) * mpf(2) ** -bits, mpf(0), NODES
    while tail + abs(terms[count - 1]) < allowed:
        tail += abs(terms[count - 1])
        count -= 1
    return powers(terms[:count], low, high)


def single(value):
    return struct.unpack("f", struct.pack("f", float(value)))[0]


def literal(value, bits):
    """The fewest digits that give the nearest number of this precision, in a form that WGSL and Rust read as a float."""
    if bits == 64:
        text = repr(float(value))
    else:
        text = next(t for t in (f"{single(value):.{n}g}" for n in range(1, 12)) if single(float(t)) == single(value))
    mantissa, _, power = text.partition("e")
    mantissa += "" if "." in mantissa else ".0"
    return f"{mantissa}e{int(power)}" if power else mantissa


def factored(f, zero):
    """f(zero + w) / w."""
    return lambda w: f(zero + w) / w if abs(w) > TINY else diff(f, zero)


def zeros(f, *near):
    return [findroot(f, start) for start in near]


def j(n):
    return lambda x: besselj(n, x)


def y(n):
    return lambda x: bessely(n, x)


J0, J1 = zeros(j(0), 2.4048, 5.5201, 8.6537), zeros(j(1), 3.8317, 7.0156)
Y0, Y1 = zeros(y(0), 0.8936, 3.9577, 7.0861), zeros(y(1), 2.1971, 5.4297, 8.5960)
DIGAMMA = findroot(lambda x: psi(0, x), 1.4616)


def scaled_tail(n, s):
    """n-fold integrals of erfc times e^(s²)."""
    if s > mpf(10) ** 5:
        terms = ((-1) ** m * factorial(2 * m + n) / (factorial(n) * factorial(m) * (2 * s) ** (2 * m)) for m in range(12))
        return 2 / sqrt(pi) / (2 * s) ** (n + 1) * fsum(terms)
    mp.prec += 400
    zero = exp(s * s) * erfc(s)
    one = 1 / sqrt(pi) - s * zero
    all_three = [zero, one, (zero - 2 * s * one) / 4]
    mp.prec -= 400
    return +all_three[n]


def erfcx(n, middle):
    """(-1)ⁿ·(1 + 2s)^(n + 1) times the n-th derivative of erfcx(s), with (s - 4) / (s + 4) = w + middle."""

    def of(w):
        t = w + middle
        s = 4 * (1 + t) / (1 - t)
        return (1 + 2 * s) ** (n + 1) * 2**n * factorial(n) * scaled_tail(n, s)

    return of


def gamma_rest(x):
    """ln Γ(x) less its zeros at 1 and 2."""
    at_zero = abs(x - 1) < TINY or abs(x - 2) < TINY
    return psi(0, x) * (1 if x > 1.5 else -1) if at_zero else loggamma(x) / ((x - 1) * (x - 2))


def far(f):
    """Of 1/x²."""
    return lambda z: f(1 / sqrt(z))


def second_kind(n, zero):
    """Yₙ less its logarithm, with its first zero as a factor; of x²."""

    def of(z):
        x = sqrt(z)
        if abs(x - zero) < mpf(10) ** -12:
            return (of((zero - mpf(10) ** -11) ** 2) + of((zero + mpf(10) ** -11) ** 2)) / 2
        rest = bessely(n, x) - 2 / pi * log(x / zero) * besselj(n, x)
        return rest * x**n / (z - zero * zero)

    return of


def size(n):
    return far(lambda x: sqrt((besselj(n, x) ** 2 + bessely(n, x) ** 2) * pi * x / 2))


def phase(n):
    def of(x):
        turned = (besselj(n, x) + 1j * bessely(n, x)) * expj(-(x - pi / 4 - n * pi / 2))
        return x * atan2(turned.imag, turned.real)

    return far(of)


def sinc_slope(x):
    return (cospi(x) - sinpi(x) / (pi * x)) / x


def root(f):
    """Of x²."""
    return lambda z: f(sqrt(z))


def grown(n):
    return lambda w: (lambda x: besseli(n, x) * exp(-x) * sqrt(x))(1 / max(w + mpf(1) / 16, mpf(10) ** -6))


def decayed(n):
    return lambda u: (lambda x: besselk(n, x) * exp(x) * sqrt(x))(min(1 / u - 1, mpf(10) ** 8))


def around(f, zero, low, high, scale):
    return factored(f, zero), low - zero, high - zero, scale


D = mpf  # decimals, exactly
EIGHTH = mpf(1) / 64

# Name: function, interval, and what the error is relative to, if not to the least value.
ERRORS = {
    "erf": (root(lambda x: erf(x) / x - 1), 0, D("0.81"), 1),
    **{
        f"{name}_{part}": (erfcx(n, middle), -D("0.5"), D("0.5"), None)
        for n, name in enumerate(["erfcx", "erfcx_slope", "erfcx_second"])
        for part, middle in [("near", -D("0.5")), ("far", D("0.5"))]
    },
}
HALVES = {"one": ("1.5", "0.5"), "two": ("2.75", "0.75"), "four": ("5.75", "2.25")}


def pieces(name, f, end):
    """Between 1 and 8, and beyond."""
    around_middle = lambda middle: lambda w: f(w + D(middle))
    table = {f"{name}_{part}": (around_middle(m), -D(h), D(h), None) for part, (m, h) in HALVES.items()}
    return {**table, f"{name}_far": (far(end), 0, EIGHTH, None)}


STIRLING = lambda x: (loggamma(x) - (x - D("0.5")) * (log(x) - 1) - (log(2 * pi) / 2 - D("0.5"))) * x
GAMMA = {
    **pieces("lgamma", gamma_rest, STIRLING),
    **pieces("digamma", lambda x: psi(0, x), lambda x: (log(x) - 1 / (2 * x) - psi(0, x)) * x**2),
    **pieces("trigamma", lambda x: psi(1, x), lambda x: (psi(1, x) - 1 / x - 1 / (2 * x**2)) * x**3),
    **pieces("tetragamma", lambda x: psi(2, x), lambda x: (-psi(2, x) - 1 / x**2 - 1 / x**3) * x**4),
}
GAMMA["digamma_one"] = (lambda w: factored(lambda x: psi(0, x), DIGAMMA)(w + D("1.5") - DIGAMMA), -D("0.5"), D("0.5"), None)
BESSEL = {
    "j0_near": (root(lambda x: (besselj(0, x) - 1) / x**2), 0, D("2.25"), None),
    "j0_two": around(j(0), J0[0], D("1.5"), 4, 0.2),
    "j0_five": around(j(0), J0[1], 4, 7, 0.1),
    "j0_nine": around(j(0), J0[2], 7, 8, 0.2),
    "j1_near": (root(lambda x: (besselj(1, x) / x - D("0.5")) / x**2), 0, D("5.76"), None),
    "j1_three": around(j(1), J1[0], D("2.4"), D("5.4"), 0.15),
    "j1_seven": around(j(1), J1[1], D("5.4"), 8, 0.15),
    "j1_second_near": (root(lambda x: (besselj(3, x) - 3 * besselj(1, x)) / (4 * x)), 0, 4, 0.2),
    "y0_near": (second_kind(0, Y0[0]), 0, 9, None),
    "y0_three": around(y(0), Y0[1], 3, D("5.5"), 0.2),
    "y0_seven": around(y(0), Y0[2], D("5.5"), 8, 0.2),
    "y1_near": (second_kind(1, Y1[0]), 0, D("14.44"), None),
    "y1_five": around(y(1), Y1[1], D("3.8"), 7, 0.1),
    "y1_nine": around(y(1), Y1[2], 7, 8, 0.2),
    "bessel_size_0": (size(0), 0, EIGHTH, 1),
    "bessel_size_1": (size(1), 0, EIGHTH, 1),
    "bessel_phase_0": (phase(0), 0, EIGHTH, 1),
    "bessel_phase_1": (phase(1), 0, EIGHTH, 1),
}
MODIFIED = {
    "i0_near": (root(lambda x: (besseli(0, x) - 1) / x**2), 0, 64, None),
    "i0_far": (grown(0), -D(1) / 16, D(1) / 16, None),
    "i1_near": (root(lambda x: (besseli(1, x) / x - D("0.5")) / x**2), 0, 64, None),
    "i1_far": (grown(1), -D(1) / 16, D(1) / 16, None),
    "i1_second_near": (root(lambda x: (besseli(3, x) + 3 * besseli(1, x)) / (4 * x)), 0, 4, 0.2),
    "k0_near": (root(lambda x: besselk(0, x) + log(x) * besseli(0, x)), 0, 1, None),
    "k0_far": (decayed(0), 0, D("0.5"), None),
    "k1_near": (root(lambda x: ((besselk(1, x) - log(x) * besseli(1, x)) * x - 1) / x**2), 0, 1, None),
    "k1_far": (decayed(1), 0, D("0.5"), None),
}
ANGLES = {
    "sinc_near": (root(lambda x: sinpi(x) / (pi * x)), 0, D(1) / 16, None),
    "cos_pi": (root(lambda x: (cospi(x) - 1) / x**2), 0, D(1) / 16, None),
    "sinc_slope_near": (root(lambda x: sinc_slope(x) / x), 0, D(1) / 4, None),
    "sinc_second_near": (root(lambda x: (-pi * sinpi(x) - 2 * sinc_slope(x)) / x), 0, D(1) / 4, 1),
}

# Numbers in two parts: name, that of the lower part, value.
NUMBERS = {
    "gamma": [("DIGAMMA_ROOT_STEP", "DIGAMMA_ROOT", DIGAMMA - 1)],
    "bessel": [
        (name, name, value)
        for name, value in [
            ("J0_TWO", J0[0]), ("J0_FIVE", J0[1]), ("J0_NINE", J0[2]), ("J1_THREE", J1[0]), ("J1_SEVEN", J1[1]),
            ("Y0_ONE", Y0[0]), ("Y0_THREE", Y0[1]), ("Y0_SEVEN", Y0[2]), ("Y1_TWO", Y1[0]), ("Y1_FIVE", Y1[1]),
            ("Y1_NINE", Y1[2]), ("QUARTER_PI", pi / 4),
        ]
    ],
}
ROOMS = {
    "errors": "// Beyond these e^-x² is 0, and e^x² infinite.\nconst PM_SQUARE_ROOM: real = {};\n",
    "modified": "// e^x is finite up to here.\nconst PM_EXP_ROOM: real = {};\n",
}
ROOM = {"errors": {32: "15.0", 64: "40.0"}, "modified": {32: "88.0", 64: "709.0"}}


def horner(name, numbers):
    text, line = f"fn pm_{name}_series(z: real) -> real {{\n", "    return "
    for i, number in enumerate(numbers):
        piece = number if i == len(numbers) - 1 else f"{number} + z * "
        piece += "(" if i < len(numbers) - 2 else ""
        if len(line) + len(piece) > 118:
            text, line = text + line.rstrip() + "\n", "        "
        line += piece
    return text + line + ")" * max(0, len(numbers) - 2) + ";\n}\n"


for group, series in {"errors": ERRORS, "gamma": GAMMA, "bessel": BESSEL, "modified": MODIFIED, "angles": ANGLES}.items():
    for bits in (32, 64):
        text = (
            f"// What {group}.wgsl needs in f{bits}: polynomials by interpolation at Chebyshev nodes, written by\n"
            "// scripts/special_series.py. Do not edit.\n\n"
        )
        for name, lower, value in NUMBERS.get(group, []):
            high = mpf(single(value) if bits == 32 else float(value))
            text += f"const PM_{name}: real = {literal(high, bits)};\nconst PM_{lower}_LOW: real = {literal(value - high, bits)};\n"
        text += ROOMS.get(group, "").format(ROOM.get(group, {}).get(bits))
        text += "\n" if group in NUMBERS or group in ROOMS else ""
        for name, (f, low, high, scale) in series.items():
            numbers = [literal(c, bits) for c in fit(f, low, high, BITS[bits], scale)]
            text += horner(name, numbers)
        (FOLDER / f"{group}_f{bits}.wgsl").write_text(text)
