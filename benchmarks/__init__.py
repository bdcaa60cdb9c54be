"""Runnable comparisons: `make bench`. Ratios within one run, beside their targets."""
