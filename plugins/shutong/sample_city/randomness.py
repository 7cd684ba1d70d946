"""Independent streams of chance (随机数流): adding a draw in one place moves no other."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
Positions = NDArray[np.int64]


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """Return the stream that belongs to `seed` and `names`, the same on every machine."""
    digest = hashlib.sha256("\x1f".join(map(str, (seed, *names))).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def picks(chance: np.random.Generator, choices: Sequence[T], size: int) -> list[T]:
    """Return `size` of `choices`, each as likely as the other."""
    return [choices[i] for i in chance.integers(0, len(choices), size).tolist()]


def weighted(chance: np.random.Generator, choices: dict[T, float], size: int) -> list[T]:
    """Return `size` of the keys of `choices`, as likely as their values say."""
    keys = list(choices)
    return [keys[i] for i in weighted_positions(chance, list(choices.values()), size).tolist()]


def weighted_positions(
    chance: np.random.Generator, weights: Sequence[float], size: int
) -> Positions:
    """Return `size` positions in `weights`, as likely as the weights say."""
    share = np.asarray(weights, dtype=float)
    return chance.choice(len(share), size, p=share / share.sum()).astype(np.int64)


def take(values: Sequence[T], positions: NDArray[Any]) -> list[T]:
    """Return the values at `positions`."""
    return [values[i] for i in positions.tolist()]
