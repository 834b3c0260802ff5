"""What compiled automatic differentiation takes on the same device: the gradient of the network 784-50-10 at 100 samples, and
of Rosenbrock's function at 65,536 points of 10 coordinates, in f32. For scripts/first-hour.sh; prints medians of 50 runs."""

import statistics
import time

import numpy as np

RUNS = 50
rng = np.random.default_rng(1)
IMAGES = rng.random((100, 784), dtype=np.float32)
CLASSES = rng.integers(0, 10, 100)
WEIGHTS = [0.01 * rng.standard_normal(shape, dtype=np.float32) for shape in [(784, 50), (50,), (50, 10), (10,)]]
POINTS = (4 * rng.random((65536, 10), dtype=np.float32) - 2).astype(np.float32)


def median(run):
    run()
    seconds = []
    for _ in range(RUNS):
        begin = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - begin)
    return f"{1e3 * statistics.median(seconds):.3f} ms"


def with_jax():
    import jax
    import jax.numpy as jnp

    def loss(weights, images, classes):
        a, b, c, d = weights
        outputs = jax.nn.sigmoid(images @ a + b) @ c + d
        return -jnp.mean(jax.nn.log_softmax(outputs)[jnp.arange(100), classes])

    def rosenbrock(x):
        return jnp.sum((1 - x[:-1]) ** 2 + 100 * (x[1:] - x[:-1] ** 2) ** 2)

    print(f"JAX {jax.__version__} on {jax.devices()[0]}")
    of_network, of_points = jax.jit(jax.grad(loss)), jax.jit(jax.vmap(jax.grad(rosenbrock)))
    weights, images, points = jax.device_put(WEIGHTS), jax.device_put(IMAGES), jax.device_put(POINTS)
    print("  network:", median(lambda: jax.block_until_ready(of_network(weights, images, CLASSES))))
    print("  Rosenbrock:", median(lambda: of_points(points).block_until_ready()))
    print("  Rosenbrock, with copies to and fro:", median(lambda: np.asarray(of_points(jax.device_put(POINTS)))))


def with_torch():
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    print(f"PyTorch {torch.__version__} on {device}")
    weights = [torch.tensor(w, device=device, requires_grad=True) for w in WEIGHTS]
    images, classes = torch.tensor(IMAGES, device=device), torch.tensor(CLASSES, device=device)

    def wait():
        if device == "cuda":
            torch.cuda.synchronize()

    def network():
        a, b, c, d = weights
        outputs = torch.sigmoid(images @ a + b) @ c + d
        torch.autograd.grad(torch.nn.functional.cross_entropy(outputs, classes), weights)
        wait()

    x = torch.tensor(POINTS, device=device, requires_grad=True)

    def rosenbrock():
        f = ((1 - x[:, :-1]) ** 2 + 100 * (x[:, 1:] - x[:, :-1] ** 2) ** 2).sum()
        torch.autograd.grad(f, x)
        wait()

    print("  network:", median(network))
    print("  Rosenbrock:", median(rosenbrock))


for peer in (with_jax, with_torch):
    try:
        peer()
    except ImportError as error:
        print(f"{peer.__name__}: not there ({error})")
