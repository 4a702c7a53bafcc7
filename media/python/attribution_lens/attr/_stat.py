"""Statistics over tensors that come one by one, element by element, in one pass."""

import torch


class Stat:
    """A statistic: ``update`` takes the next tensor, ``get`` tells the value so far (None before the first).

    Args:
        name: The key in a summary. Default: the class's name in small letters, with the parameters.
        kwargs: What tells statistics of a class apart, as ``order``.
    """

    def __init__(self, name=None, **kwargs):
        self.params = kwargs
        self._name = name
        self._other_stats = None

    def init(self):
        """Called once, when the other statistics can be had by ``_get_stat``."""

    def _get_stat(self, stat):
        """The statistic of the same class and parameters that is updated before this one."""
        return self._other_stats.get(stat)

    def update(self, x):
        """Takes the next tensor."""
        raise NotImplementedError()

    def get(self):
        """The value so far."""
        raise NotImplementedError()

    def __hash__(self):
        return hash((type(self), frozenset(self.params.items())))

    def __eq__(self, other):
        return isinstance(other, Stat) and type(self) is type(other) and self.params == other.params

    @property
    def name(self):
        """The key in a summary."""
        return self._name or type(self).__name__.lower() + ("(%s)" % self.params if self.params else "")


class Count(Stat):
    """How many tensors there were."""

    def __init__(self, name=None):
        super().__init__(name=name)
        self.n = None

    def get(self):
        return self.n

    def update(self, x):
        self.n = (self.n or 0) + 1


class Mean(Stat):
    """The running mean of Welford: m + (x - m) / n."""

    def __init__(self, name=None):
        super().__init__(name=name)
        self.rolling_mean = None
        self.n = None

    def init(self):
        self.n = self._get_stat(Count())

    def get(self):
        return self.rolling_mean

    def update(self, x):
        if self.rolling_mean is None:
            self.rolling_mean = x.clone() if x.is_floating_point() else x.double()
        else:
            self.rolling_mean = self.rolling_mean + (x - self.rolling_mean) / self.n.get()


class MSE(Stat):
    """The sum of squared deviations from the mean, which Captum calls so."""

    def __init__(self, name=None):
        super().__init__(name=name)
        self.prev_mean = None
        self.mse = None
        self.mean = None

    def init(self):
        self.mean = self._get_stat(Mean())

    def get(self):
        return torch.zeros_like(self.prev_mean) if self.mse is None and self.prev_mean is not None else self.mse

    def update(self, x):
        mean = self.mean.get()
        if self.prev_mean is not None:
            deviation = (x - self.prev_mean) * (x - mean)
            self.mse = deviation if self.mse is None else self.mse + deviation
        self.prev_mean = mean.clone()


class Var(Stat):
    """The variance, squared deviations / (n - order): of the population for order 0, of a sample for order 1."""

    def __init__(self, name=None, order=0):
        super().__init__(name=name or _named("variance", order), order=order)
        self.order = order

    def init(self):
        self.mse_stat = self._get_stat(MSE())
        self.n_stat = self._get_stat(Count())

    def update(self, x):
        pass

    def get(self):
        mse, n = self.mse_stat.get(), self.n_stat.get()
        if mse is None:
            return None
        return torch.zeros_like(mse) if n <= self.order else mse.to(torch.float64) / (n - self.order)


class StdDev(Stat):
    """The standard deviation, the root of Var."""

    def __init__(self, name=None, order=0):
        super().__init__(name=name or _named("std_dev", order), order=order)
        self.order = order

    def init(self):
        self.var_stat = self._get_stat(Var(order=self.order))

    def update(self, x):
        pass

    def get(self):
        var = self.var_stat.get()
        return None if var is None else var**0.5


def _named(name, order):
    return {0: name, 1: "sample_" + name}.get(order, "%s(%s)" % (name, order))


class GeneralAccumFn(Stat):
    """What a function makes of the result so far and the next tensor."""

    def __init__(self, fn, name=None):
        super().__init__(name=name)
        self.result = None
        self.fn = fn

    def get(self):
        return self.result

    def update(self, x):
        self.result = x if self.result is None else self.fn(self.result, x)


class Min(GeneralAccumFn):
    """The smallest value."""

    def __init__(self, name=None, min_fn=torch.min):
        super().__init__(name=name, fn=min_fn)


class Max(GeneralAccumFn):
    """The largest value."""

    def __init__(self, name=None, max_fn=torch.max):
        super().__init__(name=name, fn=max_fn)


class Sum(GeneralAccumFn):
    """The sum."""

    def __init__(self, name=None, add_fn=torch.add):
        super().__init__(name=name, fn=add_fn)


def CommonStats():
    """Mean, sample variance, sample standard deviation, minimum and maximum."""
    return [Mean(), Var(order=1), StdDev(order=1), Min(), Max()]
