"""Findings and what was decided about them: a finding is written once, its reviews are events, the newest holds.

Undo is an event too. It brings back the review before: the events are read as a stack, a review lays one on top, an
undo takes one off.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, func, insert, select

from assistant.domain.finding import Finding, Review, ReviewState
from assistant.domain.geometry import Mask
from assistant.errors import InputError
from assistant.store import audit, files
from assistant.store.database import DbSession
from assistant.store.records import ReviewEvent
from assistant.store.rows import last, moment, number_of, owner_of, sign_of_life, storable
from assistant.store.tables import FindingRow, ImageRow, ReviewRow

__all__ = ["add", "current", "made_in", "review", "reviews", "undo", "update"]

_FIXED = (
    *("tracking_uid", "concept", "code", "presence", "probability", "image", "kinds", "between"),
    *("model", "model_version", "weights_sha256"),
)

_LAST = select(func.max(FindingRow.number)).where(FindingRow.session_id == bindparam("session_id"))
_LAST_REVIEW = select(func.max(ReviewRow.position)).where(
    ReviewRow.session_id == bindparam("session_id"), ReviewRow.finding == bindparam("finding")
)

_HAS_IMAGE = select(ImageRow.number).where(
    ImageRow.session_id == bindparam("session_id"), ImageRow.number == bindparam("image")
)
_INSERT = insert(FindingRow.__table__)  # type: ignore[arg-type]

_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_NEWEST = (
    select(ReviewRow.session_id, ReviewRow.finding, func.max(ReviewRow.position).label("position"))
    .where(ReviewRow.session_id.in_(_IDS))
    .group_by(ReviewRow.session_id, ReviewRow.finding)
    .subquery()
)
_HELD = select(ReviewRow.session_id, ReviewRow.finding, ReviewRow.document).join(
    _NEWEST,
    (ReviewRow.session_id == _NEWEST.c.session_id)
    & (ReviewRow.finding == _NEWEST.c.finding)
    & (ReviewRow.position == _NEWEST.c.position),
)
_FINDINGS = (
    select(FindingRow.session_id, FindingRow.number, FindingRow.document)
    .where(FindingRow.session_id.in_(_IDS))
    .order_by(FindingRow.number)
)


def add(db: DbSession, session_id: str, turn: int | None, finding: Finding) -> Finding:
    """Keep a finding; gives the handle."""
    owner = owner_of(db, session_id, lock=True)
    image = number_of(finding.image, "img")
    if image is None or not db.connection().execute(_HAS_IMAGE, {"session_id": session_id, "image": image}).scalar():
        raise InputError("A finding needs an image of this session; there is none of that handle.")
    if turn is not None:
        sign_of_life(db, session_id, turn)
    number = last(db, _LAST, session_id=session_id) + 1
    kept = finding.model_copy(update={"handle": f"F{number}", "review": Review()})
    row = {"session_id": session_id, "number": number, "turn": turn, "image": image}
    db.connection().execute(_INSERT, row | {"document": kept.model_dump_json()})
    files.refer(db, session_id, _files(finding))
    algorithm = {"model": finding.model, "version": finding.model_version, "weights_sha256": finding.weights_sha256}
    detail = {"finding": kept.handle, "image": finding.image} | {k: audit.word(v) for k, v in algorithm.items()}
    audit.append(db, session_id, owner, "finding_made", detail)
    if finding.review.state is ReviewState.UNREVIEWED:
        return kept
    return _append(db, owner, session_id, number, kept, "review", finding.review, turn)


def update(db: DbSession, session_id: str, finding: Finding) -> Finding:
    """More evidence, a measurement or a region on a finding that is there. What it states stays; so does its review."""
    owner = owner_of(db, session_id, lock=True)
    row, kept = _found(db, session_id, finding.handle)
    if any(getattr(kept, name) != getattr(finding, name) for name in _FIXED):
        raise ValueError("a finding that states something else is another finding")
    now = finding.model_copy(update={"review": Review()})
    row.document = now.model_dump_json()
    files.refer(db, session_id, _files(finding))
    audit.append(db, session_id, owner, "finding_extended", {"finding": finding.handle})
    return now.model_copy(update={"review": _top(_events(db, session_id, row.number))})


def review(db: DbSession, session_id: str, handle: str, decision: Review, turn: int | None) -> Finding:
    """A person's decision, from now on; or a note on a finding that nobody has decided on, which leaves it open."""
    owner = owner_of(db, session_id, lock=True)
    if decision.state is ReviewState.UNREVIEWED and not decision.text.strip():
        raise InputError("A review accepts, edits or rejects; to take one back, undo it.")
    row, kept = _found(db, session_id, handle)
    return _append(db, owner, session_id, row.number, kept, "review", decision, turn)


