"""A local platform to try and test the program. The program does not know the platform.

Real parts, built from Go modules or found on PATH: the Pulumi engine, a Kubernetes API, Gitea. Stand-ins for the parts
that no package registry has: Pulumi's plugins, and the controllers of Kargo and External Secrets.
"""
