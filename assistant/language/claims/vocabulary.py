"""`prompts/ledger.toml`, `ledger_spoken.toml` -> what each word is: a concept, a number, a certainty word, or nothing.

It reads words and holds nothing against a finding. What stands in no list comes out as `unknown`.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from assistant.language.claims.numerals import Numeral, numeral_at
from assistant.language.normal import folded
from assistant.language.phrasing import PROMPTS, Language

__all__ = ["Item", "Vocabulary", "accented_words", "known_words", "language_of", "vocabulary", "words_of"]

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)?\d*|[%()\[\]\",;:/×–-]")
_HANDLE = re.compile(r"(f|img)(\d+)")
_MARKS = frozenset("\u0300\u0301\u0303\u0309\u0323")
_ACCENTED = re.compile(r"[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệịỉĩọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹàáãèéìíòóõùúý]")
_PLAIN = str.maketrans({"²": "2", "³": "3", "”": '"', "“": '"', "−": "-", "’": "'", "‘": "'"})
_FILES = ("ledger.toml", "ledger_spoken.toml")
_NAMES = frozenset({"concept", "kind", "picture"})
_SEPARATORS = frozenset(',;:()[]"/-–')


@dataclass(frozen=True, slots=True)
class Item:
    """One word or phrase: `tag` says what it is, `value` which one; `number` where it is one."""

    tag: str
    value: str
    text: str
    number: Numeral | None = None


def words_of(text: str) -> list[str]:
    """Folded words, numbers and the few signs that matter."""
    return [_folded(w) for w in accented_words(text)]


@lru_cache(maxsize=1 << 15)
def _folded(word: str) -> str:
    return folded(word)


def accented_words(text: str) -> list[str]:
    """The same words with their accents, the tone mark at the end: "thuỷ" and "thủy" are one."""
    flat = unicodedata.normalize("NFC", text.lower()).translate(_PLAIN)
    return [_canonical(w) for w in _WORD.findall(flat)]


@lru_cache(maxsize=1 << 15)
def _canonical(word: str) -> str:
    if word.isascii():
        return word
    parts = unicodedata.normalize("NFD", word)
    tones = "".join(c for c in parts if c in _MARKS)
    return unicodedata.normalize("NFC", "".join(c for c in parts if c not in _MARKS)) + tones


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Phrases of one language, by their first word, the longest first."""

    language: Language
    phrases: Mapping[str, Sequence[tuple[tuple[str, ...], str, str]]]
    glue: frozenset[str]

    def items(self, text: str, extra: Mapping[str, tuple[str, str]] | None = None) -> list[Item]:
        """What each word is; `Item.text` is folded. `extra`: more phrases of this session, folded -> (tag, value)."""
        spelt = accented_words(text)
        words = [_folded(w) for w in spelt]
        if self.language == "vi" and any(not w.isascii() for w in spelt):
            return _accented(self.language)._items(spelt, words, extra)
        return self._items(words, words, extra)

    def _items(
        self, spelt: Sequence[str], words: Sequence[str], extra: Mapping[str, tuple[str, str]] | None
    ) -> list[Item]:
        found: list[Item] = []
        more: dict[str, list[tuple[tuple[str, ...], str, str]]] = {}
        for phrase_words, (tag, value) in (extra or {}).items():
            key = tuple(phrase_words.split())
            more.setdefault(key[0], []).append((key, tag, value))
        at = 0
        while at < len(words):
            word = words[at]
            if word in _SEPARATORS:
                found.append(Item("sign", word, word))
                at += 1
                continue
            if handle := _HANDLE.fullmatch(word):
                tag = "handle" if handle.group(1) == "f" else "img"
                found.append(Item(tag, f"{'F' if tag == 'handle' else 'img'}{int(handle.group(2))}", word))
                at += 1
                continue
            phrase = self._phrase(spelt, words, at, more)
            numeral, length = numeral_at(words, at, self.language)
            if numeral is not None and (phrase is None or length >= len(phrase[0])):
                text = " ".join(words[at : at + length])
                found.append(Item("number", text, text, numeral))
                at += length
            elif phrase is not None:
                found.append(Item(phrase[1], phrase[2], " ".join(words[at : at + len(phrase[0])])))
                at += len(phrase[0])
            else:
                found.append(Item("glue" if spelt[at] in self.glue else "unknown", word, word))
                at += 1
        return found

    def _phrase(
        self,
        spelt: Sequence[str],
        words: Sequence[str],
        at: int,
        more: Mapping[str, Sequence[tuple[tuple[str, ...], str, str]]],
    ) -> tuple[tuple[str, ...], str, str] | None:
        options = [
            *(p for p in self.phrases.get(spelt[at], ()) if tuple(spelt[at : at + len(p[0])]) == p[0]),
            *(p for p in more.get(words[at], ()) if tuple(words[at : at + len(p[0])]) == p[0]),
        ]
        if not options and spelt[at].endswith("'s"):
            base = spelt[at].removesuffix("'s")
            options = [p for p in self.phrases.get(base, ()) if len(p[0]) == 1]
            options += [((base,), "glue", base)] if base in self.glue else []
        for option in sorted(options, key=lambda p: -len(p[0])):
            if len(option[0]) == 1 or option[1] in _NAMES or not self._named_at(spelt, at + len(option[0]) - 1):
                return option
        return None

    def _named_at(self, spelt: Sequence[str], at: int) -> bool:
        """Whether a name of several words starts here: "và cao răng" is no "và cao"."""
        rows = self.phrases.get(spelt[at], ())
        return any(len(r[0]) > 1 and r[1] in _NAMES and tuple(spelt[at : at + len(r[0])]) == r[0] for r in rows)


