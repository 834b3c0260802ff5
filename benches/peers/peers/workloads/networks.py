"""W3 and W5: gradients and forward passes of networks: sigmoid, linear at last, cross-entropy."""

from collections.abc import Callable
from functools import partial

import numpy as np

from ..splitmix import SplitMix64, round_to_f32
from ..workload import Array, Workload


def layers(widths: tuple[int, ...], parameters: Array) -> list[tuple[Array, Array]]:
    """Weights `[..., inputs, outputs]` and biases `[..., 1, outputs]` of parameters `[..., n]`."""
    found, at, lead = [], 0, parameters.shape[:-1]
    for inputs, outputs in zip(widths, widths[1:], strict=False):
        weights = parameters[..., at : at + inputs * outputs].reshape(*lead, inputs, outputs)
        at += inputs * outputs
        found.append((weights, parameters[..., None, at : at + outputs]))
        at += outputs
    return found


def sigmoid(z: Array, xp) -> Array:
    """1/(1 + e^-z)."""
    return 1.0 / (1.0 + xp.exp(-z))


def log_softmax(z: Array, xp) -> Array:
    """Without overflow."""
    z = z - z.max(-1, keepdims=True)
    return z - xp.log(xp.exp(z).sum(-1, keepdims=True))


def loss(x: Array, data: tuple, xp, widths: tuple[int, ...]) -> Array:
    """The mean cross-entropy over the samples."""
    units, classes = data
    parts = layers(widths, xp.moveaxis(x, 0, -1))
    for weights, bias in parts[:-1]:
        units = sigmoid(units @ weights + bias, xp)
    weights, bias = parts[-1]
    logarithms = log_softmax(units @ weights + bias, xp)
    return -logarithms[..., xp.arange(len(classes)), classes].mean(-1)


def backpropagation(x: Array, data: tuple, xp, widths: tuple[int, ...]) -> Array:
    """The gradient at one point, as the textbook's chapter 5 has it."""
    images, classes = data
    parts, units = layers(widths, x), [images]
    for weights, bias in parts[:-1]:
        units.append(sigmoid(units[-1] @ weights + bias, xp))
    weights, bias = parts[-1]
    chosen = classes[:, None] == xp.arange(widths[-1])
    off = (xp.exp(log_softmax(units[-1] @ weights + bias, xp)) - chosen) / len(classes)
    off, found = off.astype(x.dtype), []
    for (weights, _), below in zip(reversed(parts), reversed(units), strict=True):
        found = [(below.T @ off).reshape(-1), off.sum(0), *found]
        if below is not images:
            off = (off @ weights.T) * below * (1.0 - below)
    return xp.concatenate(found)


def start(widths: tuple[int, ...]) -> np.ndarray:
    """`initial_parameters(0.3, 2)`: weights 0.3 × normal numbers of seed 2, biases 0."""
    random, parts = SplitMix64(2), []
    for inputs, outputs in zip(widths, widths[1:], strict=False):
        parts += [random.exact_normals(inputs * outputs) * 0.3, np.zeros(outputs)]
    return round_to_f32(np.concatenate(parts))


def with_widths(formula: Callable, widths: tuple[int, ...]) -> Callable:
    """A formula of (x, data, xp)."""
    return partial(formula, widths=widths)


def network(widths: tuple[int, ...], samples: int, is_large: bool, task: str) -> Workload:
    """Inputs: uniform numbers of seed 3, by samples; then a class for each sample."""
    random = SplitMix64(3)
    images = round_to_f32(random.unit(samples * widths[0])).reshape(samples, widths[0])
    classes = random.below(samples, widths[-1])
    what = "forward pass of " if task == "values" else ""
    return Workload(
        group="W5" if task == "values" else "W3",
        name=f"{what}network {'-'.join(map(str, widths))}, {samples} samples",
        points=start(widths),
        value=with_widths(loss, widths),
        gradient=with_widths(backpropagation, widths),
        data=(images, classes),
        task=task,
        width=samples * sum(widths[1:]),
        is_large=is_large,
        facts={"kind": "network", "widths": widths, "samples": samples},
    )


def workloads() -> list[Workload]:
    """By group and size."""
    gradients = [
        ((64, 32, 10), 32, False),
        ((784, 50, 10), 100, False),
        ((64, 32, 10), 1438, True),
        ((64, 32, 10), 1797, True),
        ((784, 50, 100, 10), 100, True),
        ((784, 1024, 1024, 10), 100, True),
    ]
    forward = [((784, 50, 100, 10), 100, False), ((64, 32, 10), 1797, True)]
    return [network(*it, "gradient") for it in gradients] + [
        network(*it, "values") for it in forward
    ]
