"""The calls, in groups by what they are about. They say what is asked and what the answer means, not how it travels."""
