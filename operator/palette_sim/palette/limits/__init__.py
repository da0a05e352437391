"""The documented request limits, enforced: per source address and endpoint prefix, always in real time."""
