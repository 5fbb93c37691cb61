"""Rules told by data alone (`prompts/ledger_rules.toml`): what must stand in a sentence, what may not, what must be so.

A rule holds limits, scopes, refusals and the talk's own facts. Its words must all be at home in it, its denials must be
as many as it allows: "isn't unknown" is none of "is unknown". A rule only lets pass; it denies nothing.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from assistant.domain.finding import Finding, Presence, ReviewState
from assistant.domain.session import Session
from assistant.language.claims.banks import at_word, bank, pattern, rules_table, spread, words_in
from assistant.language.claims.facts import CardWords, Holds
from assistant.language.claims.framed import Checked, World, handles_of, named, own_words, task_of
from assistant.language.claims.framing import Frame, Said, said_in, shared_words
from assistant.language.claims.ruled_figures import RULE_CHECKS
from assistant.language.claims.standing import flat
from assistant.language.claims.vocabulary import Item

__all__ = ["names_alike", "note_refused", "other_words", "ruled", "versioned"]


@dataclass(frozen=True, slots=True)
class Rule:
    """`needs`: one of each must stand there; `bars`: none may; `shape`: how they follow each other; `card`: what a card
    of a model that ran must say; `when`: what must be so in the session; `names`: the slots that it may name;
    `concepts`: exactly these; `denials`: how many words of denial it has; `check`: what holds its numbers."""

    frame: Frame
    needs: tuple[re.Pattern[str], ...]
    bars: re.Pattern[str]
    shape: re.Pattern[str] | None
    card: tuple[str, ...]
    when: tuple[str, ...]
    names: frozenset[str]
    concepts: frozenset[str]
    denials: frozenset[int]
    counts: bool
    general: bool
    check: str
    order: tuple[re.Pattern[str], ...]
    drop: str


@cache
def _rules() -> tuple[Rule, ...]:
    return tuple(_rule(name, row) for name, row in rules_table().items())


_NEUTRAL = frozenset({"it", "image", "filler", "model", "both", "finding", "remark", "limit"})


def _rule(name: str, row: Mapping[str, Any]) -> Rule:
    needs = [spread(n) for n in row["needs"]]
    inner = " ".join((row.get("words", ""), *(w for n in needs for w in n), *bank("linking")))
    for extra in row.get("with", ()):
        inner += " " + " ".join(bank(extra))
    own = frozenset(inner.replace("*", "").split())
    frame = Frame(
        name=name, cues=pattern(needs[0]), words=shared_words() | own, own=own, marks={},
        tags=_NEUTRAL | frozenset(row.get("tags", "").split()),
    )  # fmt: skip
    return Rule(
        frame=frame,
        needs=tuple(pattern(n) for n in needs),
        bars=pattern(spread(row.get("bars", ()))),
        shape=re.compile(row["shape"]) if "shape" in row else None,
        card=tuple(row.get("card", ())),
        when=tuple(row.get("when", ())),
        names=frozenset(row.get("names", "").split()),
        concepts=frozenset(row.get("concepts", ())),
        denials=frozenset(row.get("denials", (0,))),
        counts=row.get("counts", False),
        general=row.get("general", "check" not in row),
        check=row.get("check", ""),
        order=tuple(pattern(spread(w)) for w in row.get("order", ())),
        drop=row.get("drop", ""),
    )  # fmt: skip


def ruled(items: Sequence[Item], world: World, vietnamese: bool) -> Checked | None:
    """That a rule lets the sentence pass; None where none does."""
    text = " ".join(i.text for i in items)
    for rule in _rules():
        if not all(n.search(text) for n in rule.needs) or rule.bars.search(text):
            continue
        if rule.shape is not None and not rule.shape.search(text):
            continue
        kept = _known_to(rule, items, text, world)
        if not _in_order(rule.order, text):
            continue
        if words_in("denials", text) not in rule.denials or not _names_fit(rule, kept):
            continue
        said = said_in(kept, rule.frame, vietnamese)
        if said is not None and _is_so(rule, said, world):
            found = named(said, world) if said.values("handle") or said.values("img") else []
            return Checked(Holds.YES, handles_of(found), general=rule.general)
    return None


def _in_order(order: Sequence[re.Pattern[str]], text: str) -> bool:
    at = 0
    for one in order:
        if (found := one.search(text, at)) is None:
            return False
        at = found.end()
    return True


def _known_to(rule: Rule, items: Sequence[Item], text: str, world: World) -> Sequence[Item]:
    """Items in which what the rule knows by itself is glue: look-alikes, a reader's own words, names of a bank."""
    if "alike" in rule.when:
        return _without_alike(items, world)
    if "own_reason" in rule.when:
        kept = own_words(world)
        known = kept | other_words(kept)
        return [Item("glue", i.value, i.text) if all(w in known for w in i.text.split()) else i for i in items]
    if rule.drop and (found := at_word(rule.drop, text)) is not None:
        at, kept_items = 0, []
        for item in items:
            inside = at < found.end() and at + len(item.text) > found.start()
            kept_items.append(Item("glue", item.value, item.text) if inside else item)
            at += len(item.text) + 1
        return kept_items
    return items


def other_words(kept: frozenset[str]) -> frozenset[str]:
    """Words of the other language for a reader's own (`other_words`)."""
    return frozenset(w for row in bank("other_words") if kept & set(row.split()) for w in row.split())


def _own_reason(said: Said, world: World) -> bool:
    """A finding was decided so, and every word of the reason is the reader's own."""
    kept = own_words(world)
    known = kept | other_words(kept)
    state = _decision(said.flat)
    found = [f for f in named(said, world) if f.review.text] if said.values("handle") or said.values("concept") else []
    if not found or state is None or any(f.review.state is not state for f in found):
        return False
    content = [w for w in said.flat.split() if w in known and w not in bank("empty_words")]
    return len(content) >= 2 or (len(content) == 1 and len(kept) == 1)


