"""Stand-in for `pulumi-resource-kubernetes` 4.34 on the real API server. It follows provider.go step by step."""
