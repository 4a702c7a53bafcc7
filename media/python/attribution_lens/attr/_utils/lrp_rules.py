"""Rules of layer-wise relevance propagation."""

from ..._lrp import Alpha1_Beta0_Rule, EpsilonRule, GammaRule, IdentityRule, PropagationRule

__all__ = ["Alpha1_Beta0_Rule", "EpsilonRule", "GammaRule", "IdentityRule", "PropagationRule"]
