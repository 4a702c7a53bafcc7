"""How algorithms are declared: a signature is all that an engine algorithm needs in Python."""

import functools
import inspect

ARGUMENTS = {
    "forward_func": "The model: a torch.nn.Module, a Keras model, or a function over tensors.",
    "model": "The model: a torch.nn.Module, a Keras model, or a function over tensors.",
    "layer": "The layer: a module of the model, or its name ('layer1.0.conv1'). Several where a list makes sense.",
    "device_ids": "Taken for Captum's sake: the engine chooses its own devices.",
    "multiply_by_inputs": "Whether attributions are multiplied by (input - baseline): global attributions. Else local ones.",
    "eps": "Differences of activations below this use the gradient instead of the ratio.",
    "attribution_method": "The algorithm that runs on the noisy samples.",
    "interpretable_model": "The linear model that is fitted; default: SkLearnLasso(alpha=0.01).",
    "similarity_func": "The weight of a sample; default: exponential kernel of the cosine distance.",
    "perturb_func": "Draws samples.",
    "perm_func": "Shuffles a feature among the examples.",
    "inputs": "A tensor, or a tuple of tensors; axis 0 holds the examples in all of them, or axis 1 where the model is of torch and takes [time, batch, ...].",
    "baselines": "Where attributions start: a number, a tensor, or a tuple with one for each input. None means zero.",
    "layer_baselines": "What ablated parts of the layer are replaced by. None means zero.",
    "target": "The output that is attributed: an index, a tuple (axes after the first), a list or tensor with one for each example.",
    "additional_forward_args": "What the model takes after the inputs; not attributed. Tensors with an entry for each example follow the examples.",
    "n_steps": "The number of points on the path.",
    "method": "The quadrature: riemann_left, riemann_right, riemann_middle, riemann_trapezoid or gausslegendre.",
    "internal_batch_size": "The most points that run at once. None: as many as fit into memory. Does not change the result.",
    "return_convergence_delta": "Whether to return a pair with the convergence delta, sum(attributions) - (F(x) - F(baseline)) of each example.",
    "abs": "Whether to return magnitudes.",
    "custom_attribution_func": "Takes the place of multiplier * (input - baseline).",
    "n_samples": "The number of samples (of permutations, for Shapley values) of each example.",
    "stdevs": "The standard deviation of the noise, or one for each input.",
    "feature_mask": "Integers in the shape of the inputs: elements with the same number belong together.",
    "layer_mask": "Integers in the shape of the layer: elements with the same number are ablated together.",
    "perturbations_per_eval": "The most perturbed copies that run at once. Does not change the result.",
    "show_progress": "Whether to show progress even when it is quick or outside a notebook.",
    "sliding_window_shapes": "The window's length along each axis but that of the examples, for each input.",
    "strides": "How far the window moves along each axis. None means 1.",
    "return_input_shape": "Whether coefficients are written to the elements of their features.",
    "interpolate_mode": "How Grad-CAM is brought to the size of the input: nearest, bilinear, ...",
    "attribute_to_layer_input": "Whether to attribute to what the layer gets, not to what it computes.",
    "attribute_to_neuron_input": "Whether the neuron is one of what the layer gets, not of what it computes.",
    "relu_attributions": "Whether negative attributions become 0.",
    "attr_dim_summation": "Whether channels are summed.",
    "neuron_selector": "The neuron without the axis of the examples: an index for each axis, slices whose sum is taken, or a function of the layer's values that returns one number for each example.",
    "grad_kwargs": "Taken for Captum's sake: the engine's gradients have no such options.",
    "verbose": "Taken for Captum's sake.",
    "nt_type": "smoothgrad (mean), smoothgrad_sq (mean of squares) or vargrad (variance).",
    "nt_samples": "Noisy samples of each example.",
    "nt_samples_batch_size": "How many samples of each example run at a time. Does not change the result.",
    "draw_baseline_from_distrib": "Whether each sample gets a baseline drawn from `baselines`.",
    "kwargs": "What the wrapped method's `attribute` takes.",
}


def settings(init):
    """A constructor that keeps what it is given: `forward_func` or `model`, `layer`, and the rest as settings."""
    signature = inspect.signature(init)

    @functools.wraps(init)
    def construct(self, *args, **kwargs):
        given = signature.bind(self, *args, **kwargs)
        given.apply_defaults()
        _, (_, model), *rest = given.arguments.items()
        self._settings = {}
        self._keep(model, dict(rest))

    return documented(construct, init, returns=None)


def by_engine(method):
    """`attribute` of an algorithm that the engine has: its signature says which options there are."""
    signature = inspect.signature(method)

    @functools.wraps(method)
    def attribute(self, *args, **kwargs):
        given = signature.bind(self, *args, **kwargs)
        given.apply_defaults()
        arguments = dict(given.arguments)
        del arguments["self"]
        for name, parameter in signature.parameters.items():
            if parameter.kind is inspect.Parameter.VAR_KEYWORD:
                arguments.update(arguments.pop(name))
        return self._attribute(arguments)

    attribute.by_engine = True
    return documented(attribute, method, returns="Attributions in the form, type and device of the inputs (of layers: in the layer's shape).")


def documented(wrapper, method, returns):
    """The docstring, completed by what every argument means."""
    lines = [f"    {name}: {ARGUMENTS[name]}" for name in inspect.signature(method).parameters if name in ARGUMENTS]
    parts = [inspect.cleandoc(method.__doc__) if method.__doc__ else "", "\n".join(["Args:", *lines]) if lines else "", f"Returns:\n    {returns}" if returns else ""]
    wrapper.__doc__ = "\n\n".join(part for part in parts if part)
    return wrapper
