"""Warnings that point at the user's line."""

import contextlib
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


@contextlib.contextmanager
def once(seen):
    """Within it, a warning that stands in the set `seen` is not shown again."""
    with warnings.catch_warnings():
        show = warnings.showwarning

        def first(message, category, filename, lineno, file=None, line=None):
            key = (str(message), category, filename, lineno)
            if key not in seen:
                seen.add(key)
                show(message, category, filename, lineno, file, line)

        warnings.showwarning = first
        yield
