"""Stand-in for `pulumi-resource-kubernetes` 4.34 on the real API server, step for step as its provider.go does it."""
