"""Findings and reviews on either database."""

import pytest

from assistant.domain.finding import Evidence, Presence, Review, ReviewState
from assistant.errors import InputError
from assistant.store import Store
from tests.builders import build_facts, build_finding, build_pixels, build_review


def session_with_an_image(store: Store) -> str:
    session = store.create_session("reader")
    store.add_image(session.id, build_facts(), build_pixels(), None, None)
    return session.id


def test_findings_get_their_handles_in_order(store: Store) -> None:
    session = session_with_an_image(store)
    handles = [store.add_finding(session, None, build_finding(tracking_uid=f"2.25.{n}")).handle for n in range(3)]
    assert handles == ["F1", "F2", "F3"]
    assert [f.handle for f in store.load(session).findings] == handles


def test_a_finding_needs_an_image_of_its_session(store: Store) -> None:
    session = session_with_an_image(store)
    for image in ("img2", "", "1", "img1.5", "img99999999999999999999"):
        with pytest.raises(InputError, match="needs an image"):
            store.add_finding(session, None, build_finding(image=image))
    assert store.load(session).findings == ()


def test_the_newest_review_holds_and_the_others_are_kept(store: Store) -> None:
    session = session_with_an_image(store)
    store.add_finding(session, None, build_finding())
    accepted = build_review()
    edited = build_review(ReviewState.EDITED, text="a small one")
    assert store.review(session, "F1", accepted).review == accepted
    assert store.review(session, "F1", edited, turn=4).review == edited
    assert store.load(session).findings[0].review == edited
    events = store.reviews(session, "F1")
    assert [(e.event, e.review, e.turn) for e in events] == [("review", accepted, None), ("review", edited, 4)]
    assert store.reviews(session) == events


def test_undo_goes_back_step_by_step_and_is_itself_kept(store: Store) -> None:
    session = session_with_an_image(store)
    store.add_finding(session, None, build_finding())
    accepted, rejected = build_review(), build_review(ReviewState.REJECTED, text="an artefact")
    store.review(session, "F1", accepted)
    store.review(session, "F1", rejected)
    assert store.undo_review(session, "F1", "Dr Minh").review == accepted
    edited = build_review(ReviewState.EDITED, text="x")
    store.review(session, "F1", edited)
    assert store.undo_review(session, "F1", "Dr Minh").review == accepted
    assert store.undo_review(session, "F1", "Dr Minh").review == Review()
    assert store.load(session).findings[0].review == Review()
    with pytest.raises(InputError, match="nothing to undo"):
        store.undo_review(session, "F1", "Dr Minh")
    events = store.reviews(session, "F1")
    assert [e.event for e in events] == ["review", "review", "undo", "review", "undo", "undo"]
    assert events[2].by == "Dr Minh"


def test_a_review_gets_its_time_and_decides_something(store: Store) -> None:
    session = session_with_an_image(store)
    store.add_finding(session, None, build_finding())
    assert store.review(session, "F1", build_review(at=None)).review.at is not None
    with pytest.raises(InputError, match="undo"):
        store.review(session, "F1", Review())


def test_a_note_leaves_a_finding_open_and_can_be_taken_back(store: Store) -> None:
    session = session_with_an_image(store)
    store.add_finding(session, None, build_finding())
    noted = store.review(session, "F1", build_review(ReviewState.UNREVIEWED, text="seen twice")).review
    assert (noted.state, noted.text) == (ReviewState.UNREVIEWED, "seen twice")
    assert store.load(session).findings[0].review == noted
    assert store.undo_review(session, "F1", "Dr Minh").review == Review()


def test_an_unknown_finding_is_told_with_what_there_is(store: Store) -> None:
    session = session_with_an_image(store)
    with pytest.raises(InputError, match="no finding yet"):
        store.review(session, "F1", build_review())
    store.add_finding(session, None, build_finding())
    with pytest.raises(InputError, match="F1 alone"):
        store.review(session, "F2", build_review())
    with pytest.raises(InputError, match="F1 alone"):
        store.undo_review(session, "f1; drop", "reader")


def test_what_a_reader_wrote_arrives_reviewed(store: Store) -> None:
    session = session_with_an_image(store)
    review = build_review(ReviewState.EDITED, text="a cyst, I think")
    written = build_finding(model="reader", model_version="", weights_sha256="", probability=None, review=review)
    assert store.add_finding(session, None, written).review == review
    assert store.load(session).findings[0].review == review


def test_evidence_can_be_added_later_but_a_statement_cannot_change(store: Store) -> None:
    session = session_with_an_image(store)
    kept = store.add_finding(session, None, build_finding())
    store.review(session, "F1", build_review())
    name = store.artifacts.put(b"heat", "png")
    seen = Evidence(kind="saliency", artifact=name, method="Grad-CAM", caption="where the model looked")
    extended = store.update_finding(session, kept.model_copy(update={"evidence": (seen,)}))
    assert extended.evidence == (seen,)
    assert extended.review == build_review()
    assert store.load(session).findings == (extended,)
    assert store.owns_artifact(session, name)
    with pytest.raises(ValueError, match="another finding"):
        store.update_finding(session, kept.model_copy(update={"presence": Presence.ABSENT}))
