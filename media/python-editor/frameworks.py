"""How models of Keras and estimators of scikit-learn are called, and what is known of them before they are."""

import importlib.util

#: Methods that give what is attributed.
SCORING = ("forward", "__call__", "call", "predict", "predict_on_batch")
#: Methods that change a model, or judge it.
LEARNING = ("fit", "fit_transform", "fit_predict", "partial_fit", "train", "train_on_batch", "test_on_batch", "evaluate", "compile", "score", "adapt")


def scorer(estimator):
    """The method of an estimator that gives its scores; None before it is fitted, and for one that predicts nothing.

    That of a classifier gives numbers: its `predict` gives labels.
    """
    try:
        sys.modules["sklearn.utils.validation"].check_is_fitted(estimator)
    except Exception:  # a NotFittedError, or whatever an own class says
        return None
    is_classifier = hasattr(estimator, "classes_")
    return next((name for name in ("predict_proba", "decision_function") if is_classifier and hasattr(estimator, name)), "predict" if hasattr(estimator, "predict") else None)


def takes(model, kind, value):
    """Whether a model takes arrays of a kind and shape, as far as it tells."""
    if array_kind(value) not in TAKES[kind]:
        return False
    shape = shape_of(value)
    if kind == "sklearn":
        return len(shape) == 2 and getattr(model, "n_features_in_", shape[1]) == shape[1]
    ports = keras_ports(model) if kind == "keras" else None
    return not ports or any(len(port) == len(shape) and all(wanted in (None, length) for wanted, length in zip(port[1:], shape[1:])) for port in ports)


#: The arrays that models of each kind take.
TAKES = {"torch": ("torch",), "keras": ("tensorflow", "numpy", "jax", "torch"), "sklearn": ("numpy", "pandas")}


def keras_ports(model):
    """The shapes of the inputs of a Keras model; None where it does not tell before it is built."""
    try:
        return [tuple(port.shape) for port in model.inputs]
    except Exception:  # no inputs, or an error that says that there are none yet
        return None


def keras_parts(text, node, value):
    """The inputs that a Keras model is given in a list or dict, as (text, value) in the order of its inputs; None for anything else."""
    if isinstance(value, dict):
        keys = sorted(value)  # as Keras orders them
        parts = [("%s[%r]" % (text, key), value[key]) for key in keys]
        if isinstance(node, ast.Dict):
            written = {ast.literal_eval(key): ast.unparse(part) for key, part in zip(node.keys, node.values) if isinstance(key, ast.Constant)}
            parts = [(written.get(key, part), value[key]) for key, (part, _) in zip(keys, parts)]
    elif isinstance(value, (list, tuple)):
        parts = [("%s[%d]" % (text, index), part) for index, part in enumerate(value)]
        if isinstance(node, (ast.List, ast.Tuple)):
            parts = [(ast.unparse(each), part) for each, (_, part) in zip(node.elts, parts)]
    else:
        return None
    return parts if parts and all(array_kind(part) is not None for _, part in parts) else None


def why_no_gradients(model):
    """Why there are no gradients of a Keras model; None where there are."""
    if "tf2onnx" in sys.modules or importlib.util.find_spec("tf2onnx") is not None:
        return None  # it exports whatever TensorFlow runs
    classes = {cls.__name__ for cls in type(model).__mro__ if cls.__module__.partition(".")[0] in KERAS}
    if not classes & {"Functional", "Sequential"}:
        return "it needs gradients, and %s is Python code that Keras does not save" % type(model).__name__
    return next((reason for reason in (_why_no_layer(layer) for layer in keras_layers(model)) if reason), None)


def _why_no_layer(layer):
    if model_kind(layer) == "keras":
        return why_no_gradients(layer)
    is_own = type(layer).__module__.partition(".")[0] not in KERAS
    return "it needs gradients, and the layer '%s' is Python code that Keras does not save" % layer.name if is_own or type(layer).__name__ == "Lambda" else None


def keras_layers_seen(model, arguments):
    """The layers of a Keras model that compute one tensor, with its shape and its most active neuron, without the examples."""
    seen = []
    for layer in keras_layers(model):
        output = _symbolic(layer)
        if output is not None and type(layer).__name__ != "InputLayer" and "Dropout" not in type(layer).__name__:
            seen.append((layer, output))
    if not seen:
        return []
    base = next(cls for cls in type(model).__mro__ if cls.__name__ == "Model" and cls.__module__.partition(".")[0] in KERAS)
    try:
        inputs = model.inputs if len(model.inputs) > 1 else model.inputs[0]
        values = base(inputs, [output for _, output in seen], name="attribution_lens")(*arguments, training=False)
    except Exception:  # layers that are also part of another model
        return []
    values = values if isinstance(values, (list, tuple)) else [values]
    found = []
    for (layer, _), value in zip(seen, values):
        kind = array_kind(value)
        part = numbers(value, kind, (0,)) if kind is not None and len(shape_of(value)) > 1 else None
        if part is not None and part.size:
            place = sys.modules["numpy"].unravel_index(int(part.argmax()), part.shape)
            found.append({"name": layer.name, "op": type(layer).__name__, "shape": list(part.shape), "mostActive": [int(each) for each in place]})
    return found


def _symbolic(layer):
    """What a layer computes within its model; None for several tensors, and where it is unknown."""
    try:
        output = layer.output
    except Exception:  # a layer that was not called, or was called in several ways
        return None
    return output if hasattr(output, "shape") and hasattr(output, "dtype") else None


def keras_inputs(call, given):
    """The arguments of the call of a Keras model, those in a list or dict one by one; `given` itself where there are none."""
    if len(given) != 1 or given[0]["keyword"] is not None or len(call.args) != 1:
        return given
    parts = keras_parts(primary(call.args[0]), call.args[0], given[0]["value"])
    return given if parts is None else [dict(given[0], text=text, value=value) for text, value in parts]
