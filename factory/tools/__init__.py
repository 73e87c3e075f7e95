"""The tool repository: derive, prove, synthesise and adopt tools; the typed tool graph."""
