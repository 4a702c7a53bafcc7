"""Explanations by concepts under Captum's names."""

from ._cav import CAV
from ._classifier import Classifier, DefaultClassifier
from ._concept import Concept, ConceptInterpreter
from ._tcav import TCAV

__all__ = ["CAV", "Classifier", "Concept", "ConceptInterpreter", "DefaultClassifier", "TCAV"]
