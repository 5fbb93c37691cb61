"""The command line: `medvision ...`. The same engine as the page, without a screen.

Nothing but the answer goes to standard output; a refusal is one sentence on standard error; a traceback goes to the
log file alone. Exit codes: 0 done, 1 declined or failed, 2 wrong usage. `--help` imports nothing heavy.
"""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from assistant.errors import AssistantError
from assistant.faults import tell_fault

if TYPE_CHECKING:
    from assistant.app import Assistant
    from assistant.domain.turn import Turn

__all__ = ["main"]

cli = typer.Typer(
    name="medvision",
    help="Ask a medical image; get grounded, reviewable findings and a report. AI, research use only.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help="One JSON object on one line each, and nothing else.")]
SessionId = Annotated[str, typer.Argument(metavar="SESSION", help="As `medvision sessions` lists it.")]


class Action(StrEnum):
    """What a review can do."""

    ACCEPT = "accept"
    REJECT = "reject"
    EDIT = "edit"
    UNDO = "undo"


class Tongue(StrEnum):
    """A language that a report can be written in."""

    EN = "en"
    VI = "vi"


ReportLanguage = Annotated[Tongue, typer.Option("--language", help="Of the report: en, vi.")]


def _say(text: str) -> None:
    typer.echo(text)


def _object(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _refuse(sentence: str, code: int = 1) -> NoReturn:
    typer.echo(" ".join(sentence.split()), err=True)
    raise typer.Exit(code)


@contextmanager
def _assistant() -> Iterator["Assistant"]:
    """The façade, opened and closed; an error raised on purpose becomes one sentence and exit code 1."""
    from assistant.app import Assistant

    try:
        assistant = Assistant.open()
    except AssistantError as error:
        _refuse(str(error))
    try:
        yield assistant
    except AssistantError as error:
        _refuse(str(error))
    finally:
        assistant.close()


def _print_turn(assistant: "Assistant", session: str, turn: "Turn", as_json: bool, extra: dict[str, Any]) -> None:
    from assistant.wire import turn_object

    if as_json:
        _object({**extra, **turn_object(session, turn, assistant.artifact_path)})
        return
    if turn.user:
        _say(f"> {turn.user}")
    for call in turn.tools:
        what = call.arguments.get("image") or ""
        _say(f"  [{call.name} {what}".rstrip() + f" {call.seconds:.2f} s{'' if call.ok else ', refused'}]")
    _say(turn.reply)
    for overlay in turn.overlays:
        _say(f"  {overlay.kind} of {overlay.finding}: {assistant.artifact_path(overlay.artifact)}")
    _say("")


def _first_sentence(turn: "Turn") -> str:
    return turn.claims[0].text if turn.claims else turn.reply


@cli.command()
def read(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="One or more image files.")],
    ask: Annotated[list[str] | None, typer.Option("--ask", help="A question; give it several times to go on.")] = None,
    session: Annotated[str | None, typer.Option(help="Go on in this session instead of a new one.")] = None,
    label: Annotated[str, typer.Option(help="A typed study label; heads list and report.")] = "",
    same_patient: Annotated[bool, typer.Option(help="Insist that the files are of the session's patient.")] = False,
    as_json: Json = False,
) -> None:
    """Read images: one turn for each --ask, or one first read."""
    from assistant.domain.turn import Status

    with _assistant() as assistant:
        opened = assistant.session(session) if session else assistant.new_session("cli", label)
        if not as_json and not session:
            _say(f"session {opened.id}\n")
        refused: list[str] = []
        for i, text in enumerate(ask or [""]):
            feed = assistant.say(
                opened.id, text, paths if i == 0 else (), first_read=not ask, same_patient=same_patient
            )
            turn = feed.result()
            _print_turn(assistant, opened.id, turn, as_json, {})
            if turn.status in (Status.DECLINED, Status.FAILED):
                refused.append(_first_sentence(turn))
        if refused:
            _refuse(refused[0])


