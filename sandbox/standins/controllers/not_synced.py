"""The error of an ExternalSecret or a store."""


class NotSyncedError(Exception):
    """An ExternalSecret cannot be synced, or a store is not valid. The text is the message of the event."""
