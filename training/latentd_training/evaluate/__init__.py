"""The evaluator, and what it measures."""
