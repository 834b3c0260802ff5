"""PyTorch: automatic differentiation of the networks, as its users write them."""

from collections.abc import Callable

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from ..timing import Job
from ..workload import Workload
from ..workloads.networks import layers
from . import Ways


def peer() -> str:
    """Name and version."""
    return f"PyTorch {torch.__version__}"


def parts(workload: Workload, dtype: type) -> tuple[list[torch.Tensor], Callable]:
    """The parameters, each layer's by itself, and the loss."""
    x, (images, classes) = workload.inputs(dtype)
    flat = [a for layer in layers(workload.facts["widths"], x) for a in layer]
    parameters = [torch.tensor(a, requires_grad=True) for a in flat]
    images, classes = torch.tensor(images), torch.tensor(classes, dtype=torch.int64)

    def loss() -> torch.Tensor:
        units = images
        for weights, bias in zip(parameters[:-2:2], parameters[1:-2:2], strict=True):
            units = torch.sigmoid(torch.addmm(bias, units, weights))
        return cross_entropy(torch.addmm(parameters[-1], units, parameters[-2]), classes)

    return parameters, loss


def flat(gradient: tuple[torch.Tensor, ...]) -> np.ndarray:
    """As one vector."""
    return torch.cat([part.reshape(-1) for part in gradient]).numpy()


def automatic(workload: Workload, dtype: type) -> Job:
    """Eager, forward and backward."""
    parameters, loss = parts(workload, dtype)
    return Job(lambda _: flat(torch.autograd.grad(loss(), parameters)))


def values(workload: Workload, dtype: type) -> Job:
    """Eager, forward."""
    _, loss = parts(workload, dtype)

    def run(_: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return loss().numpy()

    return Job(run)


def ways(workload: Workload, dtype: type) -> Ways:
    """Networks only."""
    if workload.facts.get("kind") != "network":
        return
    if workload.task == "values":
        yield "values", lambda: values(workload, dtype)
    else:
        yield "autograd", lambda: automatic(workload, dtype)
