"""Siegel: confidential conversations between advisers and their clients, each tenant apart."""

__version__ = "0.1.0"
