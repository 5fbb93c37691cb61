"""What labels of the data folders say beside naming a class. Torch-free."""

from collections.abc import Mapping

__all__ = ["EMPTY_LABELS", "PARTIAL"]

EMPTY_LABELS = frozenset({"no_tumour", "no"})
"""Labels of slices that hold no lesion to box or outline."""

PARTIAL: Mapping[str, Mapping[str, float]] = {"no_dr": {"diabetic_retinopathy": 0.0}}
"""Labels that clear a picture of one class and say nothing of the others."""
