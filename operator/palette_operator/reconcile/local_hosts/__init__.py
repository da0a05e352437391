"""Hosts that are reached through their own API: how, in which networks, what they show, and what is brought to them."""
