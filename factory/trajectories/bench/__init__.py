"""How good the judge is: good trajectories broken in named ways, and what it finds."""
