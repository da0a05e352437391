"""What hosts answer, as JSON. Source: Edge Management OpenAPI."""
