"""Lottery numbers: drawn from the seed and the ids alone, so that nothing else can move anybody."""

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

_ODD_1, _ODD_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def draw(seed: int, kind: str, names: Iterable[str]) -> NDArray[np.uint64]:
    """64 bits for each name."""
    drawn = blake2b(f"{seed}\0{kind}\0".encode(), digest_size=8)
    numbers = []
    for name in names:
        one = drawn.copy()
        one.update(name.encode())
        numbers.append(one.digest())
    return np.frombuffer(b"".join(numbers), dtype="<u8").astype(np.uint64)


def of_pairs(seekers: NDArray[np.uint64], places: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """64 bits for each pair, from the numbers of its two sides (the finaliser of splitmix64)."""
    mixed = seekers ^ ((places << np.uint64(23)) | (places >> np.uint64(41)))
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _ODD_1
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _ODD_2
    return mixed ^ (mixed >> np.uint64(31))
