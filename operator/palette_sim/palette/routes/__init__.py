"""The endpoints, by resource. Every path, method and shape is that of Palette OpenAPI 4.9."""
