"""The vocabulary: each coded concept once. No code is typed from memory.

A code either stands in pydicom's dictionaries or in `CHECKED`, which says who checked it and where; a test
holds every code of this module to one of the two. This module itself knows no file format.
"""

from assistant.domain.base import Frozen

__all__ = ["CHECKED", "CODES", "Code"]


class Code(Frozen):
    """One coded concept: coding scheme designator (SCT, DCM, UCUM), code value, code meaning."""

    scheme: str
    value: str
    meaning: str


CODES: dict[str, Code] = {
    "brain_tumour": Code(scheme="SCT", value="126952004", meaning="Neoplasm of brain"),
    "neoplasm": Code(scheme="SCT", value="108369006", meaning="Neoplasm"),
    "brain": Code(scheme="SCT", value="12738006", meaning="Brain"),
    "millimetre": Code(scheme="UCUM", value="mm", meaning="mm"),
    "square_millimetre": Code(scheme="UCUM", value="mm2", meaning="square millimeter"),
    "no_unit": Code(scheme="UCUM", value="1", meaning="no units"),
    "percent": Code(scheme="UCUM", value="%", meaning="Percent"),
    "hounsfield_unit": Code(scheme="UCUM", value="[hnsf'U]", meaning="Hounsfield unit"),
    "pixels": Code(scheme="UCUM", value="{pixels}", meaning="pixels"),
}

CHECKED: dict[str, str] = {
    "SCT 126952004": (
        "the founders, November 2026: read in public code, in FHIR value sets as 'Neoplasm of brain (disorder)' and in"
        " an OMOP concept list as the SNOMED code of 'Neoplasm of brain'; not looked up in SNOMED's own browser"
    ),
    "UCUM {pixels}": (
        "the founders, November 2026: an annotation in braces, which UCUM reads as the unit 1; pydicom's dictionary"
        " holds no unit for pixels"
    ),
}
