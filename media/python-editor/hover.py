"""What a hover shows of a variable."""

import base64


def main(request):
    """The request has `path`, and `code` and `line`, where it was pointed at."""
    if is_local(request["code"], request["line"], request["path"][0]):
        return None
    return described(find(request["path"], shell().user_ns))


def described(value):
    """Facts of an array, of arrays in a list or dict, of a model; None for everything else."""
    kind = array_kind(value)
    if kind is not None:
        return {"type": type(value).__name__, "array": array(value, kind)}
    model = model_kind(value)
    if model == "torch":
        return {"type": type(value).__name__, "model": module(value)}
    if model == "keras":
        return {"type": type(value).__name__, "model": keras(value)}
    return several(value)


def array(value, kind):
    """Shape, type, device; minimum, maximum and mean over the finite elements; a picture."""
    facts = {"shape": shape_of(value), "dtype": dtype_of(value), "device": device_of(value, kind), "sampled": False}
    slices, sampled = sampling(facts["shape"])
    part = numbers(value, kind, slices)
    if part is None:
        return facts
    numpy = sys.modules["numpy"]
    finite = part[numpy.isfinite(part)]
    nan = int(numpy.isnan(part).sum())
    facts.update(
        sampled=sampled,
        min=float(finite.min()) if finite.size else None,
        max=float(finite.max()) if finite.size else None,
        mean=float(finite.mean()) if finite.size else None,
        nanCount=nan,
        infinityCount=int(part.size - finite.size - nan),
        picture=picture(value, kind, facts["shape"]),
    )
    return facts


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


def several(value):
    """Arrays in a list, tuple or dict: what the first of them are."""
    pairs = list(value.items())[:8] if type(value) is dict else list(enumerate(value[:8])) if type(value) in (list, tuple) else []
    items = []
    for key, item in pairs:
        kind = array_kind(item)
        if kind is None:
            return None
        items.append({"key": str(key) if isinstance(key, (int, str)) else "?", "type": type(item).__name__, "shape": shape_of(item), "dtype": dtype_of(item), "device": device_of(item, kind)})
    return {"type": type(value).__name__, "items": items, "length": len(value)} if items else None


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
        "layers": layers[:12],
        "layerCount": len(layers),
    }


def keras(value):
    """The parameters and layers of a Keras model."""
    layers = [{"name": layer.name, "type": type(layer).__name__, "parameters": layer.count_params() if layer.built else 0} for layer in value.layers]
    return {"parameters": sum(layer["parameters"] for layer in layers), "trainable": None, "dtype": None, "device": None, "mode": None, "layers": layers[:12], "layerCount": len(layers)}
