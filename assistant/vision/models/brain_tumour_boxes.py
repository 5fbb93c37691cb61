"""Boxes around brain tumours on one MRI slice, with their kind: see `assistant.vision.lesion_detector`.

It was taught on contrast-enhanced slices with exactly one tumour each, and on healthy ones and mirrored healthy tissue.
"""

from assistant.vision.lesion_detector import LesionDetector

__all__ = ["MODEL"]

MODEL = LesionDetector
