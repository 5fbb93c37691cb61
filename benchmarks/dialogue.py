"""A dialogue of 25 turns over three pictures, printed as text, for a reader to judge how it sounds.

    .venv/bin/python benchmarks/dialogue.py en
    .venv/bin/python benchmarks/dialogue.py vi

The turns are fixed; the engine, the weights and the pictures (a brain slice, a retina, and a cat that must be refused)
are those that are shipped. The home is a temporary folder; nothing is downloaded and nothing is kept.
"""

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "samples"
BRAIN, RETINA, CAT = "brain-meningioma-axial.jpg", "retina.jpg", "cat.jpg"

TURNS: dict[str, tuple[tuple[str, str], ...]] = {
    "en": (
        ("62M, headache for three weeks. Anything?", BRAIN),
        ("where exactly?", ""),
        ("how big is it?", ""),
        ("0.5 mm per pixel", ""),
        ("outline it", ""),
        ("which type is it?", ""),
        ("why do you say so?", ""),
        ("could you be wrong?", ""),
        ("what else could it be?", ""),
        ("so it is a meningioma, yes?", ""),
        ("is the image good enough for that?", ""),
        ("here is his fundus photograph, what do you see?", RETINA),
        ("is there diabetic retinopathy?", ""),
        ("outline the vessels", ""),
        ("how sure are you?", ""),
        ("and this one?", CAT),
        ("just guess", ""),
        ("what did you find in the second image?", ""),
        ("only the first image, please: a summary", ""),
        ("what did you find about the tumour?", ""),
        ("accept F1", ""),
        ("reject F2, the box is too wide", ""),
        ("should he have surgery?", ""),
        ("explain it in plain words for the patient", ""),
        ("make me a pdf, then thanks", ""),
    ),
    "vi": (
        ("Nam 62 tuổi, đau đầu ba tuần nay. Có gì bất thường không?", BRAIN),
        ("nằm ở đâu?", ""),
        ("kích thước bao nhiêu?", ""),
        ("0,5 mm mỗi điểm ảnh", ""),
        ("vẽ đường viền đi", ""),
        ("đây là loại u gì?", ""),
        ("vì sao bạn nói vậy?", ""),
        ("có thể sai không?", ""),
        ("còn có thể là gì khác?", ""),
        ("vậy là u màng não phải không?", ""),
        ("ảnh có đủ tốt để đọc không?", ""),
        ("đây là ảnh đáy mắt của ông ấy, bạn thấy gì?", RETINA),
        ("có bệnh võng mạc đái tháo đường không?", ""),
        ("vẽ mạch máu", ""),
        ("bạn chắc chắn đến đâu?", ""),
        ("còn ảnh này thì sao?", CAT),
        ("cứ đoán đi", ""),
        ("ảnh thứ hai thấy gì?", ""),
        ("chỉ ảnh thứ nhất thôi: tóm tắt các phát hiện", ""),
        ("về khối u thì đã thấy gì?", ""),
        ("chấp nhận F1", ""),
        ("bác bỏ F2 vì khung quá rộng", ""),
        ("ông ấy có cần mổ không?", ""),
        ("giải thích dễ hiểu cho bệnh nhân", ""),
        ("xuất pdf, cảm ơn", ""),
    ),
}


def main() -> None:
    from assistant.app import Assistant
    from assistant.settings import Settings

    language = sys.argv[1] if len(sys.argv) == 2 else ""
    if language not in TURNS:
        raise SystemExit(f"usage: dialogue.py {' | '.join(TURNS)}")
    with tempfile.TemporaryDirectory() as home:
        assistant = Assistant.open(Settings(home=Path(home), llm=None))
        session = assistant.new_session("benchmark").id
        for number, (text, picture) in enumerate(TURNS[language], 1):
            turn = assistant.say(session, text, (SAMPLES / picture,) if picture else ()).result()
            added = f" [{picture}]" if picture else ""
            print(f"{number}.{added} {text}")
            tools = " ".join(c.name if c.ok else f"{c.name} (refused)" for c in turn.tools)
            print(f"   ({turn.status.value}) {tools}")
            for claim in turn.claims:
                cited = f" [{', '.join(claim.findings)}]" if claim.findings else ""
                print(f"   {claim.text}{cited}")
            for held in turn.record:
                print(f"   ! {held}")
            if turn.chips:
                print(f"   > {' | '.join(turn.chips)}")
            print(flush=True)
        assistant.close()


if __name__ == "__main__":
    main()
