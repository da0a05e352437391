"""The request bodies that the simulated Palette accepts, as strict as the specification and not stricter.

Unknown fields are refused, null counts as absent; types, enumerations and required fields are checked.
Source: Palette OpenAPI 4.9; each class names its definition.
"""
