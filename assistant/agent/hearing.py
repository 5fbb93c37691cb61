"""Hearing: a message as the tagger reads it whole, brought to the pieces that the rules cut it into.

`Hearing` is a `Matching`: to the odds of a clause it adds how likely each intent is for its words where they stand in
the message. It tells where a request begins that no joint announces, and which pieces are left out or taken back.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from assistant.agent.lexicon import Lexicon
from assistant.agent.matcher import DECISIONS, LOOKS, REVIEW, Match, Matching
from assistant.agent.tagger import NONE, Tagged

__all__ = ["ASKED", "LEFT_OUT", "TAKEN_BACK", "Hearing"]

_BASE, _WEIGHT = 0.7, 1.0
"""What the log odds of a matcher, and the log of a share of the tagger, weigh."""
_LEAST = 0.01
"""A share below it counts as this much."""
_SAME = 0.995
"""How near an example a clause must be for the examples alone to decide."""
_FAINTLY, _SOME, _CLEARLY, _PLAINLY, _CERTAINLY = 0.15, 0.5, 0.7, 0.85, 0.95
_MANY, _FEW = 12, 5
"""How many words are a long clause, and how many before a request still belong to it."""
_SIGNS = (-1.57, 0.44, 0.09, 0.18, 0.24, 1.46, -0.01, -0.24, 0.1)
"""What each thing that `meant` sees weighs in log odds; fitted on messages of writers whom the tagger had not read."""
_DECLINED = (
    *("off_topic", "treatment", "prognosis", "certainty", "order", "identity", "urgent", "fear", "worry", "guess"),
    *("vague", "sign", "delete"),
)
_LEADS = frozenset({"once", "when", "if", "unless", "until", "khi", "nếu", "neu"})
"""What a request that is heard to begin behind it begins with."""
_TOLD = ("context", "aside")
"""Intents of pieces that ask for nothing."""
_UNSERVED = "unknown"
ASKED, LEFT_OUT, TAKEN_BACK = range(3)


@dataclass(frozen=True)
class Hearing:
    """A matcher that also knows the message around a clause."""

    base: Matching
    tagged: Tagged
    _known: dict[str, Mapping[str, float] | None] = field(default_factory=dict)

    @property
    def lexicon(self) -> Lexicon:
        return self.base.lexicon

    def prepare(self, clauses: Iterable[str]) -> None:
        self.base.prepare(clauses)

    def match(self, clause: str) -> Match:
        found = self.base.match(clause)
        shares = self._shares(clause)
        if shares is None or found.near >= _SAME or not self._learned(found.intent):
            return found
        odds = tuple(
            (name, _BASE * odds + _WEIGHT * math.log(shares.get(name, 0.0) + _LEAST)) for name, odds in found.odds
        )
        heard = replace(found, odds=odds)
        best = max(DECISIONS, key=lambda name: shares.get(name, 0.0))
        return replace(heard, action=best) if shares.get(best, 0.0) > _SOME else heard

    def heard(self, clause: str, intents: Collection[str]) -> float | None:
        shares = self._shares(clause)
        if shares is None or not any(map(self._learned, intents)):
            return None
        return sum(shares.get(name, 0.0) for name in intents)

    def _learned(self, intent: str) -> bool:
        """Whether the tagger can hear an intent; that of a tool that came later is known by its examples alone."""
        return intent in (REVIEW, *_TOLD) or intent in self.tagged.labels

    def _shares(self, clause: str) -> Mapping[str, float] | None:
        """The mean share of each intent over the words of a clause; those of each decision beside their sum."""
        if clause not in self._known:
            found = self.tagged.words_of(clause)
            self._known[clause] = self._means(found[0]) if found else None
        return self._known[clause]

    def _means(self, words: slice) -> Mapping[str, float]:
        means = dict(zip(self.tagged.labels, self.tagged.shares[words].mean(axis=0).tolist(), strict=True))
        none, unserved = means.pop(NONE), means.pop(_UNSERVED, 0.0)
        means[REVIEW] = means.get(REVIEW, 0.0) + sum(means.get(name, 0.0) for name in DECISIONS)
        means |= dict.fromkeys(_TOLD, none)
        means["aside"] += unserved
        return means

    def meant(self, clause: str, intent: str) -> float:
        """How likely it is that the intent that a clause was matched to was meant; 1 where the clause alone says so."""
        names = LOOKS if intent in LOOKS else (intent,)
        said = sum(share for name, share in self.base.match(clause).intents if name in names)
        heard = self.heard(clause, names)
        if said >= _PLAINLY and (heard is None or heard >= _FAINTLY):
            return 1.0
        if said >= _CLEARLY and heard is not None and heard >= _SOME:
            return 1.0
        if said >= _CERTAINLY and sum(s for name, s in self.match(clause).intents if name in names) >= _PLAINLY:
            return 1.0
        return 1 / (1 + math.exp(-sum(a * b for a, b in zip(self.signs(clause, intent), _SIGNS, strict=True))))

    def signs(self, clause: str, intent: str) -> tuple[float, ...]:
        """What `meant` weighs: what matcher and tagger say, together and each, how near an example is, and whether the
        tagger hears a request that nothing here serves or one that must be declined."""
        names = LOOKS if intent in LOOKS else frozenset((intent,))
        match, alone = self.match(clause), self.base.match(clause)
        shares = self._shares(clause) if self._learned(intent) else None
        heard = 0.5 if shares is None else sum(shares.get(name, 0.0) for name in names)
        unserved = 0.0 if shares is None else shares["aside"] - shares["context"]
        declined = 0.0 if shares is None else sum(shares.get(name, 0.0) for name in _DECLINED)
        return (
            1.0,
            _log_odds(sum(share for name, share in match.intents if name in names)),
            _log_odds(sum(share for name, share in alone.intents if name in names)),
            _log_odds(heard),
            match.near,
            min(len(match.words.words), _MANY) / _MANY,
            0.0 if shares is None else _log_odds(unserved),
            0.0 if shares is None else _log_odds(declined),
            float(shares is None),
        )

    @cached_property
    def requests(self) -> tuple[tuple[str, str], ...]:
        """Words of the message with the label that is heard in them beyond doubt, in order; none of what is left out
        or taken back."""
        best = self.tagged.shares.argmax(axis=1)
        ends = [
            i
            for i in range(len(best) + 1)
            if i in (0, len(best)) or best[i] != best[i - 1] or self.tagged.begins[i] > _SOME
        ]
        found = []
        for first, last in pairwise(ends):
            label = self.tagged.labels[best[first]]
            share = float(self.tagged.shares[first:last, best[first]].mean())
            mode = int(self.tagged.modes[first:last].mean(axis=0).argmax())
            if label not in (NONE, _UNSERVED) and share >= _PLAINLY and mode == ASKED:
                a, b = self.tagged.spans[first][0], self.tagged.spans[last - 1][1]
                found.append((self.tagged.text[a:b], label))
        return tuple(found)

    def mode(self, clause: str) -> int:
        """Whether a clause is asked for, left out or taken back; a clause said twice is asked for if it is once."""
        none = self.tagged.labels.index(NONE)
        modes = []
        for words in self.tagged.words_of(clause):
            asks = 1 - self.tagged.shares[words, none]
            shares = (self.tagged.modes[words] * asks[:, None]).sum(axis=0) / max(float(asks.sum()), _LEAST)
            best = int(shares.argmax())
            modes.append(best if float(shares[best]) >= _CLEARLY and float(asks.mean()) >= _SOME else ASKED)
        return min(modes, default=ASKED)

    @cached_property
    def begins(self) -> tuple[int, ...]:
        """Where in the message (NFC) a request begins: after another one, or after a story; a few words before it
        ("can you please", "rather than") belong to it."""
        none = self.tagged.labels.index(NONE)
        labels = self.tagged.shares.argmax(axis=1).tolist()
        found, told = [], 0
        words = [self.tagged.text[a:b].lower() for a, b in self.tagged.spans]
        for i in range(len(words)):
            other = i > 0 and told == 0 and labels[i] != labels[i - 1]
            if self.tagged.begins[i] > _SOME and (other or told > _FEW):
                found.append(self.tagged.spans[i - 1 if i and words[i - 1] in _LEADS else i][0])
            told = told + 1 if labels[i] == none else 0
        return tuple(found)

    def changes(self, before: str, after: str) -> float:
        left, right = self.tagged.words_of(before), self.tagged.words_of(after)
        if not left or not right:
            return 0.5
        first = right[0].start
        same = float(np.dot(self.tagged.shares[left[0].stop - 1], self.tagged.shares[first]))
        return max(float(self.tagged.begins[first]), 1 - same)


def _log_odds(share: float) -> float:
    return math.log((share + _LEAST) / (1 - share + _LEAST))
