"""Dynamic resources, whose providers are part of this program.

Pulumi pickles a provider by its module path into the state, so these modules keep their paths after a release. They
import neither pydantic nor pulumi_kubernetes, and HTTP clients only in methods: an import slows down every preview.

Every `name` is a Pulumi name, and `opts` are Pulumi options. `ca_bundle` is a PEM file with CAs to trust, in addition
to the system's.
"""
