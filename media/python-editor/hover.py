"""What a hover shows of a variable."""

import base64
import itertools

#: The rows of a table that are looked at.
MOST_ROWS = 1 << 17
#: The columns of a table, and the layers of a model, that are shown.
MOST_COLUMNS = 12
#: The items of a list that are shown.
MOST_ITEMS = 8


def main(request):
    """The request has `path`, and `code` and `line`, where it was pointed at."""
    if is_local(request["code"], request["line"], request["path"][0]):
        return None
    return described(find(request["path"], shell().user_ns))


def described(value):
    """Facts of an array, of a table, of arrays in a list or dict, of a model; None for everything else."""
    held = held_by(value)
    kind = array_kind(held)
    if kind == "pandas":
        return {"type": type(value).__name__, "table": table(value)}
    if kind is not None:
        return {"type": type(value).__name__, "array": array(held, kind)}
    model = model_kind(value)
    if model == "torch":
        return {"type": type(value).__name__, "model": module(value)}
    if is_keras_layer(value):
        return {"type": type(value).__name__, "model": keras(value), "isModel": model is not None}
    if model == "sklearn":
        return {"type": type(value).__name__, "estimator": estimator(value)}
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(value, pandas.Series):
        return {"type": type(value).__name__, "array": series(value)}
    return several(value)


def held_by(value):
    """The array in a variable of Keras; any other value itself."""
    is_variable = any(cls.__name__ in ("Variable", "KerasVariable") and cls.__module__.partition(".")[0] == "keras" for cls in type(value).__mro__)
    return own(value).get("_value") if is_variable else value


def array(value, kind):
    """Shape, type, device; minimum, maximum and mean over the finite elements; a picture."""
    facts = {"shape": shape_of(value), "dtype": dtype_of(value), "device": device_of(value, kind), "sampled": False}
    slices, sampled = sampling(facts["shape"])
    part = numbers(value, kind, slices)
    if part is None:
        return facts
    return dict(facts, sampled=sampled, picture=picture(value, kind, facts["shape"]), **statistics(part))


def statistics(part):
    """Of float64 numbers of numpy."""
    numpy = sys.modules["numpy"]
    finite = part[numpy.isfinite(part)]
    nan = int(numpy.isnan(part).sum())
    return {
        "min": float(finite.min()) if finite.size else None,
        "max": float(finite.max()) if finite.size else None,
        "mean": float(finite.mean()) if finite.size else None,
        "nanCount": nan,
        "infinityCount": int(part.size - finite.size - nan),
    }


def picture(value, kind, shape):
    """An image's worth of an array: rows and columns, with channels last or first where they are colours; float32 in base64."""
    if not shape or 0 in shape:
        return None
    first = (0,) * (len(shape) - 3)
    a, b, c = ([1, 1, 1] + shape)[-3:]
    step = slice(None, None, math.ceil(max(b, c) / SIDE))
    if len(shape) < 3:
        slices = (step,) * len(shape)
    elif c in (1, 3, 4) or (a == b and b != c and a not in (3, 4)):
        step = slice(None, None, math.ceil(max(a, b) / SIDE))
        slices = first + (step, step, slice(None) if c in (3, 4) else 0)
    else:
        slices = first + (slice(None) if a in (3, 4) else 0, step, step)
    numpy = sys.modules["numpy"]
    part = numbers(value, kind, slices).astype("<f4")
    return {"shape": list(part.shape), "values": base64.b64encode(numpy.ascontiguousarray(part).tobytes()).decode()}


def series(value):
    """A column of pandas as an array; what is missing counts as NaN."""
    facts = {"shape": [len(value)], "dtype": str(value.dtype), "device": "cpu", "sampled": False}
    slices, sampled = sampling(facts["shape"])
    part = column(value.iloc[slices[0]])
    return facts if part is None else dict(facts, sampled=sampled, picture=picture(part, "numpy", [len(part)]), **statistics(part))


def column(value):
    """The numbers of a pandas Series as float64; None where it holds none."""
    types = sys.modules["pandas"].api.types
    if not types.is_numeric_dtype(value.dtype) or types.is_complex_dtype(value.dtype):
        return None
    return value.to_numpy(dtype="float64", na_value=math.nan)


def table(value):
    """The columns of a pandas DataFrame: types, statistics of the numbers, how many values are missing."""
    step = math.ceil(len(value) / MOST_ROWS) or 1
    columns = []
    for place in range(min(value.shape[1], MOST_COLUMNS)):
        one = value.iloc[::step, place]
        part = column(one)
        facts = {} if part is None else statistics(part)
        name = value.columns[place]
        columns.append(dict(facts, name=str(name) if isinstance(name, (str, int)) else "?", dtype=str(one.dtype), nanCount=int(one.isna().sum())))
    return {"rows": value.shape[0], "columnCount": value.shape[1], "columns": columns, "sampled": step > 1}


