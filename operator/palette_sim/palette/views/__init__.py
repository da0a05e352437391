"""How the simulated Palette shows what it knows, in the shapes of Palette OpenAPI 4.9."""
