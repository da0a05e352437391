"""The checks, by subject: small pure functions from what was seen to findings. They look at nothing by themselves."""
