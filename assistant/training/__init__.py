"""DATA FOLDER -> WEIGHTS + CARD. Knows torch and vision; nothing above knows it but the command line."""
