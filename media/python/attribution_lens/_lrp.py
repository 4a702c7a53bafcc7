"""Rules of layer-wise relevance propagation, set on modules as in Captum."""


class PropagationRule:
    """How relevance passes a layer."""

    def to_engine(self):
        """The rule as the engine has it."""
        return dict({"rule": type(self).__name__}, **self._options())

    def _options(self):
        return {}


class EpsilonRule(PropagationRule):
    """Adds epsilon to the denominator, with its sign."""

    def __init__(self, epsilon=1e-9):
        self.epsilon = epsilon

    def _options(self):
        return {"epsilon": self.epsilon}


class GammaRule(PropagationRule):
    """Weights w + gamma * max(w, 0): favours what speaks for the target."""

    def __init__(self, gamma=0.25, set_bias_to_zero=False):
        self.gamma = gamma
        self.set_bias_to_zero = set_bias_to_zero

    def _options(self):
        return {"gamma": self.gamma, "setBiasToZero": self.set_bias_to_zero}


class Alpha1_Beta0_Rule(PropagationRule):
    """Weights max(w, 0): only what speaks for the target."""

    def __init__(self, set_bias_to_zero=False):
        self.set_bias_to_zero = set_bias_to_zero

    def _options(self):
        return {"setBiasToZero": self.set_bias_to_zero}


class IdentityRule(EpsilonRule):
    """Relevance passes unchanged."""

    def _options(self):
        return {}


def rules_of(forward_func, model):
    """The rules that are set on modules, by the engine's names of their layers. They are taken off, as Captum does it."""
    if not hasattr(forward_func, "named_modules"):
        return {}
    found = {}
    for _, module in forward_func.named_modules():
        rule = vars(module).get("rule")
        if isinstance(rule, PropagationRule):
            found[model.layer_name(module)] = rule.to_engine()
            del module.rule
    return found
