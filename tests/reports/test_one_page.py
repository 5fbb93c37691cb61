"""One page for one image: with the words that the models in place have, in both languages, nothing left out."""

import io
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pil
from pypdf import PdfReader

from assistant.domain.codes import CODES
from assistant.domain.finding import Evidence, Finding, Kind, Measurement, Presence, Review
from assistant.domain.geometry import Box, Mask
from assistant.domain.report import Report
from assistant.language.phrasing import Language
from assistant.language.report_words import report_of
from assistant.reports import overlay
from assistant.reports.export import export
from assistant.reports.pictures import Pictures
from assistant.tools.card_words import model_note
from assistant.vision.manifest import Manifest, load_manifest
from tests.builders import NOON, build_admission, build_finding, build_image, build_pixels, build_review
from tests.reports.cases import build_heat, mixed_session, signed

ROOT = Path(__file__).resolve().parents[2]
OUTLINE = Evidence(kind="outline", artifact="outline.png", method="SegFormer", caption="")
BOX = Box(x0=87, y0=145, x1=160, y1=229)
PX = CODES["pixels"]
SMALLEST_PT = 7.0


@cache
def manifest() -> Manifest:
    return load_manifest(ROOT / "weights")


def found(handle: str, model: str, **changes: Any) -> Finding:
    card = manifest().card(model)
    known = {"handle": handle, "model": model, "model_version": card.version, "weights_sha256": card.sha256}
    return build_finding(**(known | {"scope": card.scope, "prevalence": 0.61, "probability": 0.98} | changes))


def heat(number: int) -> tuple[Evidence, ...]:
    return (Evidence(kind="saliency", artifact=f"heat{number}.png", method="Grad-CAM (Selvaraju 2017)", caption=""),)


def measured(**values: float) -> tuple[Measurement, ...]:
    return tuple(Measurement(concept=CODES[c], value=v, unit=PX) for c, v in values.items())


def brain(review: Review) -> tuple[Finding, ...]:
    kinds = (Kind(name="meningioma", code=CODES["neoplasm"], probability=0.97, in_set=True),)
    mask = Mask(artifact="mask.png", size_rc=(320, 320), area_px=5173, bounds=BOX)
    sizes = measured(long_axis=91.4, short_axis=77.3, area=5173)
    return (
        found("F1", "brain_tumour", evidence=heat(1), review=review),
        found("F2", "brain_tumour_boxes", region=BOX, kinds=kinds, review=review),
        found("F3", "brain_tumour_outline", region=mask, evidence=(OUTLINE,), measurements=sizes, review=review),
    )


def fundus(review: Review) -> tuple[Finding, ...]:
    mask = Mask(artifact="mask.png", size_rc=(320, 320), area_px=5173, bounds=BOX)
    looked = {"presence": Presence.ABSENT, "probability": 0.02, "review": review}
    of = "that this photograph shows diabetic retinopathy of any grade"
    return (
        found("F1", "eye_disease", concept="cataract", tracking_uid="2.25.1", evidence=heat(1), **looked),
        found("F2", "eye_disease", concept="glaucoma", tracking_uid="2.25.2", evidence=heat(2), **looked),
        found("F3", "eye_disease", concept="diabetic retinopathy", probability_of=of, evidence=heat(3), **looked),
        found(
            "F4",
            "retinal_vessels",
            concept="retinal vessels",
            region=mask,
            evidence=(OUTLINE,),
            measurements=measured(area=207522),
            review=review,
        ),
    )


def outline_png() -> bytes:
    drawn = np.zeros((320, 320, 4), np.uint8)
    drawn[145:229:83, 87:160] = 255
    out = io.BytesIO()
    Pil.fromarray(drawn).save(out, "png")
    return out.getvalue()


def report(kind: str, language: Language, review: Review, sign: bool = False) -> tuple[Report, Pictures]:
    image = build_image(build_pixels(3, (320, 320)), handle="img1", admission=build_admission())
    findings = {"brain": brain, "fundus": fundus}[kind](review)
    session = mixed_session(findings=findings, images=(image.facts,))
    notes = tuple(model_note(card) for card in manifest().cards)
    made = report_of(signed(session) if sign else session, notes, NOON, "62M, headache for 3 weeks.", language)
    files = {f"heat{n}.png": build_heat((320, 320), (100 + 20 * n, 180)) for n in (1, 2, 3)}
    files["outline.png"] = outline_png()
    return made, Pictures({"img1": image}, files.__getitem__)


