"""Steps of update rules by optax, for tests/suite/rules.rs: pip install jax optax, then

    python3 scripts/rule_trajectories.py > tests/suite/common/trajectories.csv

Each line: the rule, its step, the point after it. f64, f(x) = (x0 - 1)²/2 + 5(x1 + 2)² + (x2² - 1)²/4 + 0.3 x0 x1 from (2, -1, 0.5).
"""

import jax
import jax.numpy as jnp
import optax

jax.config.update("jax_enable_x64", True)

STEPS = 12


def f(x):
    return (x[0] - 1) ** 2 / 2 + 5 * (x[1] + 2) ** 2 + (x[2] ** 2 - 1) ** 2 / 4 + 0.3 * x[0] * x[1]


# optax begins AdaGrad's sum at 0.1 and has its epsilon within the root, unless it is told otherwise.
TINY = 1e-300
RULES = {
    "momentum": optax.sgd(0.02, momentum=0.8),
    "nesterov": optax.sgd(0.02, momentum=0.8, nesterov=True),
    "adagrad": optax.adagrad(0.3, initial_accumulator_value=0.0, eps=TINY),
    "rmsprop": optax.rmsprop(0.05, decay=0.9, eps=1e-3, eps_in_sqrt=False),
    "adam": optax.adam(0.1, b1=0.8, b2=0.95, eps=1e-4),
    "adamw": optax.adamw(0.1, b1=0.8, b2=0.95, eps=1e-4, weight_decay=0.2),
    "lion": optax.lion(0.05, b1=0.8, b2=0.95, weight_decay=0.2),
    "decay": optax.chain(optax.add_decayed_weights(0.2), optax.sgd(0.02)),
    "clip-norm": optax.chain(optax.clip_by_global_norm(1.5), optax.sgd(0.05)),
    "clip-value": optax.chain(optax.clip(1.5), optax.sgd(0.05)),
    "exponential": optax.sgd(optax.exponential_decay(0.05, 1, 0.9)),
    "step": optax.sgd(optax.exponential_decay(0.05, 4, 0.5, staircase=True)),
    "cosine": optax.sgd(optax.cosine_decay_schedule(0.05, 8, alpha=0.1)),
    "warm-up": optax.sgd(
        optax.join_schedules([optax.linear_schedule(0.01, 0.05, 4), optax.cosine_decay_schedule(0.05, 6)], [4])
    ),
}


def main():
    gradient = jax.grad(f)
    for name, rule in RULES.items():
        x = jnp.array([2.0, -1.0, 0.5])
        state = rule.init(x)
        for step in range(STEPS):
            updates, state = rule.update(gradient(x), state, x)
            x = optax.apply_updates(x, updates)
            print(",".join([name, str(step + 1), *(repr(float(number)) for number in x)]))


if __name__ == "__main__":
    main()
