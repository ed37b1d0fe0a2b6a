"""Faults between Pulumi and its servers. After each, a plain second `up` must converge."""
