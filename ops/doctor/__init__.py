"""`python -m ops.doctor`: checks a deployed stack from its kubeconfig to the images file, and prints the fixes.

It only reads. It requests a receiver with HEAD, which triggers nothing (Kargo 1.11).
"""
