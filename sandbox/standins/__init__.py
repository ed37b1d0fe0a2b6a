"""Stand-ins for the parts that no package registry has. Each identifies itself in its output."""
