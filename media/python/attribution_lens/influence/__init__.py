"""Explanations by training examples under Captum's names."""

from ._data_influence import DataInfluence
from ._influence_function import ArnoldiInfluenceFunction, NaiveInfluenceFunction
from ._results import KMostInfluentialResults
from ._similarity import SimilarityInfluence, cosine_similarity, euclidean_distance
from ._tracin import TracInCP, TracInCPBase, TracInCPFast, TracInCPFastRandProj

__all__ = [
    "ArnoldiInfluenceFunction", "DataInfluence", "NaiveInfluenceFunction", "SimilarityInfluence", "TracInCP", "TracInCPBase",
    "TracInCPFast", "TracInCPFastRandProj",
]
