"""Claims that no program checks yet. When one is built, it moves to its package's `controls.py`."""
