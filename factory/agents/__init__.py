"""Agents: a system prompt, a toolset and the policies to obey."""