def undo(db: DbSession, session_id: str, handle: str, by: str) -> Finding:
    """Back to the review before the one that holds."""
    owner = owner_of(db, session_id, lock=True)
    row, kept = _found(db, session_id, handle)
    stack = _stack(_events(db, session_id, row.number))
    if not stack:
        raise InputError(f"{kept.handle} has not been reviewed, so there is nothing to undo.")
    before = stack[-2] if len(stack) > 1 else Review()
    return _append(db, owner, session_id, row.number, kept, "undo", before, None, by=by)


def reviews(db: DbSession, session_id: str, handle: str | None) -> tuple[ReviewEvent, ...]:
    """The history of one finding, or of all, oldest first."""
    owner_of(db, session_id)
    query = select(ReviewRow).where(ReviewRow.session_id == session_id)
    if handle is not None:
        query = query.where(ReviewRow.finding == _found(db, session_id, handle)[0].number)
    rows = db.scalars(query.order_by(ReviewRow.at, ReviewRow.finding, ReviewRow.position))
    return tuple(
        ReviewEvent(
            finding=f"F{row.finding}",
            event="undo" if row.event == "undo" else "review",
            by=row.by,
            at=row.at,
            turn=row.turn,
            review=Review.model_validate_json(row.document),
        )
        for row in rows
    )


def current(db: DbSession, session_ids: Iterable[str]) -> dict[str, tuple[Finding, ...]]:
    """All findings of these sessions, each with the review that holds."""
    ids = tuple(session_ids)
    held = {(r.session_id, r.finding): r.document for r in db.connection().execute(_HELD, {"ids": ids})}
    found: dict[str, list[Finding]] = {session_id: [] for session_id in ids}
    for row in db.connection().execute(_FINDINGS, {"ids": ids}):
        finding = Finding.model_validate_json(row.document)
        if (document := held.get((row.session_id, row.number))) is not None:
            finding = finding.model_copy(update={"review": Review.model_validate_json(document)})
        found[row.session_id].append(finding)
    return {session_id: tuple(findings) for session_id, findings in found.items()}


def made_in(db: DbSession, session_id: str, turn: int) -> tuple[Finding, ...]:
    """What a turn found, as it was found."""
    query = select(FindingRow.document).where(FindingRow.session_id == session_id, FindingRow.turn == turn)
    return tuple(Finding.model_validate_json(document) for document in db.scalars(query.order_by(FindingRow.number)))


def _files(finding: Finding) -> Iterable[str]:
    """The pictures behind a finding, and its mask."""
    yield from (e.artifact for e in finding.evidence)
    if isinstance(finding.region, Mask):
        yield finding.region.artifact


def _found(db: DbSession, session_id: str, handle: str) -> tuple[FindingRow, Finding]:
    number = number_of(handle, "F")
    row = None if number is None else db.get(FindingRow, (session_id, number))
    if row is not None:
        return row, Finding.model_validate_json(row.document)
    count = db.scalar(select(func.count()).where(FindingRow.session_id == session_id)) or 0
    there = "no finding yet; ask for a read first" if not count else ("F1 alone" if count == 1 else f"F1 to F{count}")
    raise InputError(f"There is no such finding in this session: it has {there}.")


def _append(
    db: DbSession,
    owner: str,
    session_id: str,
    number: int,
    finding: Finding,
    event: str,
    decision: Review,
    turn: int | None,
    *,
    by: str | None = None,
) -> Finding:
    at: datetime = moment()
    if event == "review" and decision.at is None:
        decision = decision.model_copy(update={"at": at})
    row = ReviewRow(
        session_id=session_id,
        finding=number,
        position=last(db, _LAST_REVIEW, session_id=session_id, finding=number) + 1,
        event=event,
        by=storable(decision.by if by is None else by),
        at=at,
        turn=turn,
        document=decision.model_dump_json(),
    )
    db.add(row)
    action = "review_undone" if event == "undo" else "finding_reviewed"
    audit.append(db, session_id, owner, action, {"finding": finding.handle, "state": decision.state.value})
    return finding.model_copy(update={"review": decision})


def _events(db: DbSession, session_id: str, number: int) -> tuple[ReviewRow, ...]:
    query = select(ReviewRow).where(ReviewRow.session_id == session_id, ReviewRow.finding == number)
    return tuple(db.scalars(query.order_by(ReviewRow.position)))


def _top(events: tuple[ReviewRow, ...]) -> Review:
    return Review.model_validate_json(events[-1].document) if events else Review()


def _stack(events: tuple[ReviewRow, ...]) -> tuple[Review, ...]:
    stack: list[Review] = []
    for row in events:
        if row.event == "undo":
            stack.pop()
        else:
            stack.append(Review.model_validate_json(row.document))
    return tuple(stack)
