"""Words as they are understood: abbreviations spelt out, typing errors mended, words of one meaning tagged alike.

The tables are data (`prompts/lexicon.toml`); the words that are known are those of the tables and of every example.
"""

import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from assistant.language.normal import folded, tokens
from assistant.language.phrasing import PROMPTS

__all__ = ["Lexicon", "Words", "untelexed"]

_HANDLE = re.compile(
    r"\b(?:(f)\s?(\d{1,3})|(?:img|image|(?<!diem )anh|hinh|picture|scan|pic)\s?#?(\d{1,3})(?![.,]\d))\b"
)
_YOU = re.compile(r"\b(can|do|are|could|did|will|would|how|what) u\b")
_POLITE = re.compile(
    r"^(?:please |kindly |so |now |ok |okay |and |then |but |well |also )*"
    r"(?:(?:can|could|would|will) you (?:please |kindly |just |also |now )?(?=[a-z]+ )|would you mind |do you mind "
    r"|i (?:want|need|would like|'d like)(?: you)? to |i'd like(?: you)? to |(?:give|show|hand|get|let|tell) (?:me"
    r"|us) (?:have |see |know )?(?=[a-z]+)"
    r"|let's |please |kindly |go ahead and |try to |xin |hay |lam on |vui long |nho ban |ban hay )"
)
_TAIL = re.compile(r"\b(?:please|pls|plz|for me|for us|kindly|giup toi|giup em|giup|dum|gium|cho toi|nhe|voi a|a)$")
_TELEX = re.compile(r"(?=[a-z]*(?:[sfrxj]$|aa|ee|oo|dd|[aou]w|^w))[a-z]{2,9}")
_SYLLABLE = re.compile(r"(?:ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdghklmnprstvx])?[aeiouy]{1,3}(?:ng|nh|ch|[cmnpt])?")
_WRITTEN = re.compile(r"[^\W_]+")
_LONGEST = 6


@dataclass(frozen=True, slots=True)
class Words:
    """A clause as the matcher sees it: its words in order, and the concepts that they name.

    `written`: the words with the accents that they were typed with.
    """

    words: tuple[str, ...]
    concepts: frozenset[str]
    written: tuple[str, ...] = ()


