"""Executable worlds: typed state, tool programs, their interpreter, samplers and faults."""
