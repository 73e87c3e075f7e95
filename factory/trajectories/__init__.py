"""Trajectories: simulated user, agents of graded skill, stateful execution, replay and judging."""
