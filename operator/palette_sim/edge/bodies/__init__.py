"""The bodies that hosts take, field by field as the specification has them: another field is refused.

Source: Edge Management OpenAPI.
"""
