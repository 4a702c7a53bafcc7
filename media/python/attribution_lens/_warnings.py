"""Warnings that point at the user's line."""

import os
import sys
import warnings

_FOLDER = os.path.dirname(os.path.abspath(__file__))


def warn(message):
    """Warns about the nearest call that is not this package's own."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and os.path.abspath(frame.f_code.co_filename).startswith(_FOLDER):
        frame = frame.f_back
        level += 1
    warnings.warn(message, stacklevel=level)
