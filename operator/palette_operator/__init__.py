"""A Kubernetes operator that keeps Spectro Cloud Palette as its custom resources say."""

__version__ = "0.1.0"
