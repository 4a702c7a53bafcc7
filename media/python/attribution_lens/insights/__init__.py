"""Captum's page for exploring attributions, which the picture of an attribution is here."""

from .._errors import missing

_PICTURES = (
    "every attribution shows its picture beneath the cell, with its inputs, methods, options and targets to choose from. Attribute a batch: "
    "IntegratedGradients(model).attribute(inputs, baselines=inputs * 0, target=labels)"
)
_INSTEAD = {name: _PICTURES for name in ("AttributionVisualizer", "Batch", "features")}


def __getattr__(name):
    """Captum's names that are not here say what works instead."""
    raise missing(__name__, name, _INSTEAD)
