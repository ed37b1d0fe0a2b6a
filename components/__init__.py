"""What Pulumi registers: one component or resource per file. None reads configuration, files or the network."""
