"""`python -m ops.doctor`: follows a deployed stack from its kubeconfig to the images file, and says what is broken.

Only reads: a receiver is asked with HEAD, which triggers nothing (Kargo 1.11).
"""
