"""Findings <-> sentences, by rule. Knows no llm, no torch and no file format."""
