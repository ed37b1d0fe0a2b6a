"""Named texts: what Kubernetes, Kargo, Gitea, Git and Azure accept as a name, an address, a duration or a rule.

Each refuses with a sentence of the form "what is wrong; write what instead" that never repeats the text. Validators
have no JSON schema, so each text carries the nearest pattern for editors.
"""
