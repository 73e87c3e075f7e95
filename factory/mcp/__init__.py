"""Real MCP tools: listed from running servers, or read from catalogue files."""
