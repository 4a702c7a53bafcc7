"""What can be attributed in a cell: the model and inputs of a call, with the classes that it predicts and its layers."""

import contextlib

#: Functions of these are no models.
LIBRARIES = ("builtins", "_io", "torch", "numpy", "tensorflow", "jax", "jaxlib", "IPython", "matplotlib")


class Unfit(Exception):
    """What is selected cannot be attributed; the message says why and what could be."""


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


#: The arrays that models of each kind take.
TAKES = {"torch": ("torch",), "keras": ("tensorflow", "numpy", "jax", "torch"), "sklearn": ("numpy",)}


def variables(selected, names):
    """The models that take a selected array, and the arrays that a selected model takes."""
    hidden = shell().user_ns_hidden
    models, inputs = [], []
    for name, value in list(names.items()):
        if name.startswith("_") or name in hidden:
            continue
        kind = model_kind(value)
        if kind is not None and array_kind(selected) in TAKES[kind]:
            method = "" if kind != "sklearn" else ".predict_proba" if hasattr(value, "predict_proba") else ".predict"
            models.append({"variable": name + method, "description": type(value).__name__})
        elif array_kind(value) in TAKES.get(model_kind(selected), ()) and len(shape_of(value)) > 0:
            inputs.append({"variable": name, "description": "%s %s %s" % (type(value).__name__, dtype_of(value), shape_of(value))})
    return {"models": models, "inputs": inputs[::-1]}


def choices(node, text, names):
    """What an expression is, and for a call what can be chosen."""
    if not isinstance(node, ast.Call):
        value = valued(node, names)
        if model_kind(value) is not None:
            return {"kind": "model", "model": text}
        if array_kind(value) is not None:
            return {"kind": "tensor", "inputs": [text]}
        raise Unfit("'%s' is a %s, neither a model call nor a model nor a tensor" % (text, type(value).__name__))
    model, framework, function = callee(node.func, names)
    if node.keywords:
        raise Unfit("'%s' is called with keyword arguments, of which it is not known what is attributed: write a function of the inputs, such as lambda ids: %s(ids, ...)" % (model, model))
    given = [(ast.unparse(each), valued(each, names)) for each in node.args]
    inputs = [(name, value) for name, value in given if array_kind(value) is not None]
    if not inputs or array_kind(given[0][1]) is None:
        raise Unfit("The first argument of '%s' must be a tensor or an array, got %s" % (model, type(given[0][1]).__name__ if given else "none"))
    whole = [value for _, value in inputs if is_floating(value)]
    count = max(1, len(whole)) if len(whole) == len(inputs) else 1
    facts = {
        "kind": "call",
        "model": model,
        "framework": framework,
        "inputs": [name for name, _ in given[:count]],
        "arguments": [name for name, _ in given[count:]],
        "shapes": [shape_of(value) for _, value in inputs[:count]],
        "floating": is_floating(given[0][1]),
    }
    return dict(facts, **run(function, framework, [value for _, value in given]))


def valued(node, names):
    """The value of an expression; names that it binds are forgotten."""
    try:
        return eval(compile(ast.Expression(node), "<attribution-lens>", "eval"), names, {})
    except NameError as error:
        raise Unfit("%s: run the cell that defines it" % error)
    except Exception as error:
        raise Unfit("'%s' fails: %s: %s" % (ast.unparse(node), type(error).__name__, str(error).partition("\n")[0]))


def callee(node, names):
    """How the called model is written, what it is, and the function that runs it."""
    value = valued(node, names)
    text = ast.unparse(node)
    kind = model_kind(value)
    if kind in ("torch", "keras"):
        return text, kind, value
    owner = getattr(value, "__self__", None)
    if isinstance(node, ast.Attribute) and node.attr in ("forward", "__call__", "predict", "call") and model_kind(owner) in ("torch", "keras"):
        return ast.unparse(node.value), model_kind(owner), owner
    home = (getattr(value, "__module__", None) or type(value).__module__).partition(".")[0]
    if not callable(value) or isinstance(value, type) or (home in LIBRARIES and isinstance(owner, (type(None), types.ModuleType))):
        raise Unfit("'%s' is no model: select the call of a torch.nn.Module, of a Keras model or of a function of yours" % text)
    return text, "function", value


def is_floating(value):
    """Whether there are gradients with respect to an array."""
    return "float" in dtype_of(value)


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


def run(function, framework, arguments):
    """The classes that a model predicts for the first example, and its layers with the shapes of what they compute."""
    layers, hooks = {}, []
    if framework == "torch":
        for name, child in function.named_modules():
            if name and not list(child.children()):
                hooks.append(child.register_forward_hook(seen_in(layers, name)))
    try:
        with evaluating(function, framework):
            output = function(*arguments)
    except Exception as error:
        raise Unfit("The model fails for this input: %s: %s" % (type(error).__name__, str(error).partition("\n")[0]))
    finally:
        for hook in hooks:
            hook.remove()
    kind = array_kind(output)
    if kind is None:
        raise Unfit("The model returns a %s, not a tensor: write a function that returns the scores, and select its call" % type(output).__name__)
    return {"outputShape": shape_of(output), "predictions": predictions(output, kind), "layers": list(layers.values())}


def seen_in(layers, name):
    """A hook that notes a layer, with the shape of what it computes without the examples."""

    def hook(layer, _, output):
        layers.setdefault(name, {"name": name, "op": type(layer).__name__, "shape": shape_of(output)[1:] if array_kind(output) else []})

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
