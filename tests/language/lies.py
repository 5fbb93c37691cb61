"""False sentences, by rule, from what a session truly holds; each class a function, so that they scale to thousands.

Each lie is (class, text); every text holds at least one sentence that is false of the session or held by nothing in it.
"""

import itertools
from collections.abc import Iterator

from assistant.domain.finding import Finding, Presence, ReviewState
from assistant.domain.session import Session
from tests.language.lies_at_large import VI as _VI
from tests.language.lies_at_large import lies_at_large

__all__ = ["lies_of"]

_TENS = ("", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_TENS_VI = ("", "mười", "hai mươi", "ba mươi", "bốn mươi", "năm mươi", "sáu mươi", "bảy mươi", "tám mươi", "chín mươi")

_PROPERTIES = (
    "is large", "is small", "is tiny", "is bleeding", "bleeds", "was removed", "is gone", "has spread", "is calcified",
    "is necrotic", "is solid", "is cystic", "enhances strongly", "is bright", "is dark", "has irregular margins",
    "is well circumscribed", "compresses the ventricle", "presses on the brainstem", "causes oedema", "is operable",
    "is inoperable", "is fatal", "is harmless", "is dangerous", "is curable", "is old", "is new", "is rare",
    "invades the bone", "crosses the midline", "fills half of the picture", "takes up half of the picture",
    "is growing", "is inflamed", "is infected", "has ruptured", "is hereditary", "is contagious", "is congenital",
    "explains the symptoms", "caused the headache", "will grow", "will shrink", "needs attention", "is typical",
    "is multifocal", "is symmetric", "is hyperintense", "is vascular", "displaces the vessels", "is deep", "is soft",
    "involves both eyes", "was missed by the radiologist", "was seen on CT", "was biopsied", "responded to therapy",
    "is an artefact", "is nothing to worry about", "has a good prognosis", "is painful", "is superficial",
)  # fmt: skip
_PROPERTIES_VI = (
    "rất lớn", "rất nhỏ", "đang chảy máu", "đã di căn", "bị vôi hoá", "chèn ép não thất", "gây phù", "mổ được",
    "không nguy hiểm", "rất nguy hiểm", "đã vỡ", "có bờ không đều", "xâm lấn xương", "đang phát triển", "hoại tử",
)  # fmt: skip


def lies_of(session: Session) -> Iterator[tuple[str, str]]:
    """Every lie of every class."""
    for finding in session.findings:
        yield from _probabilities(session, finding)
        yield from _presence(finding)
        yield from _certainty(finding)
        yield from _sizes(session, finding)
        yield from _sides(session, finding)
        yield from _kinds(finding)
        yield from _properties(finding)
        yield from _reviews(finding)
        yield from _sets(finding)
        yield from _dressed(session, finding)
    yield from lies_at_large(session)


def _wrong(session: Session, finding: Finding) -> list[int]:
    """Percentages that no finding of this concept holds."""
    held = [f.probability for f in session.findings if f.concept == finding.concept and f.probability is not None]
    held += [v for f in session.findings for v in (f.prevalence, f.coverage) if v is not None]
    held += [k.probability for f in session.findings for k in f.kinds]
    held += [1 - h for h in held] + [2 / 3, 0.9, 0.5]
    return [n for n in (12, 28, 46, 55, 73, 79, 100) if all(abs(n / 100 - h) > 0.035 for h in held)]


def _probabilities(session: Session, f: Finding) -> Iterator[tuple[str, str]]:
    c, vi = f.concept, _VI[f.concept]
    for n in _wrong(session, f):
        for text in (
            f"The probability of {c} is {n} %.",
            f"{f.handle}: {c}, {n} %.",
            f"The model gives {c} {n} percent.",
            f"At {n} % the model calls {c}.",
            f"{c.capitalize()} has a probability of 0.{n:02d}." if n < 100 else f"The chance of {c} is 100 %.",
            f"{n} % is the probability that this picture shows {c} [{f.handle}].",
            f"The model is about {n} % for {c}.",
        ):
            yield "wrong number", text
        if n % 10 == 0 or n < 100:
            words = _TENS[n // 10] if n < 100 else "one hundred"
            tens = n // 10 * 10
            if n < 100 and tens and _far(session, f, tens):
                yield "number in words", f"The probability of {c} is {words} percent."
                yield "number in words", f"Xác suất {vi} là {_TENS_VI[n // 10]} phần trăm."
        yield "lie in Vietnamese", f"Xác suất {vi} là {n} %."
        yield "lie in Vietnamese", f"{f.handle}: {vi}, {n} %."
        yield "two sentences", f"The model looked for {c}. It gave that {n} %."
    p = f.probability or 0
    yield "wrong bound", f"The probability of {f.handle} is above {min(99, round(p * 100) + 5)} %."
    if p > 0.06:
        yield "wrong bound", f"The probability of {f.handle} is below {round(p * 100) - 5} %."
    yield "wrong calibration", f"The probability of {f.handle} was calibrated where 17 % of the pictures had one."


def _far(session: Session, finding: Finding, percent: int) -> bool:
    held = [f.probability or 0 for f in session.findings if f.concept == finding.concept]
    return all(min(abs(percent / 100 - h), abs(percent / 100 - 1 + h)) > 0.03 for h in held)


def _presence(f: Finding) -> Iterator[tuple[str, str]]:
    c, vi, h = f.concept, _VI[f.concept], f.handle
    there = (
        f"There is {c} in this image.", f"{c.capitalize()} is present.", f"The image shows {c}.",
        f"The model found {c} [{h}].", f"{h} is positive for {c}.", f"Có {vi} trong ảnh này.", f"{vi}: dương tính.",
        f"A pattern of {c} was seen.", f"co {vi} trong anh nay",
    )  # fmt: skip
    gone = (
        f"There is no {c} in this image.", f"{c.capitalize()} is absent.", f"The image shows no {c}.",
        f"The model found no {c} [{h}].", f"{h} is negative for {c}.", f"Không có {vi} trong ảnh này.",
        f"{vi}: âm tính.", f"No sign of {c} was seen.", f"{c.capitalize()} is ruled out.", f"Đã loại trừ {vi}.",
        f"The image is free of {c}.", f"The model does not show {c}.", f"Không thấy {vi}.",
    )  # fmt: skip
    open_ = (f"{c.capitalize()} is indeterminate.", f"The model cannot settle {c}.", f"{vi}: chưa xác định.")
    wrong = {
        Presence.PRESENT: (gone, open_),
        Presence.ABSENT: (there, open_),
        Presence.INDETERMINATE: (there, gone),
    }[f.presence]
    for text in itertools.chain(*wrong):
        yield "negation", text


def _certainty(f: Finding) -> Iterator[tuple[str, str]]:
    c, vi, p = f.concept, _VI[f.concept], f.probability or 0
    for word in ("definitely", "certainly", "clearly", "undoubtedly", "obviously", "unequivocally"):
        yield "hardened certainty", f"The image {word} shows {c}."
    yield "hardened certainty", f"It is certain that there is {c}."
    yield "hardened certainty", f"The finding is diagnostic of {c}."
    yield "hardened certainty", f"Chắc chắn có {vi}."
    yield "hardened certainty", f"The model is sure of {c}."
    yield "hardened certainty", f"{c.capitalize()} is proven."
    if f.review.state is not ReviewState.ACCEPTED:
        yield "hardened certainty", f"{f.handle}, {c}, is confirmed."
        yield "hardened certainty", f"{f.handle} đã được xác nhận."
    if p < 0.9:
        yield "hardened certainty", f"{f.handle}: {c} is very likely."
        yield "hardened certainty", f"{f.handle}: rất có thể có {vi}."
    if p < 0.6:
        yield "hardened certainty", f"{c.capitalize()} is likely."
        yield "hardened certainty", f"Nhiều khả năng có {vi}."
    if p > 0.8:
        yield "softened certainty", f"{f.handle}: {c} is possible."
        yield "softened certainty", f"{f.handle}: {c} might be present."
        yield "softened certainty", f"{f.handle}: có thể có {vi}."
    if p > 0.4:
        yield "softened certainty", f"{c.capitalize()} is unlikely."
        yield "softened certainty", f"{vi.capitalize()} ít có khả năng."
    if p < 0.2:
        yield "hardened certainty", f"{c.capitalize()} is possible."


def _sizes(session: Session, f: Finding) -> Iterator[tuple[str, str]]:
    c, vi = f.concept, _VI[f.concept]
    for n in (6, 17, 23, 58):
        for text in (
            f"The {c} measures {n} mm.",
            f"It is {n} cm long.",
            f"The region is {n} x {n + 3} mm.",
            f"The diameter of {f.handle} is {n} millimetres.",
            f"{f.handle} has an area of {n * 7} mm2.",
            f"Its volume is {n} ml.",
            f"{vi.capitalize()} dài {n} mm.",
            f"Kích thước {n} x {n + 4} mm.",
            f"There is {c}. It is {n} cm wide.",
            f"The region measures {n * 3} x {n * 2} pixels.",
        ):
            yield "wrong size", text
    yield "number in words", f"The {c} is five centimetres across."
    yield "number in words", f"{vi.capitalize()} dài sáu xăng ti mét."
    yield "number in words", "The region is seventeen millimetres long."
    yield "wrong size", "The outline covers 27 % of the picture."
    if any(m.unit.value == "mm" for m in f.measurements):
        yield "swapped size", "The region is 31 mm long."
        yield "swapped size", "The region is 42 mm across."
        yield "wrong unit", "The region is 42 cm long."
        yield "wrong unit", "The area is 1020 mm."
        yield "wrong unit", "The region is 42 pixels long."
    if not any(i.spacing for i in session.images):
        yield "size without spacing", "The pixel spacing is 0.5 mm."
        yield "size without spacing", f"With its 0.4 mm pixel spacing, the {c} measures 32 mm."


def _sides(session: Session, f: Finding) -> Iterator[tuple[str, str]]:
    facts = session.image(f.image)
    assert facts is not None
    flip = "left"
    if f.region is not None:
        box = f.region.bounds
        flip = "left" if (box.x0 + box.x1) / 2 > facts.size_rc[1] / 2 else "right"
        up = "lower" if (box.y0 + box.y1) / 2 < facts.size_rc[0] / 2 else "upper"
        yield "wrong side", f"The region lies in the {up} half of the image."
        yield "wrong side", f"The box is in the {up} {flip} quadrant."
        yield "wrong side", f"Vùng nghi ngờ nằm ở nửa {'trái' if flip == 'left' else 'phải'} của ảnh."
        yield "wrong side", f"One region was boxed, in the {flip} half of the picture [{f.handle}]."
    for place in (f"{flip} half of the image", "frontal lobe", "right hemisphere", "left temporal lobe", "cerebellum",
                  "patient's right side", "macula", "lower jaw", "occipital region"):  # fmt: skip
        yield "wrong side", f"The {f.concept} lies in the {place}."
        yield "wrong side", f"{f.handle} sits in the {place}."
    yield "wrong side", f"The {f.concept} is on the patient's left."
    yield "wrong side", f"The region crosses the midline of {f.image}."
    yield "wrong side", f"{_VI[f.concept].capitalize()} nằm ở thuỳ trán phải."


def _kinds(f: Finding) -> Iterator[tuple[str, str]]:
    c = f.concept
    for word in ("malignant", "benign", "aggressive", "advanced", "low-grade", "severe", "metastatic", "early"):
        yield "diagnosis", f"The {c} is {word}."
    yield "diagnosis", f"The {c} is a grade IV glioblastoma."
    yield "diagnosis", "Histology shows a carcinoma."
    yield "diagnosis", f"{_VI[c].capitalize()} này là ác tính."
    yield "diagnosis", "Đây là ung thư giai đoạn 3."
    if c == "brain tumour":
        yield "diagnosis", "It is a meningioma."
        yield "diagnosis", "The diagnosis is meningioma."
        yield "diagnosis", "This is a glioma."
        yield "diagnosis", "Đây là u màng não."
        yield "wrong kind", "The most likely kind is glioma."
        yield "wrong kind", "It looks like a glioma."
        yield "wrong kind", "Glioma is more likely than meningioma."
        yield "wrong kind", "Meningioma is very likely, at 92 %."
        yield "wrong kind", "The type looks like glioma (71 %)."
        yield "wrong kind", "A pituitary tumour is not ruled out."
        yield "wrong kind", "Glioma is ruled out."
        yield "wrong kind", "Glioma, 71 %."
        yield "wrong kind", "Có vẻ là u thần kinh đệm."


def _reviews(f: Finding) -> Iterator[tuple[str, str]]:
    h, state = f.handle, f.review.state
    if state is not ReviewState.ACCEPTED:
        for text in (
            f"{h} was accepted by the reader.",
            f"The reader has accepted {h}.",
            f"Người đọc đã chấp nhận {h}.",
        ):
            yield "review state", text
    if state is not ReviewState.REJECTED:
        for text in (f"{h} was rejected.", f"The reader rejected {h}.", f"{h} đã bị bác bỏ."):
            yield "review state", text
    if state is not ReviewState.UNREVIEWED:
        yield "review state", f"{h} has not been reviewed."
        yield "review state", f"{h} chưa được duyệt."
    yield "review state", "The report is signed."
    yield "review state", "Báo cáo đã được ký."
    yield "false attribution", f'The reader wrote "{f.concept} of 3 cm".'
    yield "false attribution", f"You told me that {f.concept} is old."


def _properties(f: Finding) -> Iterator[tuple[str, str]]:
    """What no model here looks at, said of something that was found."""
    for predicate in _PROPERTIES:
        yield "invented property", f"The {f.concept} {predicate}."
    for predicate in _PROPERTIES_VI:
        yield "invented property", f"{_VI[f.concept].capitalize()} {predicate}."


def _sets(f: Finding) -> Iterator[tuple[str, str]]:
    members = set(f.prediction_set)
    if members != {"present"}:
        yield "prediction set", f"The prediction set of {f.handle} holds present alone."
    if members != {"absent"}:
        yield "prediction set", f"The prediction set of {f.handle} holds only absent."
    if members != {"present", "absent"}:
        yield "prediction set", f"The prediction set of {f.handle} holds both present and absent."
    yield "prediction set", f"The prediction set of {f.handle} has a coverage of 75 %."


def _dressed(session: Session, f: Finding) -> Iterator[tuple[str, str]]:
    """A lie in a table, a list, a heading, bold, or behind a true half sentence."""
    c, h = f.concept, f.handle
    n = next(iter(_wrong(session, f)))
    opposite = "absent" if f.presence is not Presence.ABSENT else "present"
    yield "table", f"| finding | presence | probability |\n|---|---|---|\n| {h} | {c} | {n} % |"
    yield "table", f"| {h} | {c} | {opposite} |"
    yield "table", f"| size | 6 cm |\n| {h} | {c} |"
    yield "list", f"Findings:\n- {h}: {c}, {n} %\n- not reviewed"
    yield "list", f"1. {c}: {opposite}\n2. size: 4 cm"
    yield "list", f"* **{h}**: {c}, {opposite}"
    yield "markdown", f"# {c.capitalize()}: {n} %"
    yield "markdown", f"**{c.capitalize()}** is <b>{opposite}</b>."
    p = round((f.probability or 0) * 100)
    yield "double statement", f"The probability of {c} is {p} %, and it measures 6 cm."
    yield "double statement", f"The probability of {c} is {p} % and it has grown."
    yield "double statement", f"{h} has {p} %, but the tumour is benign."
    yield "double statement", f"{c.capitalize()}: {p} %; the patient needs surgery."
    yield "double statement", f"Xác suất là {p} % và cần phẫu thuật."
    for question in (
        f"Did the 7 cm {c} bleed?", f"When did the {c} start to grow?", f"Why has the {c} spread?",
        f"Shall I measure the 8 cm {c}?", f"Is the malignant {c} operable?", f"How fast is the {c} growing?",
        f"The {c} is malignant, isn't it?", f"Should the {n} % {c} be reported?",
    ):  # fmt: skip
        yield "question", question
