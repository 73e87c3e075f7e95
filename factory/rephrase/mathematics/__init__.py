"""Mathematics as verified learning notes, other languages in English."""
