"""How fast the models look: each network eager against our path, interleaved in one run, and how far they differ.

    .venv/bin/python benchmarks/models.py [--rounds 20] [--threads 2] [--only NAME] [--random]

`eager` is the network as it is written, in PyTorch fp32 with its default memory layout; `ours` is the network as the
product loads it. Both get the same two tensors (a picture plain and mirrored) at the size that the model works at, a
round of each after the other. Printed: median ms of both, the ratio, the ratio of processor time (which other work on
the machine disturbs less), and the largest difference of outputs relative to the largest output. With `--random` the
weights are random, for a checkout without trained ones. Nothing is downloaded.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    from assistant.vision.base import VisionModel
    from assistant.vision.manifest import ModelCard

FUNDUS_RC = (608, 576)


def look_size(card: "ModelCard") -> tuple[int, int]:
    """Rows and columns of what the network sees."""
    vessels = card.task == "segment" and card.frame == "disc"
    return FUNDUS_RC if vessels else (card.input_size, card.input_size)


def every_model(random: bool) -> "Iterator[tuple[str, VisionModel, torch.nn.Module]]":
    """Name, model as the product loads it, and its network as it is written with the same weights."""
    from assistant.errors import ModelError
    from assistant.vision.loading import Models
    from tests.vision.pictures import bare_network, random_model, random_state

    models = Models(ROOT / "weights")
    for card in models.manifest.cards:
        if card.task == "gate":
            continue
        try:
            model = random_model(card.name) if random else models.model(card.name)
            state = random_state(card.name) if random else models._state(card)
        except ModelError as error:
            print(f"{card.name:<22} {error}")
            continue
        eager = bare_network(card.name)
        getattr(eager, "net", eager).load_state_dict(state)
        yield card.name, model, eager.eval().requires_grad_(False)


def outputs(network: torch.nn.Module, pixels: torch.Tensor) -> list[torch.Tensor]:
    with torch.inference_mode():
        found = network(pixels)
    return [t for t in (found if isinstance(found, tuple) else (found,)) if t is not None]


def compare(name: str, model: "VisionModel", eager: torch.nn.Module, rounds: int) -> None:
    ours: torch.nn.Module = model._network  # type: ignore[attr-defined]
    torch.manual_seed(0)
    pixels = torch.rand(2, 3, *look_size(model.card)) * 2 - 1
    laid_out = pixels.contiguous(memory_format=torch.channels_last) if _is_last(ours) else pixels
    times: dict[str, list[float]] = {"eager": [], "ours": []}
    cpu: dict[str, list[float]] = {"eager": [], "ours": []}
    worst = 0.0
    for number in range(rounds + 2):
        results = {}
        for kind, network, seen in (("eager", eager, pixels), ("ours", ours, laid_out)):
            started, used = time.perf_counter(), time.process_time()
            results[kind] = outputs(network, seen)
            if number >= 2:
                times[kind].append(1000 * (time.perf_counter() - started))
                cpu[kind].append(1000 * (time.process_time() - used))
        for one, other in zip(results["eager"], results["ours"], strict=True):
            worst = max(worst, float((one - other).abs().max() / one.abs().max().clamp(min=1e-6)))
    medians = {kind: statistics.median(values) for kind, values in times.items()}
    print(
        f"{name:<22} eager {medians['eager']:8.1f} ms   ours {medians['ours']:8.1f} ms   "
        f"ratio {medians['eager'] / medians['ours']:.2f}   of processor time "
        f"{statistics.median(cpu['eager']) / statistics.median(cpu['ours']):.2f}   difference {worst:.1e}"
    )


def _is_last(network: torch.nn.Module) -> bool:
    """Whether the weights lie channels last in memory."""
    return any(
        p.ndim == 4 and min(p.shape[1:]) > 1 and p.is_contiguous(memory_format=torch.channels_last)
        for p in network.parameters()
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--random", action="store_true", help="random weights")
    parser.add_argument("--only", default="", help="names that contain this")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    for name, model, eager in every_model(arguments.random):
        if arguments.only in name:
            compare(name, model, eager, arguments.rounds)


if __name__ == "__main__":
    main()
