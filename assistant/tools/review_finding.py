"""review_finding: the reader's decision on a finding; only the reader's own words change something."""

from typing import Literal

from langchain.tools import ToolRuntime, tool

from assistant.domain.finding import Finding, Review, ReviewState
from assistant.domain.turn import Status
from assistant.errors import InputError
from assistant.language.narrative import one_line, remark, rests
from assistant.tools.context import Outcome, ToolContext
from assistant.tools.tool import Tool

__all__ = ["TOOL", "Action"]

Action = Literal["accept", "reject", "edit", "undo", "note"]

_STATE = {"accept": ReviewState.ACCEPTED, "reject": ReviewState.REJECTED, "edit": ReviewState.EDITED}


@tool(parse_docstring=True)
def review_finding(finding: str, action: Action, runtime: ToolRuntime[ToolContext], text: str = "") -> str:
    """Accept, reject or edit a finding, add a note to it, or undo the last decision on it.

    Only the reader decides: called by a language model this makes a proposal to click and changes nothing.

    Args:
        finding: Handle of the finding, such as F1.
        action: What to do: accept, reject, edit, undo or note.
        text: The reader's words: the reason of a rejection, the new wording of an edit, or the note.
    """
    context = runtime.context
    found = context.finding(finding)
    if not context.own_words:
        return _proposed(context, found, action)
    if action == "edit" and not text.strip():
        raise InputError(context.say("edit_needs_words", finding=finding))
    if action == "note" and not text.strip():
        return _shown(context, found)
    if action == "undo":
        context.undone(finding)
        key = "echo_undo"
    else:
        state = _STATE.get(action, found.review.state)
        note = text.strip()
        if action == "note":
            note = "; ".join(t for t in (found.review.text, note) if t)
        context.reviewed(finding, Review(state=state, by=context.reviewer, at=context.now(), text=note))
        key = f"echo_{action}" + ("_text" if text.strip() and action in ("accept", "reject") else "")
    return context.tell(
        Outcome(
            tool="review_finding",
            sentences=(rests(context.say(key, finding=finding, text=text.strip()), finding),),
            findings=(finding,),
            chips=(context.say("chip_summary"), context.say("chip_report")),
            buttons=() if action == "undo" else (f"undo:{finding}",),
            summary=f"{finding}, {action}",
        )
    )


def _shown(context: ToolContext, found: Finding) -> str:
    """A finding with its note and review, where a note is asked for and none is told."""
    line = one_line(found, context.language, context.session.image(found.image))
    chips = (context.say("chip_summary"), context.say("chip_report"))
    summary = f"{found.handle}, note"
    return context.tell(
        Outcome(tool="review_finding", sentences=(line,), findings=(found.handle,), chips=chips, summary=summary)
    )


def _proposed(context: ToolContext, found: Finding, action: Action) -> str:
    return context.tell(
        Outcome(
            tool="review_finding",
            ok=False,
            status=Status.ANSWERED,
            sentences=(remark(context.say("review_proposed", finding=found.handle)),),
            findings=(found.handle,),
            buttons=(f"{action}:{found.handle}",) if action != "note" else (),
            summary=f"{found.handle}, {action} proposed",
        )
    )


TOOL = Tool(
    function=review_finding,
    rank=78,
    needs="image",
    utterances=(
        "accept",
        "accept it",
        "accept F1",
        "accept the finding",
        "accept all findings",
        "I accept this",
        "I agree",
        "I agree with that finding",
        "agreed, keep it",
        "approve F1",
        "approve it",
        "confirm F1",
        "keep F1",
        "F1 is correct",
        "F1 is right",
        "mark F1 as accepted",
        "reject",
        "reject it",
        "reject F1",
        "reject the finding",
        "I reject this",
        "dismiss it",
        "dismiss F1",
        "discard that finding",
        "disagree",
        "I disagree with F1",
        "F1 is wrong",
        "that is wrong",
        "you are wrong about F1",
        "that finding is not right",
        "F1 is a false positive",
        "strike F1",
        "remove F1",
        "delete finding F1",
        "overrule it",
        "edit F1",
        "edit the finding",
        "change F1 to possible meningioma",
        "change the wording of F1 to",
        "reword F1",
        "amend the finding",
        "correct F1 to read",
        "replace F1 with",
        "F1 should say",
        "undo",
        "undo that",
        "undo the review",
        "undo the rejection of F1",
        "revert F1",
        "take that back",
        "restore F1",
        "add a note",
        "add a note to F1",
        "add a comment to the record",
        "note for the record",
        "put in the impression as my words",
        "chấp nhận",
        "chấp nhận F1",
        "đồng ý với F1",
        "tôi đồng ý với phát hiện này",
        "từ chối F1",
        "bác bỏ F1",
        "bác bỏ phát hiện này",
        "F1 sai rồi",
        "F1 không đúng",
        "loại bỏ F1",
        "sửa F1 thành",
        "sửa lại phát hiện",
        "hoàn tác",
        "hoàn tác F1",
        "thêm ghi chú",
        "ghi chú vào hồ sơ",
    ),
)
