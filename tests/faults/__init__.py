"""Faults between Pulumi and the servers that it writes to, and what a plain second `up` makes of each."""
