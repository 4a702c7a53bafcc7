"""Explanations by training examples under Captum's names."""

from ._results import KMostInfluentialResults
from ._similarity import SimilarityInfluence, cosine_similarity, euclidean_distance
from ._tracin import TracInCP, TracInCPFast, TracInCPFastRandProj

__all__ = ["SimilarityInfluence", "TracInCP", "TracInCPFast", "TracInCPFastRandProj"]
