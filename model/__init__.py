"""A stack's file as frozen values: every noun, key, default and check, stated once.

Imports neither Pulumi nor any other part of this program. `config.load` creates a value from the file. In Python a
value is created with the names of its fields. It is the argument of components.
"""
