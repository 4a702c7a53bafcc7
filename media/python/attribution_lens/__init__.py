"""Captum's attribution algorithms on the engine of Attribution Lens.

Change ``from captum.attr import IntegratedGradients`` into ``from attribution_lens.attr import IntegratedGradients``:
names, arguments, defaults and results are Captum's, and results show their picture beneath the cell.
"""

from ._errors import AttributionLensError, EngineNotReachableError, ExportError

__version__ = "0.1.0"
__all__ = ["AttributionLensError", "EngineNotReachableError", "ExportError", "attr", "concept", "influence", "insights", "metrics", "module", "robust"]


def __getattr__(name):
    """The parts are imported when they are first used."""
    if name in ("attr", "concept", "influence", "insights", "metrics", "module", "robust"):
        import importlib

        return importlib.import_module("." + name, __name__)
    raise AttributeError("module %r has no attribute %r" % (__name__, name))
