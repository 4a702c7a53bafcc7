"""What goes wrong, as Python exceptions with the engine's messages."""

import re


class AttributionLensError(Exception):
    """The engine, or the way to it, refused. ``code`` is the engine's; ``next_step`` says what can be done."""

    default_code = "internal"

    def __init__(self, message, code=None, next_step=None):
        super().__init__("%s %s" % (message if message.endswith((".", "!", "?")) else message + ".", next_step) if next_step else message)
        self.message = message
        self.code = code or self.default_code
        self.next_step = next_step


class EngineNotReachableError(AttributionLensError, ConnectionError):
    """There is no engine, or the connection to it ended."""

    default_code = "engine-stopped"


class InvalidArgumentError(AttributionLensError, ValueError, AssertionError):
    """An argument does not fit. Captum raises AssertionError for the same."""

    default_code = "invalid-argument"


class ExportError(AttributionLensError, TypeError):
    """A model has no form that gradients can be taken of; the message names what stopped it, and what still works."""

    default_code = "unsupported-operator"


class TargetOutOfRangeError(AttributionLensError, IndexError):
    """A target that the model's output does not have."""

    default_code = "target-out-of-range"


class OutOfMemoryError(AttributionLensError, MemoryError):
    """An allocation failed, even at the smallest chunk."""

    default_code = "out-of-memory"


class CancelledError(AttributionLensError):
    """The call was cancelled."""

    default_code = "cancelled"


def missing(module, name, instead):
    """The exception for a name of a module: one of Captum's that is not here, or none at all. `instead` says what works by name."""
    if name in instead:
        return NotImplementedError("%s.%s is not here: %s" % (module, name, instead[name]))
    return AttributeError("module %r has no attribute %r" % (module, name))


_CLASSES = {
    "invalid-argument": InvalidArgumentError,
    "shape-mismatch": InvalidArgumentError,
    "not-finite": InvalidArgumentError,
    "not-found": InvalidArgumentError,
    "target-out-of-range": TargetOutOfRangeError,
    "out-of-memory": OutOfMemoryError,
    "engine-stopped": EngineNotReachableError,
    "cancelled": CancelledError,
}


def error_of(code, message, next_step=None):
    """The exception for an error of the engine. Names of options are written as Python has them."""
    return _CLASSES.get(code, AttributionLensError)(in_python(message), code, next_step and in_python(next_step))


_OPTION = re.compile(r"\b[a-z]+(?:[A-Z][a-z]+)+\b")


def in_python(text):
    """A message with ``nSteps`` written as ``n_steps``; names in quotes are the user's and stay."""
    parts = re.split(r"('[^']*')", text)
    return "".join(part if part.startswith("'") else _OPTION.sub(lambda match: re.sub(r"([A-Z])", r"_\1", match.group(0)).lower(), part) for part in parts)
