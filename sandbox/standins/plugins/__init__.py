"""Stand-ins for Pulumi's plugins, each used only where the real one is not on PATH."""
