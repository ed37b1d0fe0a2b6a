"""Pulumi components and resources, one for each file. None reads configuration, files or the network.

Every `name` is a Pulumi name, and `opts` are Pulumi options. A component with Kubernetes objects needs the Kubernetes
provider in them. `owner` is the stack, as its objects know it. `secrets` are the stack's encrypted values by key.
"""
