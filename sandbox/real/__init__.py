"""The real parts of the local platform: engine, API server, etcd, Gitea, CRDs, certificates and pushed images."""
