"""How well a message is understood: plans exactly right, no wrong tool, the unknown declined; and the time it takes.

    .venv/bin/python -m benchmarks.understanding [FILE.jsonl ...] [--families]

A file holds a phrase a line (`text, tools, status, family, lang`, and the `state` of the session); without one, the
phrases of `tests/agent` are run that were written before the examples, or by a writer who saw the contract alone.
`--families` leaves one way of talking out of the examples at a time, solves anew, and asks for the intent of what was
left out: harder than real use, since nothing like it was seen. Time is that of the processor, a message.
"""

import argparse
import time
from collections import defaultdict
from pathlib import Path

from assistant.agent.examples import FAMILIES, READ, examples, family
from assistant.agent.matcher import DECISIONS, REVIEW, Matcher
from assistant.agent.talk import matcher, talk_named
from assistant.agent.understanding import understood
from assistant.tools.catalog import tool_named
from tests.agent.phrases import HERE, Phrase, Rates, every, rates

FILES = ("phrases.jsonl", "phrases_later.jsonl", "phrases_held_out.jsonl", "independent_1.jsonl")


def line(name: str, found: Rates) -> str:
    return (
        f"{name:<34} n {found.n:>4}  exact {found.exact:6.1%}  no wrong tool {found.nothing_wrong:6.1%}"
        f"  status {found.status:6.1%}  declined {found.declined:6.1%}"
    )


def of_file(file: Path) -> None:
    """Rates of a file, by language, and by family from the worst on."""
    phrases = [p for p in every(file) if p.state]
    started = time.process_time()
    print(line(file.name, rates(phrases)))
    print(f"{'':<34} {1000 * (time.process_time() - started) / max(len(phrases), 1):.1f} ms a message")
    for key in ("language", "family"):
        groups: dict[str, list[Phrase]] = defaultdict(list)
        for phrase in phrases:
            groups[getattr(phrase, key)].append(phrase)
        for name, found in sorted(((n, rates(g)) for n, g in groups.items()), key=lambda row: row[1].exact):
            if key == "language" or found.exact < 1:
                print("  " + line(name, found))


def acts_as(intent: str | None) -> str:
    """What is done for an intent: a tool, a read, a refusal, or a remark."""
    if intent is None:
        return "declined"
    if intent in DECISIONS:
        return REVIEW
    if intent == READ or tool_named(intent):
        return intent
    talk = talk_named(intent)
    if talk is None or intent in ("aside", "context"):
        return "declined" if intent == "aside" else "remark"
    return "declined" if talk.status.value == "declined" else "clarify" if talk.status.value == "clarify" else "remark"


def left_out(name: str) -> tuple[int, int, int, int, int]:
    """Of one family left out: how many, exactly right, without a wrong tool, to decline, declined."""
    said = examples((name,))
    solved = Matcher(said)
    there = {u.lower() for utterances in said.values() for u in utterances}
    n = exact = clean = refuse = refused = 0
    for intent, utterances in family(name).items():
        for utterance in utterances:
            if utterance.lower() in there:
                continue
            wanted, got = acts_as(intent), acts_as(understood(solved.match(utterance)))
            tool = got == READ or tool_named(got) is not None
            n += 1
            exact += got == wanted or {got, wanted} == {"declined", "remark"}
            clean += got == wanted or not tool
            if wanted == "declined":
                refuse += 1
                refused += not tool
    return n, exact, clean, refuse, refused


def of_families() -> None:
    total = [0, 0, 0, 0, 0]
    for name in FAMILIES:
        row = left_out(name)
        total = [a + b for a, b in zip(total, row, strict=True)]
        n, exact, clean, refuse, refused = row
        print(
            f"  without {name:<24} n {n:>4}  exact {exact / n:6.1%}  no wrong tool {clean / n:6.1%}"
            f"  declined {refused / max(refuse, 1):6.1%}"
        )
    n, exact, clean, refuse, refused = total
    print(
        f"families left out, one by one      n {n:>4}  exact {exact / n:6.1%}  no wrong tool {clean / n:6.1%}"
        f"  declined {refused / max(refuse, 1):6.1%}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--families", action="store_true")
    given = parser.parse_args()
    started = time.process_time()
    matcher()
    print(f"examples ready in {time.process_time() - started:.2f} s of processor time")
    for file in given.files or [HERE / name for name in FILES]:
        of_file(file)
    if given.families:
        of_families()
