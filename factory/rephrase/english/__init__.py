"""English as the offline author knows it: clauses, verbs, moves, synonyms, names, questions."""