_Rows = dict[str, list[str]]


@cache
def _table(group: str) -> dict[str, _Rows]:
    """A group of names -> forms in each language, from both files; a name in both has the forms of both."""
    rows: dict[str, _Rows] = {}
    for file in _FILES:
        for name, forms in _file(file).get(group, {}).items():
            old = rows.get(name, {"en": [], "vi": []})
            rows[name] = {language: [*old[language], *forms.get(language, ())] for language in old}
    return rows


@cache
def _lists(group: str) -> _Rows:
    """A group that has forms and no names."""
    found: _Rows = {"en": [], "vi": [], "en_accented": [], "vi_accented": []}
    for file in _FILES:
        for language, forms in _file(file).get(group, {}).items():
            found[language] += forms.split() if isinstance(forms, str) else forms
    return found


@cache
def word_set(name: str) -> frozenset[str]:
    """The words of `[words]` that a rule on a whole sentence looks for, folded, of both languages."""
    return frozenset(" ".join(words_of(form)) for forms in _table("words")[name].values() for form in forms)


@cache
def _file(name: str) -> dict[str, dict[str, Any]]:
    return tomllib.loads((PROMPTS / name).read_text("utf-8"))


def vocabulary(language: Language) -> Vocabulary:
    """The vocabulary of a language, folded; names of concepts, kinds and units are understood in both."""
    return _built(language, False)


def _accented(language: Language) -> Vocabulary:
    return _built(language, True)


@cache
def _built(language: Language, accents: bool) -> Vocabulary:
    split = accented_words if accents else words_of
    rows: list[tuple[tuple[str, ...], str, str]] = []
    groups = (("concepts", "concept"), ("kinds", "kind"), ("units", "unit"), ("pictures", "picture"))
    for group, tag in groups:
        for name, forms in _table(group).items():
            named = [name, *forms["en"], *forms["vi"]] if language == "vi" else [name, *forms["en"]]
            rows += [(key, tag, name) for form in named if (key := tuple(split(form)))]
    for group in ("tags", "foreign"):
        for name, forms in _table(group).items():
            tag = name if group == "tags" else f"foreign_{name}"
            rows += [(tuple(split(form)), tag, name) for form in forms[language]]
    rows += [(tuple(split(form)), "attributed", "reader") for form in _lists("attributed")[language]]
    rows += [(tuple(split(form)), "limit", "limit") for form in _lists("limits")[language]]
    rows += [(tuple(split(form)), "glue", form) for form in _lists("compounds")[language]]
    phrases: dict[str, list[tuple[tuple[str, ...], str, str]]] = {}
    only_accented = frozenset() if accents else frozenset(words_of(" ".join(_lists("accented")[language])))
    for row in (r for r in rows if len(r[0]) > 1 or r[0][0] not in only_accented):
        phrases.setdefault(row[0][0], []).append(row)
    words = [*_lists("glue")[language], *(_lists("glue")[f"{language}_accented"] if accents else ())]
    glue = frozenset(split(" ".join(words)))
    return Vocabulary(language, phrases, glue)


@cache
def _words(language: Language) -> frozenset[str]:
    voc = vocabulary(language)
    return voc.glue | {w for rows in voc.phrases.values() for row in rows for w in row[0]}


def language_of(text: str, before: Language = "en") -> Language:
    """The language of a sentence; `before` where its words tell nothing."""
    if _ACCENTED.search(text.lower()):
        return "vi"
    words = [w for w in words_of(text) if w.isalpha()]
    english, vietnamese = (sum(w in _words(lang) for w in words) for lang in ("en", "vi"))
    if english == vietnamese:
        return before
    return "vi" if vietnamese > english else "en"


def known_words(texts: Iterable[str]) -> frozenset[str]:
    """Words of texts that the house wrote itself (manifest, cards): they may be named where a limit is stated."""
    return frozenset(w for t in texts for w in words_of(t))
