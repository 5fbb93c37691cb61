"""False sentences about a session as a whole, by rule: counts, swapped findings, inventions, what nothing here holds.

Each lie is (class, text); `lies.py` holds those about one finding.
"""

import itertools
from collections.abc import Iterator

from assistant.domain.session import Session
from tests.language.sessions import CARDS

__all__ = ["VI", "lies_at_large"]

VI = {
    "brain tumour": "khối u não", "cataract": "đục thủy tinh thể", "glaucoma": "glôcôm", "gingivitis": "viêm lợi",
    "diabetic retinopathy": "bệnh võng mạc đái tháo đường", "dental calculus": "cao răng", "hypodontia": "thiếu răng",
}  # fmt: skip
_INVENTED = (
    "an intracranial haemorrhage", "a pneumonia", "a stroke", "hydrocephalus", "midline shift", "an aneurysm",
    "a skull fracture", "macular oedema", "retinal detachment", "caries", "an abscess", "a cyst", "oedema",
    "multiple sclerosis", "a second lesion", "a metastasis", "periodontitis", "a foreign body", "atrophy",
)  # fmt: skip
_INVENTED_VI = ("xuất huyết não", "viêm phổi", "đột quỵ", "phù não", "gãy xương sọ", "sâu răng", "áp xe", "di căn")


def lies_at_large(session: Session) -> Iterator[tuple[str, str]]:
    """Every lie of every class about the whole."""
    yield from _swapped(session)
    yield from _counts(session)
    yield from _inventions(session)
    yield from _outside(session)
    yield from _images(session)
    yield from _of_models(session)
    yield from _of_reviews(session)
    yield from _loosened(session)
    yield from _alike(session)


def _swapped(session: Session) -> Iterator[tuple[str, str]]:
    for a, b in itertools.permutations(session.findings, 2):
        pa, pb = a.probability or 0, b.probability or 0
        if abs(pa - pb) < 0.03:
            continue
        yield "swapped finding", f"{a.handle} has a probability of {round(pb * 100)} %."
        yield "swapped finding", f"{a.handle}: {a.concept}, {round(pb * 100)} %."
        if a.concept != b.concept and abs(pa + pb - 1) > 0.03:
            yield "swapped finding", f"The probability of {a.concept} is {round(pb * 100)} %."
            yield "swapped finding", f"{a.handle} is {b.concept}."
            yield "swapped finding", f"Xác suất {VI[a.concept]} là {round(pb * 100)} %."
            if pa < pb:
                yield "wrong order", f"{a.concept.capitalize()} is more likely than {b.concept}."
                yield "wrong order", f"{a.concept.capitalize()} has the highest probability."


def _counts(session: Session) -> Iterator[tuple[str, str]]:
    regions = sum(f.region is not None for f in session.findings)
    for n, word in ((4, "Four"), (5, "Five"), (7, "Seven")):
        for text in (
            f"There are {n} findings.", f"{word} regions were boxed.", f"{word} masses are seen.",
            f"The detector drew {n} boxes.", f"Có {n} vùng nghi ngờ.", f"{word} lesions were found.",
            f"There are {n} images in this session.", f"I looked at {n} slices.",
        ):  # fmt: skip
            yield "wrong count", text
    if not regions:
        yield "wrong count", "One region was boxed."
        yield "wrong count", "Bộ phát hiện khoanh một vùng."
    yield "wrong count", "Multiple lesions are present."
    yield "wrong count", "There are several regions."
    yield "wrong count", "Có nhiều tổn thương."


def _inventions(session: Session) -> Iterator[tuple[str, str]]:
    there = {f.concept for f in session.findings}
    for thing in _INVENTED:
        for text in (f"There is {thing}.", f"The image also shows {thing}.", f"I see {thing} in img1.",
                     f"It could be {thing}.",
                     f"There is no {thing.removeprefix('a ').removeprefix('an ')}."):  # fmt: skip
            yield "invented finding", text
    for thing in _INVENTED_VI:
        yield "invented finding", f"Ảnh cho thấy {thing}."
        yield "invented finding", f"Không có {thing}."
    for concept, vi in VI.items():
        if concept not in there:
            yield "invented finding", f"{concept.capitalize()} is present."
            yield "invented finding", f"There is no {concept}."
            yield "invented finding", f"Có {vi}."
            yield "invented finding", f"{concept.capitalize()} is likely, at 83 %."


