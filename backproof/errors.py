"""The one error that a person at the command line sees without a traceback."""


class UserError(Exception):
    """A mistake of the user: one message on stderr, exit status 2."""
