"""Runs files of phrases against the planner and says which plans and statuses came out as wanted.

python -m tests.agent.phrases [FILE]        prints the rates and what was missed

Two ways: `plan_of` understands a phrase against a session as it would stand with every model there (a detector for
brain slices, vessels, eyes and mouths), and runs nothing; `measure` plays a whole turn on a desk with the real
manifest.
`independent_1.jsonl` and `independent_2.jsonl` were written by someone who saw the contract and no code. The second is
opened only to report: do not read it, and run it on a finished system alone. `independent_4.jsonl` (held) and
`independent_5.jsonl` (learned from) are by three further such writers, `independent_6.jsonl`, `_8` and `_10` (sealed
as the second is) and `independent_7.jsonl` (which chose weights) by four more. `independent_9_en.jsonl` and
`independent_9_vi.jsonl`, by two others, teach how a message falls into its requests; about two thirds of each chose
what a cut costs.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assistant.agent.build import Answer
from assistant.agent.talk import talk_named
from assistant.agent.understanding import Plan, understand
from assistant.domain.geometry import Box
from assistant.domain.session import Session
from assistant.domain.turn import Status
from tests.agent.worlds import Desk, world
from tests.builders import build_admission, build_facts, build_finding, build_session, build_tool_call, build_turn

HERE = Path(__file__).parent
WORLD_OF = {
    "brain": "1",
    "after_read": "1r",
    "two_brains": "2",
    "nothing": "0",
    "fundus": "1f",
    "fundus_read": "1fr",
    "mouth": "1m",
    "mouth_read": "1mr",
}
STATE_OF = {"0": "nothing", "1": "brain", "1r": "after_read", "2": "two_brains"}
_SEEN = {
    "fundus": (("cataract", 0.81), ("diabetic retinopathy", 0.34), ("glaucoma", 0.71)),
    "mouth": (("calculus", 0.93), ("gingivitis", 0.71)),
}
LOOKS_FOR = (
    "brain tumour glioma meningioma pituitary tumour mass lesion cataract glaucoma diabetic retinopathy vessels of the"
    " retina caries calculus gingivitis mouth ulcer tooth discoloration hypodontia"
)
NOT_BUILT = frozenset({"search_archive", "fetch_study", "send_report"})


@dataclass(frozen=True)
class Phrase:
    family: str
    world: str
    text: str
    tools: tuple[str, ...]
    status: str
    state: str = ""
    language: str = "en"
    detector: bool = True


def read(name: str) -> list[Phrase]:
    """The phrases of a file whose world a desk can stand for; `independent_*` name a state, and some other kinds."""
    return [p for p in every(HERE / name) if p.world]


def every(file: Path) -> list[Phrase]:
    """All phrases of a file, also of states that `plan_of` alone can stand for; a `world` boxes where it is wanted."""
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    return [
        Phrase(
            r["family"],
            w := r.get("world") or WORLD_OF.get(r["state"], ""),
            r["text"],
            tuple(r["tools"]),
            r["status"],
            r.get("state") or STATE_OF.get(w, ""),
            r.get("lang", "en"),
            "state" in r or any(t.startswith("detect_lesions") for t in r["tools"]),
        )
        for r in rows
    ]


@cache
def session_in(state: str) -> Session:
    """A session as it would stand with every model there; `after_read` holds the classifier's and a box.

    `fundus_read` and `mouth_read` hold a finding for each disease.
    """
    if state == "nothing":
        return build_session()
    kind = state.removesuffix("_read")
    seen = build_admission(kind=kind if kind in _SEEN else "brain_mri")
    images = tuple(build_facts(handle=f"img{i + 1}", admission=seen) for i in range(2 if state == "two_brains" else 1))
    if kind in _SEEN and state != kind:
        findings = tuple(
            build_finding(
                handle=f"F{i + 1}", tracking_uid=f"2.25.30{i}", concept=c, probability=p, model=f"{kind}_disease"
            )
            for i, (c, p) in enumerate(_SEEN[kind])
        )
        turn = build_turn(findings=findings, tools=(build_tool_call(),))
        return build_session(images=images, findings=findings, turns=(turn,))
    if state != "after_read":
        return build_session(images=images)
    call = build_tool_call()
    found = build_finding(handle="F1")
    boxed = build_finding(
        handle="F2", tracking_uid="2.25.2002", region=Box(x0=3, y0=2, x1=5, y1=6), model="brain_detector"
    )
    turn = build_turn(findings=(found, boxed), tools=(call, build_tool_call("detect_lesions")))
    return build_session(images=images, findings=(found, boxed), turns=(turn,))


def plan_of(phrase: Phrase) -> Plan:
    """What is understood; a phrase of review that undoes something finds something to undo."""
    session = session_in(phrase.state)
    new = () if session.turns else tuple(i.handle for i in session.images)
    boxes = phrase.detector and phrase.state in ("brain", "two_brains", "after_read")
    return understand(phrase.text, session, new, LOOKS_FOR, lambda handle: boxes)


def tools_of(plan: Plan) -> tuple[str, ...]:
    """The names of the tools that a plan calls, each once."""
    if plan.clarify or plan.missing_image:
        return ()
    return tuple(dict.fromkeys(s.tool.name for s in plan.steps))


def status_of(plan: Plan) -> str:
    """The status that a plan comes to where every tool does its work and the archive is not there."""
    if plan.needs_image and not plan.steps:
        return "needs_image"
    if plan.clarify:
        return "clarify"
    if plan.missing_image:
        return "declined"
    if plan.steps:
        return "declined" if all(s.tool.name in NOT_BUILT for s in plan.steps) else "answered"
    spoken = [t.status for n in plan.talk if (t := talk_named(n))]
    if "unknown" in plan.talk or Status.DECLINED in spoken:
        return "declined"
    return "answered" if spoken or plan.left_out else "declined"


@dataclass(frozen=True)
class Rates:
    """Shares over phrases in a known state; `declined` over those that are to be declined without a tool."""

    n: int
    exact: float
    nothing_wrong: float
    status: float
    declined: float
    missed: tuple[str, ...]


def rates(phrases: Iterable[Phrase]) -> Rates:
    exact = clean = status = refused = to_refuse = n = 0
    missed = []
    for phrase in phrases:
        if not phrase.state:
            continue
        plan = plan_of(phrase)
        got, said = tools_of(plan), status_of(plan)
        wanted = {t.partition(":")[0] for t in phrase.tools}
        n += 1
        exact += set(got) == wanted
        clean += set(got) <= wanted
        status += said == phrase.status
        if phrase.status == "declined" and not wanted:
            to_refuse += 1
            refused += said == "declined" and not got
        if set(got) != wanted or said != phrase.status:
            missed.append(
                f"{phrase.family} [{phrase.state}]: {phrase.text!r} wanted {sorted(wanted)} {phrase.status},"
                f" got {list(got)} {said}"
            )
    of = max(n, 1)
    return Rates(n, exact / of, clean / of, status / of, refused / max(to_refuse, 1), tuple(missed))


def called(answer: Answer, wanted: tuple[str, ...]) -> list[str]:
    """The calls, with their handle where the phrase names one."""
    out = []
    for call in answer.tools:
        with_handle = any(w.startswith(call.name + ":") for w in wanted)
        target = next((w.partition(":")[2] for w in wanted if w.startswith(call.name + ":")), "")
        key = "finding" if target.startswith("F") else "image"
        out.append(f"{call.name}:{call.arguments.get(key)}" if with_handle else call.name)
    return sorted(out)


def desk_for(phrase: Phrase) -> Desk:
    desk = world(phrase.world)
    if phrase.text.lower().startswith(("undo", "hoàn tác")):
        desk.say("accept F1")
    return desk


def outcome(phrase: Phrase) -> tuple[list[str], str]:
    answer = desk_for(phrase).say(phrase.text)
    return called(answer, phrase.tools), answer.status.value


def measure(name: str) -> tuple[float, float, list[str]]:
    """Share of exact plans, share of exact plan and status, and what was missed."""
    phrases = read(name)
    plans = both = 0
    missed = []
    for phrase in phrases:
        tools, status = outcome(phrase)
        right = tools == sorted(phrase.tools)
        plans += right
        both += right and status == phrase.status
        if not right or status != phrase.status:
            missed.append(
                f"{phrase.family}: {phrase.text!r} wanted {list(phrase.tools)} {phrase.status}, got {tools} {status}"
            )
    return plans / len(phrases), both / len(phrases), missed


if __name__ == "__main__":
    for file in sys.argv[1:] or ["phrases.jsonl"]:
        plan_rate, rate, misses = measure(file)
        families = Counter(m.partition(":")[0] for m in misses)
        lines = [*misses, f"{file}: plan exact {plan_rate:.1%}, plan and status {rate:.1%}; {dict(families)}"]
        sys.stdout.write("\n".join(lines) + "\n")
