"""Where a region lies, in words: image halves and quadrants; the patient's sides only where the file says which."""

from assistant.domain.geometry import Region
from assistant.domain.image import ImageFacts
from assistant.language.listing import listed
from assistant.language.phrasing import Language, say

__all__ = ["half_of", "place_words"]

_NEAR = 0.05


def half_of(region: Region, facts: ImageFacts) -> tuple[str, str]:
    """(`left` or `right`, `upper` or `lower`) of a region's middle; '' within 5 % of the image's middle."""
    box = region.bounds
    x = (box.x0 + box.x1) / 2 / facts.size_rc[1] - 0.5
    y = (box.y0 + box.y1) / 2 / facts.size_rc[0] - 0.5
    across = "left" if x < -_NEAR else "right" if x > _NEAR else ""
    along = "upper" if y < -_NEAR else "lower" if y > _NEAR else ""
    return across, along


def place_words(region: Region, facts: ImageFacts, language: Language, several: bool = False) -> str:
    """'in the right half of the image (upper right quadrant)', and the patient's sides by the file's orientation."""
    across, along = half_of(region, facts)
    image = facts.handle if several else say("the_image", language)
    words = say(f"half_{across or along}" if across or along else "near_middle", language, image=image)
    if across and along:
        words += say(f"quadrant_{along}_{across}", language)
    if sides := _patient_sides(across, along, facts, language):
        words += say("towards", language, sides=listed(sides, language))
    return words


def _patient_sides(across: str, along: str, facts: ImageFacts, language: Language) -> list[str]:
    marks = facts.orientation
    if marks is None:
        return []
    edges = [getattr(marks, across)] if across else []
    edges += [marks.top if along == "upper" else marks.bottom] if along else []
    return [say(f"side_{e[0]}", language) for e in edges if e and e[0] in "RLAPHF"]
