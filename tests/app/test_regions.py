"""Boxes, masks, measurements and enhanced copies through the store: kept, served, exported, there after a restart."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pil

from assistant.app import Assistant
from assistant.domain.finding import Presence
from assistant.domain.geometry import Mask, SpacingSource
from assistant.domain.image import Admission, Image
from assistant.domain.turn import Turn
from assistant.settings import Settings
from assistant.store import Store
from assistant.wire import turn_object
from tests.agent.worlds import FakeShelf, Lesion
from tests.builders import build_admission


class Shop(FakeShelf):
    """The shelf with a gate that admits everything as a brain slice."""

    def gate(self) -> "Shop":
        return self

    def admit(self, image: Image) -> Admission:
        del image
        return build_admission(title="a brain MRI slice")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:120, 0:160]
    picture = 120 + 60 * np.sin(x / 5) * np.cos(y / 7) + rng.normal(0, 6, (120, 160))
    Pil.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).save(tmp_path / "slice.png")
    return tmp_path


def opened(home: Path, shop: Shop) -> Assistant:
    return Assistant(Settings(home=home), Store.open(None, home), shop, b"secret")  # type: ignore[arg-type]


@pytest.fixture
def assistant(home: Path) -> Iterator[Assistant]:
    one = opened(home, Shop(presence=Presence.ABSENT, probability=0.08, lesions=(Lesion(score=0.58),)))
    yield one
    one.close()


def ask(assistant: Assistant, session: str, text: str, *paths: Path) -> Turn:
    return assistant.say(session, text, paths).result()


def test_regions_measures_and_disagreements_outlive_the_process(home: Path, assistant: Assistant) -> None:
    session = assistant.new_session("me").id
    ask(assistant, session, "read it", home / "slice.png")
    ask(assistant, session, "where is it?")
    ask(assistant, session, "how big?")
    ask(assistant, session, "0.5 mm per pixel")
    assistant.close()
    again = opened(home, Shop())
    kept = again.session(session)
    assert [f.model for f in kept.findings] == [
        "brain_tumour",
        "brain_tumour_boxes",
        "rule:disagreement",
        "brain_tumour_outline",
    ]
    outlined = kept.findings[3]
    assert isinstance(outlined.region, Mask)
    mask = Pil.open(io.BytesIO(again.artifact(session, outlined.region.artifact)))
    assert (mask.size, int(np.asarray(mask).sum())) == ((160, 120), outlined.region.area_px)
    assert {m.unit.value for m in outlined.measurements} == {"{pixels}", "%", "mm", "mm2"}
    facts = kept.image("img1")
    assert facts is not None
    assert facts.spacing is not None
    assert facts.spacing.source is SpacingSource.USER
    actions = [e.action for e in again._store.history(session)]
    assert actions.count("scale_stated") == 1
    assert "finding_extended" in actions
    again.close()


def test_a_report_tells_of_boxes_types_outlines_and_disagreements(home: Path, assistant: Assistant) -> None:
    session = assistant.new_session("me").id
    ask(assistant, session, "read it", home / "slice.png")
    for text in ("where is it?", "0.5 mm per pixel", "accept F2", "accept F3", "accept F4"):
        ask(assistant, session, text)
    said = assistant.export(session, "txt").data.decode()
    flat = " ".join(said.split())
    assert "Its type looks like meningioma (71 %); glioma is not ruled out." in flat
    assert "F1 and F2 disagree" in flat
    assert "One region was outlined in the right half of the image" in flat
    assert "The millimetres rest on a scale that the reader stated." in flat
    record = json.loads(assistant.export(session, "json").data)
    assert [f["between"] for f in record["results"]] == [[], ["F1", "F2"], []]
    assert assistant.export(session, "pdf").data.startswith(b"%PDF-")


def test_an_enhanced_copy_is_kept_with_its_turn_and_printed_as_a_picture(home: Path, assistant: Assistant) -> None:
    session = assistant.new_session("me").id
    turn = ask(assistant, session, "make it sharper", home / "slice.png")
    (shown,) = turn.pictures
    assert Pil.open(io.BytesIO(assistant.artifact(session, shown.artifact))).format == "PNG"
    stored = assistant.session(session).turns[0]
    assert stored.pictures == turn.pictures
    printed = turn_object(session, turn, lambda name: home / name)
    assert printed["overlays"] == []
    assert printed["pictures"][0]["kind"] == "enhanced"
