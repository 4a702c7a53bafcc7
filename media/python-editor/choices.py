"""What can be attributed in a cell: the model and inputs of a call, with the classes that it predicts and its layers."""

import contextlib


def main(request):
    """The request has `expression`, or `code` with the `start` and `end` of the selection as line (from 1) and column."""
    names = shell().user_ns
    try:
        text = request.get("expression") or expression_in(request["code"], request["start"], request["end"])
        node = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        return {"problem": "The selection is no Python expression"}
    try:
        found = choices(node, text.strip(), names)
    except Unfit as error:
        return {"problem": str(error)}
    if found["kind"] != "call":
        found["variables"] = variables(valued(node, names), names)
    return found


def expression_in(code, start, end):
    """The selected text, or the call or value at the cursor."""
    lines = code.split("\n")
    if start != end:
        selected = lines[start[0] - 1 : end[0]]
        selected[-1] = selected[-1][: end[1]]
        selected[0] = selected[0][start[1] :]
        text = "\n".join(selected).strip()
        body = ast.parse(text).body
        return ast.get_source_segment(text, body[-1].value) if body and isinstance(body[-1], (ast.Assign, ast.Expr)) else text
    lines = ["pass" if text.lstrip()[:1] in ("%", "!", "?") else text for text in lines]
    code = "\n".join(lines)
    at = (start[0], len(lines[start[0] - 1][: start[1]].encode()))
    found, called = [], {}
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, (ast.Call, ast.Name, ast.Attribute, ast.Subscript)) and (node.lineno, node.col_offset) <= at <= (node.end_lineno, node.end_col_offset):
            found.append(node)
        if isinstance(node, ast.Call):
            called[id(node.func)] = node
    if not found:
        raise Unfit("Nothing is selected, and there is no value under the cursor: select a model call such as model(x), a model or a tensor")
    node = min(found, key=lambda each: (each.end_lineno - each.lineno, each.end_col_offset - each.col_offset))
    return ast.get_source_segment(code, called.get(id(node), node))


def variables(selected, names):
    """The models that take a selected array, and the arrays that a selected model takes."""
    hidden = shell().user_ns_hidden
    models, inputs = [], []
    for name, value in list(names.items()):
        if name.startswith("_") or name in hidden:
            continue
        kind = model_kind(value)
        if kind is not None and array_kind(selected) is not None and takes(value, kind, selected) and (kind != "sklearn" or scorer(value)):
            models.append({"variable": name + (".%s" % scorer(value) if kind == "sklearn" else ""), "description": type(value).__name__})
        elif array_kind(value) is not None and model_kind(selected) is not None and takes(selected, model_kind(selected), value) and len(shape_of(value)) > 0:
            inputs.append({"variable": name, "description": "%s %s %s" % (type(value).__name__, dtype_of(value), shape_of(value))})
    return {"models": models, "inputs": inputs[::-1]}


def choices(node, text, names):
    """What an expression is, and for a call what can be chosen."""
    call, behind = model_call(node, names)
    if call is None:
        value = valued(node, names)
        if model_kind(value) == "sklearn" and scorer(value) is None:
            raise Unfit("'%s' is a %s that predicts nothing: select an estimator, and run the cell that fits it" % (text, type(value).__name__))
        if model_kind(value) is not None:
            return {"kind": "model", "model": "%s.%s" % (text, scorer(value)) if model_kind(value) == "sklearn" else text}
        if array_kind(value) is not None:
            return {"kind": "tensor", "inputs": [text]}
        raise Unfit("'%s' is a %s, neither a model call nor a model nor a tensor" % (text, type(value).__name__))
    model, framework, function = callee(call.func, names)
    given = [each for each in arguments_of(call, names) if not (framework == "keras" and each["keyword"] in KERAS_SETTINGS)]
    written, given = given, keras_inputs(call, given) if framework == "keras" else given
    places, is_positional = positions(function, given)
    chosen = attributed(model, given, places)
    found = run(function, framework, written, behind, names)
    scores = found.pop("scores")
    is_plain = is_positional and places[: len(chosen)] == chosen and scores == ""
    if not is_plain:  # a function around the call takes what it is given in the order of the call
        places, chosen = sorted(places), sorted(chosen)
    if not is_plain and written is not given:
        raise Unfit("'%s' returns several values: make a model of one of them, keras.Model(%s.inputs, %s.outputs[0]), and select its call" % (model, model, model))
    rest = [given[place] for place in places if place not in chosen]
    facts = dict(
        found,
        **({"called": written[0]["text"]} if written is not given else {}),
        kind="call",
        model=model,
        framework=framework,
        inputs=[given[place]["text"] for place in chosen],
        shapes=[shape_of(given[place]["value"]) for place in chosen],
        floating=is_floating(given[chosen[0]]["value"]),
        arguments=[each["text"] for each in rest if is_plain or array_kind(each["value"]) is not None],
    )
    return facts if is_plain else dict(facts, **wrapped(given, chosen, scores, framework, names))


