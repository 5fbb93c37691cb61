"""Six stored sessions that sentences are held against: tumour, clear, unsure, eye, mouth, measured."""

from typing import Any

from assistant.domain.codes import CODES, Code
from assistant.domain.finding import Finding, Kind, Measurement, Presence, Review, ReviewState
from assistant.domain.geometry import Box, Mask, Spacing, SpacingSource
from assistant.domain.image import Modality
from assistant.domain.session import Session
from assistant.language.claims import CardWords
from tests.builders import NOON, build_admission, build_facts, build_finding, build_pixels, build_session

__all__ = ["CARDS", "WORLDS", "world_session"]

CARDS = (
    CardWords(
        name="brain_tumour",
        title="Brain tumour classifier",
        texts=(
            "one slice, for tumours alone",
            "the pattern of a brain tumour (glioma, meningioma, pituitary tumour) in one MRI slice",
            "bleeding, stroke, infection, malformation, multiple sclerosis, swelling or anything else that is not a "
            "tumour, and anything outside this slice",
        ),
        look_alikes=("abscess", "a recent stroke", "a cyst"),
        alike={"brain tumour": ("abscess", "áp xe", "a recent stroke", "đột quỵ mới", "a cyst", "nang")},
        figures={"auc": 0.956, "sensitivity": 0.91},
    ),
    CardWords(
        name="eye_disease",
        title="Eye disease classifier",
        look_alikes=("haze of the cornea", "a tilted or myopic disc", "drusen"),
        alike={
            "cataract": ("haze of the cornea", "đục giác mạc"),
            "glaucoma": ("a tilted or myopic disc", "gai thị nghiêng hoặc cận thị"),
            "diabetic retinopathy": ("drusen",),
        },
    ),
)
_NONE = Code(scheme="SCT", value="0", meaning="for tests")


def _finding(handle: str, concept: str, presence: str, p: float, **changes: Any) -> Finding:
    members: tuple[str, ...] = {"present": ("present",), "absent": ("absent",)}.get(presence, ("present", "absent"))
    known: dict[str, Any] = {
        "handle": handle,
        "concept": concept,
        "presence": Presence(presence),
        "probability": p,
        "probability_of": f"that this picture shows {concept}",
        "prediction_set": members,
        "prevalence": 0.61,
        "tracking_uid": f"2.25.{handle[1:]}",
    }
    return build_finding(**(known | changes))


def _kind(name: str, p: float, in_set: bool) -> Kind:
    return Kind(name=name, code=_NONE, probability=p, in_set=in_set)


def _measured(meaning: str, value: float, unit: str) -> Measurement:
    units = {"mm": CODES["millimetre"], "mm2": CODES["square_millimetre"], "%": CODES["percent"]}
    return Measurement(concept=Code(scheme="DCM", value="0", meaning=meaning), value=value, unit=units[unit])


def _image(kind: str, title: str, **changes: Any) -> Any:
    admission = build_admission(kind=kind, title=title)
    pixels = build_pixels(size_rc=(320, 320), channels=1 if kind == "brain_mri" else 3)
    return build_facts(pixels, handle="img1", admission=admission, **changes)


def _tumour() -> Session:
    kinds = (_kind("meningioma", 0.71, True), _kind("glioma", 0.24, True), _kind("pituitary tumour", 0.05, False))
    boxed = _finding(
        "F2", "brain tumour", "present", 0.87, region=Box(x0=120.4, y0=60, x1=200.4, y1=140), kinds=kinds,
        model="brain_tumour_boxes",
    )  # fmt: skip
    found = (_finding("F1", "brain tumour", "present", 0.94), boxed)
    return build_session(images=(_image("brain_mri", "brain MRI slice"),), findings=found)


def _clear() -> Session:
    found = (_finding("F1", "brain tumour", "absent", 0.04),)
    return build_session(images=(_image("brain_mri", "brain MRI slice"),), findings=found)


def _unsure() -> Session:
    found = (_finding("F1", "brain tumour", "indeterminate", 0.41),)
    return build_session(images=(_image("brain_mri", "brain MRI slice"),), findings=found)


def _eye() -> Session:
    found = (
        _finding("F1", "cataract", "absent", 0.03, model="eye_disease"),
        _finding("F2", "glaucoma", "indeterminate", 0.38, model="eye_disease"),
        _finding("F3", "diabetic retinopathy", "present", 0.83, model="eye_disease"),
    )
    image = _image("fundus", "photograph of the back of the eye", modality=Modality.OP)
    return build_session(images=(image,), findings=found)


def _mouth() -> Session:
    found = (
        _finding("F1", "dental calculus", "present", 0.66, model="oral_disease"),
        _finding("F2", "gingivitis", "present", 0.91, model="oral_disease"),
        _finding("F3", "hypodontia", "absent", 0.05, model="oral_disease"),
    )
    image = _image("mouth", "photograph of teeth or gums", modality=Modality.XC)
    return build_session(images=(image,), findings=found)


def _with_sizes() -> Session:
    spacing = Spacing(row_mm=0.5, column_mm=0.5, source=SpacingSource.PIXEL_SPACING)
    sizes = (
        _measured("Long axis", 42, "mm"),
        _measured("Short axis", 31, "mm"),
        _measured("Area", 1020, "mm2"),
        _measured("Area fraction of the picture", 3.1, "%"),
    )
    mask = Mask(artifact="m.png", size_rc=(320, 320), area_px=3174, bounds=Box(x0=180, y0=50, x1=250, y1=130))
    accepted = Review(state=ReviewState.ACCEPTED, by="Dr Lan", at=NOON)
    found = (
        _finding("F1", "brain tumour", "present", 0.97, review=accepted),
        _finding("F2", "brain tumour", "present", 0.93, region=mask, measurements=sizes, model="brain_tumour_outline"),
    )
    return build_session(images=(_image("brain_mri", "brain MRI slice", spacing=spacing),), findings=found)


WORLDS = {
    "tumour": _tumour,
    "clear": _clear,
    "unsure": _unsure,
    "eye": _eye,
    "mouth": _mouth,
    "measured": _with_sizes,
}


def world_session(name: str) -> Session:
    return WORLDS[name]()