@dataclass(slots=True)
class Lexicon:
    """Built once from the tables and the words of every example utterance."""

    phrases: dict[tuple[str, ...], frozenset[str]] = field(default_factory=dict)
    short: dict[str, tuple[str, ...]] = field(default_factory=dict)
    vocabulary: set[str] = field(default_factory=set)
    deletes: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    swapped: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, said: Mapping[str, int], common: Iterable[str] = ()) -> "Lexicon":
        """`said`: the words of the examples, and how often each is; `common`: words that are right as they are and that
        nothing is mended to. What is said once, and no syllable, is more likely a typing error than a word.
        """
        table = tomllib.loads((PROMPTS / "lexicon.toml").read_text("utf-8"))
        lexicon = cls()
        concepts: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for concept, ways in table["same"].items():
            for way in ways:
                concepts[tuple(tokens(folded(way)))].add(concept)
        lexicon.phrases = {k: frozenset(v) for k, v in concepts.items() if k}
        lexicon.short = {folded(k): tuple(tokens(folded(v))) for k, v in table["short"].items()}
        lexicon.vocabulary.update(w for w, n in said.items() if n > 1 or _SYLLABLE.fullmatch(w))
        for phrase in (*lexicon.phrases, *lexicon.short.values()):
            lexicon.vocabulary.update(phrase)
        lexicon.vocabulary.update(lexicon.short)
        mendable = set(lexicon.vocabulary)
        lexicon.vocabulary.update(table["common"]["words"].split())
        lexicon.vocabulary.update(common)
        for word in sorted(mendable):
            if len(word) == 3 and word.isalpha():
                lexicon.swapped.setdefault("".join(sorted(word)), word)
            if len(word) >= 4 and word.isalpha():
                for cut in _cuts(word):
                    lexicon.deletes[cut].add(word)
        return lexicon

    def words(self, text: str) -> Words:
        """A clause's words and concepts."""
        flat = _HANDLE.sub(lambda m: " xfinding " if m.group(1) else " ximage ", folded(text))
        flat = (
            re.sub(r"=\s*\??\s*$", " meaning ", re.sub(r"(?:^|\s)\?\s?(?=[a-z])", " rule out ", flat))
            .replace("r/o", "rule out")
            .replace("r/v", "review")
            .replace("w/l", "window")
            .replace("y/n", "yes or no")
            .replace("↑", " increase ")
            .replace("↓", " reduce ")
            .replace("100%", "100 percent")
        )
        flat = _YOU.sub(r"\1 you", flat)
        raw = untelexed(tokens(_plain_request(flat)), self.vocabulary)
        spelt: list[str] = []
        for token in raw:
            spelt.extend(self.short.get(token) or (self.mended(token),))
        return Words(tuple(spelt), self._concepts(spelt), _accented(spelt, text))

    def _concepts(self, words: list[str]) -> frozenset[str]:
        found: set[str] = set()
        for start in range(len(words)):
            for length in range(1, min(_LONGEST, len(words) - start) + 1):
                found |= self.phrases.get(tuple(words[start : start + length]), frozenset())
        return frozenset(found)

    def mended(self, token: str) -> str:
        """The known word that this one most likely is; itself where none is near."""
        if token in self.vocabulary or len(token) < 3 or not token.isalpha():
            return token
        if len(token) == 3:
            return self.swapped.get("".join(sorted(token)), token)
        near: set[str] = set()
        for cut in _cuts(token):
            near |= self.deletes.get(cut, set())
        best, least = token, 3.0
        allowed = 1 if len(token) < 8 else 2
        for word in sorted(near):
            apart = distance(token, word)
            if (len(token) < 5 or word[0] != token[0]) and sorted(word) != sorted(token):
                continue
            cost = apart + (0 if word[0] == token[0] else 1) + (0 if len(word) > len(token) else 0.5)
            if apart <= allowed and cost < least:
                best, least = word, cost
        return best


def _accented(words: list[str], text: str) -> tuple[str, ...]:
    """Words as the text writes them, where a word of the text is the same without its accents."""
    if text.isascii():
        return tuple(words)
    typed = _WRITTEN.findall(unicodedata.normalize("NFC", text.lower()))
    plain = [folded(w) for w in typed]
    found: list[str] = []
    at = 0
    for word in words:
        there = next((i for i in range(at, len(plain)) if plain[i] == word), None)
        found.append(word if there is None else typed[there])
        at = at if there is None else there + 1
    return tuple(found)


def _cuts(word: str) -> set[str]:
    """The word itself and what one deletion leaves of it (a cheap index of near spellings)."""
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


def distance(a: str, b: str) -> int:
    """Edits between two words; swapping two neighbours counts one (optimal string alignment)."""
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def untelexed(words: list[str], known: Collection[str]) -> list[str]:
    """Words without the tone and vowel letters of Vietnamese typing, where a sentence was left so ("cos khoong").

    One such word alone may be any typing error, so it stays.
    """
    plain = [w if w in known or not _TELEX.fullmatch(w) else _spoken(w) for w in words]
    undone = sum(a != b and a in known for a, b in zip(plain, words, strict=True))
    return [a if a in known else b for a, b in zip(plain, words, strict=True)] if undone > 1 else words


def _spoken(word: str) -> str:
    """The syllable behind the typed letters; the word itself where it is none."""
    bare = re.sub(r"([aeod])\1", r"\1", re.sub(r"(?<=[aou])w|^w(?=n|ng|$)", "", word))
    toneless = re.sub(r"[sfrxj]$", "", bare)
    inner = re.sub(r"(?<=[aeiouy])[sfrxj](?=[aeiouycmnpt])", "", toneless)
    return inner if _SYLLABLE.fullmatch(inner) else word


def _plain_request(flat: str) -> str:
    """A request without the courtesies around it; as it is where nothing else is left."""
    bare = " ".join(flat.split())
    for pattern in (_POLITE, _POLITE, _TAIL):
        shorter = pattern.sub("", bare.rstrip(" .!?")).strip()
        bare = shorter if len(shorter) > 2 else bare
    return bare
