"""What a sentence names that cannot be so, whatever is found: a handle, another name for a concept, a model's task."""

from collections.abc import Sequence

from assistant.domain.session import Session
from assistant.language.claims.facts import CardWords
from assistant.language.claims.vocabulary import Item

__all__ = ["unfounded"]


def unfounded(items: Sequence[Item], session: Session, cards: Sequence[CardWords]) -> tuple[str, str] | None:
    """A handle that is not there, one concept by the name of another in brackets, or a model that is said to look
    for what its card does not name."""
    for item in items:
        if item.tag == "handle" and session.finding(item.value) is None:
            return "why_handle", item.value
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
