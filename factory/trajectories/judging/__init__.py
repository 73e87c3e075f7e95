"""The rules by which a trajectory is judged."""
