"""Turns: begun, filled step by step, finished; and what is left of one whose process died.

A turn is running while its row says so and its runner lives. The runner is a process (host, id, start time): on this
host one can look; of another host all that is known is the turn's last sign of life.
"""

import json
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import bindparam, func, insert, select

from assistant.domain.turn import Overlay, Sentence, Status, ToolCall, Turn
from assistant.errors import ArchiveError, InputError
from assistant.store import audit, files, findings
from assistant.store.database import DbSession
from assistant.store.records import BeganTurn, Flag
from assistant.store.rows import last, moment, number_of, owner_of, sign_of_life, storable
from assistant.store.runners import Runner
from assistant.store.tables import FlagRow, ImageRow, SessionRow, ToolCallRow, TurnRow

__all__ = [
    "CUT_OFF",
    "CUT_OFF_EARLY",
    "add_call",
    "attach",
    "beat",
    "begin",
    "finish",
    "flag",
    "flags",
    "is_cut_off",
    "of_session",
    "session_of",
    "settle",
    "unsettled",
]

CUT_OFF = "This turn was cut off before it was answered; ask again."
CUT_OFF_EARLY = (
    "This turn was cut off before the picture that came with it was kept; upload the picture again and ask again."
)

_OPEN = (Status.RUNNING.value, Status.INTERRUPTED.value)

_LAST = select(func.max(TurnRow.number)).where(TurnRow.session_id == bindparam("session_id"))
_LAST_CALL = select(func.max(ToolCallRow.position)).where(
    ToolCallRow.session_id == bindparam("session_id"), ToolCallRow.turn == bindparam("turn")
)

_OF_SESSION = (
    select(TurnRow.number, TurnRow.document)
    .where(TurnRow.session_id == bindparam("session_id"))
    .order_by(TurnRow.number)
)
_INSERT_CALL = insert(ToolCallRow.__table__)  # type: ignore[arg-type]


def begin(
    db: DbSession,
    session_id: str,
    user: str,
    client_id: str | None,
    images: Iterable[str],
    replaces: int | None,
    uploads: int,
) -> BeganTurn:
    """A new running turn; the same message of a client once more gets the number that it got, and is not fresh.

    Only the last turn can be replaced; where another came in between, this one stands beside it.
    """
    owner = owner_of(db, session_id, lock=True)
    if client_id is not None:
        client_id = storable(client_id)
        sent = select(TurnRow.number).where(TurnRow.session_id == session_id, TurnRow.client_id == client_id)
        if (number := db.scalar(sent)) is not None:
            return BeganTurn(number=number, fresh=False)
    number = last(db, _LAST, session_id=session_id) + 1
    before = db.get(TurnRow, (session_id, number - 1)) if replaces == number - 1 else None
    inherited = tuple(json.loads(before.images)) if before is not None else ()
    now, runner = moment(), Runner.here()
    row = TurnRow(
        session_id=session_id,
        number=number,
        client_id=client_id,
        user_text=storable(user),
        images=json.dumps(_known(db, session_id, (*inherited, *images))),
        replaces=before.number if before is not None else None,
        uploads=uploads,
        status=Status.RUNNING.value,
        began=now,
        heartbeat=now,
        runner_host=runner.host,
        runner_pid=runner.pid,
        runner_started=runner.started,
        document=None,
    )
    db.add(row)
    audit.append(db, session_id, owner, "turn_begun", {"turn": str(number)})
    return BeganTurn(number=number, fresh=True, images=inherited)


def session_of(db: DbSession, client_id: str, owner: str) -> str | None:
    """The session of the owner that got the message."""
    sent = select(TurnRow.session_id).join(SessionRow, SessionRow.id == TurnRow.session_id)
    return db.scalar(sent.where(TurnRow.client_id == storable(client_id), SessionRow.owner == owner).limit(1))


def attach(db: DbSession, session_id: str, number: int, handles: Iterable[str]) -> None:
    """Note which images came with a turn."""
    row = _row(db, session_id, number)
    row.images = json.dumps(list(dict.fromkeys([*json.loads(row.images), *_known(db, session_id, handles)])))
    row.heartbeat = moment()


def add_call(db: DbSession, session_id: str, number: int, call: ToolCall) -> None:
    owner = owner_of(db, session_id)
    sign_of_life(db, session_id, number)
    position = last(db, _LAST_CALL, session_id=session_id, turn=number) + 1
    row = {"session_id": session_id, "turn": number, "position": position, "document": call.model_dump_json()}
    db.connection().execute(_INSERT_CALL, row)
    detail = {"turn": str(number), "tool": audit.word(call.name), "ok": "yes" if call.ok else "no"}
    audit.append(db, session_id, owner, "tool_ran", detail)


def beat(db: DbSession, session_id: str, number: int) -> None:
    """A sign of life from a long step."""
    owner_of(db, session_id)
    sign_of_life(db, session_id, number)


