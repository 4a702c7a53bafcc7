"""Summaries of attributions that come one by one."""

import collections
import copy

import torch

from .._errors import InvalidArgumentError
from ._stat import MSE, Count, Mean, StdDev, Var


class Summarizer:
    """Statistics over tensors, or tuples of them, that come one by one::

        summarizer = Summarizer(CommonStats())
        for batch in batches:
            summarizer.update(method.attribute(batch, target=0))
        summarizer.summary["mean"]

    Args:
        stats: The statistics.
    """

    def __init__(self, stats):
        self._asked = list(dict.fromkeys(stats))
        self._stats = _with_needed(self._asked)
        self._summarizers = []
        self._is_inputs_tuple = None

    def update(self, x):
        """Takes the next value: a tensor, a number, or a tuple with one of these for each input."""
        if self._is_inputs_tuple not in (None, isinstance(x, tuple)):
            raise InvalidArgumentError("Summarizer: every update must have the form of the first, %s" % ("a tuple" if self._is_inputs_tuple else "one tensor"))
        self._is_inputs_tuple = isinstance(x, tuple)
        for index, part in enumerate(x if isinstance(x, tuple) else (x,)):
            if index == len(self._summarizers):
                stats = copy.deepcopy(self._stats)
                self._summarizers.append(SummarizerSingleTensor(stats, [self._stats.index(stat) for stat in self._asked]))
            self._summarizers[index].update(part if isinstance(part, torch.Tensor) else torch.tensor(part, dtype=torch.float))

    @property
    def summary(self):
        """The statistics by name so far; a list with those of each input after tuples, None before the first update."""
        if not self._summarizers:
            return None
        found = [summarizer.summary for summarizer in self._summarizers]
        return found if self._is_inputs_tuple else found[0]


class SummarizerSingleTensor:
    """The statistics of one input.

    Args:
        stats: All that are updated, in this order.
        summary_stats_indices: Which of them are in the summary.
    """

    def __init__(self, stats, summary_stats_indices):
        self._stats = stats
        self._by_stat = {stat: stat for stat in stats}
        self._summary_stats = [stats[index] for index in summary_stats_indices]
        for stat in stats:
            stat._other_stats = self
            stat.init()

    def update(self, x):
        """Takes the next tensor."""
        for stat in self._stats:
            stat.update(x)

    def get(self, stat):
        """The statistic of the same class and parameters; None when there is none."""
        return self._by_stat.get(stat)

    @property
    def summary(self):
        """The statistics by name so far."""
        return {stat.name: stat.get() for stat in self._summary_stats}


def _with_needed(stats):
    """The statistics, and before them those that they are made of."""
    needed = {Mean: [Count], MSE: [Count, Mean], Var: [Count, Mean, MSE], StdDev: [Count, Mean, MSE]}
    found = {}
    for stat in stats:
        for kind in next((needed[own] for own in needed if isinstance(stat, own)), []):
            found.setdefault(kind(), kind())
        if isinstance(stat, StdDev):
            found.setdefault(Var(order=stat.order), Var(order=stat.order))
    order = [Count, Mean, MSE]
    asked = {stat: stat for stat in stats}
    every = [asked.get(stat, stat) for stat in found] + [stat for stat in stats if stat not in found]
    return sorted(every, key=lambda stat: order.index(type(stat)) if type(stat) in order else len(order) + isinstance(stat, (Var, StdDev)))


class ClassSummarizer(Summarizer):
    """A Summarizer that also keeps a summary for each class."""

    def __init__(self, stats):
        super().__init__(stats)
        self.summaries = collections.defaultdict(lambda: Summarizer(stats=copy.deepcopy(list(stats))))

    def update(self, x, labels=None):
        """Takes the next value.

        Args:
            x: A tensor or a tuple of tensors whose first axis is that of the examples.
            labels: The class of all examples, or a list or tensor with one for each. None: only the summary of all.
        """
        if labels is None:
            super().update(x)
            return
        parts = x if isinstance(x, tuple) else (x,)
        given = labels.tolist() if isinstance(labels, torch.Tensor) else labels
        given = given if isinstance(given, list) else [given]
        if len(given) > 1 and any(part.shape[0] != len(given) for part in parts):
            raise InvalidArgumentError("ClassSummarizer: there must be one label, or one for each of the %d examples, got %d" % (parts[0].shape[0], len(given)))
        for example in range(parts[0].shape[0]):
            own = tuple(part[example] for part in parts)
            self.summaries[given[0] if len(given) == 1 else given[example]].update(own)
            super().update(tuple(part.clone() for part in own))

    @property
    def class_summaries(self):
        """The summary of each class."""
        return {label: summarizer.summary for label, summarizer in self.summaries.items()}
