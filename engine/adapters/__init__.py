"""Implementations of the ports: the only side effects."""
