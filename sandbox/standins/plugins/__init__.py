"""Stand-ins for Pulumi's plugins, each used only where the real one is not on PATH."""

# The module of each stand-in, by the name that its script gives.
MODULES = {
    "language": "sandbox.standins.plugins.language",
    "kubernetes": "sandbox.standins.plugins.kubernetes.provider",
    "azure": "sandbox.standins.plugins.azure",
    "dynamic": "sandbox.standins.plugins.dynamic",
}
