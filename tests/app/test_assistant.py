"""The façade with the real models and the shipped samples: what a reader does, and what must not be lost."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image as Picture
from pypdf import PdfReader

from assistant.app import Assistant
from assistant.domain.finding import Presence, ReviewState
from assistant.domain.turn import Status, Turn
from assistant.errors import InputError
from assistant.intake.samples import Sample, load_samples
from assistant.settings import Settings
from ui.paint import paint_turn

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = load_samples(ROOT / "samples")
PRESENT = next(s for s in SAMPLES if s.expect == "present").path


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    opened = Assistant.open(Settings(home=tmp_path_factory.mktemp("home")))
    yield opened
    opened.close()


def ask(assistant: Assistant, session: str, text: str, *paths: Path, **more: bool) -> Turn:
    return assistant.say(session, text, paths, **more).result()


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s.id)
def test_each_sample_is_read_as_it_says(assistant: Assistant, sample: Sample) -> None:
    turn = ask(assistant, assistant.new_session("me").id, "What do you see?", sample.path)
    if sample.expect == "declined":
        assert turn.status is Status.DECLINED
        assert not turn.tools
        assert not turn.findings
        assert len(turn.reply) > 40
        return
    assert turn.status is Status.ANSWERED
    if sample.expect == "read":
        assert {f.model for f in turn.findings} == {"eye_disease"}
        assert {f.concept for f in turn.findings} == {"cataract", "glaucoma", "diabetic retinopathy"}
        return
    assert [c.name for c in turn.tools] == ["classify_image", "detect_lesions"]
    (finding,) = (f for f in turn.findings if f.model == "brain_tumour")
    assert finding.presence.value == sample.expect, finding.probability
    if finding.presence is Presence.ABSENT:
        assert "one" in turn.reply
        assert "normal" not in turn.reply.lower()


def test_an_upload_without_a_question_gets_a_first_read_on_the_page(assistant: Assistant) -> None:
    session = assistant.new_session("me").id
    turn = ask(assistant, session, "", PRESENT, first_read=True)
    assert [c.name for c in turn.tools] == ["classify_image", "detect_lesions"]
    assert turn.user == ""


def test_a_first_read_without_words_and_the_report_speak_the_readers_language(assistant: Assistant) -> None:
    session = assistant.new_session("a reader").id
    turn = assistant.say(session, "", [PRESENT], first_read=True, language="vi").result()
    assert "khối u não" in turn.reply
    assert "tumour" not in turn.reply
    assistant.review(session, "F1", "accept")
    assert "Kết luận\n  Rất có thể" in assistant.export(session, "txt", language="vi").data.decode()
    assert "Impression\n  Brain tumour pattern" in assistant.export(session, "txt").data.decode()
    assistant.sign(session, "BS. Lan", language="vi")
    kept = assistant.session(session).signatures[-1].artifact
    pages = PdfReader(assistant.artifact_path(kept)).pages
    said = "".join(page.extract_text() for page in pages)
    assert "Đã ký: người duyệt BS. Lan" in said
    assert not re.search("UNVERIFIED|CHƯA XÁC NHẬN", said.upper())


def test_the_same_image_gives_the_same_answer_in_another_session(assistant: Assistant) -> None:
    first, second = (ask(assistant, assistant.new_session("me").id, "read it", PRESENT).findings[0] for _ in range(2))
    assert first.probability == second.probability
    assert first.weights_sha256 == second.weights_sha256


def test_three_files_at_once_become_three_images_and_a_bad_one_costs_itself_alone(
    assistant: Assistant, tmp_path: Path
) -> None:
    bad = tmp_path / "x.png"
    bad.write_bytes(b"no image")
    session = assistant.new_session("me").id
    turn = ask(assistant, session, "what do you see?", PRESENT, bad, PRESENT)
    assert turn.images == ("img1", "img2")
    assert turn.status is Status.ANSWERED
    assert turn.claims[0].text.startswith("File 2: ")


def test_only_what_the_reader_accepted_is_a_result_and_a_change_after_signing_unsigns(assistant: Assistant) -> None:
    session = assistant.new_session("me").id
    ask(assistant, session, "what do you see?", PRESENT)
    assert assistant.report(session).impression == ()
    said = ask(assistant, session, "accept F1")
    assert said.findings[0].review.state is ReviewState.ACCEPTED
    assert assistant.report(session).impression
    assert assistant.sign(session, "Dr A. Reader").signature is not None
    signed = assistant.session(session).signatures[-1]
    kept = assistant.artifact(session, signed.artifact)
    assistant.review(session, "F1", "reject", "it is a vessel")
    assert assistant.report(session).signature is None
    assert assistant.artifact(session, signed.artifact) == kept
    assistant.review(session, "F1", "undo")
    assert assistant.report(session).signature is not None


def test_signing_and_deleting_never_happen_by_words(assistant: Assistant) -> None:
    session = assistant.new_session("me").id
    ask(assistant, session, "what do you see?", PRESENT)
    for words, button in (("sign the report", "sign"), ("delete this session", "delete")):
        turn = ask(assistant, session, words)
        assert not turn.tools
        assert button in turn.buttons
    assert assistant.session(session).signatures == ()


def test_a_file_of_another_patient_opens_a_session_of_its_own_unless_the_reader_insists(
    assistant: Assistant, tmp_path: Path
) -> None:
    source = next(s for s in SAMPLES if s.path.suffix == ".dcm").path
    files = []
    for number, patient in enumerate(("A-1", "B-2", "B-2")):
        dataset = pydicom.dcmread(source)
        dataset.PatientID = patient
        dataset.SOPInstanceUID = f"2.25.{1000 + number}"
        files.append(tmp_path / f"{number}.dcm")
        dataset.save_as(files[-1])
    session = assistant.new_session("me").id
    ask(assistant, session, "how good is the image?", files[0])
    turn = ask(assistant, session, "and this one?", files[1])
    (button,) = [b for b in turn.buttons if b.startswith("open:")]
    assert turn.images == ()
    assert len(assistant.session(button.removeprefix("open:"), "me").images) == 1
    assert "another patient" in turn.reply
    spoken = ask(assistant, session, "ảnh này chất lượng thế nào?", files[1])
    assert "bệnh nhân khác" in spoken.reply
    assert "patient" not in spoken.reply
    denied = ask(assistant, session, "not the same patient: how good is it?", files[1])
    assert denied.images == ()
    assert ask(assistant, session, "không phải cùng bệnh nhân, chất lượng thế nào?", files[1]).images == ()
    for doubt in (
        "is this the same patient?",
        "I am not sure that it is really the same patient",
        "same patient, right?",
    ):
        assert ask(assistant, session, doubt, files[1]).images == (), doubt
    insisted = ask(assistant, session, "same patient: how good is it?", files[2])
    assert insisted.images == ("img2",)
    assert ask(assistant, session, "cùng bệnh nhân, chất lượng thế nào?", files[2]).images != ()


def test_a_file_that_cannot_be_read_is_refused_in_the_language_of_the_message(
    assistant: Assistant, tmp_path: Path
) -> None:
    text = tmp_path / "notes.png"
    text.write_text("a letter, not a picture, with some length to it")
    session = assistant.new_session("me").id
    assert ask(assistant, session, "ảnh này có gì?", text).reply.startswith("Tệp này là văn bản")
    assert ask(assistant, session, "what is here?", text).reply.startswith("This file is text")
    wordless = assistant.say(session, "", (text, text), language="vi").result()
    assert wordless.reply.startswith("Tệp 1: Tệp này là văn bản")


def test_no_name_of_patient_or_file_is_left_anywhere_in_the_home(tmp_path: Path) -> None:
    source = next(s for s in SAMPLES if s.path.suffix == ".dcm").path
    dataset = pydicom.dcmread(source)
    dataset.PatientName = "Zyxwvut^Quentin"
    dataset.PatientID = "ZYX-4711-QUENTIN"
    upload = tmp_path / "Zyxwvut_Quentin_upload.dcm"
    dataset.save_as(upload)
    home = tmp_path / "home"
    opened = Assistant.open(Settings(home=home))
    session = opened.new_session("me").id
    ask(opened, session, "how good is the image?", upload, forget_uploads=True)
    opened.export(session, "pdf")
    opened.close()
    assert not upload.exists()
    for file in home.rglob("*"):
        assert "zyx" not in file.name.lower()
        if file.is_file():
            data = file.read_bytes().lower()
            assert b"zyxwvut" not in data
            assert b"4711" not in data or file.suffix in {".npy", ".pdf", ".db", ".dcm"}
            assert b"zyx-4711" not in data


def test_one_owner_never_gets_at_what_is_anothers(assistant: Assistant) -> None:
    mine = assistant.new_session("me").id
    turn = ask(assistant, mine, "why?", PRESENT)
    saliency = turn.overlays[0].artifact
    for attempt in (
        lambda: assistant.session(mine, "you"),
        lambda: assistant.image(mine, "img1", "you"),
        lambda: assistant.artifact(mine, saliency, "you"),
        lambda: assistant.report(mine, "you"),
        lambda: assistant.export(mine, "pdf", "you"),
        lambda: assistant.say(mine, "hello", owner="you"),
        lambda: assistant.delete(mine, "you"),
    ):
        with pytest.raises(InputError):
            attempt()
    other = assistant.new_session("you").id
    with pytest.raises(InputError):
        assistant.artifact(other, saliency, "you")


def test_a_bug_costs_the_turn_and_gives_a_reference_never_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Assistant.open(Settings(home=tmp_path))
    session = opened.new_session("me").id

    def broken(*_: object) -> object:
        raise KeyError("a bug")

    monkeypatch.setattr("assistant.answering.run_turn", broken)
    turn = ask(opened, session, "hello")
    assert turn.status is Status.FAILED
    assert "reference" in turn.reply
    assert "KeyError" not in turn.reply
    monkeypatch.undo()
    assert ask(opened, session, "hello").status is Status.ANSWERED
    opened.close()
    assert "KeyError" in (tmp_path / "logs" / "medvision.log").read_text(encoding="utf-8")


def test_the_auditor_sees_who_ran_changed_and_signed_what_with_which_weights(assistant: Assistant) -> None:
    session = assistant.new_session("me").id
    ask(assistant, session, "what do you see?", PRESENT)
    assistant.review(session, "F1", "accept", by="me")
    assistant.sign(session, "Dr A. Reader")
    entries = assistant.history(session)
    actions = [e.action for e in entries]
    for action in ("session_created", "image_added", "tool_ran", "finding_made", "finding_reviewed", "report_signed"):
        assert action in actions
    made = next(e for e in entries if e.action == "finding_made")
    assert len(made.detail["weights_sha256"]) == 64
    assert "Reader" not in json.dumps([e.model_dump(mode="json") for e in entries])


KILLED = """
import os, sys
from pathlib import Path
from assistant.app import Assistant
from assistant.settings import Settings
import assistant.answering as answering
from assistant.agent.stream import ToolFinished
assistant = Assistant.open(Settings(home=Path(sys.argv[1])))
session = assistant.new_session("me").id
assistant.say(session, "what do you see?", [Path(sys.argv[2])]).result()
print(session, flush=True)
feed = assistant.say(session, "why, and how sure are you?")
for event in feed:
    if isinstance(event, ToolFinished):
        os.kill(os.getpid(), 9)
