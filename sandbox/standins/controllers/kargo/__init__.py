"""Stand-in for Kargo 1.11: its controllers, admission and external webhooks server, for the objects of this project.

It imitates Kargo's behavior, independently of the program, and refuses anything that it does not imitate. Its output
contains `stand-in`.
"""
