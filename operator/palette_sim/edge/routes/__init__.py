"""The endpoints, by what they are about. Each module lists its own in `ENDPOINTS`, by method and path."""
