"""The Beam shell around the factory's stages. No domain logic lives here."""