def wrapped(given, chosen, scores, framework, names):
    """The function around a call: what it takes, and what it returns of what the model returns."""
    arguments = []
    for place, each in enumerate(given):
        role = "input" if place in chosen else "constant" if array_kind(each["value"]) is None else "tensor"
        arguments.append({"keyword": each["keyword"], "parameter": each["parameter"], "text": each["text"], "role": role})
    name = next(each for each in ["forward_func"] + ["forward_func_%d" % number for number in range(2, len(names) + 3)] if each not in names)
    # Gradients are taken of Keras models themselves alone.
    return {"framework": "function" if framework == "keras" else framework, "wrapped": {"name": name, "arguments": arguments, "scores": scores}}


@contextlib.contextmanager
def evaluating(function, framework):
    """A torch module in evaluation mode, without gradients; as it was afterwards."""
    torch = sys.modules.get("torch")
    if framework != "torch":
        with torch.no_grad() if torch is not None else contextlib.nullcontext():
            yield
        return
    training = [each for each in function.modules() if each.training]
    function.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for each in training:
            each.training = True


def run(function, framework, given, behind, names):
    """The classes that a model predicts for the first example, and its layers with the shapes of what they compute.

    The result also has `scores`: how they are written behind the call of the model. `behind` is what is written there.
    """
    layers, hooks, arguments = {}, [], [each["value"] for each in given if each["keyword"] is None]
    if framework == "torch":
        for name, child in function.named_modules():
            if name and not list(child.children()):
                hooks.append(child.register_forward_hook(seen_in(layers, name)))
    try:
        with evaluating(function, framework):
            output = function(*arguments, **{each["keyword"]: each["value"] for each in given if each["keyword"] is not None})
    except Exception as error:
        raise Unfit("The model fails for this input: %s: %s" % (type(error).__name__, str(error).partition("\n")[0]))
    finally:
        for hook in hooks:
            hook.remove()
    scores = ""
    for step in behind:
        if array_kind(output) is None:  # parts of a tensor leave out examples or classes
            output = valued(ast.parse("_output" + step, mode="eval").body, dict(names, _output=output))
            scores += step
    place, output = scores_in(output)
    kind = array_kind(output)
    facts = {"scores": scores + place, "outputShape": shape_of(output), "predictions": predictions(output, kind), "layers": list(layers.values())}
    if framework == "keras":
        reason = why_no_gradients(function)
        facts.update({"layers": keras_layers_seen(function, arguments)} if reason is None else {"noGradients": reason})
    return dict(facts, asNumpy=".numpy()" if kind == "tensorflow" else "")


def scores_in(output):
    """The scores in what a model returned, and how they are written behind its call: `.logits`, `['out']`, `[0]`."""
    if array_kind(output) is not None:
        return "", output
    if hasattr(output, "keys"):
        parts = [(key, output[key]) for key in output.keys()]
    elif hasattr(output, "_fields"):
        parts = list(zip(output._fields, output))
    else:
        parts = list(enumerate(output)) if isinstance(output, (tuple, list)) else []
    arrays = [(key, value) for key, value in parts if array_kind(value) is not None and is_floating(value) and len(shape_of(value)) > 1]
    if not arrays:
        raise Unfit("The model returns a %s, in which there are no scores: write a function that returns them, and select its call" % type(output).__name__)
    key, value = next((part for part in arrays if part[0] == "logits"), arrays[0])
    is_attribute = isinstance(key, str) and key.isidentifier() and getattr(output, key, None) is value
    return ".%s" % key if is_attribute else "[%r]" % (key,), value


def seen_in(layers, name):
    """A hook that notes a layer that computes one tensor, with its shape and its most active neuron, without the examples."""

    def hook(layer, _, output):
        if array_kind(output) is not None and output.dim() > 1 and output.numel():
            shape, place, neuron = shape_of(output)[1:], int(output.detach()[0].reshape(-1).argmax()), []
            for length in reversed(shape):
                place, index = divmod(place, length)
                neuron.insert(0, index)
            layers[name] = {"name": name, "op": type(layer).__name__, "shape": shape, "mostActive": neuron}

    return hook


def predictions(output, kind):
    """The five strongest classes of the first example, best first; of outputs with more axes the strongest place."""
    shape = shape_of(output)
    if len(shape) < 2 or math.prod(shape) == 0 or math.prod(shape[1:]) == 1:
        return []
    numpy = sys.modules["numpy"]
    scores = numbers(output, kind, (0,))
    if len(shape) > 2:
        index = numpy.unravel_index(int(scores.argmax()), scores.shape)
        return [{"index": [int(each) for each in index], "score": float(scores[index])}]
    likely = bool((scores >= 0).all() and abs(scores.sum() - 1) < 1e-3)
    return [dict({"index": [int(each)], "score": float(scores[each])}, **({"probability": float(scores[each])} if likely else {})) for each in numpy.argsort(-scores)[:5]]
