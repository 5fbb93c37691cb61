"""The vessels of one photograph of the back of the eye: a U-Net, beside the SegFormer on the same pictures.

See `assistant.vision.vessel_outliner` for how a photograph is looked at, `assistant.vision.unet` for the network.
"""

from assistant.vision.unet import UNet
from assistant.vision.vessel_outliner import VesselOutliner

__all__ = ["MODEL", "RetinalVesselsUNet"]


class RetinalVesselsUNet(VesselOutliner):
    """Vessels by a convolutional network."""

    network = UNet


MODEL = RetinalVesselsUNet
