"""Benchmark of previews and of a first `up`: `make bench`. Prints medians and ratios, and asserts nothing."""
