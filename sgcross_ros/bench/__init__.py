"""Benchmarks: every stage by itself, then the live chain of nodes."""
