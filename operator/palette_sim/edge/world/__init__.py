"""The hosts of a site, their links and their clusters, and what becomes of them in simulated time."""
