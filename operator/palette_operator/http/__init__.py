"""What talking to Palette and talking to a host have in common: how a request travels and how an answer is read.

Nothing here knows an operation, a credential or a limit. It imports neither of the clients that stand on it.
"""
