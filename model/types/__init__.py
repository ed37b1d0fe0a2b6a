"""Types of strings: names, addresses, durations and rules as Kubernetes, Kargo, Gitea, Git and Azure accept them.

A check that Python makes has no JSON schema, so each type has a pattern for editors that is as close as possible.
"""
