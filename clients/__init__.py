"""What is said to servers over HTTP, by a dynamic provider's own process or by a command; never by the program itself.

No message of an error carries a webhook's URL or a credential.
"""
