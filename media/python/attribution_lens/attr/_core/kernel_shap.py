"""Kernel SHAP, where Captum has it."""

from .._perturbation import KernelShap

__all__ = ["KernelShap"]
