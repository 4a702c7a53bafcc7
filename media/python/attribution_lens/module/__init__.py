"""Layers that select features while a model is trained, under Captum's names."""

from ._stochastic_gates import BinaryConcreteStochasticGates, GaussianStochasticGates, StochasticGatesBase

__all__ = ["BinaryConcreteStochasticGates", "GaussianStochasticGates", "StochasticGatesBase"]
