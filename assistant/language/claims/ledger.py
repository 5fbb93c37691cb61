"""Ledger: any text held against one session, a verdict a sentence (contract, "check: verdicts").

What cannot be mapped to something held is `unsupported`, never `supported`: a word that stands in no list is one that
no finding holds. It changes nothing and knows no llm.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from assistant.domain.finding import Presence
from assistant.domain.image import ImageFacts
from assistant.domain.session import Session
from assistant.domain.turn import Sentence
from assistant.language.claims.atom import Atom, Polarity, Quantity
from assistant.language.claims.attributing import attributed, without_quotes
from assistant.language.claims.beyond import beyond
from assistant.language.claims.clauses import clauses_of, may_be_cut, stands_alone
from assistant.language.claims.excluding import only_these
from assistant.language.claims.facts import CardWords, Held, Holds, Verdict
from assistant.language.claims.framed import World
from assistant.language.claims.framework import as_framed, framed
from assistant.language.claims.grouping import groups_of
from assistant.language.claims.licence import may_be_general, plain
from assistant.language.claims.ordering import compared, ranked
from assistant.language.claims.overreach import closed_off, overreach, points
from assistant.language.claims.pointing import pointed
from assistant.language.claims.questions import asks
from assistant.language.claims.rates import rates_hold
from assistant.language.claims.reading import atoms_of
from assistant.language.claims.results import FOREIGN, Group, Result, Thread, disclaims, is_open
from assistant.language.claims.rewriting import rewritten
from assistant.language.claims.sets import set_fact
from assistant.language.claims.splitting import sentences_of
from assistant.language.claims.standing import flat, house_of, house_words, said_before, shares_limit, wordings_of
from assistant.language.claims.stating import stated_of
from assistant.language.claims.tallying import tallied
from assistant.language.claims.unfounded import unfounded
from assistant.language.claims.vocabulary import Item, language_of, vocabulary, words_of
from assistant.language.claims.weighing import Fact, facts_of, is_share
from assistant.language.phrasing import Language, say

__all__ = ["Ledger"]

_CITED = re.compile(r"\(F\d+(?:, [^()]*)?\)[.\s]*$")
"""A finding in brackets at the end, as an impression cites it: it alone may hold the sentence."""
_LANGUAGES: tuple[Language, ...] = ("en", "vi")
_COUNTED = frozenset({"why_number", "why_no_number", "why_count", "why_no_file", "why_order", "why_certainty"})
_STRUCTURES = frozenset({"retinal vessels"})
"""What every picture of its kind has: naming it claims nothing."""
_MANY = frozenset({"nothing", "no", "findings", "they", "these", "those", "chua", "khong", "cac", "nhung"})
_EVERY_WORD = frozenset({"all", "each", "every", "neither", "none", "nobody", "ca", "moi", "tat"})


class Ledger:
    """Holds text against `session`; `cards` say what the models are. One ledger serves one state of a session."""

    def __init__(self, session: Session, cards: Sequence[CardWords] = (), remembers: bool = True) -> None:
        self._session = session
        self._cards = tuple(cards)
        self._house = house_of(self._cards)
        self._written_now: dict[str, Sentence] | None = None
        self._tasks = {c.name: c.task for c in self._cards if c.task}
        self._world = World(session, self._cards, self._tasks)
        self._said = said_before(session) if remembers else {}
        self._extra = (
            dict(self._house.titles)
            | {" ".join(words_of(f.concept)): ("concept", f.concept) for f in session.findings if words_of(f.concept)}
            | {" ".join(words_of(k.name)): ("kind", k.name) for f in session.findings for k in f.kinds}
        )

    def check(self, text: str) -> tuple[Held, ...]:
        """Every sentence of a text, in order; "it" means what the sentence before spoke of."""
        thread = Thread()
        return tuple(self._whole(s, thread) for s in sentences_of(text))

    def _whole(self, sentence: str, thread: Thread) -> Held:
        before = frozenset(f.handle for g in thread.groups for f in g.findings)
        held = self._sentence(sentence, thread)
        if self._known(sentence, thread.language) is None:
            held = self._framed(held, thread.language, before)
        if not held.passes:
            whole = held
            held = self._written(whole, thread) or whole
            if whole.verdict is Verdict.UNSUPPORTED and not held.passes:
                held = self._in_clauses(sentence, thread, before) or whole
        return held

    def _in_clauses(self, sentence: str, thread: Thread, before: frozenset[str]) -> Held | None:
        """Where each clause of a sentence states something that holds; what was said of one, "it" means in the next."""
        if not may_be_cut(sentence, vocabulary(thread.language).items(sentence, self._extra)):
            return None
        for clauses in clauses_of(sentence):
            own = Thread(language=thread.language)
            held = [self._clause(c, own, before) for c in clauses]
            if all(h is not None and h.passes for h in held):
                told = [h for h in held if h is not None]
                handles = tuple(dict.fromkeys(x for h in told for x in h.findings))
                verdict = Verdict.SUPPORTED if any(h.verdict is Verdict.SUPPORTED for h in told) else Verdict.GENERAL
                return Held(sentence=sentence, verdict=verdict, findings=handles, why=" ".join(h.why for h in told))
        return None

    def _clause(self, clause: str, thread: Thread, before: frozenset[str]) -> Held | None:
        """A clause by itself; None where it states nothing, or only names something."""
        items = vocabulary(thread.language).items(clause, self._extra)
        if not stands_alone(items):
            return None
        already = frozenset(f.handle for g in thread.groups for f in g.findings) or before
        return self._framed(self._sentence(clause, thread), thread.language, already)

    def _framed(self, held: Held, language: Language, before: frozenset[str]) -> Held:
        """The same, where a frame of the whole sentence knows better than its single words."""
        items = pointed(vocabulary(language).items(held.sentence, self._extra), len(self._session.images))
        asked, world = "?" in held.sentence[-3:], replace(self._world, before=before)
        checked = framed(items, world, asked, vietnamese=language == "vi")
        return held if checked is None else as_framed(held, checked, language)

    def check_ruled(self, claim: Sentence) -> tuple[Held, ...]:
        """The same for a sentence of the house: only the findings that it names may hold it, and its own fixed words
        need no list; what it states of presence, certainty, side, review and number is held all the same."""
        thread = Thread()
        return tuple(self._sentence(s, thread, claim.findings, ruled=True) for s in sentences_of(claim.text))

    def _written(self, held: Held, thread: Thread) -> Held | None:
        """A sentence that the house would write, word for word, of the session as it stands."""
        if self._written_now is None:
            self._written_now = rewritten(self._session, self._cards)
        claim = self._written_now.get(flat(held.sentence))
        return None if claim is None else self._as_said(held.sentence, claim, thread.language)

    def denies(self, claim: Sentence) -> Held | None:
        """A sentence of the house that a finding contradicts, in whichever language it is read; None where none does.

        Its numbers, and the words of certainty that follow them, are not weighed here: the house writes more of them
        than a reader of words can place. Nor is a sentence on a disagreement: it speaks of two findings that contradict
        each other."""
        if any(f.is_disagreement for f in self._session.findings if f.handle in claim.findings):
            return None
        for sentence in sentences_of(claim.text):
            readings = (self._sentence(sentence, Thread(), claim.findings, True, to) for to in _LANGUAGES)
            denied = list(takewhile(lambda r: r.verdict is Verdict.CONTRADICTED, readings))
            if len(denied) == len(_LANGUAGES):
                return denied[0]
        return None

    def _sentence(
        self,
        sentence: str,
        thread: Thread,
        only: tuple[str, ...] = (),
        ruled: bool = False,
        read_as: Language | None = None,
    ) -> Held:
        language = thread.language = read_as or language_of(sentence, thread.language)
        if known := self._known(sentence, language):
            return known
        items = vocabulary(language).items(sentence, self._extra)
        if ruled:
            items = [Item("glue", i.value, i.text) if is_open(i) else i for i in items]
        items = pointed(items, len(self._session.images))
        items = without_quotes(items, self._session, every=ruled)
        if (why := unfounded(items, self._session, self._cards)) is not None:
            key, what = why
            return Held(sentence=sentence, verdict=Verdict.UNSUPPORTED, why=say(key, language, what=what))
        if (own := attributed(sentence, items, self._session, language)) is not None and not ruled:
            before, held = own
            if not held.passes or not any(i.tag not in ("glue", "sign", "handle") for i in before):
                return held
            items = before
        if (asked := asks(sentence, items, language)) is not None:
            if not asked:
                self._about(items, thread)
                return Held(sentence=sentence, verdict=Verdict.GENERAL, why=say("why_question", language))
            items = asked
        unknown = self._unknown(items, language)
        if unknown is not None:
            return Held(sentence=sentence, verdict=Verdict.UNSUPPORTED, why=unknown)
        if not ruled and asked is None and (claim := beyond(items)) is not None:
            return Held(sentence=sentence, verdict=Verdict.UNSUPPORTED, why=say(claim[0], language, what=claim[1]))
        if not ruled and asked is None and (holds := rates_hold(items, self._session, self._cards)) is not None:
            verdict = Verdict.GENERAL if holds else Verdict.CONTRADICTED
            key = "why_card" if holds else "why_no_number"
            return Held(sentence=sentence, verdict=verdict, why=say(key, language, what=f'"{sentence}"'))
        if not only and (cited := _CITED.search(sentence)) is not None:
            only = tuple(h for h in re.findall(r"\bF\d+\b", cited[0]) if self._session.finding(h) is not None)
        atoms = list(atoms_of(plain(items)))
        results = [r for atom in atoms for r in self._atom(atom, thread, only)]
        if (closed := closed_off(atoms)) is not None:
            results.append(Result(Holds.UNKNOWN, *closed))
        if read_as is not None:
            results = [r for r in results if r.why not in _COUNTED]
        if not ruled and not any(r.states for r in results) and asked is None and not may_be_general(items):
            return Held(sentence=sentence, verdict=Verdict.UNSUPPORTED, why=say("why_word", language, what=sentence))
        return self._verdict(sentence, results, language)

    def _about(self, items: Sequence[Item], thread: Thread) -> None:
        """A question changes what is spoken of."""
        atom = Atom(tuple(i for i in items if i.tag != "sign"))
        if atom.names_something:
            thread.groups = self._groups(atom, thread, ())

    def _known(self, sentence: str, language: Language) -> Held | None:
        said = flat(sentence)
        if said in self._house.sentences or shares_limit(sentence, self._cards):
            return Held(sentence=sentence, verdict=Verdict.GENERAL, why=say("why_card", language))
        if (claim := self._said.get(said)) is not None:
            return self._as_said(sentence, claim, language)
        if any(all(self._slot_is_known(s) for s in slots) for slots in wordings_of(sentence)):
            return Held(sentence=sentence, verdict=Verdict.GENERAL, why=say("why_card", language))
        return None

    def _as_said(self, sentence: str, claim: Sentence, language: Language) -> Held:
        rests = ", ".join(claim.findings) or claim.rests_on
        verdict = Verdict.GENERAL if claim.rests_on in ("card", "talk") else Verdict.SUPPORTED
        why = say("why_shown", language, source=rests)
        return Held(sentence=sentence, verdict=verdict, findings=claim.findings, why=why)

    def _slot_is_known(self, slot: str) -> bool:
        asked = " ".join(flat(t.user) for t in self._session.turns)
        if slot in asked or slot in " ".join(flat(i.admission.title) for i in self._session.images if i.admission):
            return True
        handles = {f.handle.lower() for f in self._session.findings} | {i.handle.lower() for i in self._session.images}
        known = self._house.words | handles | house_words()
        return all(w in known or not any(c.isalnum() for c in w) for w in slot.split())

    def _unknown(self, items: Sequence[Item], language: Language) -> str | None:
        """Why a sentence names something that nothing here holds; None where every word is accounted for."""
        limit = any(i.tag == "limit" for i in items)
        for item in items:
            if not is_open(item):
                continue
            foreign = item.tag.startswith(FOREIGN)
            if limit and all(w in self._house.words for w in item.text.split()):
                continue
            key = f"why_{item.tag.removeprefix(FOREIGN)}" if foreign else "why_word"
            return say(key, language, what=item.text)
        return None

    # --- one atom

    def _atom(self, atom: Atom, thread: Thread, only: tuple[str, ...]) -> list[Result]:
        missing = [h for h in (*atom.values("handle"), *atom.cited) if self._session.finding(h) is None]
        missing += [i for i in atom.values("img") if self._session.image(i) is None]
        if missing:
            return [Result(Holds.UNKNOWN, "why_handle", missing[0])]
        if (claim := overreach(atom)) is not None:
            return [Result(Holds.UNKNOWN, *claim)]
        if disclaims(atom):
            return [Result(Holds.YES, states=False)]
        groups = self._groups(atom, thread, only)
        if not atom.says_something and not atom.has("alone"):
            thread.groups = groups if atom.names_something else thread.groups
            if not atom.names_something:
                return [Result(Holds.YES, states=False)]
        images = self._images(atom, groups)
        stated = stated_of(atom, self._session, self._cards, images, len(groups))
        results = [Result(s.holds, s.why, s.what, (), True, s.of_image) for s in stated]
        used = {id(q) for s in stated for q in s.used}
        open_quantities = [q for q in atom.quantities if id(q) not in used]
        if (ordered := self._order(atom, groups, thread)) is not None:
            results.append(ordered)
        counted = any(s.why == "why_count" for s in stated)
        if not counted or atom.sides or atom.has("concept", "kind", "handle"):
            results += self._of_groups(atom, groups, open_quantities)
        results += self._tallies(atom, open_quantities)
        named = [f for g in groups for f in g.findings]
        if (only_they := only_these(atom, named, self._session.findings, self._session.image)) is not None:
            results.append(Result(only_they, "why_count", _text(atom)))
        if atom.names_something or thread.groups == []:
            thread.groups = groups
        if atom.polarity is Polarity.ABSENT and atom.has("region", "box", "mask") and not atom.has("concept", "kind"):
            there = [f for g in groups for f in g.findings if f.region is not None and f.presence is Presence.PRESENT]
            results = [Result(Holds.NO if there else Holds.YES, "why_count", "region", of_image=True)]
        if not results and not atom.has("concept", "kind", "handle", "lesion"):
            return [Result(Holds.YES, states=False)]
        return results

    def _tallies(self, atom: Atom, quantities: Sequence[Quantity]) -> list[Result]:
        shares = [q for q in quantities if is_share(q)]
        images = atom.values("img")
        pool = [f for f in self._session.findings if not images or f.image in images]
        tallies = (tallied(atom, q, shares, pool, self._session.image) for q in atom.quantities)
        return [Result(t, "why_count", _text(atom), of_image=True) for t in tallies if t is not None]

    def _groups(self, atom: Atom, thread: Thread, only: tuple[str, ...]) -> list[Group]:
        return groups_of(atom, thread.groups, only, self._session.findings, self._tasks)

    def _images(self, atom: Atom, groups: Sequence[Group]) -> list[ImageFacts]:
        named = atom.values("img") or tuple(dict.fromkeys(f.image for g in groups for f in g.findings))
        found = [i for h in named if (i := self._session.image(h))]
        return found or list(self._session.images)

    def _of_groups(self, atom: Atom, groups: list[Group], quantities: list[Quantity]) -> list[Result]:
        results: list[Result] = []
        shares = [q for q in quantities if is_share(q)]
        paired = len(groups) > 1 and len(shares) == len(groups)
        for at, group in enumerate(groups):
            mine = [q for q in quantities if not is_share(q) or not paired or q is shares[at]]
            facts = facts_of(atom, group.kind, mine, self._session.image)
            if atom.has("set") and (fact := set_fact(atom, group.kind)):
                facts = [fact, *(f for f in facts if f.why == "why_number")]
            named = atom.has("concept", "kind", "handle")
            if not group.findings:
                drawn = atom.has("mask", "box", "drawn") and not (
                    atom.has("neg", "hypothetical", "cannot") or atom.offers
                )
                undrawn = atom.has("mask", "drawn") and atom.has("neg") and not atom.has("number", "present", "absent")
                structure = group.name in _STRUCTURES and not drawn
                structure = structure and (undrawn or not atom.has("present", "absent", "neg", "number"))
                silent = atom.has("asked", "limit", "probability", "cannot") or atom.offers or structure
                if (facts and not structure) or (named and not silent):
                    results.append(Result(Holds.UNKNOWN, "why_concept", group.name or _text(atom)))
                continue
            if not named and not atom.quantities and atom.polarity is Polarity.NOTHING and atom.has("remark"):
                continue
            if facts:
                results.append(self._best(atom, group, facts))
        return results

    def _best(self, atom: Atom, group: Group, facts: list[Fact]) -> Result:
        """The findings that hold every fact together; else the fact that is furthest from being held."""
        graded = [(f, [fact.check(f) for fact in facts]) for f in group.findings]
        holding = tuple(f for f, grades in graded if all(g is Holds.YES for g in grades))
        every = bool(_EVERY_WORD & set(atom.words)) or atom.polarity in (Polarity.ABSENT, Polarity.SETTLED)
        every |= atom.has("unreviewed")
        decided = atom.has("reviewed", "accepted", "rejected", "edited")
        every |= decided and not atom.names_something and bool(_MANY & set(atom.words))
        if holding and (not every or len(holding) == len(group.findings)):
            group.findings = holding
            return Result(Holds.YES, handles=tuple(f.handle for f in holding))
        _, grades = min(((f, g) for f, g in graded if f not in holding), key=lambda e: sum(e[1]))
        worst = max(range(len(facts)), key=lambda n: grades[n])
        handles = tuple(f.handle for f in group.findings)
        return Result(grades[worst], facts[worst].why, facts[worst].what, handles)

    def _order(self, atom: Atom, groups: Sequence[Group], thread: Thread) -> Result | None:
        """ "X is more likely than Y" and "F3 is the most likely one"."""
        before = [f for g in thread.groups for f in g.findings]
        holds = compared(atom, self._session.findings, self._tasks, before)
        if holds is None and not any(g.kind for g in groups):
            second = atom.has("second") and not points(atom)
            if second or atom.has("concept", "handle", "it", "img", "box", "mask", "classifier"):
                holds = ranked(atom, _most(groups), self._session.findings, second)
        return None if holds is None else Result(holds, "why_order")

    # --- what it comes to

    def _verdict(self, sentence: str, results: Sequence[Result], language: Language) -> Held:
        stating = [r for r in results if r.states]
        worst = max(stating, key=lambda r: r.holds, default=None)
        if worst is None:
            return Held(sentence=sentence, verdict=Verdict.GENERAL, why=say("why_general", language))
        handles = tuple(dict.fromkeys(h for r in stating for h in r.handles))
        if worst.holds is Holds.YES:
            key = "why_held" if handles else "why_file"
            why = say(key, language, handles=", ".join(handles))
            verdict = Verdict.SUPPORTED if handles or any(r.of_image for r in stating) else Verdict.GENERAL
            return Held(sentence=sentence, verdict=verdict, findings=handles, why=why)
        verdict = Verdict.CONTRADICTED if worst.holds is Holds.NO else Verdict.UNSUPPORTED
        there = ", ".join(worst.handles) or ", ".join(f.handle for f in self._session.findings) or "-"
        why = say(worst.why or "why_word", language, what=worst.what or sentence, handles=there)
        return Held(sentence=sentence, verdict=verdict, findings=worst.handles, why=why)


def _most(groups: Sequence[Group]) -> float | None:
    values = [
        next((k.probability for k in f.kinds if k.name == g.kind), None) if g.kind else f.probability
        for g in groups
        for f in g.findings
    ]
    return max((v for v in values if v is not None), default=None)


def _text(atom: Atom) -> str:
    return " ".join(atom.words)
