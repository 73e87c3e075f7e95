"""What a text is made of: segments, tokens, chunks, and how far two texts are apart."""
