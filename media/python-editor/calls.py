"""How models are called in the code of a cell: what is called, and with which arguments."""

import inspect
import re

#: Functions of these are no models.
LIBRARIES = ("builtins", "_io", "torch", "numpy", "tensorflow", "jax", "jaxlib", "keras", "tf_keras", "sklearn", "pandas", "scipy", "IPython", "matplotlib")
#: Arguments of such names go with the inputs.
BESIDE = re.compile("mask|label|target|position", re.IGNORECASE)
#: What the call of a Keras model is given that is no part of what it computes from.
KERAS_SETTINGS = ("training", "verbose", "batch_size", "steps", "callbacks")


class Unfit(Exception):
    """What is selected cannot be attributed; the message says why and what could be."""


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
    kind = model_kind(owner) if isinstance(node, ast.Attribute) else None
    if kind in ("torch", "keras") and node.attr in SCORING:
        return ast.unparse(node.value), kind, owner
    if kind is not None and node.attr in LEARNING:
        raise Unfit("'%s' is no prediction: select the call of a model with its input, such as %s(x)" % (text, ast.unparse(node.value)))
    if kind == "sklearn" and node.attr == "predict" and scorer(owner) is not None:
        return "%s.%s" % (ast.unparse(node.value), scorer(owner)), "function", getattr(owner, scorer(owner))
    if array_kind(owner) is not None:
        raise Unfit("'%s' is a method of a tensor: select the call of the model that computes it, such as model(x)" % text)
    home = (getattr(value, "__module__", None) or type(value).__module__).partition(".")[0]
    if not callable(value) or isinstance(value, type) or (home in LIBRARIES and isinstance(owner, (type(None), types.ModuleType))):
        raise Unfit("'%s' is no model: select the call of a torch.nn.Module, of a Keras model or of a function of yours" % text)
    return text, "function", value


def is_floating(value):
    """Whether there are gradients with respect to an array."""
    return "float" in dtype_of(value)


def model_call(node, names):
    """The call of an expression such as `model(x)` or `model(x).logits[0]`, and the steps behind it; None where there is none."""
    call, behind = node, []
    while isinstance(call, (ast.Attribute, ast.Subscript)):
        behind.insert(0, ".%s" % call.attr if isinstance(call, ast.Attribute) else "[%s]" % ast.unparse(call.slice))
        call = call.value
    if not isinstance(call, ast.Call):
        return None, []
    if behind:
        try:
            if callee(call.func, names)[1] == "function":
                return None, []
        except Unfit:
            return None, []
    return call, behind


def arguments_of(call, names):
    """Every argument of a call: its keyword, how it is written, and its value; those of * and ** one by one."""
    found = []

    def add(keyword, text, value):
        found.append({"keyword": keyword, "text": text, "value": value, "parameter": None})

    for each in call.args:
        starred = isinstance(each, ast.Starred)
        value = valued(each.value if starred else each, names)
        if not starred:
            add(None, ast.unparse(each), value)
        elif isinstance(value, (tuple, list)):
            for index, item in enumerate(value):
                add(None, "%s[%d]" % (primary(each.value), index), item)
        else:
            raise Unfit("'*%s' is a %s: only the parts of a tuple or list can be written one by one" % (ast.unparse(each.value), type(value).__name__))
    for each in call.keywords:
        value = valued(each.value, names)
        if each.arg is not None:
            add(each.arg, ast.unparse(each.value), value)
        else:
            for key in value.keys():
                add(key, "%s[%r]" % (primary(each.value), key), value[key])
    return found


def primary(node):
    """An expression, as it is written before an index."""
    text = ast.unparse(node)
    return text if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.Tuple, ast.List, ast.Dict)) else "(%s)" % text


def positions(function, given):
    """The order of arguments in the signature of a model, and whether all of them can be given by position."""
    indices = range(len(given))
    by_position = [index for index in indices if given[index]["keyword"] is None]
    by_keyword = {given[index]["keyword"]: index for index in indices if given[index]["keyword"] is not None}
    try:
        bound = inspect.signature(getattr(function, "forward", function)).bind(*by_position, **by_keyword)
    except (TypeError, ValueError):
        return list(indices), not by_keyword
    for parameter, index in bound.arguments.items():
        if isinstance(index, int):
            given[index]["parameter"] = parameter
    return list(bound.args) + list(bound.kwargs.values()), not bound.kwargs


def attributed(model, given, places):
    """The arguments that are attributed: the arrays where all of them are of floating point numbers, else the first one."""
    arrays = [place for place in places if array_kind(given[place]["value"]) is not None]
    if not arrays:
        raise Unfit("No argument of '%s' is a tensor or an array, so there is nothing to attribute its output to" % model)
    fitting = [place for place in arrays if not BESIDE.search(given[place]["keyword"] or given[place]["parameter"] or "")] or arrays
    return fitting if all(is_floating(given[place]["value"]) for place in fitting) else fitting[:1]
