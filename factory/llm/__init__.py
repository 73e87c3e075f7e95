"""Language models behind OpenAI-compatible endpoints: one client, its journal, prompts, checks."""
