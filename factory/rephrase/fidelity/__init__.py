"""Does a rewrite say what its source says? Symbolic checks with a fact ledger (DESIGN §7)."""
