"""Influence functions by Arnoldi iteration, where Captum has them."""

from .._influence_function import ArnoldiInfluenceFunction

__all__ = ["ArnoldiInfluenceFunction"]