def smallest_type_pt(data: bytes) -> float:
    sizes: list[float] = []

    def visit(text: str, _cm: Any, _tm: Any, _font: Any, size: float) -> None:
        if text.strip():
            sizes.append(size)

    for page in PdfReader(io.BytesIO(data)).pages:
        page.extract_text(visitor_text=visit)
    return min(sizes)


@pytest.mark.parametrize("review", [build_review(), Review()], ids=["accepted", "not reviewed"])
@pytest.mark.parametrize("language", ["en", "vi"])
@pytest.mark.parametrize("kind", ["brain", "fundus"])
def test_a_session_of_one_image_fits_on_one_page_whole_and_legible(
    kind: str, language: Language, review: Review
) -> None:
    made, pictures = report(kind, language, review)
    data = export("pdf", made, pictures).data
    (page,) = PdfReader(io.BytesIO(data)).pages
    said = " ".join(page.extract_text().split())
    lines = (*made.technique, *made.impression, *made.result_sentences, *made.unreviewed_sentences)
    for line in (*lines, *made.not_looked_for, *made.limits, made.clinical_context, made.label):
        assert " ".join(line.split()) in said
    for finding in made.evidence:
        assert f"{finding.model} {finding.model_version}, {finding.weights_sha256[:8]}" in said
    assert all(f"{m.name} {m.version}" in said and m.weights_sha256[:16] in said for m in made.models)
    assert smallest_type_pt(data) >= SMALLEST_PT
    reviewed = bool(made.results)
    # watermark; then the image as it was read, or a key image with all outlines and a heat map for each that has one
    heats = sum(e.kind == "saliency" for f in made.results for e in f.evidence)
    assert len(page.images) == 2 + (heats if reviewed else 0)


@pytest.mark.parametrize("language", ["en", "vi"])
def test_the_signed_report_of_one_image_is_one_page_too(language: Language) -> None:
    (page,) = PdfReader(io.BytesIO(export("pdf", *report("brain", language, build_review(), sign=True)).data)).pages
    assert page.extract_text().count("Dr Lan") >= 2


def test_what_several_models_share_is_said_once() -> None:
    made, _ = report("brain", "en", build_review())
    sentences = [s for line in made.limits for s in line.partition(": ")[2].split(". ") if s]
    assert len(sentences) == len(set(sentences))
    shared = next(line for line in made.limits if "age, sex and origin are not named in the training pictures" in line)
    assert shared.startswith("Brain tumour detector and Brain tumour outliner: ")


def test_many_results_of_one_image_still_take_the_pages_that_they_need() -> None:
    made, pictures = report("brain", "en", build_review())
    many = tuple(found(f"F{n}", "brain_tumour_boxes", region=BOX, review=build_review()) for n in range(1, 16))
    session = mixed_session(findings=many, images=made.images)
    notes = tuple(model_note(card) for card in manifest().cards)
    pages = PdfReader(io.BytesIO(export("pdf", report_of(session, notes, NOON), pictures).data)).pages
    assert len(pages) > 2
    assert "F15" in "".join(p.extract_text() for p in pages)


def test_the_labels_of_a_box_and_an_outline_of_one_region_do_not_cover_each_other() -> None:
    made, pictures = report("brain", "en", build_review())
    boxed = made.results[1:2]
    image = pictures.images["img1"]
    alone = np.asarray(overlay.draw(image, boxed, pictures.artifacts, ("box",)))
    both = np.asarray(overlay.draw(image, made.results[1:], pictures.artifacts, ("outline", "box")))
    plain = np.asarray(overlay.draw(image, (), pictures.artifacts))
    above = slice(0, round(BOX.y0 / 320 * plain.shape[0]) - 12)
    assert (alone[above] != plain[above]).any(), "alone, a box has its label above"
    assert (both[above] == plain[above]).all(), "there the outline has its own"
