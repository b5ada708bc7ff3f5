"""What can keep a subscription from beginning, or end it."""


class LiveError(Exception):
    """Any of these."""


class ConnectionFailed(LiveError, ConnectionError):
    """The first connection could not be made. Later ones are tried again until they can."""


class AuthenticationFailed(LiveError):
    """The server does not let this client in; trying again would not help."""


class AccessDenied(LiveError):
    """The server does not let this client watch that stream."""


class TooManySubscriptions(LiveError):
    """One connection may have no more."""
