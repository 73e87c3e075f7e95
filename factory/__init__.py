"""The K2 data factory: verified agentic and rephrased training data. Imports neither Beam nor torch."""

from importlib.resources import files

__version__ = (files(__package__) / "VERSION").read_text().strip()
