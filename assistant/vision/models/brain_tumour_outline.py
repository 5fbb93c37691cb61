"""The outline of a brain tumour on one MRI slice: SegFormer-B0, see `assistant.vision.lesion_outliner`.

It was taught on the outlines that a radiologist drew on contrast-enhanced slices: what was not outlined there (swelling
around a tumour) is not part of it.
"""

from assistant.vision.lesion_outliner import LesionOutliner

__all__ = ["MODEL"]

MODEL = LesionOutliner
