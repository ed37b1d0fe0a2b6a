"""Stand-ins for Pulumi's plugins. Each is used only if the real plugin is not on PATH."""

# Environment variable with the folder of the stand-in for Azure; without it, its provider writes to no vault.
AZURE_FOLDER = "SANDBOX_AZURE"
# Module of each stand-in, by the name in its script.
MODULES = {
    "language": "sandbox.standins.plugins.language",
    "kubernetes": "sandbox.standins.plugins.kubernetes.provider",
    "azure": "sandbox.standins.plugins.azure",
    "dynamic": "sandbox.standins.plugins.dynamic",
}
