"""The shapes of a host's answers, read with tolerance: hosts in the field are of many versions.

What is secret and not needed is not declared: passwords of registries, tokens of pairings.
"""
