"""Train and measure the gate: a linear classifier of kinds and a bank of known looks, on features kept as they are.

The features are channel means of the EfficientNet-B0 start (`assistant.vision.network.features_of`); nothing of the
backbone is trained, so a kind is added in minutes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

from assistant.domain.base import Frozen
from assistant.training.data import load_shown, read_index
from assistant.training.gate_pictures import FOLDERS, gate_pictures, kind_of
from assistant.training.metrics import share_figure
from assistant.training.pool import Progress
from assistant.training.train import silent
from assistant.vision.calibrate import fitted_temperature
from assistant.vision.gate import GATE_STAGES, Gate, look_at_features
from assistant.vision.manifest import Figure, ModelCard
from assistant.vision.network import features_of, new_network, weights_into

__all__ = ["GateEvaluation", "GateTraining", "HeldOutKind", "evaluate_gate", "held_out_kinds", "train_gate"]


class HeldOutKind(Frozen):
    """A kind that was left out of training: how many of its pictures would have been admitted."""

    kind: str
    n: int
    admitted: int


class GateTraining(Frozen):
    """What training the gate left behind; the last four belong into the manifest."""

    weights: Path
    counts: dict[str, int] = Field(description="taught pictures of each kind")
    held_out: tuple[HeldOutKind, ...]
    temperature: float
    threshold: float
    farthest: dict[str, float]


class GateEvaluation(Frozen):
    """Refusals of what is read by folder and class, admissions of everything else by kind; `n` pictures each."""

    split: str
    refused: dict[str, Figure] = Field(description="share of pictures refused, by folder of a kind that is read")
    admitted: dict[str, Figure] = Field(description="share of pictures admitted, by folder of a kind that is not read")
    refused_overall: Figure
    admitted_overall: Figure
    wrong: tuple[str, ...] = Field(description="the pictures that went wrong")


@dataclass(frozen=True, slots=True)
class _Taught:
    features: Tensor
    kind: Tensor
    split: NDArray[np.str_]
    variant: NDArray[np.str_]


def train_gate(
    card: ModelCard,
    read: Sequence[str],
    data_root: Path,
    out: Path,
    *,
    start: Path,
    seed: int = 1,
    progress: Progress = silent,
) -> GateTraining:
    """Features of every folder's pictures, then the two heads; temperature and thresholds on `val`. `read`: the kinds
    that models here read."""
    out.mkdir(parents=True, exist_ok=True)
    taught = _features(card, data_root, out / "features.npz", start, seed, progress)
    state = _fit(taught, card.classes, read, taught.split == "train")
    temperature, threshold, farthest = _thresholds(taught, state, card.classes, taught.split == "val")
    network = new_network(2)
    weights_into(network, start, head=False)
    backbone = {
        f"backbone.{k}": v.half() if v.is_floating_point() else v
        for k, v in network.net.state_dict().items()
        if not k.startswith("classifier")
    }
    heads = {k: v.half() if k.startswith("near.") else v for k, v in state.items()}
    file = out / "gate.safetensors"
    save_file({k: v.contiguous() for k, v in (backbone | heads).items()}, file)
    used = torch.from_numpy(taught.split == "train")
    counts = torch.bincount(taught.kind[used], minlength=len(card.classes)).tolist()
    training = GateTraining(
        weights=file,
        counts=dict(zip(card.classes, counts, strict=True)),
        held_out=held_out_kinds(taught, card.classes, read, progress),
        temperature=round(temperature, 4),
        threshold=round(threshold, 4),
        farthest={k: round(v, 4) for k, v in farthest.items()},
    )
    (out / "training.json").write_text(training.model_dump_json(indent=1, exclude={"weights"}) + "\n", encoding="utf-8")
    return training


def _features(card: ModelCard, data_root: Path, cache: Path, start: Path, seed: int, progress: Progress) -> _Taught:
    if not cache.is_file():
        network = new_network(2)
        weights_into(network, start, head=False)
        network.eval().to(memory_format=torch.channels_last)
        rows: list[tuple[str, str, str]] = []
        found: list[Tensor] = []
        batch: list[Tensor] = []
        for number, picture in enumerate(gate_pictures(data_root, seed)):
            rows.append((picture.kind, picture.row.split, picture.variant))
            batch.append(torch.from_numpy(picture.pixels).permute(2, 0, 1).float() / 255)
            if len(batch) == 16:
                found.append(_of_batch(network, batch, card))
                batch = []
            progress("looking at pictures", min(0.99, number / 5000))
        if batch:
            found.append(_of_batch(network, batch, card))
        np.savez(cache, features=torch.cat(found).numpy(), rows=np.asarray(rows))
    stored = np.load(cache)
    kinds, split, variant = stored["rows"].T
    order = {k: i for i, k in enumerate(card.classes)}
    return _Taught(
        torch.from_numpy(stored["features"]), torch.tensor([order[k] for k in kinds.tolist()]), split, variant
    )


def _of_batch(network: torch.nn.Module, batch: Sequence[Tensor], card: ModelCard) -> Tensor:
    with torch.inference_mode():
        return features_of(network, (torch.stack(list(batch)) - card.mean) / card.std, GATE_STAGES).clone()  # type: ignore[arg-type]


def _fit(
    taught: _Taught, classes: Sequence[str], read: Sequence[str], use: NDArray[np.bool_], decay: float = 1e-2
) -> dict[str, Tensor]:
    """Standardisation, multinomial logistic regression (rare kinds weigh more), basis and bank of the distance."""
    at = torch.from_numpy(use)
    features, kind = taught.features[at], taught.kind[at]
    mean, scale = features.mean(0), features.std(0) + 1e-3
    standard = ((features - mean) / scale).clamp(-8, 8)
    share = torch.bincount(kind, minlength=len(classes)).clamp(min=1).float().rsqrt()[kind]
    share = share / share.mean()
    weight = torch.zeros(len(classes), features.shape[1], requires_grad=True)
    bias = torch.zeros(len(classes), requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=80, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        each = F.cross_entropy(standard @ weight.T + bias, kind, reduction="none")
        value = (share * each).mean() + decay * (weight**2).sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    torch.manual_seed(0)
    _, _, directions = torch.pca_lowrank(standard, q=min(96, *standard.shape), center=False)
    basis = directions.T.contiguous()
    known = torch.isin(kind, torch.tensor([classes.index(k) for k in read]))
    return {
        "mean": mean,
        "scale": scale,
        "kind.weight": weight.detach(),
        "kind.bias": bias.detach(),
        "near.basis": basis,
        "near.bank": F.normalize(standard[known] @ basis.T, dim=1),
        "near.kind": kind[known],
    }


def _thresholds(
    taught: _Taught, state: dict[str, Tensor], classes: Sequence[str], val: NDArray[np.bool_]
) -> tuple[float, float, dict[str, float]]:
    """On the rows `val`: temperature; the probability that 99.5 % of the pictures of each kind that is read reach,
    within 0.55 to 0.8; and for each such kind 1.02 times the distance that 99.5 % of its pictures keep,
    varied ones counted."""
    standard = ((taught.features - state["mean"]) / state["scale"]).clamp(-8, 8)
    logits = (standard @ state["kind.weight"].T + state["kind.bias"]).double().numpy()
    kinds = taught.kind.numpy()
    temperature = fitted_temperature(logits[val], kinds[val])
    probabilities, distance = (t.numpy() for t in look_at_features(taught.features, state, temperature))
    reached: list[float] = []
    farthest: dict[str, float] = {}
    for index in torch.unique(state["near.kind"]).tolist():
        of_kind = val & (kinds == index)
        reached.append(float(np.quantile(probabilities[of_kind, index], 0.005)))
        right = of_kind & (probabilities.argmax(1) == index)
        farthest[classes[index]] = 1.02 * float(np.quantile(distance[right], 0.995))
    return temperature, min(0.8, max(0.55, min(reached))), farthest


def held_out_kinds(
    taught: _Taught, classes: Sequence[str], read: Sequence[str], progress: Progress = silent
) -> tuple[HeldOutKind, ...]:
    """Each kind that is not read left out in turn: how many of its plain pictures would the gate then admit?"""
    found: list[HeldOutKind] = []
    kinds = taught.kind.numpy()
    for index, name in enumerate(classes):
        pictures = (kinds == index) & (taught.variant == "plain")
        if name in read or not pictures.any():
            continue
        state = _fit(taught, classes, read, (taught.split == "train") & (kinds != index))
        known = (taught.split == "val") & (kinds != index)
        temperature, threshold, farthest = _thresholds(taught, state, classes, known)
        probabilities, distance = (
            t.numpy() for t in look_at_features(taught.features[torch.from_numpy(pictures)], state, temperature)
        )
        best = probabilities.argmax(1)
        limit = np.asarray([farthest.get(c, 0.0) for c in classes])[best]
        admitted = (probabilities.max(1) >= threshold) & (distance <= limit)
        found.append(HeldOutKind(kind=name, n=int(pictures.sum()), admitted=int(admitted.sum())))
        progress("leaving kinds out", index / len(classes))
    return tuple(found)


def evaluate_gate(
    gate: Gate, data_root: Path, split: str, *, cap: int = 150, progress: Progress = silent
) -> GateEvaluation:
    """The shipped gate on one split of every folder, at most `cap` pictures of each; pixels alone, no header."""
    refused: dict[str, list[bool]] = {}
    admitted: dict[str, list[bool]] = {}
    wrong: list[str] = []
    names = sorted([*FOLDERS, "negatives"])
    for number, name in enumerate(names):
        rows = [r for r in read_index(data_root / name) if r.split == split]
        for row in rows[:: max(1, -(-len(rows) // cap))]:
            kind = kind_of(row)
            if kind is None:
                continue
            passes = gate.passes(gate.look(load_shown(row.image)))
            reads = gate.reads(kind)
            place = f"{name}, {row.label}" if reads or name == "negatives" else name
            place = f"{name}, CT among the MRI" if kind == "head_ct" and FOLDERS.get(name) == "brain_mri" else place
            (refused if reads else admitted).setdefault(place, []).append(not passes if reads else passes)
            if passes != reads:
                wrong.append(f"{place}: {row.image.name}")
        progress("looking at pictures", (number + 1) / len(names))
    every = [v for part in refused.values() for v in part], [v for part in admitted.values() for v in part]
    return GateEvaluation(
        split=split,
        refused={k: share_figure(np.asarray(v)) for k, v in refused.items()},
        admitted={k: share_figure(np.asarray(v)) for k, v in admitted.items()},
        refused_overall=share_figure(np.asarray(every[0])),
        admitted_overall=share_figure(np.asarray(every[1])),
        wrong=tuple(wrong),
    )
