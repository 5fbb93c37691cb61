"""Cataract, glaucoma, diabetic retinopathy on one photograph of the back of the eye: see `assistant.vision.patterns`.

It sees the camera's lit disc alone, so that a camera's black margin is no sign of anything.
"""

from assistant.vision.patterns import PatternClassifier

__all__ = ["MODEL"]

MODEL = PatternClassifier
