"""The stop button at a bad moment."""


def surely(restore):
    """Puts something back, to its end also where an interrupt comes meanwhile: `restore` may run twice."""
    try:
        restore()
    except KeyboardInterrupt:
        restore()
        raise
