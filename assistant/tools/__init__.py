"""What the agent may do: one file a tool, one list (`catalog.TOOLS`). Knows langchain's tools, and no llm."""
