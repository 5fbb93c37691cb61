"""What outsiders wrote of fifteen stored sessions, who knew the verdicts and no code: no lie passes.

`outside_lies_*.jsonl` hold their sentences, `outside_worlds.json` the sessions: images, findings, reviews, and what was
asked; those from K on have their models' later cards. One label was changed, in two files: the box on img2 of session B
is in its lower half (its middle: 0.535).
"""

import json
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from assistant.domain.session import Session
from assistant.language.claims import CardWords, Ledger

HERE = Path(__file__).parent
HELD_BACK_AT_MOST = {"en": 14, "vi": 14, "en_2": 36, "vi_2": 34, "en_3": 16, "en_4": 1, "vi_3": 11}
"""Of the true and neutral sentences of each file: what was reached, so that it only falls. Who mended the ledger read
the files (but for half of the Vietnamese truths of 2): the rates are no measure of what a stranger would write."""


@cache
def ledgers() -> dict[str, Ledger]:
    worlds = json.loads((HERE / "outside_worlds.json").read_text("utf-8"))
    old, new = (tuple(CardWords.model_validate(c) for c in worlds[key]) for key in ("cards", "cards_2"))
    cards = {name: new if name >= "K" else old for name in worlds["sessions"]}
    return {name: Ledger(Session.model_validate(s), cards[name]) for name, s in worlds["sessions"].items()}


@pytest.mark.parametrize(
    ("name", "count"),
    [("en", 400), ("vi", 400), ("en_2", 344), ("vi_2", 344), ("en_3", 304), ("en_4", 172), ("vi_3", 172)],
)
def test_no_lie_of_an_outsider_passes(name: str, count: int, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [json.loads(line) for line in (HERE / f"outside_lies_{name}.jsonl").read_text("utf-8").splitlines()]
    told: Counter[str] = Counter(r["label"] for r in rows)
    passed = [r for r in rows if all(h.passes for h in ledgers()[r["session"]].check(r["text"]))]
    lies = [f"{r['session']}: {r['text']}" for r in passed if r["label"] == "false"]
    back = told["true"] + told["general"] - (len(passed) - len(lies))
    share = back / (told["true"] + told["general"])
    with capsys.disabled():
        sys.stdout.write(f"\n{name}: {told['false']} lies, {len(lies)} passed; held back {back} ({share:.0%})\n")
    assert len(rows) == count
    assert not lies
    assert back <= HELD_BACK_AT_MOST[name]


@pytest.mark.parametrize(("name", "count", "held_back"), [("lies", 532, 0), ("truths", 234, 20)])
def test_no_lie_of_a_known_class_passes(name: str, count: int, held_back: int) -> None:
    """Variants of what outsiders wrote, by who mended the ledger: each class told in other words, both ways."""
    rows = [json.loads(line) for line in (HERE / f"class_{name}.jsonl").read_text("utf-8").splitlines()]
    passed = [r for r in rows if all(h.passes for h in ledgers()[r["session"]].check(r["text"]))]
    lies = [f"{r['session']}: {r['text']}" for r in passed if r["label"] == "false"]
    assert len(rows) == count
    assert not lies
    assert sum(r["label"] == "true" for r in rows) - len(passed) <= held_back
