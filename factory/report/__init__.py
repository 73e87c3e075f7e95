"""What a run made, for people: statistics, charts, one page, and rows in the terminal."""
