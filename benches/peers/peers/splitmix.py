"""The random numbers of plusminus-bench (src/numeric/random.rs): splitmix64, and what it draws."""

import numpy as np

GAMMA = np.uint64(0x9E3779B97F4A7C15)


class SplitMix64:
    """The sequence of one seed. State k is seed + k·GAMMA, so many outputs are made at once."""

    def __init__(self, seed: int) -> None:
        self._state = np.uint64(seed)

    def bits(self, count: int) -> np.ndarray:
        """The next `count` outputs of 64 bits."""
        with np.errstate(over="ignore"):
            z = self._state + np.arange(1, count + 1, dtype=np.uint64) * GAMMA
            self._state = self._state + np.uint64(count) * GAMMA
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            return z ^ (z >> np.uint64(31))

    def unit(self, count: int) -> np.ndarray:
        """Uniform in [0, 1): the upper 53 bits over 2^53."""
        return (self.bits(count) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def exact_normals(self, count: int) -> np.ndarray:
        """Standard normal, by Box and Muller."""
        u, v = self.unit(2 * count).reshape(-1, 2).T
        return np.sqrt(-2.0 * np.log(1.0 - u)) * np.cos(2.0 * np.pi * v)

    def normals(self, count: int) -> np.ndarray:
        """The same, rounded to f32; in f64."""
        return round_to_f32(self.exact_normals(count))

    def uniforms(self, count: int, low: float, high: float) -> np.ndarray:
        """Uniform between two numbers, rounded to f32; in f64."""
        return round_to_f32(low + (high - low) * self.unit(count))

    def below(self, count: int, bound: int) -> np.ndarray:
        """Whole numbers in 0..bound: the upper 64 bits of output × bound."""
        return np.array([int(bits) * bound >> 64 for bits in self.bits(count)], dtype=np.int32)


def round_to_f32(values: np.ndarray) -> np.ndarray:
    """So that every precision works on the same numbers."""
    return values.astype(np.float32).astype(np.float64)
