"""Explanations by concepts under Captum's names."""

from .._errors import missing
from ._concept import Concept
from ._tcav import TCAV

__all__ = ["Concept", "TCAV"]

_ENGINE_ONLY = "TCAV.interpret tells scores with Captum's default classifier, which the engine has; its vectors stay there"
_INSTEAD = {name: _ENGINE_ONLY for name in ("CAV", "Classifier", "ConceptInterpreter", "DefaultClassifier")}


def __getattr__(name):
    """Captum's names that are not here say what works instead."""
    raise missing(__name__, name, _INSTEAD)
