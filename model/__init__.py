"""What a stack's file says, as frozen values: every noun, field, default and check stands here, once.

Imports neither Pulumi nor anything else of this program. A value is made from the file by `config.load`, or in Python
by the fields' names, and is the argument that components take.
"""
