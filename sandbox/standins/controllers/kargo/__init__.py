"""Stand-in for Kargo 1.11: what its controllers, admission and webhooks server make of the objects this project writes.

It is written from Kargo's behaviour, independently of the program, and refuses what it does not imitate. What people
see of it says `stand-in`.
"""
