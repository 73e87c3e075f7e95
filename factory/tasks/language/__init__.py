"""What users say: wishes in words, in many voices."""
