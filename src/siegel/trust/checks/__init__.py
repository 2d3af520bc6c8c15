"""Checks that need several rooms, or the whole map of addresses, asked as browsers ask."""
