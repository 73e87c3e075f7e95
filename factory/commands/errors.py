"""What a verb raises when the call itself is wrong."""

from __future__ import annotations


class CommandError(Exception):
    """A call that can't be carried out as given; one line with the remedy. Exit code 2."""
