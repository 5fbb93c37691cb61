"""The audit on either database: complete, without content, appended to and nothing else."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from assistant.store import Store
from tests.builders import (
    SHA,
    build_facts,
    build_finding,
    build_pixels,
    build_review,
    build_signature,
    build_tool_call,
    build_turn,
)


def test_who_ran_changed_and_signed_what_with_which_weights_is_recorded(store: Store) -> None:
    session = store.create_session("reader-1", "Nguyen Van A")
    store.add_image(session.id, build_facts(), build_pixels(), None, "key")
    store.begin_turn(session.id, "a secret question")
    store.record_tool_call(session.id, 1, build_tool_call())
    store.add_finding(session.id, 1, build_finding())
    store.finish_turn(session.id, build_turn(reply="a secret answer"))
    store.review(session.id, "F1", build_review(text="a secret reason"))
    store.undo_review(session.id, "F1", "Dr Lan")
    store.record(session.id, "reader-2", "report_seen", {"format": "pdf"})
    store.sign(session.id, build_signature())
    store.add_export(session.id, "pdf", f"{SHA}.pdf", SHA)
    store.delete(session.id)
    entries = store.history(session.id)
    assert [e.action for e in entries] == [
        "session_created",
        "image_added",
        "turn_begun",
        "tool_ran",
        "finding_made",
        "finding_reviewed",
        "review_undone",
        "report_seen",
        "report_signed",
        "report_exported",
        "session_deleted",
    ]
    assert {e.actor for e in entries} == {"reader-1", "reader-2"}
    made = entries[4].detail
    assert (made["model"], made["version"], made["weights_sha256"]) == ("brain-tumour-classifier", "1.0.0", SHA)
    written = "".join(e.model_dump_json() for e in entries).replace(session.id, "")  # an id of chance letters
    for content in ("secret", "Nguyen", "Dr Lan", "tumour?", "key"):
        assert content not in written


def test_the_audit_has_no_room_for_a_sentence_a_path_or_an_unknown_key(store: Store) -> None:
    for detail in ({"image": "/home/lan/scan.png"}, {"state": "two words"}, {"patient": "x"}, {"model": "a" * 81}):
        with pytest.raises(ValueError, match="audit takes no such detail"):
            store.record("s", "reader", "seen", detail)
    with pytest.raises(ValueError, match="verb"):
        store.record("s", "reader", "Looked at it")
    assert store.history("s") == ()


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"])
def test_the_database_itself_refuses_to_change_the_audit(store: Store, statement: str) -> None:
    store.record("s", "reader", "seen")
    with pytest.raises(DBAPIError), store._database.engine.begin() as connection:
        connection.execute(text(statement))
    assert len(store.history("s")) == 1