@cli.command()
def converse(
    script: Annotated[
        Path, typer.Argument(metavar="SCRIPT", help='JSON Lines: {"id", "images": [...], "turns": [...]}.')
    ],
    as_json: Json = False,
) -> None:
    """Play many sessions in one process: one fresh session a line, all images with the first turn."""
    from pydantic import BaseModel, ValidationError

    class Line(BaseModel):
        id: str | int
        images: list[Path] = []
        turns: list[str]

    lines: list[Line] = []
    try:
        text = script.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        _refuse("The script cannot be read; give a UTF-8 file of JSON Lines.", 2)
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            lines.append(Line.model_validate_json(line))
        except ValidationError:
            _refuse(f'Line {number} of the script is not {{"id", "images": [PATH...], "turns": [TEXT...]}}.', 2)
    with _assistant() as assistant:
        for entry in lines:
            opened = assistant.new_session("cli")
            for i, said in enumerate(entry.turns):
                turn = assistant.say(opened.id, said, entry.images if i == 0 else ()).result()
                _print_turn(assistant, opened.id, turn, as_json, {"id": entry.id})


@cli.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to bind; loopback by default.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0 takes a free one.")] = None,
) -> None:
    """Open the page on this machine and print its address."""
    with _assistant() as assistant:
        from ui.app import serve as serve_page

        update = {k: v for k, v in {"host": host, "port": port}.items() if v is not None}
        settings = assistant.settings.model_copy(update=update)

        def ready(address: str) -> None:
            print_flushed(address)
            threading.Thread(target=_tell_of_llm, args=(assistant,), name="llm", daemon=True).start()

        serve_page(assistant, settings, on_ready=ready)


def _tell_of_llm(assistant: "Assistant") -> None:
    """Whoever starts the page reads at once that the language model of the settings cannot be used, and why."""
    from assistant.language.concepts import in_language
    from assistant.language.phrasing import say

    if why := assistant.llm_fault():
        typer.echo(say("page_llm_start", "en", why=why), err=True)
        typer.echo(say("page_llm_start", "vi", why=in_language(why, "vi")), err=True)


def print_flushed(address: str) -> None:
    """One flushed line, so that a script that waits for the address gets it."""
    typer.echo(address)
    sys.stdout.flush()


@cli.command()
def models(as_json: Json = False) -> None:
    """The vision models that are installed, a row each."""
    with _assistant() as assistant:
        for card in assistant.models:
            if as_json:
                _object(card.model_dump(mode="json"))
            else:
                _say(f"{card.name:<22} {card.version:<8} {card.task:<9} {card.title}")


@cli.command()
def sessions(as_json: Json = False) -> None:
    """The stored sessions, newest first."""
    from assistant.wire import summary_object

    with _assistant() as assistant:
        for row in assistant.sessions():
            if as_json:
                _object(summary_object(row))
            else:
                signed = "signed" if row.signed else "unsigned"
                counts = f"{row.images} images, {row.turns} turns, {signed}"
                _say(f"{row.session}  {row.created:%Y-%m-%d %H:%M}  {counts}  {row.title}")


@cli.command()
def show(session: SessionId, as_json: Json = False) -> None:
    """The session's turns as they are stored."""
    from assistant.domain.turn import Status

    with _assistant() as assistant:
        for turn in assistant.session(session).turns:
            if turn.status is not Status.RUNNING:
                _print_turn(assistant, session, turn, as_json, {})


@cli.command()
def review(
    session: SessionId,
    finding: Annotated[str, typer.Argument(metavar="FINDING", help="Its handle: F1.")],
    action: Annotated[Action, typer.Argument()],
    text: Annotated[list[str] | None, typer.Argument(help="The reason of a rejection, or the new wording.")] = None,
    by: Annotated[str, typer.Option(help="Who reviews.")] = "",
    as_json: Json = False,
) -> None:
    """Accept, reject, edit or undo a finding."""
    from assistant.wire import finding_object

    words = " ".join(text or [])
    if action is Action.EDIT and not words:
        _refuse("An edit needs the new wording: medvision review SESSION F1 edit 'the words'.", 2)
    with _assistant() as assistant:
        changed = assistant.review(session, finding, action.value, words, by)
        if as_json:
            _object(finding_object(changed))
        else:
            _say(f"{changed.handle} ({changed.concept}) is now {changed.review.state.value}.")


