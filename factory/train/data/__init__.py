"""From rows of a dataset to packed rows of tokens: tokenizer, chat rendering, order, packing."""
