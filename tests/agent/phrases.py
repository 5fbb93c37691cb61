"""Runs a file of phrases against the planner and says which plans and statuses came out as wanted.

python -m tests.agent.phrases [FILE]        prints the rates and what was missed

`independent_1.jsonl` and `independent_2.jsonl` were written by someone who saw the contract and no code. The second is
opened only to report: do not read it, and run it on a finished system alone.
"""

import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from assistant.agent.build import Answer
from tests.agent.worlds import Desk, world

HERE = Path(__file__).parent
WORLD_OF = {"brain": "1", "after_read": "1r", "two_brains": "2", "nothing": "0"}


@dataclass(frozen=True)
class Phrase:
    family: str
    world: str
    text: str
    tools: tuple[str, ...]
    status: str


def read(name: str) -> list[Phrase]:
    """The phrases of a file whose world a desk can stand for; `independent_*` name a state, and some other kinds."""
    rows = [json.loads(line) for line in (HERE / name).read_text("utf-8").splitlines()]
    worlds = [r.get("world") or WORLD_OF.get(r["state"], "") for r in rows]
    return [
        Phrase(r["family"], w, r["text"], tuple(r["tools"]), r["status"])
        for r, w in zip(rows, worlds, strict=True)
        if w
    ]


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
