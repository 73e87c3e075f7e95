"""How the offline agents act and what they say."""
