"""Measurements against their floors. Nothing here is imported by the project."""
