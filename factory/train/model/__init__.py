"""The decoder: configuration, rotary embedding, latent attention, experts, transformer."""
