"""Sessions on either database."""

from collections.abc import Callable

import numpy as np
import pytest

from assistant.domain.finding import ReviewState
from assistant.domain.report import digest_of
from assistant.errors import InputError
from assistant.store import Store
from tests.builders import (
    build_admission,
    build_facts,
    build_finding,
    build_pixels,
    build_review,
    build_signature,
    build_tool_call,
    build_turn,
)


def add_image(store: Store, session_id: str, seed: int = 0, **changes: object) -> str:
    pixels = build_pixels(seed)
    dicom = changes.pop("dicom", None)
    key = changes.pop("patient_key", None)
    assert dicom is None or isinstance(dicom, bytes)
    assert key is None or isinstance(key, str)
    return store.add_image(session_id, build_facts(pixels, **changes), pixels, dicom, key).handle


def test_a_new_session_is_empty_and_can_be_loaded(store: Store) -> None:
    made = store.create_session("reader", "knee, left")
    assert store.load(made.id) == made
    assert made.label == "knee, left"
    assert (len(made.images), len(made.findings), len(made.turns), len(made.signatures)) == (0, 0, 0, 0)


def test_ids_are_long_plain_and_never_the_same(store: Store) -> None:
    ids = {store.create_session("reader").id for _ in range(20)}
    assert len(ids) == 20
    assert all(len(i) == 20 and i.isascii() and i.isalnum() and i[0].isalpha() for i in ids)


def test_everything_of_a_session_comes_back_as_it_was_put(open_store: Callable[[], Store]) -> None:
    store = open_store()
    session = store.create_session("reader")
    image = add_image(store, session.id)
    began = store.begin_turn(session.id, "Có u không?", "c1", images=[image])
    call = build_tool_call()
    store.record_tool_call(session.id, began.number, call)
    finding = store.add_finding(session.id, began.number, build_finding(image=image))
    turn = build_turn(number=1, user="Có u không?", tools=(call,), findings=(finding,), images=(image,))
    store.finish_turn(session.id, turn)
    reviewed = store.review(session.id, finding.handle, build_review(text="đồng ý"), turn=1)
    store.sign(session.id, build_signature())
    loaded = open_store().load(session.id)
    assert loaded.turns == (turn,)
    assert loaded.findings == (reviewed,)
    assert loaded.signatures == (build_signature(),)
    assert loaded.turns[0].findings[0].review.state is ReviewState.UNREVIEWED
    assert loaded.image(image) is not None


def test_another_owner_and_an_unknown_id_get_the_same_sentence(store: Store) -> None:
    session = store.create_session("one")
    assert store.load(session.id, "one").id == session.id
    with pytest.raises(InputError) as foreign:
        store.load(session.id, "two")
    with pytest.raises(InputError) as unknown:
        store.load("no-such-\x00session", "two")
    assert str(foreign.value) == str(unknown.value)


def test_the_list_is_newest_first_and_holds_one_owners_sessions(store: Store) -> None:
    first = store.create_session("one")
    second = store.create_session("two", "label")
    third = store.create_session("one")
    add_image(store, first.id)
    store.begin_turn(first.id, "what   is\nthis " + "long " * 40)
    assert [s.session for s in store.sessions()] == [third.id, second.id, first.id]
    assert [s.session for s in store.sessions("one")] == [third.id, first.id]
    row = store.sessions("one")[-1]
    assert (row.images, row.turns, row.signed) == (1, 1, False)
    assert row.title == f"MR image · {row.created.astimezone():%Y-%m-%d}", "no word of what was typed"
    assert store.sessions("two")[0].title.startswith("label · no image yet · ")
    assert store.sessions("three") == ()


def test_signed_in_the_list_means_that_the_signature_covers_what_is_there_now(store: Store) -> None:
    session = store.create_session("reader")
    add_image(store, session.id)
    store.add_finding(session.id, None, build_finding())
    store.review(session.id, "F1", build_review())
    store.sign(session.id, build_signature(digest=digest_of(store.load(session.id))))
    assert store.sessions()[0].signed
    store.review(session.id, "F1", build_review(ReviewState.REJECTED))
    assert not store.sessions()[0].signed
    store.undo_review(session.id, "F1", "Dr Lan")
    assert store.sessions()[0].signed
    store.set_label(session.id, "another study")
    assert not store.sessions()[0].signed
    assert len(store.load(session.id).signatures) == 1


def test_images_get_their_handles_in_order_and_their_pixels_come_back(store: Store) -> None:
    session = store.create_session("reader")
    pixels = np.linspace(-1000, 3000, 64).reshape(8, 8).astype(np.int16)
    first = store.add_image(session.id, build_facts(pixels), pixels, b"DICM", "k1")
    assert first.handle == "img1"
    assert add_image(store, session.id, 1) == "img2"
    image = store.pixels(session.id, "img1")
    assert image.facts == first
    assert image.pixels.dtype == np.int16
    assert np.array_equal(image.pixels, pixels)
    assert store.artifacts.read(first.dicom_artifact) == b"DICM"
    with pytest.raises(InputError, match="img1 to img2"):
        store.pixels(session.id, "img3")
    with pytest.raises(InputError, match="img1 to img2"):
        store.pixels(session.id, "../etc")


