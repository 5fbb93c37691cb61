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
    "glioma": Code(scheme="SCT", value="393564001", meaning="Glioma"),
    "meningioma": Code(scheme="SCT", value="302820008", meaning="Intracranial meningioma"),
    "pituitary_tumour": Code(scheme="SCT", value="127024001", meaning="Neoplasm of pituitary gland"),
    "cataract": Code(scheme="SCT", value="193570009", meaning="Cataract (disorder)"),
    "glaucoma": Code(scheme="SCT", value="23986001", meaning="Glaucoma"),
    "diabetic_retinopathy": Code(scheme="SCT", value="4855003", meaning="Diabetic retinopathy"),
    "dental_calculus": Code(scheme="SCT", value="6288001", meaning="Accretion on teeth"),
    "gingivitis": Code(scheme="SCT", value="66383009", meaning="Gingivitis"),
    "hypodontia": Code(scheme="SCT", value="64969001", meaning="Partial congenital absence of teeth"),
    "retinal_vessels": Code(scheme="SCT", value="59820001", meaning="Blood Vessel"),
    "millimetre": Code(scheme="UCUM", value="mm", meaning="mm"),
    "square_millimetre": Code(scheme="UCUM", value="mm2", meaning="square millimeter"),
    "no_unit": Code(scheme="UCUM", value="1", meaning="no units"),
    "percent": Code(scheme="UCUM", value="%", meaning="Percent"),
    "hounsfield_unit": Code(scheme="UCUM", value="[hnsf'U]", meaning="Hounsfield unit"),
    "pixels": Code(scheme="UCUM", value="{pixels}", meaning="pixels"),
    "long_axis": Code(scheme="SCT", value="103339001", meaning="Long axis"),
    "short_axis": Code(scheme="SCT", value="103340004", meaning="Short axis"),
    "area": Code(scheme="SCT", value="42798000", meaning="Area"),
    "box_width": Code(scheme="99MEDVISION", value="box-width", meaning="Width of the box"),
    "box_height": Code(scheme="99MEDVISION", value="box-height", meaning="Height of the box"),
    "share_of_picture": Code(scheme="99MEDVISION", value="share-of-picture", meaning="Share of the picture"),
    "vessel_density": Code(scheme="99MEDVISION", value="vessel-density", meaning="Vessel density in the field of view"),
    "unsure_band": Code(scheme="99MEDVISION", value="unsure-band", meaning="Unsure band over the outlined area"),
}

CHECKED: dict[str, str] = {
    "SCT 126952004": (
        "the founders, November 2026: read in public code, in FHIR value sets as 'Neoplasm of brain (disorder)'"
        " and in an OMOP concept list as the SNOMED code of 'Neoplasm of brain'; not looked up in SNOMED's own"
        " browser"
    ),
    "SCT 393564001": (
        "the founders, November 2026: read in public code as 'Glioma' in several lists of SNOMED concepts, one of"
        " them a disease list for brain MRI; not looked up in SNOMED's own browser"
    ),
    "SCT 302820008": (
        "the founders, November 2026: read in SNOMED's release notes, kept in a public repository, as"
        " 'Intracranial meningioma (disorder)', and in two disease lists for brain MRI"
    ),
    "SCT 127024001": (
        "the founders, November 2026: read in a public FHIR mapping as the parent of the pituitary tumour types,"
        " its name not printed there; a second public list gives it for a pituitary tumour; not looked up in"
        " SNOMED's own browser"
    ),
    "SCT 23986001": (
        "the founders, November 2026: read in public code as 'Glaucoma (disorder)' in several FHIR value sets and"
        " terminology lists; not looked up in SNOMED's own browser"
    ),
    "SCT 4855003": (
        "the founders, November 2026: read in public code as 'Diabetic retinopathy' in several terminology lists"
        " and FHIR value sets; not looked up in SNOMED's own browser"
    ),
    "SCT 6288001": (
        "the founders, November 2026: read in public code as 'Accretion on teeth', with the note that a"
        " terminology server gave that name; broader than dental calculus, for which no code could be checked"
    ),
    "SCT 66383009": (
        "the founders, November 2026: read in public code as 'Gingivitis' in several FHIR guides and terminology"
        " lists; not looked up in SNOMED's own browser"
    ),
    "SCT 64969001": (
        "the founders, November 2026: read in a public dental record's list as 'ausencia parcial congénita de los"
        " dientes (trastorno)', the Spanish edition's name; the English is a translation, not looked up in SNOMED's"
        " own browser"
    ),
    "UCUM {pixels}": (
        "the founders, November 2026: an annotation in braces, which UCUM reads as the unit 1; pydicom's"
        " dictionary holds no unit for pixels"
    ),
    **{
        f"99MEDVISION {value}": (
            "the founders, November 2026: a code of this house, under a private scheme designator, which DICOM"
            " PS3.16 section 8.2 lets begin with 99; no code of a public scheme was found that says the same"
        )
        for value in ("box-width", "box-height", "share-of-picture", "vessel-density", "unsure-band")
    },
}
