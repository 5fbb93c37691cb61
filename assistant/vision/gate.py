"""What kind of picture is this, and may a model here read it. Refusals carry a reason and a remedy.

Three things must hold before a picture is admitted: its header does not contradict it, a classifier of kinds names a
kind that a model reads, and the picture lies near enough to pictures of that kind that the gate was taught with. The
last is for kinds that nobody thought of: a network names one of the kinds that it knows whatever it is shown (Lee 2018,
arXiv:1807.03888; nearest neighbours in feature space: Sun 2022, arXiv:2204.06507).
What it does not know: whether a picture is sharp enough (`assistant.intake.quality` measures that), or what it shows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from assistant.domain.image import Admission, Image, ImageFacts, Modality, windowed
from assistant.vision.folding import folded_norms
from assistant.vision.manifest import KindCard, ModelCard
from assistant.vision.network import features_of, new_network
from assistant.vision.preprocess import cut, in_colour, whole_frame
from assistant.vision.seat import seated

__all__ = ["GATE_STAGES", "Gate", "Look", "look_at_features", "square_of"]

GATE_STAGES = (2, 4, 5)
_SAYS_NOTHING = frozenset({Modality.OT, Modality.SC})
_NOT_THE_HEAD = frozenset(
    {
        *("KNEE", "SHOULDER", "HIP", "ANKLE", "FOOT", "HAND", "WRIST", "ELBOW", "LEG", "ARM", "THIGH", "CALF"),
        *("EXTREMITY", "HEART", "CARDIAC", "CHEST", "THORAX", "LUNG", "BREAST", "ABDOMEN", "LIVER", "KIDNEY"),
        *("PELVIS", "PROSTATE", "UTERUS", "SPINE", "LSPINE", "TSPINE", "CSPINE", "LUMBAR"),
    }
)
_MODALITY_WORDS: Mapping[Modality, str] = {
    Modality.CR: "an X-ray film",
    Modality.CT: "a CT image",
    Modality.DX: "an X-ray film",
    Modality.ES: "an endoscopic picture",
    Modality.GM: "a microscope picture",
    Modality.IO: "a dental X-ray",
    Modality.MG: "a mammogram",
    Modality.MR: "an MR image",
    Modality.NM: "a nuclear medicine image",
    Modality.OP: "an ophthalmic photograph",
    Modality.PT: "a PET image",
    Modality.PX: "a panoramic dental X-ray",
    Modality.RF: "a fluoroscopic image",
    Modality.RG: "an X-ray film",
    Modality.SM: "a microscope slide",
    Modality.US: "an ultrasound image",
    Modality.XA: "an X-ray angiogram",
    Modality.XC: "a photograph",
}


@dataclass(frozen=True, slots=True)
class Look:
    """What the pixels alone say: calibrated probabilities of the kinds, and the distance to the nearest taught ones."""

    probabilities: NDArray[np.float64]
    distance: float


def square_of(shown: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """A picture as a screen shows it -> what the gate looks at: the whole of it in a square, `[size, size, 3]`."""
    return in_colour(cut(shown, whole_frame(shown.shape[:2]), size))


def look_at_features(features: Tensor, state: Mapping[str, Tensor], temperature: float) -> tuple[Tensor, Tensor]:
    """Features `[n, f]` -> probabilities of the kinds `[n, k]` and distances `[n]` to taught pictures of the likeliest.

    Distance: mean over the nearest few of the bank, in the space of `near.basis`, Euclidean; infinite for a kind of
    which the bank holds none.
    """
    standard = ((features - state["mean"]) / state["scale"]).clamp(-8, 8)
    logits = standard @ state["kind.weight"].T + state["kind.bias"]
    near = torch.nn.functional.normalize(standard @ state["near.basis"].T, dim=1)
    bank = torch.nn.functional.normalize(state["near.bank"], dim=1)
    strange = state["near.kind"].unsqueeze(0) != logits.argmax(dim=1, keepdim=True)
    distances = torch.cdist(near, bank).masked_fill(strange, torch.inf)
    nearest = distances.topk(min(5, len(bank)), largest=False).values
    return (logits / temperature).softmax(dim=1), nearest.mean(dim=1)


class Gate:
    """Decides on the kind of a picture. Same image, same answer; safe to call from several threads."""

    def __init__(
        self, card: ModelCard, kinds: Sequence[KindCard], state: Mapping[str, Tensor], device: torch.device
    ) -> None:
        self.card = card
        known = {k.name: k for k in kinds}
        self._kinds = tuple(known[name] for name in card.classes)
        self._device = device
        self._network = new_network(2)
        backbone = {k.removeprefix("backbone."): v for k, v in state.items() if k.startswith("backbone.")}
        self._network.net.load_state_dict(backbone, strict=False)
        self._network.eval().requires_grad_(False)
        folded_norms(self._network)
        self._network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._head = {k: v.to(device) for k, v in state.items() if not k.startswith("backbone.")}

    def look(self, shown: NDArray[np.uint8]) -> Look:
        """The pixels alone, `[row, column]` or `[row, column, 3]` uint8."""
        square = torch.from_numpy(square_of(shown, self.card.input_size)).to(self._device)
        pixels = (square.permute(2, 0, 1).unsqueeze(0).float() / 255 - self.card.mean) / self.card.std
        with torch.inference_mode():
            features = features_of(self._network, pixels, GATE_STAGES)
            probabilities, distance = look_at_features(features, self._head, self.card.temperature)
        return Look(probabilities[0].double().cpu().numpy(), float(distance[0]))

    def passes(self, look: Look) -> bool:
        """Whether the pixels alone are admitted."""
        best = int(look.probabilities.argmax())
        kind = self._kinds[best]
        return kind.admitted and float(look.probabilities[best]) >= self.card.threshold and self._near(kind, look)

    def _near(self, kind: KindCard, look: Look) -> bool:
        return look.distance <= self.card.farthest.get(kind.name, np.inf)

    def reads(self, kind: str) -> bool:
        """Whether pictures of that kind are admitted."""
        return any(k.name == kind and k.admitted for k in self._kinds)

    def warm(self, shown: NDArray[np.uint8]) -> None:
        """Run once, so that the first reader does not wait."""
        self.look(shown)

    def admit(self, image: Image) -> Admission:
        """The verdict on an image; refused ones carry a reason and a remedy in plain words."""
        facts = image.facts
        if not facts.quality.readable:
            return self._unreadable(facts)
        look = seated(self.look, windowed(image))
        best = int(look.probabilities.argmax())
        kind, share = self._kinds[best], float(look.probabilities[best])
        if contradiction := self._contradiction(facts, kind):
            fits = facts.modality.value in kind.modalities and not kind.admitted
            return self._refused(kind if fits else None, share if fits else 0.0, contradiction)
        if not kind.admitted:
            if share >= 0.5 and kind.name != "other":
                return self._refused(kind, share, f"This looks like {_named(kind)} ({_percent(share)}).")
            return self._refused(None, share, "I do not recognise what kind of picture this is.")
        if share < self.card.threshold:
            return self._refused(None, share, f"I am not sure enough that this is {_named(kind)} ({_percent(share)}).")
        if not self._near(kind, look):
            return self._refused(None, share, f"This is unlike every {kind.title} that I was taught with.")
        return Admission(admitted=True, kind=kind.name, title=kind.title, probability=share)

    def _contradiction(self, facts: ImageFacts, seen: KindCard) -> str:
        """What the header says against every kind that is read here, or against the kind seen; '' where nothing."""
        if facts.source != "dicom":
            return ""
        says, named = facts.modality, _MODALITY_WORDS.get(facts.modality, "another kind of image")
        known = says not in _SAYS_NOTHING
        if known and not any(says.value in k.modalities for k in self._kinds if k.admitted):
            return f"The file says that it is {named}."
        part = facts.body_part.upper().replace("_", " ").replace("-", " ")
        head = says is Modality.MR or Modality.MR.value in seen.modalities
        if head and any(word in _NOT_THE_HEAD for word in part.split()):
            return f"The file says that it shows another part of the body ({part.strip().lower()})."
        if known and seen.admitted and says.value not in seen.modalities:
            return f"The file says that it is {named}, and it looks like {_named(seen)}."
        return ""

    def _refused(self, kind: KindCard | None, share: float, why: str) -> Admission:
        return Admission(
            admitted=False,
            kind=kind.name if kind else "unknown",
            title=kind.title if kind else "unknown kind of picture",
            probability=share,
            reason=f"{why} I read {self._read_here('plural')} alone, so I looked no further.",
            remedy="Upload one such picture as PNG, JPEG, TIFF or DICOM.",
        )

    def _unreadable(self, facts: ImageFacts) -> Admission:
        issues = "; ".join(facts.quality.issues) or "too little can be made out in it"
        return Admission(
            admitted=False,
            kind="unknown",
            title="unreadable picture",
            probability=0.0,
            reason=f"This picture is not readable: {issues}. I looked no further.",
            remedy=facts.quality.remedy or f"Upload one sharper {self._read_here('title')} at its original size.",
        )

    def _read_here(self, form: str) -> str:
        words = [k.title if form == "title" else k.plural or f"{k.title}s" for k in self._kinds if k.admitted]
        joint = "or" if form == "title" else "and"
        return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {joint} {words[-1]}"


def _named(kind: KindCard) -> str:
    return f"{kind.article} {kind.title}".strip()


def _percent(share: float) -> str:
    """Never 0 % or 100 %: nothing here is that sure."""
    return f"{min(99, max(1, round(100 * share)))} %"
