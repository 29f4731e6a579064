"""Wattkeeper: a self-hostable Green Button Connect My Data platform."""

__version__ = "0.1.0"
