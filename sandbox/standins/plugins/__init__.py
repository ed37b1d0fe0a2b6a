"""Stand-ins for Pulumi's plugins. Each is used only if the real plugin is not on PATH."""

# Module of each stand-in, by the name in its script.
MODULES = {
    "language": "sandbox.standins.plugins.language",
    "kubernetes": "sandbox.standins.plugins.kubernetes.provider",
    "azure": "sandbox.standins.plugins.azure",
    "dynamic": "sandbox.standins.plugins.dynamic",
}
