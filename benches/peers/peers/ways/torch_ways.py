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
    on = f" on {torch.cuda.get_device_name()}" if DEVICE["name"] == "cuda" else ""
    return f"PyTorch {torch.__version__}{on}"


# Where arrays go.
DEVICE = {"name": "cpu"}


def prepare(_: type, device: str) -> None:
    """Before the first array."""
    if device == "gpu":
        if not torch.cuda.is_available():
            raise SystemExit("error: PyTorch finds no GPU")
        DEVICE["name"] = "cuda"


def wait(result: torch.Tensor) -> torch.Tensor:
    """Until the result is there."""
    if DEVICE["name"] == "cuda":
        torch.cuda.synchronize()
    return result


def parts(workload: Workload, dtype: type) -> tuple[list[torch.Tensor], Callable]:
    """The parameters, each layer's by itself, and the loss."""
    x, (images, classes) = workload.inputs(dtype)
    flat = [a for layer in layers(workload.facts["widths"], x) for a in layer]
    device = DEVICE["name"]
    parameters = [torch.tensor(a, requires_grad=True, device=device) for a in flat]
    images = torch.tensor(images, device=device)
    classes = torch.tensor(classes, dtype=torch.int64, device=device)

    def loss() -> torch.Tensor:
        units = images
        for weights, bias in zip(parameters[:-2:2], parameters[1:-2:2], strict=True):
            units = torch.sigmoid(torch.addmm(bias, units, weights))
        return cross_entropy(torch.addmm(parameters[-1], units, parameters[-2]), classes)

    return parameters, loss


def flat(gradient: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """As one vector."""
    return torch.cat([part.reshape(-1) for part in gradient])


def on_host(result: torch.Tensor) -> np.ndarray:
    """What errors are found in, after the clock has stopped."""
    return result.cpu().numpy()


def automatic(workload: Workload, dtype: type) -> Job:
    """Eager, forward and backward."""
    parameters, loss = parts(workload, dtype)
    run = lambda _: flat(torch.autograd.grad(loss(), parameters))  # noqa: E731
    return Job(run, wait=wait, fetch=on_host)


def values(workload: Workload, dtype: type) -> Job:
    """Eager, forward."""
    _, loss = parts(workload, dtype)

    def run(_: np.ndarray) -> torch.Tensor:
        with torch.no_grad():
            return loss()

    return Job(run, wait=wait, fetch=on_host)


def ways(workload: Workload, dtype: type) -> Ways:
    """Networks only."""
    if workload.facts.get("kind") != "network":
        return
    if workload.task == "values":
        yield "values", lambda: values(workload, dtype)
    else:
        yield "autograd", lambda: automatic(workload, dtype)
