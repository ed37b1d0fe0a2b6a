"""Stand-in for Azure: Entra's token endpoint and Key Vault's secrets, after a proxy on loopback.

Both verify tokens as Azure does, and answer with its codes and sentences. A client needs no other address than in
Azure: its variables HTTPS_PROXY and SSL_CERT_FILE lead it here.
"""
