"""Which of many vectors are nearest to others, for TracInCPFastRandProj."""

import abc

from ..._errors import InvalidArgumentError


class NearestNeighbors(abc.ABC):
    """Finds those of the stored vectors that have the largest inner product with a query: extend it to bring an index of your own."""

    @abc.abstractmethod
    def get_nearest_neighbors(self, query, k):
        """The places of the nearest `k` of the stored vectors, and their inner products with each query: two tensors, [queries, k]."""

    @abc.abstractmethod
    def setup(self, data):
        """Stores vectors, [vectors, numbers]."""


class AnnoyNearestNeighbors(NearestNeighbors):
    """Nearest neighbors under the name that Captum's tutorials use. All vectors are compared, so that they are exact, and the
    package annoy is not needed.

    Args:
        num_trees: Taken for Captum's sake.
    """

    def __init__(self, num_trees=10):
        self.num_trees = num_trees
        self._stored = None

    def setup(self, data):
        self._stored = data.reshape(len(data), -1)

    def get_nearest_neighbors(self, query, k):
        if self._stored is None:
            raise InvalidArgumentError("AnnoyNearestNeighbors: there are no vectors to compare with: call setup first")
        products = query.reshape(len(query), -1) @ self._stored.T
        largest = products.topk(min(k, products.shape[1]), dim=1)
        return largest.indices, largest.values
