"""Explanations by concepts under Captum's names."""

from ._concept import Concept
from ._tcav import TCAV

__all__ = ["Concept", "TCAV"]
