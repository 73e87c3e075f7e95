"""Tasks made backwards from executed plans, each with a rubric and a recorded proof."""