@cli.command()
def check(
    session: SessionId,
    text: Annotated[str | None, typer.Option(help="The text to hold against the session.")] = None,
    file: Annotated[Path | None, typer.Option(help="A UTF-8 file that holds the text.")] = None,
    as_json: Json = False,
) -> None:
    """Hold a text against a session's findings: a verdict a sentence."""
    from assistant.wire import held_object

    if (text is None) == (file is None):
        _refuse("Give the text to check with --text, or a file of it with --file.", 2)
    if file is not None:
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            _refuse("The file cannot be read; give a UTF-8 text file.", 2)
    with _assistant() as assistant:
        for held in assistant.check(session, text or ""):
            if as_json:
                _object(held_object(held))
            else:
                resting = f" [{', '.join(held.findings)}]" if held.findings else ""
                _say(f"{held.verdict.value:<12} {held.sentence}{resting}\n{'':<12} {held.why}")


@cli.command()
def sign(
    session: SessionId,
    name: Annotated[str, typer.Option(help="Printed on the report.")],
    language: ReportLanguage = Tongue.EN,
    as_json: Json = False,
) -> None:
    """Sign the session's report as it stands."""
    with _assistant() as assistant:
        report = assistant.sign(session, name, language=language.value)
        signature = report.signature
        if signature is None:
            _refuse("The report could not be signed; try again.")
        if as_json:
            _object(
                {"session": session, "name": signature.name, "at": signature.at.isoformat(), "digest": report.digest}
            )
        else:
            _say(f"Signed: reviewed by {signature.name}, identity not authenticated.")


@cli.command()
def export(
    session: SessionId,
    out: Annotated[Path, typer.Option(help="File to write.")],
    form: Annotated[str, typer.Option("--format", help="pdf, json, txt.")] = "pdf",
    language: ReportLanguage = Tongue.EN,
) -> None:
    """Write the session's report to a file."""
    with _assistant() as assistant:
        exported = assistant.export(session, form, language=language.value, hand_over=lambda data: _put(data, out))
        _say(f"Wrote the {form} report, {len(exported.data)} bytes.")


def _put(data: bytes, out: Path) -> None:
    """The whole file or none."""
    partial = out.with_name(out.name + ".part")
    try:
        partial.write_bytes(data)
        partial.replace(out)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        _refuse(f"The file could not be written ({error.strerror}); name another place with --out.")


@cli.command()
def history(session: SessionId, as_json: Json = False) -> None:
    """For the auditor: who saw, ran, changed and signed what, with which weights."""
    with _assistant() as assistant:
        for entry in assistant.history(session):
            if as_json:
                _object(entry.model_dump(mode="json"))
            else:
                detail = " ".join(f"{k}={v}" for k, v in entry.detail.items())
                _say(f"{entry.at:%Y-%m-%d %H:%M:%S}  {entry.actor:<14} {entry.action:<18} {detail}".rstrip())


@cli.command()
def flags(as_json: Json = False) -> None:
    """The answers that readers flagged as wrong or odd."""
    with _assistant() as assistant:
        for flag in assistant.flags():
            if as_json:
                _object(flag.model_dump(mode="json"))
            else:
                _say(f"{flag.session}  turn {flag.turn:<3} {flag.at:%Y-%m-%d %H:%M}  {flag.note}")


@cli.command()
def delete(
    session: SessionId, yes: Annotated[bool, typer.Option("--yes", help="Needed: it cannot be undone.")] = False
) -> None:
    """Delete a session: its turns, findings, images and exports."""
    if not yes:
        _refuse("Deleting cannot be undone; add --yes to do it.", 2)
    with _assistant() as assistant:
        assistant.delete(session)
        _say("Deleted.")


def main() -> None:
    """Entry point of the `medvision` command."""
    from assistant.training_commands import add_training_commands

    add_training_commands(cli)
    sys.excepthook = tell_fault
    # Called as a plain command: a Typer that is called puts a hook of its own in the place of ours.
    typer.main.get_command(cli)()


if __name__ == "__main__":
    main()
