"""Documents in: files of every kind as Markdown, with language, script, subject and licence."""
