class ActionRefused(Exception):
    """A "no" that a person may read: the message is translated and says what to do instead."""