def test_an_admission_is_kept_and_the_files_stay_the_same(store: Store) -> None:
    session = store.create_session("reader")
    add_image(store, session.id)
    facts = store.load(session.id).images[0]
    changed = facts.model_copy(update={"admission": build_admission(), "pixels_artifact": "", "dicom_artifact": ""})
    store.update_image(session.id, changed)
    assert store.load(session.id).images == (facts.model_copy(update={"admission": build_admission()}),)


def test_patient_keys_are_those_of_the_dicom_files(store: Store) -> None:
    session = store.create_session("reader")
    assert store.patient_keys(session.id) == frozenset()
    add_image(store, session.id, 1)
    add_image(store, session.id, 2, patient_key="aa")
    add_image(store, session.id, 3, patient_key="aa")
    assert store.patient_keys(session.id) == {"aa"}


def test_a_file_belongs_to_the_sessions_that_refer_to_it_alone(store: Store) -> None:
    one, two = store.create_session("one"), store.create_session("two")
    add_image(store, one.id)
    name = store.load(one.id).images[0].pixels_artifact
    assert store.owns_artifact(one.id, name)
    assert not store.owns_artifact(two.id, name)
    store.add_export(two.id, "pdf", store.artifacts.put(b"%PDF", "pdf"), "d" * 64)
    (entry,) = store.exports(two.id)
    assert entry.format == "pdf"
    assert store.owns_artifact(two.id, entry.artifact)


def test_deleting_takes_rows_and_files_but_not_what_another_session_shows(store: Store) -> None:
    one, two = store.create_session("reader"), store.create_session("reader")
    add_image(store, one.id, 7, dicom=b"only here")
    add_image(store, one.id, 8)
    add_image(store, two.id, 8)
    store.begin_turn(one.id, "a question")
    store.record_tool_call(one.id, 1, build_tool_call())
    store.add_finding(one.id, 1, build_finding())
    store.review(one.id, "F1", build_review())
    store.flag(one.id, 1, "odd", "reader")
    store.sign(one.id, build_signature())
    lone, shared = store.load(one.id).images
    store.delete(one.id)
    with pytest.raises(InputError):
        store.load(one.id)
    left = set(store.artifacts.names())
    assert left == {shared.pixels_artifact}
    assert lone.pixels_artifact not in left
    assert np.array_equal(store.pixels(two.id, "img1").pixels, build_pixels(8))
    assert store.flags() == ()
    assert store.history(one.id)[-1].action == "session_deleted"
    with pytest.raises(InputError):
        store.delete(one.id)


def test_a_turn_that_runs_while_its_session_is_deleted_is_told_so(store: Store) -> None:
    session = store.create_session("reader")
    store.begin_turn(session.id, "a question")
    store.delete(session.id)
    with pytest.raises(InputError, match="not here"):
        store.finish_turn(session.id, build_turn())
    with pytest.raises(InputError, match="not here"):
        store.record_tool_call(session.id, 1, build_tool_call())


def test_files_that_no_session_names_are_swept_once_they_are_old(store: Store) -> None:
    session = store.create_session("reader")
    add_image(store, session.id)
    store.artifacts.put(b"left by a crash", "png")
    assert store.sweep(older_than_s=3600) == 0
    assert store.sweep(older_than_s=-1) == 1
    assert store.pixels(session.id, "img1").pixels.shape == (8, 8)


def test_text_that_a_database_cannot_hold_is_stored_without_what_it_cannot_hold(store: Store) -> None:
    session = store.create_session("reader", "a\x00b")
    store.set_label(session.id, "x\x00y\ud800")
    assert store.load(session.id).label == "xy?"
    store.begin_turn(session.id, "nul\x00 inside")
    assert store.load(session.id).turns[0].user == "nul inside"


def test_what_a_deletion_would_take_is_counted_and_what_is_shared_is_named(store: Store) -> None:
    one, two = store.create_session("reader").id, store.create_session("reader").id
    for session, seeds in ((one, (0, 1)), (two, (0,))):
        for seed in seeds:
            add_image(store, session, seed)
    store.begin_turn(one, "a")
    store.finish_turn(one, build_turn(number=1))
    store.flag(one, 1, "odd", "reader")
    store.add_finding(one, 1, build_finding())
    store.add_export(one, "pdf", store.artifacts.put(b"report", "pdf"), "digest")
    held = store.contents(one)
    assert (held.images, held.findings, held.turns, held.reports, held.flags) == (2, 1, 1, 1, 1)
    assert (held.files, held.shared) == (3, 1)
    with pytest.raises(InputError):
        store.contents("no such session")
