"""The conversation: a request in, tool calls and sentences out. It and `assistant.tools` alone know langchain.

Tracing is switched off here, before anything of langchain is imported: it would send the conversation out.
"""

import os

__all__ = ["TRACING_VARIABLES"]

TRACING_VARIABLES = ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2")

for _name in TRACING_VARIABLES:
    os.environ[_name] = "false"