"""


def test_a_turn_that_is_killed_half_way_reads_as_interrupted_and_loses_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), str(PRESENT)],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    session = done.stdout.strip()
    opened = Assistant.open(Settings(home=tmp_path))
    first, second = opened.session(session).turns
    assert first.status is Status.ANSWERED
    assert {f.model for f in first.findings} == {"brain_tumour", "brain_tumour_boxes"}
    assert second.status is Status.INTERRUPTED
    assert [c.name for c in second.tools][:1] == ["explain_finding"]
    assert "cut off" in second.reply or "interrupted" in second.reply
    assert ask(opened, session, "how sure are you?").status is Status.ANSWERED
    opened.close()


KILLED_EARLY = """
import os, sys
from pathlib import Path
import assistant.answering as answering
from assistant.app import Assistant
from assistant.settings import Settings
answering.open_upload = lambda *_: os.kill(os.getpid(), 9)
assistant = Assistant.open(Settings(home=Path(sys.argv[1])))
session = assistant.new_session("me").id
print(session, flush=True)
assistant.say(session, "what do you see?", [Path(sys.argv[2])], client_id="c1").result()
"""


def test_a_turn_that_is_killed_before_its_picture_was_kept_says_so_plainly(tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", KILLED_EARLY, str(tmp_path), str(PRESENT)]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    opened = Assistant.open(Settings(home=tmp_path))
    (turn,) = opened.session(done.stdout.strip()).turns
    assert (turn.status, turn.user, turn.images) == (Status.INTERRUPTED, "what do you see?", ())
    assert turn.lost_upload
    assert "upload the picture again" in turn.reply
    assert opened.session_of("c1", "me") == done.stdout.strip()
    assert opened.session_of("c1", "another") is None
    opened.close()
    (_, shown) = paint_turn(turn, "vi")
    assert "tải ảnh lên lại" in shown["content"]


def test_a_picture_turned_by_exif_and_a_sixteen_bit_one_are_read(assistant: Assistant, tmp_path: Path) -> None:
    with Picture.open(PRESENT) as picture:
        grey = np.asarray(picture.convert("L"))
    deep, turned = tmp_path / "deep.png", tmp_path / "turned.jpg"
    Picture.fromarray(grey.astype(np.uint16) * 257).save(deep)
    exif = Picture.Exif()
    exif[0x0112] = 6
    Picture.fromarray(np.rot90(grey)).save(turned, exif=exif, quality=95)
    for file in (deep, turned):
        session = assistant.new_session("me").id
        turn = ask(assistant, session, "is there a tumour?", file)
        assert turn.findings[0].presence is Presence.PRESENT
        assert assistant.image(session, "img1").pixels.shape == grey.shape


def test_a_first_answer_waits_for_no_network(tmp_path: Path) -> None:
    """Every socket that is not loopback is refused; the read must work all the same."""
    code = (
        "import socket, sys\n"
        "real = socket.socket.connect\n"
        "def connect(self, address):\n"
        "    assert self.family == socket.AF_UNIX or address[0] in ('127.0.0.1', '::1'), address\n"
        "    return real(self, address)\n"
        "socket.socket.connect = connect\n"
        "socket.getaddrinfo = lambda *a, **k: (_ for _ in ()).throw(AssertionError(a))\n"
        "from assistant.__main__ import cli\n"
        f"cli(['read', {str(PRESENT)!r}, '--json'], standalone_mode=False)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        env={**os.environ, "MEDVISION_HOME": str(tmp_path), "LANGSMITH_TRACING": "true", "LANGSMITH_API_KEY": "x"},
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "answered"


def test_a_flagged_answer_is_listed(assistant: Assistant) -> None:
    session = assistant.new_session("me").id
    ask(assistant, session, "hello")
    assistant.flag(session, 1, "odd", "me")
    assert [(f.turn, f.note) for f in assistant.flags() if f.session == session] == [(1, "odd")]
    with pytest.raises(InputError):
        assistant.flag(session, 7, "odd", "me")


def test_a_second_message_waits_for_the_first(assistant: Assistant) -> None:
    session = assistant.new_session("me").id
    feeds = [
        assistant.say(session, text, paths) for text, paths in (("read it", [PRESENT]), ("why?", ()), ("hello", ()))
    ]
    assert [f.result().number for f in feeds] == [1, 2, 3]
    assert BytesIO(assistant.artifact(session, feeds[1].result().overlays[0].artifact)).read(4) == b"\x89PNG"
