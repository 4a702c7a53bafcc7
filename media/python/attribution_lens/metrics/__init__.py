"""Metrics of explanations under Captum's names."""

from ._metrics import infidelity, infidelity_perturb_func_decorator, sensitivity_max

__all__ = ["infidelity", "infidelity_perturb_func_decorator", "sensitivity_max"]
