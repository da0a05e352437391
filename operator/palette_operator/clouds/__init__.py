"""How each cloud's part of a cluster is written in Palette's words: one file a cloud, pure.

Builds request bodies from what is desired; sends nothing. Fields that the user did not set are left out, since server
versions differ in what they know.
"""
