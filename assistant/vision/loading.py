"""A name -> a warm model. Lazy, shared, safe between threads; weights are held to the manifest's SHA-256.

Importing this module loads no torch: the first model asked for does.
"""

import hashlib
import importlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING, cast

from assistant.errors import ModelError
from assistant.vision.manifest import Manifest, ModelCard, load_manifest
from assistant.vision.seat import seated

if TYPE_CHECKING:
    import torch

    from assistant.vision.base import Classifier, Detector, Segmenter, VisionModel
    from assistant.vision.gate import Gate

__all__ = ["Models"]


class Models:
    """The models of one folder of weights; one copy of each, for all sessions."""

    def __init__(self, weights_dir: Path, device: str = "cpu", threads: int | None = None) -> None:
        self.manifest: Manifest = load_manifest(weights_dir)
        self._folder = weights_dir
        self._device = device
        self._threads = threads
        self._lock = threading.RLock()
        self._models: dict[str, VisionModel] = {}
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
            if name not in self._models:
                state = self._state(card)
                model = importlib.import_module(f"assistant.vision.models.{card.name}").MODEL
                try:
                    self._models[name] = model(card, state, self._torch_device())
                except RuntimeError as error:
                    raise ModelError(f"The weights of {card.title} do not fit its architecture.") from error
            return self._models[name]

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
        """Load the gate and every model and run each once, so that the first reader does not wait."""
        seated(self._warm)

    def _warm(self) -> None:
        import numpy as np

        blank = np.zeros((64, 64), dtype=np.uint8)
        blank[16:48, 16:48] = 128
        self.gate().warm(blank)
        for card in self.manifest.cards:
            if card.task != "gate":
                self.model(card.name).warm(blank)

    def _torch_device(self) -> "torch.device":
        import torch

        if self._threads is not None:
            torch.set_num_threads(self._threads)
        try:
            return torch.device(self._device)
        except RuntimeError as error:
            raise ModelError(f"There is no device called '{self._device}'; 'cpu' always works.") from error

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
