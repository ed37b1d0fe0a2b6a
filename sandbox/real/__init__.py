"""What is real on the local platform: engine, API server, etcd, Gitea, CRDs, certificates and the images pushed."""
