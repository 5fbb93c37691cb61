"""A name -> a warm model. Lazy, shared, safe between threads; weights are held to the manifest's SHA-256.

Under a memory limit the model that was used longest ago goes first (its weights in memory count, not what a look needs
for a moment); the gate, which every image passes, stays. Importing this module loads no torch: the first model asked
for does.
"""

import hashlib
import importlib
import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING, cast

from assistant.errors import ModelError
from assistant.vision.manifest import Manifest, ModelCard, load_manifest
from assistant.vision.seat import seated
from assistant.vision.shelf import Shelf

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    from assistant.vision.base import Classifier, Detector, Segmenter, VisionModel
    from assistant.vision.gate import Gate

__all__ = ["Models"]

_logger = logging.getLogger(__name__)


class Models:
    """The models of one folder of weights; one copy of each, for all sessions."""

    def __init__(
        self, weights_dir: Path, device: str = "cpu", threads: int | None = None, memory_mb: int | None = None
    ) -> None:
        """`memory_mb`: for the weights of loaded models, in MiB; None for no limit."""
        self.manifest: Manifest = load_manifest(weights_dir)
        self._folder = weights_dir
        self._device = device
        self._threads = threads
        self._lock = threading.RLock()
        self._shelf: Shelf[VisionModel] = Shelf(memory_mb * 2**20 if memory_mb is not None else None)
        self._gate: Gate | None = None

    def card(self, name: str) -> ModelCard:
        """Raises ModelError, naming what there is."""
        return self.manifest.card(name)

    def classifier(self, name: str) -> "Classifier":
        """The model, loaded on first use. Raises ModelError where it cannot be, or is no classifier."""
        return cast("Classifier", self._model(name, "classify"))

    def detector(self, name: str) -> "Detector":
        """The model, loaded on first use. Raises ModelError where it cannot be, or is no detector."""
        return cast("Detector", self._model(name, "detect"))

    def segmenter(self, name: str) -> "Segmenter":
        """The model, loaded on first use. Raises ModelError where it cannot be, or is no segmenter."""
        return cast("Segmenter", self._model(name, "segment"))

    def model(self, name: str) -> "VisionModel":
        """The model of whatever task, loaded on first use. Raises ModelError where it cannot be."""
        return self._model(name, self.card(name).task)

    def _model(self, name: str, task: str) -> "VisionModel":
        with self._lock:
            card = self.card(name)
            if card.task != task:
                raise ModelError(f"'{name}' does not {task}; its task is to {card.task}.")
            kept = self._shelf.take(name)
            return kept if kept is not None else self._loaded(card)

    def _loaded(self, card: ModelCard) -> "VisionModel":
        state = self._state(card)
        size = _bytes_of(state)
        kind = importlib.import_module(card.module).MODEL
        try:
            model: VisionModel = kind(card, state, self._torch_device())
        except RuntimeError as error:
            raise ModelError(f"The weights of {card.title} do not fit its architecture.") from error
        self._shelf.put(card.name, model, size)
        return model

    @property
    def in_memory(self) -> tuple[str, ...]:
        """Names of the loaded models, from the one used longest ago to the one used last; the gate apart."""
        with self._lock:
            return self._shelf.names

    def gate(self) -> "Gate":
        """The gate, loaded on first use. Raises ModelError where it cannot be."""
        with self._lock:
            if self._gate is None:
                card = next((c for c in self.manifest.cards if c.task == "gate"), None)
                if card is None:
                    raise ModelError("The manifest has no gate, so no image can be admitted.")
                state = self._state(card)
                from assistant.vision.gate import Gate

                try:
                    self._gate = Gate(card, self.manifest.kinds, state, self._torch_device())
                except (RuntimeError, KeyError) as error:
                    raise ModelError("The weights of the gate do not fit its architecture.") from error
            return self._gate

    def warm(self) -> None:
        """Load the gate and every model that fits and run each once, so that the first reader does not wait.

        One at a time, so that a reader's look finds its way in between. A model whose weights are missing or wrong is
        told to the log; it will say so itself when it is asked for.
        """
        seated(lambda: self.gate().warm(_picture("whole")))
        for card in self.manifest.cards:
            if card.task != "gate":
                try:
                    seated(self._warm, card)
                except ModelError as error:
                    _logger.warning("not warm: %s", error)

    def _warm(self, card: ModelCard) -> None:
        if self._fits(card):
            self.model(card.name).warm(_picture(card.frame))

    def _fits(self, card: ModelCard) -> bool:
        """Whether a model can be loaded without another going; weights take twice their half precision file."""
        file = self._folder / card.weights
        size = 2 * file.stat().st_size if file.is_file() else 0
        with self._lock:
            return card.name in self._shelf.names or self._shelf.has_room(size)

    def _torch_device(self) -> "torch.device":
        import torch

        if self._threads is not None:
            torch.set_num_threads(self._threads)
        try:
            device = torch.device(self._device)
            torch.empty(0, device=device)
        except (RuntimeError, AssertionError, NotImplementedError) as error:
            # A build of torch without the device's driver asserts.
            raise ModelError(f"There is no device called '{self._device}' here; 'cpu' always works.") from error
        return device

    def _state(self, card: ModelCard) -> "dict[str, torch.Tensor]":
        """The weights, checked and in single precision."""
        try:
            data = (self._folder / card.weights).read_bytes()
        except OSError as error:
            raise ModelError(f"The weights of {card.title} are missing from the folder of weights.") from error
        if hashlib.sha256(data).hexdigest() != card.sha256:
            raise ModelError(
                f"The weights of {card.title} are not those of the manifest (SHA-256 differs); restore the file."
            )
        from safetensors.torch import load

        return {k: v.float() if v.is_floating_point() else v for k, v in load(data).items()}


def _bytes_of(state: "dict[str, torch.Tensor]") -> int:
    return sum(v.numel() * v.element_size() for v in state.values())


def _picture(frame: str) -> "NDArray[np.uint8]":
    """Something to look at: grey and square for a head, else a coloured disc on black, as a camera gives it."""
    import numpy as np

    y, x = np.mgrid[0:96, 0:96]
    lit = (np.hypot(y - 47.5, x - 47.5) < 44).astype(np.uint8)
    if frame == "head":
        return np.asarray(lit * (96 + x % 32), dtype=np.uint8)
    return np.asarray(np.stack([lit * (150 + x % 40), lit * (70 + y % 40), lit * 40], axis=2), dtype=np.uint8)
