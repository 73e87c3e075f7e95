"""The K2 data factory: verified agentic and rephrased training data.

Importing it loads neither Beam nor torch.
"""

from importlib.resources import files

__version__ = (files(__package__) / "VERSION").read_text().strip()
