"""Our own addresses under /mv: each asks whose session it is first; what is another owner's does not exist (404)."""

import sys
from collections.abc import Callable, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, TypeVar

import numpy as np
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles

from assistant.domain.session import Session, SessionContents
from assistant.errors import AssistantError, InputError
from assistant.intake.samples import Sample
from assistant.language.concepts import in_language
from assistant.language.phrasing import Language
from assistant.reports.export import EXPORTERS
from assistant.tools.card_words import card_words
from assistant.vision.manifest import Manifest
from ui.face import Desk
from ui.record import TurnRecord, record_of
from ui.wire import (
    Fault,
    FlagBody,
    Intro,
    LabelBody,
    PageFinding,
    PageSession,
    ReviewBody,
    SampleRow,
    SessionRow,
    SignBody,
    TaskRow,
    page_session,
    session_row,
)
from ui.words import kind_words, language_of, words

__all__ = ["STATIC", "add_routes"]

STATIC = Path(__file__).parent / "static"

Found = TypeVar("Found")

_LANGUAGES: tuple[Language, ...] = ("en", "vi")
_PIXEL_TYPES = {"uint8", "uint16", "int16", "float32"}


class UnknownError(AssistantError):
    """Not there, or not this owner's: the same answer."""


def _owner(request: Request) -> str:
    owner: str = request.state.owner
    return owner


def _language(request: Request) -> Language:
    return language_of(request.cookies, request.headers)


Owner = Annotated[str, Depends(_owner)]
Tongue = Annotated[Language, Depends(_language)]