def finish(db: DbSession, session_id: str, turn: Turn) -> Turn:
    """The whole turn at once, as it is shown from now on."""
    if turn.status.value in _OPEN:
        raise ValueError("a finished turn is neither running nor interrupted")
    row = _row(db, session_id, turn.number, lock=True)
    if row.status not in _OPEN:
        raise ArchiveError("This turn was already answered; reload the session to see the answer.")
    if not turn.images:
        turn = turn.model_copy(update={"images": tuple(json.loads(row.images))})
    turn = turn.model_copy(update={"replaces": row.replaces})
    row.images = json.dumps(turn.images)
    _close(row, turn)
    evidence = (e.artifact for f in turn.findings for e in f.evidence)
    shown = (*(o.artifact for o in turn.overlays), *(p.artifact for p in turn.pictures))
    files.refer(db, session_id, (*shown, *evidence))
    return turn


def of_session(db: DbSession, session_id: str, stale_after: timedelta) -> tuple[Turn, ...]:
    """All turns in order; a dead one reads as interrupted, whether or not `settle` came by."""
    rows = db.connection().execute(_OF_SESSION, {"session_id": session_id}).all()
    return tuple(_turn(db, session_id, number, document, stale_after) for number, document in rows)


def unsettled(db: DbSession, stale_after: timedelta) -> tuple[tuple[str, int], ...]:
    """Turns that stand as running and whose runner is dead."""
    rows = db.scalars(select(TurnRow).where(TurnRow.status == Status.RUNNING.value))
    return tuple((row.session_id, row.number) for row in rows if is_cut_off(row, stale_after))


def settle(db: DbSession, session_id: str, number: int, stale_after: timedelta) -> None:
    """Make "interrupted" permanent, with what was committed of it."""
    row = db.get(TurnRow, (session_id, number), with_for_update={"key_share": True})
    if row is not None and row.status == Status.RUNNING.value and is_cut_off(row, stale_after):
        _close(row, _unfinished(db, row, stale_after))


def is_cut_off(row: TurnRow, stale_after: timedelta) -> bool:
    alive = Runner(row.runner_host, row.runner_pid, row.runner_started).alive
    return moment() - row.heartbeat > stale_after if alive is None else not alive


def flag(db: DbSession, session_id: str, number: int, note: str, by: str) -> None:
    owner = owner_of(db, session_id)
    _row(db, session_id, number)
    db.add(FlagRow(session_id=session_id, turn=number, note=storable(note), by=storable(by), at=moment()))
    audit.append(db, session_id, owner, "answer_flagged", {"turn": str(number)})


def flags(db: DbSession, session_id: str | None) -> tuple[Flag, ...]:
    """The flagged answers of one session, or of all, oldest first."""
    query = select(FlagRow).order_by(FlagRow.id)
    if session_id is not None:
        owner_of(db, session_id)
        query = query.where(FlagRow.session_id == session_id)
    return tuple(Flag(session=r.session_id, turn=r.turn, note=r.note, by=r.by, at=r.at) for r in db.scalars(query))


def _row(db: DbSession, session_id: str, number: int, *, lock: bool = False) -> TurnRow:
    row = db.get(TurnRow, (session_id, number), with_for_update={"key_share": True} if lock else None)
    if row is None:
        owner_of(db, session_id)
        raise InputError("There is no such turn in this session.")
    return row


def _known(db: DbSession, session_id: str, handles: Iterable[str]) -> list[str]:
    known = list(dict.fromkeys(handles))
    for handle in known:
        image = number_of(handle, "img")
        if image is None or db.get(ImageRow, (session_id, image)) is None:
            raise InputError("There is no such image in this session to go with the message.")
    return known


def _close(row: TurnRow, turn: Turn) -> None:
    row.status = turn.status.value
    row.document = turn.model_dump_json()
    row.heartbeat = moment()


def _turn(db: DbSession, session_id: str, number: int, document: str | None, stale_after: timedelta) -> Turn:
    if document is not None:
        return Turn.model_validate_json(document)
    return _unfinished(db, _row(db, session_id, number), stale_after)


def _unfinished(db: DbSession, row: TurnRow, stale_after: timedelta) -> Turn:
    """What there is so far of a turn that runs or was cut off."""
    cut_off = is_cut_off(row, stale_after)
    images = tuple(json.loads(row.images))
    lost = cut_off and (row.uploads or 0) > len(images)
    told = CUT_OFF_EARLY if lost else CUT_OFF
    made = findings.made_in(db, row.session_id, row.number)
    calls = (
        select(ToolCallRow.document)
        .where(ToolCallRow.session_id == row.session_id, ToolCallRow.turn == row.number)
        .order_by(ToolCallRow.position)
    )
    return Turn(
        number=row.number,
        user=row.user_text,
        reply=told if cut_off else "",
        status=Status.INTERRUPTED if cut_off else Status.RUNNING,
        images=images,
        tools=tuple(ToolCall.model_validate_json(document) for document in db.scalars(calls)),
        findings=made,
        overlays=tuple(Overlay(finding=f.handle, kind=e.kind, artifact=e.artifact) for f in made for e in f.evidence),
        claims=(Sentence(text=told),) if cut_off else (),
        replaces=row.replaces,
        lost_upload=lost,
        seconds=round((row.heartbeat - row.began).total_seconds(), 3),
    )