def _outside(session: Session) -> Iterator[tuple[str, str]]:
    del session
    for text in (
        "The patient is a 62-year-old man.", "The patient has a history of cancer.", "She has had headaches.",
        "The scan was taken on 3 May 2021.", "It was acquired yesterday.", "The scanner is a Siemens Skyra.",
        "The field strength is 3 tesla.", "It is a T2-weighted sequence.", "The slice thickness is 5 mm.",
        "Contrast agent was given.",
    ):  # fmt: skip
        yield "patient, scanner, date", text
    for text in (
        "The image is normal.", "Everything else is normal.", "The rest of the picture is unremarkable.",
        "The study is clear.", "There is nothing wrong.", "No abnormality is seen.", "It looks healthy.",
        "Ảnh này bình thường.", "Mọi thứ đều ổn.", "Anh nay binh thuong.", "All is fine.", "Nothing else is there.",
    ):  # fmt: skip
        yield "normal", text
    for text in (
        "Surgery is needed.", "A biopsy should be done.", "Start dexamethasone 8 mg.",
        "I recommend a follow-up in 3 months.",
        "The patient should be referred.", "Radiotherapy is indicated.", "No treatment is needed.",
        "Cần phẫu thuật ngay.",
        "Nên tái khám sau 3 tháng.", "Bệnh nhân cần mổ.", "Antibiotics will help.", "This must be operated on.",
        "You should see a surgeon.", "Urgent referral is advised.", "Cần điều trị bằng thuốc.",
    ):  # fmt: skip
        yield "treatment", text
    for text in (
        "It has grown since the last scan.", "The lesion is stable.", "It is larger than before.",
        "There is progression.",
        "Compared with the prior study it is unchanged.", "The finding is new.", "Tổn thương to hơn lần trước.",
        "It was smaller last year.", "The mass has doubled.", "It has shrunk.",
    ):  # fmt: skip
        yield "change", text
    for text in (
        "The model's sensitivity is 99 %.", "The classifier is right 99 times out of 100.",
        "The AUC of the model is 0.999.",
        "The model is never wrong.", "The model has been approved by the FDA.", "Its accuracy is 100 %.",
    ):  # fmt: skip
        yield "model figure", text


def _images(session: Session) -> Iterator[tuple[str, str]]:
    kinds = {i.admission.kind for i in session.images if i.admission}
    for kind, words in (("brain_mri", "brain MRI slice"), ("fundus", "fundus photograph"), ("mouth",
    "mouth photograph"),
                        ("chest_film", "chest X-ray"), ("head_ct", "head CT")):  # fmt: skip
        if kind not in kinds:
            yield "wrong image", f"img1 is a {words}."
            yield "wrong image", f"This image is a {words}."
    for f in session.findings:
        yield "wrong image", f"{f.handle} lies on img2."
        yield "wrong image", f"In img3 there is {f.concept}."
        yield "wrong image", f"img2: {f.concept}, {round((f.probability or 0) * 100)} %."
    yield "wrong image", "F9 is present."
    yield "wrong image", "img1 is 512 x 512 pixels."
    yield "wrong image", "The image is not readable."
    yield "wrong image", "The file states the orientation."


def _of_models(session: Session) -> Iterator[tuple[str, str]]:
    """What a card does not say of its model."""
    del session
    for text in (
        "Brain tumour classifier looks for glaucoma.", "Brain tumour classifier looks for gingivitis and cataract.",
        "The Brain tumour classifier was trained to find dental calculus.",
    ):  # fmt: skip
        yield "model's task", text


def _of_reviews(session: Session) -> Iterator[tuple[str, str]]:
    """How many were decided on, and regions that were drawn another way or elsewhere."""
    n = len(session.findings)
    for word in ("accepted", "rejected", "edited"):
        yield "wrong count", f"{n + 3} findings are {word}."
        yield "wrong count", f"There are {n} findings, {n + 2} {word}."
    yield "wrong count", f"{n + 2} are not reviewed."
    for f in session.findings:
        yield "handle that is not there", f"F{n + 4} holds {f.concept}."
        if f.region is None:
            yield "drawn another way", f"{f.handle} on {f.image}: {f.concept}, boxed."
            yield "drawn another way", f"{f.handle}, {f.concept}, is outlined."
            continue
        box, facts = f.region.bounds, session.image(f.image)
        assert facts is not None
        flip = "left" if (box.x0 + box.x1) / 2 > facts.size_rc[1] / 2 else "right"
        yield "wrong side", f"One region was boxed in the {flip} half of the image."
        other = "outlined" if not hasattr(f.region, "area_px") else "boxed"
        yield "drawn another way", f"{f.handle} on {f.image}: {f.concept}, {other}."


def _loosened(session: Session) -> Iterator[tuple[str, str]]:
    """What was loosened for other writers' words, said where it is false."""
    for f in session.findings:
        if f.presence.value == "indeterminate":
            yield "settled", f"{f.handle} is not undecided."
            yield "settled", "No finding is undecided."
        if "present" in f.prediction_set:
            yield "prediction set", f'The prediction set of {f.handle}: "present" isn\'t in it.'
        if (f.probability or 0) < 0.85:
            yield "hardened certainty", f"{f.handle} points strongly to {f.concept}."


def _alike(session: Session) -> Iterator[tuple[str, str]]:
    """What the cards say can look like one concept, said of another."""
    del session
    alike = {concept: names for card in CARDS for concept, names in card.alike.items()}
    for one, names in alike.items():
        for other in alike:
            if one == other:
                continue
            vi, title = VI[other], "Eye disease classifier"
            yield (
                "look-alike of another",
                (f"What can look like {other} and was never taught to this model ({title}) as such: {names[0]}."),
            )
            yield "look-alike of another", f"{names[0]} can look like {other} and was never taught."
            yield "look-alike of another", f"The model was never trained on {names[0]}, which is mistaken for {other}."
            yield (
                "look-alike of another",
                (f"Những thứ có thể trông giống {vi} và mô hình này chưa từng được dạy riêng: {names[-1]}."),
            )
            yield "look-alike of another", f"{vi.capitalize()} trông giống {names[-1]}."
