"""How long a look at what would change takes: `make bench`. Prints medians and ratios; asserts nothing."""
