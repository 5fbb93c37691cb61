"""One file a disease model; each holds `MODEL`, the class that `assistant.vision.loading` opens by the card's name."""
