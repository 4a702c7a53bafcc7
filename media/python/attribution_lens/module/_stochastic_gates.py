"""Stochastic gates: layers of torch that learn which features a model needs."""

import abc
import math

import torch
from torch import nn

from .._errors import InvalidArgumentError


class StochasticGatesBase(nn.Module, abc.ABC):
    """Multiplies features by random gates between 0 and 1, whose distributions are learned together with the model.

    Args:
        n_gates: The number of gates.
        mask: The gate of each element, from 0 to n_gates - 1, in a shape that can be expanded to the input's. Default: each
            element of an example has its own.
        reg_weight: What the regularization is multiplied by.
        reg_reduction: How the gates' probabilities make the regularization: sum, mean or none.
    """

    def __init__(self, n_gates, mask=None, reg_weight=1.0, reg_reduction="sum"):
        super().__init__()
        if mask is not None and int(mask.max()) != n_gates - 1:
            raise InvalidArgumentError("the maximum mask index (received %d) should be equal to the number of gates - 1 (received %d) since each mask should correspond to a gate" % (int(mask.max()), n_gates))
        if reg_reduction not in ("none", "mean", "sum"):
            raise InvalidArgumentError("reg_reduction must be one of [none, mean, sum], received: %s" % reg_reduction)
        self.n_gates = n_gates
        self.reg_weight = reg_weight
        self.reg_reduction = reg_reduction
        self.register_buffer("mask", None if mask is None else mask.detach().clone())

    def forward(self, input_tensor):
        """Gates an input, [examples, ...].

        Returns:
            The gated input, and the regularization (the expected number of open gates, times reg_weight) to be added to the loss.
        """
        examples = input_tensor.shape[0]
        if input_tensor.dim() < 2:
            raise InvalidArgumentError("The input must have an axis of examples and others, got shape %s" % list(input_tensor.shape))
        if self.mask is None and input_tensor[0].numel() != self.n_gates:
            raise InvalidArgumentError("without a mask each example must have as many elements as there are gates (%d), got %d" % (self.n_gates, input_tensor[0].numel()))
        gates = self._sample_gate_values(examples).clamp(0, 1)
        if self.mask is not None:
            gates = gates.gather(1, self.mask.expand_as(input_tensor).reshape(examples, -1))
        active = self._get_gate_active_probs()
        regularization = {"none": lambda: active, "mean": active.mean, "sum": active.sum}[self.reg_reduction]()
        return input_tensor * gates.reshape(input_tensor.shape), regularization * self.reg_weight

    def get_gate_values(self, clamp=True):
        """The mean of each gate's distribution, [n_gates], between 0 and 1 where `clamp`."""
        values = self._get_gate_values().detach()
        return values.clamp(0, 1) if clamp else values

    def get_gate_active_probs(self):
        """The probability of each gate to be above 0, [n_gates]."""
        return self._get_gate_active_probs().detach()

    @abc.abstractmethod
    def _get_gate_values(self):
        """The mean of each gate's distribution, [n_gates]."""

    @abc.abstractmethod
    def _sample_gate_values(self, batch_size):
        """Gates of each example, [batch_size, n_gates]: drawn while training, else their means."""

    @abc.abstractmethod
    def _get_gate_active_probs(self):
        """The probability of each gate to be above 0, [n_gates]."""


class BinaryConcreteStochasticGates(StochasticGatesBase):
    """Stochastic gates with the hard concrete distribution (Louizos, Welling, Kingma, ICLR 2018).

    With u uniform on 0..1, s = sigmoid((log u - log(1 - u) + log alpha) / temperature), stretched to lower_bound..upper_bound.

    Args:
        temperature: How far gates are from being 0 or 1 only; between 0 and 1.
        lower_bound: Where the stretched distribution begins, below 0.
        upper_bound: Where it ends, above 1.
        eps: How far draws of u stay from 0 and 1. The others are as for StochasticGatesBase.
    """

    def __init__(self, n_gates, mask=None, reg_weight=1.0, temperature=2.0 / 3, lower_bound=-0.1, upper_bound=1.1, eps=1e-8, reg_reduction="sum"):
        super().__init__(n_gates, mask=mask, reg_weight=reg_weight, reg_reduction=reg_reduction)
        if not (0 < temperature < 1 and lower_bound < 0 and upper_bound > 1):
            raise InvalidArgumentError("temperature must be between 0 and 1, lower_bound below 0 and upper_bound above 1, got %s, %s and %s" % (temperature, lower_bound, upper_bound))
        self.log_alpha_param = nn.Parameter(torch.empty(n_gates).normal_(0.0, 0.01))
        self.temperature = temperature
        self.lower_bound = lower_bound
        self.upper_bound = upper_bound
        self.eps = eps
        self.active_prob_offset = temperature * math.log(-lower_bound / upper_bound)

    def _sample_gate_values(self, batch_size):
        if not self.training:
            return self._get_gate_values().expand(batch_size, self.n_gates)
        drawn = torch.empty(batch_size, self.n_gates, device=self.log_alpha_param.device).uniform_(self.eps, 1 - self.eps)
        return self._stretched(torch.sigmoid((torch.logit(drawn) + self.log_alpha_param) / self.temperature))

    def _get_gate_values(self):
        return self._stretched(torch.sigmoid(self.log_alpha_param))

    def _stretched(self, values):
        return values * (self.upper_bound - self.lower_bound) + self.lower_bound

    def _get_gate_active_probs(self):
        return torch.sigmoid(self.log_alpha_param - self.active_prob_offset)


class GaussianStochasticGates(StochasticGatesBase):
    """Stochastic gates with normal distributions around learned means (Yamada, Lindenbaum, Negahban, Kluger, ICML 2020).

    Args:
        std: The standard deviation of the gates. The others are as for StochasticGatesBase.
    """

    def __init__(self, n_gates, mask=None, reg_weight=1.0, std=0.5, reg_reduction="sum"):
        super().__init__(n_gates, mask=mask, reg_weight=reg_weight, reg_reduction=reg_reduction)
        if not std > 0:
            raise InvalidArgumentError("the standard deviation should be positive, received %s" % std)
        self.mu = nn.Parameter(torch.empty(n_gates).normal_(0.5, 0.01))
        self.std = std

    def _sample_gate_values(self, batch_size):
        if not self.training:
            return self.mu.expand(batch_size, self.n_gates)
        return self.mu + torch.empty(batch_size, self.n_gates, device=self.mu.device).normal_(0, self.std)

    def _get_gate_values(self):
        return self.mu

    def _get_gate_active_probs(self):
        return 0.5 * (1 + torch.erf(self.mu / (self.std * math.sqrt(2))))
