"""Resources in this program's own Python.

Pulumi pickles a provider by its module's path into the state, so these modules may not move after a release. They
import neither pydantic nor pulumi_kubernetes, and HTTP clients inside their methods alone: every preview would pay.
"""
