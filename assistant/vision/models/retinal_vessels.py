"""The vessels of one photograph of the back of the eye: SegFormer-B0 with a learned upsampling.

See `assistant.vision.vessel_outliner` for how a photograph is looked at, `assistant.vision.segformer` for the network.
"""

from assistant.vision.segformer import SegFormer
from assistant.vision.vessel_outliner import VesselOutliner

__all__ = ["MODEL", "RetinalVessels"]


class RetinalVessels(VesselOutliner):
    """Vessels by a transformer."""

    network = SegFormer


MODEL = RetinalVessels
