"""Cards of models with several concepts, boxes and outlines, a shelf that holds them, and a way to call one tool."""

from dataclasses import MISSING, dataclass, fields
from types import SimpleNamespace
from typing import Any, cast

from assistant.domain.codes import Code
from assistant.domain.finding import Finding, Kind
from assistant.domain.image import Image
from assistant.tools.context import Outcome, ToolContext
from assistant.tools.tool import Tool
from assistant.vision.base import Reading
from assistant.vision.manifest import ConceptCard, Figure, KindCard, Manifest, ModelCard
from tests.agent.worlds import manifest
from tests.builders import NOON, SHA, build_admission, build_finding, build_image, build_session

CODE = Code(scheme="SCT", value="108369006", meaning="Neoplasm")


def figure(value: float, n: int = 120) -> Figure:
    return Figure(value=value, low=value - 0.05, high=min(1.0, value + 0.04), n=n)


def _concept(name: str, *look_alikes: str, **figures: float) -> ConceptCard:
    metrics = {k: figure(v) for k, v in figures.items()}
    return ConceptCard(concept=name, code=CODE, look_alikes=look_alikes, metrics=metrics)


def _card(name: str, **values: Any) -> ModelCard:
    known = {"version": "1.0.0", "weights": f"{name}.safetensors", "sha256": SHA, "input_size": 224}
    return ModelCard(name=name, **(known | values))


EYE = _card(
    "eye_disease",
    title="Eye disease classifier",
    task="classify",
    kinds=("fundus",),
    classes=("normal", "cataract", "glaucoma", "diabetic_retinopathy"),
    concepts={
        "cataract": _concept("cataract", "corneal opacity", "vitreous haemorrhage", sensitivity=0.9, specificity=0.95),
        "glaucoma": _concept("glaucoma", "high myopia", sensitivity=0.8, specificity=0.9),
        "diabetic_retinopathy": _concept("diabetic retinopathy", "hypertensive retinopathy", "retinal vein occlusion"),
    },
    scope="one photograph, for cataract, glaucoma and diabetic retinopathy alone",
    looks_for="the pattern of cataract, glaucoma and diabetic retinopathy in one photograph of the back of the eye",
    not_looked_for="macular degeneration or any other disease of the eye",
    metrics={"macro_auc": figure(0.97)},
)
MOUTH = _card(
    "oral_disease",
    title="Mouth classifier",
    task="classify",
    kinds=("mouth",),
    classes=("calculus", "gingivitis", "hypodontia"),
    concepts={
        "calculus": _concept("dental calculus", "stains"),
        "gingivitis": _concept("gingivitis", "gingival overgrowth"),
        "hypodontia": _concept("hypodontia", "a tooth that was taken out"),
    },
    pattern_only=True,
    scope="one photograph, for dental calculus, gingivitis and hypodontia alone",
    looks_for="patterns as in dental calculus, gingivitis and hypodontia in one photograph",
    not_looked_for="caries, ulcers or tumours",
)
BOXES = _card(
    "brain_tumour_boxes",
    title="Brain tumour detector",
    task="detect",
    kinds=("brain_mri",),
    classes=("glioma", "meningioma", "pituitary"),
    concept="brain tumour",
    code=CODE,
    concepts={"glioma": _concept("glioma"), "meningioma": _concept("meningioma")},
    scope="one slice, for tumours alone",
    looks_for="where a brain tumour lies in one MRI slice",
    not_looked_for="anything that is not a tumour",
    look_alikes=("abscess",),
    metrics={"mean_iou": figure(0.75, 333)},
)
VESSELS = _card(
    "retinal_vessels",
    title="Retinal vessel segmenter",
    task="segment",
    kinds=("fundus",),
    classes=("vessel",),
    concept="retinal vessels",
    code=CODE,
    scope="one photograph, for vessels alone",
    looks_for="the vessels of the retina in one photograph",
    metrics={"dice": figure(0.81, 20)},
)
KINDS = (MOUTH.kinds[0], EYE.kinds[0])


def manifest_of(*cards: ModelCard) -> Manifest:
    """The shipped kinds and models with these cards beside them; fundus and mouth are admitted."""
    shipped = [c for c in manifest().cards if c.name not in {x.name for x in cards}]
    kinds = tuple(k.model_copy(update={"admitted": k.admitted or k.name in KINDS}) for k in manifest().kinds)
    return Manifest(cards=(*shipped, *cards), kinds=cast("tuple[KindCard, ...]", kinds))


ALL = manifest_of(EYE, MOUTH, BOXES, VESSELS)


@dataclass
class Shelf:
    manifest: Manifest = ALL

    def classifier(self, name: str) -> "Shelf":
        raise AssertionError(f"{name} must not run here")

    def read(self, image: Image) -> Reading:
        raise AssertionError("no model may run here")


def eye_finding(handle: str, concept: str, **changes: Any) -> Finding:
    known = {"handle": handle, "concept": concept, "model": "eye_disease", "scope": EYE.scope, "code": CODE}
    values = known | {"probability_of": f"that this photograph shows {concept}", "prevalence": 0.25} | changes
    return build_finding(**values)


def mouth_finding(handle: str, concept: str, **changes: Any) -> Finding:
    return eye_finding(handle, concept, **({"model": "oral_disease", "scope": MOUTH.scope} | changes))


def box_finding(handle: str = "F1", **changes: Any) -> Finding:
    kinds = (
        Kind(name="meningioma", code=CODE, probability=0.71, in_set=True),
        Kind(name="glioma", code=CODE, probability=0.24, in_set=True),
        Kind(name="pituitary tumour", code=CODE, probability=0.05, in_set=False),
    )
    return build_finding(**({"handle": handle, "model": "brain_tumour_boxes", "kinds": kinds} | changes))


def context_of(*findings: Finding, **changes: Any) -> ToolContext:
    """A context over a session with these findings; nothing in it can run a model or change the session."""

    def never(*_: object) -> Any:
        raise AssertionError("this tool must not do that")

    session = build_session(
        **({"images": changes.pop("images", ()), "findings": findings} | changes.pop("session", {}))
    )
    known: dict[str, Any] = {
        "session": session,
        "models": Shelf(),
        "admission": lambda handle: build_admission(),
        "pixels": lambda handle: build_image(handle=handle),
        "now": lambda: NOON,
    }
    required = [f.name for f in fields(ToolContext) if f.default is MISSING and f.default_factory is MISSING]
    return ToolContext(**(dict.fromkeys(required, never) | known | changes))


def run(tool: Tool, context: ToolContext, **arguments: Any) -> Outcome:
    """Call one tool as the agent does, without the agent."""
    function = cast("Any", tool.function).func
    function(runtime=SimpleNamespace(context=context), **arguments)
    return context.outcomes[-1]
