"""What the desk has run later: its jobs stand beside the pages that start them."""

from siegel.desk.administration.verifying import verify_trail

__all__ = ["verify_trail"]
