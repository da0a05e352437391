"""What the operator knows and decides: resources, observations, plans, policies, conditions.

Pure: nothing here may do I/O, read a clock, draw a random number or import a client. Time comes in as `now`.
"""
