"""Patterns of calculus, gingivitis and hypodontia on one photograph of teeth: see `assistant.vision.patterns`.

It was never shown a healthy mouth, so it tells these patterns from one another and nothing from health.
"""

from assistant.vision.patterns import PatternClassifier

__all__ = ["MODEL"]

MODEL = PatternClassifier
