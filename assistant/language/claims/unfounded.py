"""What a sentence names that cannot be so, whatever is found: a handle, another name for a concept, a model's task,
what can look like another concept."""

import re
from collections.abc import Sequence

from assistant.domain.session import Session
from assistant.language.claims.facts import CardWords
from assistant.language.claims.vocabulary import Item, words_of

__all__ = ["unfounded"]

_ALIKE = re.compile(
    r"\blook(?:s|ing)? (?:\w+ )?(?:like|alike)\b|\bmimic(?:s|ked)?\b|\bresembl(?:es?|ing)\b|\b(?:taken|mistaken) for\b"
    r"|\btrong (?:\w+ )?giong\b|\bnham (?:voi|la|thanh)\b"
)


def unfounded(items: Sequence[Item], session: Session, cards: Sequence[CardWords]) -> tuple[str, str] | None:
    """A handle that is not there, one concept by the name of another in brackets, or a model that is said to look
    for what its card does not name."""
    for item in items:
        if item.tag == "handle" and session.finding(item.value) is None:
            return "why_handle", item.value
    if (photo := _unread(items, session)) is not None:
        return "why_word", photo
    if (stranger := _not_alike(items, cards)) is not None:
        return "why_alike", stranger
    for one, opened, other, closed in zip(items, items[1:], items[2:], items[3:], strict=False):
        renamed = (one.tag, opened.text, other.tag, closed.text) == ("concept", "(", "concept", ")")
        if renamed and one.value != other.value:
            return "why_concept", other.value
    named = {i.value for i in items if i.tag == "glue"}
    spoken_of = [c for c in cards if c.title and c.name in named]
    if not spoken_of or any(i.tag in ("neg", "limit") for i in items) or not any(i.tag == "asked" for i in items):
        return None
    looked_for = {c for card in spoken_of for c in card.concepts}
    return next((("why_concept", i.value) for i in items if i.tag == "concept" and i.value not in looked_for), None)


def _unread(items: Sequence[Item], session: Session) -> str | None:
    """A picture that was refused, where a sentence says what is in it or that it was read."""
    named = next((i.text for i in items if i.tag == "picture" and i.value == "plain_photo"), None)
    read = {i.admission.kind for i in session.images if i.admission is not None and i.admission.admitted}
    if named is None or "photo" in read:
        return None
    return named if any(i.tag in _OF_CONTENT for i in items) else None


_OF_CONTENT = frozenset({"concept", "kind", "finding", "lesion", "present", "absent", "seen", "nothing_else", "handle"})


def _not_alike(items: Sequence[Item], cards: Sequence[CardWords]) -> str | None:
    """A look-alike of another concept, or a word of none, where a limit says what can look like one concept."""
    text = " ".join(i.text for i in items)
    if not any(i.tag == "limit" for i in items) or not _ALIKE.search(text):
        return None
    about = {i.value for i in items if i.tag == "concept"}
    own = {" ".join(words_of(n)) for card in cards for c in about for n in card.alike.get(c, ())}
    if len(about) != 1 or not own:
        return None
    named = {" ".join(words_of(n)) for card in cards for names in card.alike.values() for n in names}
    rest = f" {text} "
    for name in sorted(own, key=len, reverse=True):
        rest = rest.replace(f" {name} ", "  ")
    if (other := next((n for n in named if f" {n} " in rest), None)) is not None:
        return other
    words = {w for name in own for w in name.split()}
    open_ = (i for i in items if i.tag == "unknown" or i.tag.startswith("foreign"))
    return next((i.text for i in open_ if not all(w in words for w in i.text.split())), None)