def add_routes(app: FastAPI, desk: Desk, samples: Sequence[Sample], max_bytes: int) -> None:
    """Mount the JSON routes, the files of the page, and one sentence for each error."""
    app.include_router(_sessions(desk))
    app.include_router(_pictures(desk))
    app.include_router(_decisions(desk))
    intros = {language: _intro(desk.manifest, samples, max_bytes, language) for language in _LANGUAGES}

    def intro(language: Tongue) -> Intro:
        return intros[language]

    app.add_api_route("/mv/api/intro", intro, methods=["GET"], response_model=Intro)
    app.mount("/mv/static", StaticFiles(directory=STATIC), name="mv-static")
    app.add_api_route("/mv/{rest:path}", _nothing, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    app.add_exception_handler(AssistantError, _told)
    app.add_exception_handler(RequestValidationError, _misread)


def _nothing(request: Request) -> Response:
    return _fault(words("not_there", _language(request)), HTTPStatus.NOT_FOUND)


def _sessions(desk: Desk) -> APIRouter:
    router = APIRouter(prefix="/mv/api/sessions")

    @router.get("")
    def rows(owner: Owner, language: Tongue) -> list[SessionRow]:
        kinds = _kinds(desk)
        return [session_row(s, language, kinds) for s in desk.sessions(owner)]

    @router.post("", status_code=HTTPStatus.CREATED)
    def new(owner: Owner, language: Tongue) -> PageSession:
        return _page(desk, desk.new_session(owner), language)

    @router.get("/{session_id}")
    def state(session_id: str, owner: Owner, language: Tongue) -> PageSession:
        session = _own(desk, session_id, owner)
        return _page(desk, session, language, running=desk.running(session_id, owner) is not None)

    @router.get("/{session_id}/contents")
    def contents(session_id: str, owner: Owner) -> SessionContents:
        """What a deletion would take."""
        _own(desk, session_id, owner)
        return desk.contents(session_id, owner)

    @router.get("/{session_id}/turns/{number}")
    def record(session_id: str, number: int, owner: Owner, language: Tongue) -> TurnRecord:
        """Behind the scenes of one turn."""
        turn = next((t for t in _own(desk, session_id, owner).turns if t.number == number), None)
        if turn is None:
            raise UnknownError(words("not_there", language))
        return record_of(turn, language)

    @router.patch("/{session_id}")
    def rename(session_id: str, body: LabelBody, owner: Owner, language: Tongue) -> PageSession:
        _own(desk, session_id, owner)
        desk.rename(session_id, body.label.strip(), owner)
        return state(session_id, owner, language)

    @router.delete("/{session_id}", status_code=HTTPStatus.NO_CONTENT)
    def delete(session_id: str, owner: Owner) -> None:
        _own(desk, session_id, owner)
        desk.delete(session_id, owner)

    @router.post("/{session_id}/stop")
    def stop(session_id: str, owner: Owner, language: Tongue) -> PageSession:
        _own(desk, session_id, owner)
        if feed := desk.running(session_id, owner):
            feed.stop()
        return state(session_id, owner, language)

    return router


def _pictures(desk: Desk) -> APIRouter:
    router = APIRouter(prefix="/mv/api/sessions/{session_id}")

    @router.get("/images/{handle}/pixels")
    def pixels(session_id: str, handle: str, owner: Owner) -> Response:
        """The array as it is kept, little-endian, row by row; its type and shape stand in the headers."""
        _own(desk, session_id, owner)
        array = _or_unknown(lambda: desk.image(session_id, handle, owner)).pixels
        if array.dtype.name not in _PIXEL_TYPES:
            array = array.astype(np.float32)
        if array.dtype.byteorder == ">" or (array.dtype.byteorder == "=" and sys.byteorder == "big"):
            array = array.byteswap()
        shape = {"X-Rows": str(array.shape[0]), "X-Columns": str(array.shape[1]), "X-Pixel-Type": array.dtype.name}
        return Response(np.ascontiguousarray(array).tobytes(), media_type="application/octet-stream", headers=shape)

    @router.get("/artifacts/{name}")
    def artifact(session_id: str, name: str, owner: Owner, language: Tongue) -> Response:
        """An overlay picture of this session; the reports leave by their own address."""
        _own(desk, session_id, owner)
        if not name.endswith(".png"):
            raise UnknownError(words("not_there", language))
        return Response(_or_unknown(lambda: desk.artifact(session_id, name, owner)), media_type="image/png")

    return router


def _decisions(desk: Desk) -> APIRouter:
    router = APIRouter(prefix="/mv/api/sessions/{session_id}")

    @router.post("/findings/{handle}/review")
    def review(session_id: str, handle: str, body: ReviewBody, owner: Owner, language: Tongue) -> PageFinding:
        _own(desk, session_id, owner)
        desk.review(session_id, handle, body.action, text=body.text.strip(), owner=owner)
        rows = _page(desk, _own(desk, session_id, owner), language).findings
        return next(f for f in rows if f.handle == handle.upper())

    @router.post("/sign")
    def sign(session_id: str, body: SignBody, owner: Owner, language: Tongue) -> PageSession:
        _own(desk, session_id, owner)
        desk.sign(session_id, body.name.strip(), owner, language)
        return _page(desk, _own(desk, session_id, owner), language)

    @router.post("/flag", status_code=HTTPStatus.NO_CONTENT)
    def flag(session_id: str, body: FlagBody, owner: Owner) -> None:
        _own(desk, session_id, owner)
        desk.flag(session_id, body.turn, body.note.strip(), owner)

    @router.get("/report.{form}")
    def report(session_id: str, form: str, owner: Owner, language: Tongue) -> Response:
        session = _own(desk, session_id, owner)
        if form not in EXPORTERS:
            raise UnknownError(words("no_form", language, forms=", ".join(EXPORTERS), form=form[:20]))
        signed = desk.report(session_id, owner).signature is not None
        state = "signed" if signed else "unverified"
        exported = desk.export(session_id, form, owner, language)
        name = f"report-{session.created:%Y-%m-%d}-{session_id[:8]}-{state}.{exported.suffix}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(exported.data, media_type=exported.media_type, headers=headers)

    return router


def _page(desk: Desk, session: Session, language: Language, running: bool = False) -> PageSession:
    return page_session(session, running, language, card_words(desk.manifest), _kinds(desk))


def _kinds(desk: Desk) -> frozenset[str]:
    return frozenset(k.title for k in desk.manifest.kinds)


def _own(desk: Desk, session_id: str, owner: str) -> Session:
    return _or_unknown(lambda: desk.session(session_id, owner))


def _or_unknown(look_up: Callable[[], Found]) -> Found:
    try:
        return look_up()
    except InputError as error:
        raise UnknownError(str(error)) from error


def _intro(manifest: Manifest, samples: Sequence[Sample], max_bytes: int, language: Language) -> Intro:
    cards = [c for c in manifest.cards if c.task != "gate"]
    titles = {k.name: kind_words(k.title, language, frozenset({k.title})) for k in manifest.kinds}
    read = {kind for card in cards for kind in card.kinds}
    return Intro(
        reads=tuple(titles.get(kind, kind) for kind in sorted(read)),
        refuses=tuple(titles[k.name] for k in manifest.kinds if k.name not in read and k.name != "unknown"),
        tasks=tuple(
            TaskRow(
                title=in_language(card.title, language),
                reads=tuple(titles.get(kind, kind) for kind in card.kinds),
                looks_for=in_language(card.looks_for, language),
                not_looked_for=in_language(card.not_looked_for, language),
                say=in_language(card.suggestions[0] if card.suggestions else f"Is there a {card.concept}?", language),
            )
            for card in cards
        ),
        samples=tuple(_sample(s, language) for s in samples),
        limit_mb=max(1, max_bytes // 2**20),
    )


def _sample(sample: Sample, language: Language) -> SampleRow:
    return SampleRow(
        name=sample.id,
        title=in_language(sample.title, language),
        what=in_language(sample.what, language),
        credit=f"{sample.attribution}; {sample.licence}",
        refused=sample.expect == "declined",
    )


def _told(request: Request, error: Exception) -> JSONResponse:
    sentence = in_language(str(error), _language(request))
    if isinstance(error, UnknownError):
        return _fault(sentence, HTTPStatus.NOT_FOUND)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if isinstance(error, InputError) else HTTPStatus.SERVICE_UNAVAILABLE
    return _fault(sentence, status)


def _misread(request: Request, error: Exception) -> JSONResponse:
    return _fault(words("misread", _language(request)), HTTPStatus.BAD_REQUEST)


def _fault(sentence: str, status: HTTPStatus) -> JSONResponse:
    return JSONResponse(Fault(error=sentence).model_dump(), status_code=status)
