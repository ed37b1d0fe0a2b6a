"""A local platform for trying and testing the program; the program does not know it.

Real parts, built from Go modules or found on PATH: the Pulumi engine, a Kubernetes API, Gitea. Stand-ins, for what
cannot be had as a package: Pulumi's plugins, and the controllers of Kargo and External Secrets.
"""
