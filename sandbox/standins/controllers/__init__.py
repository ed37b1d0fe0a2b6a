"""Stand-ins for the controllers of Kargo and External Secrets, and for Kargo's external webhooks server."""
