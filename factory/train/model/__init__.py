"""The decoder: configuration, rotary embedding, latent attention, mixture of experts, transformer."""
