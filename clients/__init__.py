"""HTTP clients of servers, for a dynamic provider's own process and for commands; the program itself uses none.

No error message contains the URL of a webhook or a credential.
"""
