"""Benchmarks with their peers: every number is a ratio to something else that is measured in the same run."""
