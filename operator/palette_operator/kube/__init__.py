"""The management cluster: reading and writing our resources, finalizers, Secrets.

Knows Kubernetes and nothing of Palette; must not decide what a status says.
"""