def _decision(text: str) -> ReviewState | None:
    states = (("was_accepted", ReviewState.ACCEPTED), ("was_rejected", ReviewState.REJECTED))
    told = [s for n, s in states if at_word(n, text)]
    return told[0] if len(told) == 1 else None


def _names_fit(rule: Rule, items: Sequence[Item]) -> bool:
    slots = {i.tag for i in items} & {"concept", "kind", "handle", "img", "picture"}
    concepts = {i.value for i in items if i.tag == "concept"}
    if not slots <= rule.names:
        return False
    return not rule.concepts or concepts == rule.concepts


def _is_so(rule: Rule, said: Said, world: World) -> bool:
    if rule.check:
        return RULE_CHECKS[rule.check](said, world) and _tone_fits(said, world)
    cards = _ran(world)
    if any(a.unit or a.how for a in said.amounts) or (said.counts and not _counts_fit(rule, said, world, cards)):
        return False
    if rule.card and not any(flat(phrase) in flat(t) for c in cards for t in c.texts for phrase in rule.card):
        return False
    if not all(_STATES[w](said, world) for w in rule.when):
        return False
    concepts = set(said.values("concept"))
    if concepts and not rule.concepts and not any(concepts <= set(c.concepts) for c in cards):
        return False
    return _tone_fits(said, world)


def _counts_fit(rule: Rule, said: Said, world: World, cards: Sequence[CardWords]) -> bool:
    there = {len(world.session.images), *(len(c.concepts) for c in cards)}
    return rule.counts and all(a.value in there for a in said.counts)


def _tone_fits(said: Said, world: World) -> bool:
    """Where a negative, a low or a positive answer is spoken of by name, it is there."""
    if not said.values("img") and not said.values("concept") and not said.values("handle"):
        return True
    found = named(said, world)
    if at_word("tone_negative", said.flat):
        return bool(found) and all(f.presence is Presence.ABSENT for f in found)
    return True


def _ran(world: World) -> list[CardWords]:
    ran = {f.model for f in world.session.findings}
    return [c for c in world.cards if c.name in ran]


def _without_alike(items: Sequence[Item], world: World) -> list[Item]:
    """Items in which what a card names as a look-alike is glue."""
    known = {w for c in _ran(world) for names in c.alike.values() for n in names for w in flat(n).split()}
    return [Item("glue", i.value, i.text) if all(w in known for w in i.text.split()) else i for i in items]


def versioned(text: str, world: World) -> list[Finding]:
    """Findings of the models that a text names by their sort, else of all."""
    sorts = {t for n, t in _SORTS if at_word(n, text)}
    return [f for f in world.session.findings if not sorts or task_of(f, world) in sorts]


_SORTS = (("box_model", "detect"), ("outline_model", "segment"), ("slice_model", "classify"))


def names_alike(text: str, world: World) -> bool:
    """A look-alike is named, as a card names it."""
    names = [flat(n) for c in _ran(world) for names in c.alike.values() for n in names]
    heads = {n.removeprefix("a ").removeprefix("an ").split(",")[0] for n in names}
    return any(re.search(rf"(?<!\w){re.escape(h)}", text) for h in heads if len(h) > 3)


def note_refused(world: World) -> bool:
    """Whether the user sent a note that no review holds."""
    texts = " ".join(flat(f.review.text) for f in world.session.findings)
    notes = [flat(t.user) for t in world.session.turns if at_word("note_begins", flat(t.user)[:12])]
    return bool(notes) and all(n.split(":")[-1].strip() not in texts for n in notes)


def _no_rates(said: Said, world: World) -> bool:
    """The models that are named, else all that drew, have no measured rates."""
    wanted = {t for n, t in (("box_model", "detect"), ("outline_model", "segment")) if at_word(n, said.flat)}
    cards = [c for c in _ran(world) if c.task in (wanted or {"detect", "segment"})]
    return bool(cards) and not at_word("slice_model", said.flat) and not any(c.rates for c in cards)


def _task(*words: str) -> Callable[[Said, World], bool]:
    return lambda _, world: any(w in flat(t) for c in _ran(world) for t in c.texts[:1] for w in words)


def _unsigned(said: Said, world: World) -> bool:
    return not world.session.signatures


def _undirected(said: Said, world: World) -> bool:
    images = [i for i in world.session.images if not said.values("img") or i.handle in said.values("img")]
    return all(i.orientation is None for i in images)


def _in_turn(said: Said, world: World) -> bool:
    images = list(said.values("img"))
    return len(world.session.images) > 1 and images == sorted(images)


def _undated(said: Said, world: World) -> bool:
    return bool(world.session.images) and all(i.source == "raster" and not i.header for i in world.session.images)


def _mapped(said: Said, world: World) -> bool:
    return any(e.kind == "saliency" for f in world.session.findings for e in f.evidence)


def _session(test: Callable[[Session], bool]) -> Callable[[Said, World], bool]:
    return lambda _, world: test(world.session)


_STATES: Mapping[str, Callable[[Said, World], bool]] = {
    "own_reason": _own_reason,
    "alike": lambda said, world: names_alike(said.flat, world),
    "note_refused": lambda _, world: note_refused(world),
    "no_rates": _no_rates,
    "slice": _task("slice"),
    "photograph": _task("photograph"),
    "unsigned": _unsigned,
    "undirected": _undirected,
    "in_turn": _in_turn,
    "undated": _undated,
    "mapped": _mapped,
    "several": _session(lambda s: len(s.images) > 1),
    "found": _session(lambda s: bool(s.findings)),
}
