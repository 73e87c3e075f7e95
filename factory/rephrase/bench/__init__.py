"""The fidelity checks, tested: falsified rewrites must be caught, faithful ones must pass."""
