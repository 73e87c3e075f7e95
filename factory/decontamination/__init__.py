"""Whether what a run makes is too like a public benchmark that a model will be measured on."""
