"""A sentence -> the facts it states -> held against the findings. No llm, no torch; every word it knows is data."""

from assistant.language.claims.facts import CardWords, Held, Rates, Verdict
from assistant.language.claims.ledger import Ledger

__all__ = ["CardWords", "Held", "Ledger", "Rates", "Verdict"]
