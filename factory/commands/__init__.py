"""One module a verb of the `factory` command: `declare` its options, `execute` it."""
