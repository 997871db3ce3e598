"""Metrics, curves, and the downsampling of both."""