def several(value):
    """Arrays in a list, tuple or dict: what the first of them are."""
    if isinstance(value, dict):  # by the methods of dict itself: those of its subclasses are other people's code
        length, pairs = dict.__len__(value), itertools.islice(dict.items(value), MOST_ITEMS)
    elif isinstance(value, (list, tuple)):
        cls = list if isinstance(value, list) else tuple
        length, pairs = cls.__len__(value), enumerate(itertools.islice(cls.__iter__(value), MOST_ITEMS))
    else:
        return None
    pandas = sys.modules.get("pandas")
    items = []
    for key, item in pairs:
        held = held_by(item)
        kind = array_kind(held)
        if kind is not None:
            facts = {"shape": shape_of(held), "dtype": dtype_of(held) if kind != "pandas" else "", "device": device_of(held, kind)}
        elif pandas is not None and isinstance(item, pandas.Series):
            facts = {"shape": list(item.shape), "dtype": str(item.dtype), "device": "cpu"}
        else:
            return None
        items.append(dict(facts, key=str(key) if isinstance(key, (int, str)) else "?", type=type(item).__name__))
    return {"type": type(value).__name__, "items": items, "length": length} if items else None


def module(value):
    """The parameters and layers of a torch module, from its registered parts, without calling it."""
    parameters = {}
    pending, seen = [value], set()
    while pending:
        each = pending.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        parameters.update({id(one): one for one in own(each).get("_parameters", {}).values() if one is not None})
        pending += own(each).get("_modules", {}).values()
    tensors = list(parameters.values())
    layers = [{"name": name, "type": type(child).__name__, "parameters": module(child)["parameters"]} for name, child in own(value).get("_modules", {}).items() if child is not None]
    return {
        "parameters": sum(each.numel() for each in tensors if not sys.modules["torch"].nn.parameter.is_lazy(each)),
        "trainable": sum(each.numel() for each in tensors if each.requires_grad and not sys.modules["torch"].nn.parameter.is_lazy(each)),
        "dtype": dtype_of(tensors[0]) if tensors else None,
        "device": str(tensors[0].device) if tensors else None,
        "mode": "training" if own(value).get("training") else "evaluation",
        "layers": layers[:MOST_COLUMNS],
        "layerCount": len(layers),
    }


def keras(value):
    """The parameters and layers of a layer or model of Keras, without building or calling it."""
    weights = variables_of(value, "weights")
    arrays = [each for each in map(held_by, weights) if array_kind(each) is not None]
    inner = keras_layers(value) if model_kind(value) == "keras" else []
    layers = [{"name": str(layer.name), "type": type(layer).__name__, "parameters": parameters_of(layer)} for layer in inner[:MOST_COLUMNS]]
    return {
        "parameters": parameters_of(value),
        "trainable": sum(math.prod(each.shape) for each in variables_of(value, "trainable_weights")) if weights else None,
        "dtype": dtype_of(arrays[0]) if arrays else None,
        "device": device_of(arrays[0], array_kind(arrays[0])) if arrays else None,
        "mode": None,
        "layers": layers,
        "layerCount": len(inner),
    }


def parameters_of(layer):
    """How many a layer of Keras has; None before it is built."""
    return sum(math.prod(each.shape) for each in variables_of(layer, "weights")) if own(layer).get("built", own(layer).get("_built")) else None


def variables_of(layer, name):
    """The weights of a layer of Keras as Keras tells them; none before it is built."""
    for cls in type(layer).__mro__:
        if name in vars(cls) and cls.__module__.partition(".")[0] in KERAS:
            try:
                return list(vars(cls)[name].fget(layer))
            except ValueError:  # Keras 2 refuses
                return []
    return []


def estimator(value):
    """What an estimator of scikit-learn learned from, and its steps."""
    values = own(value)
    steps = [step for step in values.get("steps") or [] if isinstance(step, tuple) and len(step) == 2]
    parts = [values, *(own(step) for _, step in steps)]
    features = next((part["n_features_in_"] for part in parts if isinstance(part.get("n_features_in_"), int)), None)
    classes = next((part["classes_"] for part in reversed(parts) if array_kind(part.get("classes_")) == "numpy"), None)
    return {
        "isFitted": any(name.endswith("_") and not name.startswith("_") for part in parts for name in part),
        "features": features,
        "classes": None if classes is None or classes.ndim != 1 else [str(each) for each in classes[:MOST_COLUMNS].tolist() if isinstance(each, (str, int, float))],
        "steps": [{"name": str(name), "type": type(step).__name__} for name, step in steps[:MOST_COLUMNS]],
    }
