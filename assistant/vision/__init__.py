"""IMAGE -> FINDINGS. The only room, with training, that knows torch and timm.

Cheap to enter: importing this package, or reading the manifest, loads neither. Models load on first use
(`assistant.vision.loading.Models`).
"""
