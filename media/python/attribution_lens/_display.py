"""Results show themselves: beneath the cell whose last expression they are, with progress while they are computed."""

import sys
import threading
import time
import weakref

from ._interrupts import surely

_FIRST_SECONDS = 0.5
_BETWEEN_SECONDS = 0.2
_shown = {}
_registered = {}


class Picture:
    """What an attribution looks like: the engine's mime bundle, asked for when it is first shown.

    `hints` say what is known of each input besides its numbers: ``{"features": names}`` or nothing.
    """

    def __init__(self, client, explanation, hints=()):
        self._client = client
        self._explanation = explanation
        self._hints = list(hints)
        self._bundle = None

    def bundle(self):
        """MIME type to data; None when the engine that knows it is gone."""
        if self._bundle is None and self._client.is_open:
            self._bundle = self._client.present(self._explanation, hints=self._hints)
        return self._bundle


class Bundle:
    """A mime bundle to display, with the matplotlib figure that belongs to it where there is one."""

    def __init__(self, data):
        self.data = data

    def _repr_mimebundle_(self, include=None, exclude=None):
        return self.data

    def __repr__(self):
        return self.data.get("text/plain", "")


def remember(value, picture):
    """Lets a tensor, or each of a tuple or list of them, show a picture. Returns the value as it is."""
    if isinstance(value, (tuple, list)):
        for part in value:
            remember(part, picture)
    elif value is not None:
        key = id(value)
        try:
            reference = weakref.ref(value, lambda _: _shown.pop(key, None))
        except TypeError:  # cannot be referred to weakly
            return value
        _shown[key] = (reference, picture)
        _register(type(value))
    if isinstance(value, (tuple, list)):
        _register(type(value))
    return value


def picture_of(value):
    """The picture of something that `attribute` returned; None for everything else."""
    if isinstance(value, (tuple, list)):
        pictures = [picture_of(part) for part in value] if 0 < len(value) <= 64 else [None]
        return pictures[0] if all(picture is pictures[0] for picture in pictures) else None
    reference, picture = _shown.get(id(value), (None, None))
    return picture if reference is not None and reference() is value else None


def notebook():
    """The IPython of a notebook or another kernel with a front end; None in scripts and terminals."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell if getattr(shell, "kernel", None) is not None else None


def _register(kind):
    shell = notebook()
    if shell is None or _registered.get(kind) is shell:
        return
    _registered[kind] = shell
    formatter = shell.display_formatter.mimebundle_formatter
    before = _formatter_for(formatter, kind)

    def bundle(value, include=None, exclude=None):
        picture = picture_of(value)
        if picture is not None:
            return _safely(picture)
        if before is not None:
            return before(value)
        own = getattr(type(value), "_repr_mimebundle_", None)
        return own(value, include=include, exclude=exclude) if own is not None else None

    formatter.for_type(kind, bundle)
    if kind in (tuple, list):
        _register_text(shell.display_formatter.formatters["text/plain"], kind)


def _formatter_for(formatter, kind):
    try:
        return formatter.lookup_by_type(kind)
    except KeyError:
        return None


def _register_text(formatter, kind):
    """IPython prints tuples and lists itself, whatever their bundle says."""
    before = _formatter_for(formatter, kind)

    def text(value, printer, cycle):
        picture = picture_of(value) if len(printer.stack) == 1 else None
        summary = (_safely(picture) or {}).get("text/plain") if picture is not None else None
        if summary is not None:
            printer.text(summary)
        elif before is not None:
            before(value, printer, cycle)
        else:
            printer.text(repr(value))

    formatter.for_type(kind, text)


def _safely(picture):
    """The bundle; a failure to draw does not hide the numbers."""
    try:
        return picture.bundle()
    except Exception as error:  # anything: the cell's own result must appear
        return {"text/plain": "The picture cannot be drawn: %s" % error}


class Progress:
    """A bar in the cell, for calls that take longer than half a second; gone when they end."""

    def __init__(self, title, always=False):
        self._title = title
        self._always = always
        self._begun = self._last = time.monotonic()
        self._handle = None
        self._wrote = False

    def __call__(self, fraction, message="", seconds_left=None):
        """Shows how much is done; called by the client."""
        now = time.monotonic()
        shell = notebook()
        if shell is None and not self._always:
            return
        if not self._always and now - self._begun < _FIRST_SECONDS or now - self._last < _BETWEEN_SECONDS:
            return
        self._last = now
        text = _bar(self._title, fraction, message, seconds_left)
        if shell is None:
            sys.stderr.write("\r" + text)
            sys.stderr.flush()
            self._wrote = True
        elif threading.current_thread() is threading.main_thread():
            from IPython.display import DisplayHandle

            if self._handle is None:
                # Known before it is shown: an interrupt that comes while it is being shown must still clear it.
                self._handle = DisplayHandle()
                self._handle.display({"text/plain": text}, raw=True)
            else:
                self._handle.update({"text/plain": text}, raw=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        surely(self._clear)

    def _clear(self):
        if self._handle is not None:
            # Empty HTML takes no room, where an empty text is a line; with no data at all the bar would stay.
            self._handle.update({"text/plain": "", "text/html": ""}, raw=True)
        if self._wrote:
            self._wrote = False
            sys.stderr.write("\n")


def _bar(title, fraction, message, seconds_left):
    done = max(0.0, min(1.0, fraction or 0.0))
    filled = int(round(done * 30))
    left = "" if seconds_left is None else ", %s left" % _duration(seconds_left)
    return "%s  [%s%s] %3d %%%s%s" % (title, "█" * filled, "░" * (30 - filled), round(done * 100), "  " + message if message else "", left)


def _duration(seconds):
    return "%d s" % max(1, round(seconds)) if seconds < 90 else "%d min" % round(seconds / 60)
