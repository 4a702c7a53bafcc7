"""Linear models that Lime fits."""

from ...._lime import SGDLasso, SGDLinearRegression, SGDRidge, SkLearnLasso, SkLearnLinearRegression, SkLearnRidge

__all__ = ["SGDLasso", "SGDLinearRegression", "SGDRidge", "SkLearnLasso", "SkLearnLinearRegression", "SkLearnRidge"]
