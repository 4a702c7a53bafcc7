"""The smallest attack that makes a model wrong."""

import math

from .._arguments import forward_args_of
from .._errors import InvalidArgumentError


class MinParamPerturbation:
    """The smallest parameter of an attack that makes the model wrong: a measure of how robust a prediction is.

    Args:
        forward_func: The model; any callable.
        attack: A Perturbation, or a function of inputs.
        arg_name: The argument of the attack that is searched.
        arg_min: The first value.
        arg_max: Values are below this one.
        arg_step: The distance of values.
        mode: linear tries values in order; binary halves the range.
        num_attempts: How often a random attack is tried with each value.
        preproc_fn: Turns the given inputs into the model's.
        apply_before_preproc: Whether the attack gets the inputs before preproc_fn.
        correct_fn: Gets the model's output (and target and correct_fn_kwargs) and says whether it is right. Default: every
            example's largest output is its target.
    """

    def __init__(self, forward_func, attack, arg_name, arg_min, arg_max, arg_step, mode="linear", num_attempts=1, preproc_fn=None, apply_before_preproc=False, correct_fn=None):
        if mode not in ("linear", "binary"):
            raise InvalidArgumentError("mode must be linear or binary, got %r" % (mode,))
        if arg_step <= 0:
            raise InvalidArgumentError("arg_step must be above 0, got %r" % arg_step)
        self.forward_func = forward_func
        self.attack = attack
        self.arg_name = arg_name
        self.arg_min = arg_min
        self.arg_max = arg_max
        self.arg_step = arg_step
        self.mode = mode
        self.num_attempts = num_attempts
        self.preproc_fn = preproc_fn
        self.apply_before_preproc = apply_before_preproc
        self.correct_fn = _largest_is_target if correct_fn is None else correct_fn

    def evaluate(self, inputs, additional_forward_args=None, target=None, perturbations_per_eval=1, attack_kwargs=None, correct_fn_kwargs=None):
        """Searches.

        Args:
            inputs: What preproc_fn, or the model, takes.
            additional_forward_args: What the model takes after the inputs.
            target: The right class of each example.
            perturbations_per_eval: Taken for Captum's sake: does not change the result.
            attack_kwargs: The other arguments of the attack.
            correct_fn_kwargs: Arguments of correct_fn.

        Returns:
            The attacked inputs and the parameter; (None, None) when the model stays right.
        """
        arguments = forward_args_of(additional_forward_args)
        prepared = inputs if self.preproc_fn is None else self.preproc_fn(inputs)
        checked = dict(correct_fn_kwargs or {}, **({"target": target} if target is not None else {}))

        def fooled(value):
            """The inputs with which the attack makes the model wrong; None when it does not."""
            for _ in range(self.num_attempts):
                options = dict(attack_kwargs or {}, **{self.arg_name: value})
                attacked = self.attack(inputs if self.apply_before_preproc else prepared, **options)
                model_inputs = self.preproc_fn(attacked) if self.apply_before_preproc and self.preproc_fn is not None else attacked
                output = self.forward_func(*(model_inputs if isinstance(model_inputs, tuple) else (model_inputs,)), *arguments)
                if not self.correct_fn(output, **checked):
                    return attacked
            return None

        return self._linear(fooled) if self.mode == "linear" else self._binary(fooled)

    def _linear(self, fooled):
        value = self.arg_min
        while value < self.arg_max:
            found = fooled(value)
            if found is not None:
                return found, value
            value += self.arg_step
        return None, None

    def _binary(self, fooled):
        low, high = self.arg_min, self.arg_max
        best = (None, None)
        while high > low:
            steps = ((high - low) // self.arg_step) // 2
            if steps == 0 and low + self.arg_step < high:
                steps = 1
            middle = low + steps * self.arg_step
            found = fooled(middle)
            if found is not None:
                high = middle
                if best[1] is None or best[1] > middle:
                    best = (found, middle)
            if math.isclose(low, middle):
                break
            if found is None:
                low = middle
        return best


def _largest_is_target(output, target=None):
    import torch

    if target is None:
        raise InvalidArgumentError("MinParamPerturbation: a target is needed unless there is a correct_fn")
    wanted = torch.as_tensor(target, device=output.device)
    return bool((output.argmax(dim=1) == wanted).all())
