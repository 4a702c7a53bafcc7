"""Adversarial attacks, and how robust models are to them, under Captum's names."""

from ._attacks import FGSM, PGD, Perturbation
from ._compare import AttackComparator
from ._minimal import MinParamPerturbation

__all__ = ["AttackComparator", "FGSM", "MinParamPerturbation", "PGD", "Perturbation"]
