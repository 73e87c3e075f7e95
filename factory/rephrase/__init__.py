"""Documents to passages to verified rewrites (K2 report §2.2)."""
