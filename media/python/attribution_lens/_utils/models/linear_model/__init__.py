"""Linear models that Lime fits."""

from ...._lime import SkLearnLasso, SkLearnLinearRegression, SkLearnRidge

__all__ = ["SkLearnLasso", "SkLearnLinearRegression", "SkLearnRidge"]
