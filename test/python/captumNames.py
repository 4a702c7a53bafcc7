"""Captum's public names with their arguments and defaults, stored in captumNames.json, and in what ours differ from them.

    python test/python/captumNames.py   # writes the file anew, from the Captum that is installed
"""

import fnmatch
import importlib
import inspect
import json
import os

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "captumNames.json")

PARTS = (
    "attr", "attr._core.lime", "attr._utils.visualization", "attr._utils.lrp_rules", "concept", "concept._utils.common", "concept._utils.data_iterator",
    "influence", "influence._core.arnoldi_influence_function", "influence._utils.nearest_neighbors", "metrics", "module", "robust", "_utils.models.linear_model",
)
"""Modules whose names users import."""

_FUTURE = "starts distributed work, whose results torch.futures hold: the engine has one process. Raises NotImplementedError"
_REPLACED = "a part of how Captum computes it, in which nothing is left to choose"
_HTML = "a part of how Captum draws; the methods and signs of pictures are given by name"
DIFFERENCES = {
    "attr.LLMAttributionResult.__init__": "takes the probabilities of the answer and the prompt after Captum's arguments, as newer versions do",
    "attr.*Feature*.attribute_future": _FUTURE,
    "attr.ShapleyValue*.attribute_future": _FUTURE,
    "attr.*DeepLift*.satisfies_attribute_criteria": _REPLACED,
    "attr.KernelShap.kernel_shap_*": _REPLACED,
    "attr.LayerFeature*.attributor": _REPLACED,
    "attr.LayerGradientXActivation.multiply_gradient_acts": _REPLACED,
    "attr._core.lime.construct_feature_mask": _REPLACED,
    "attr._utils.lrp_rules.*.*_hook*": _REPLACED,
    "attr._utils.visualization.*Method": _HTML,
    "attr._utils.visualization.VisualizeSign": _HTML,
    "attr._utils.visualization.format_*": _HTML,
    "influence.TracInCPBase.influence": "its unpack_inputs is taken by none of Captum's methods",
    "_utils.models.linear_model.*LinearModel": "Lime takes the models that are made of it, and LimeBase any with fit() and representation()",
}
"""What ours have otherwise, or not at all, with the reason; * stands for any letters."""


def table(package="captum"):
    """The names of a package by part: arguments of functions, and of the methods of classes by name, as text."""
    modules = {part: importlib.import_module("%s.%s" % (package, part)) for part in PARTS}
    return {part: {name: _described(getattr(module, name), package) for name in sorted(_public(module))} for part, module in modules.items()}


def stored():
    """The names of the Captum whose version the file tells."""
    with open(PATH, encoding="utf-8") as file:
        return json.load(file)


def problems(names, package="attribution_lens"):
    """What of the names a package lacks or has otherwise without a reason, and reasons for what is no difference."""
    found = {}
    for part, entries in names.items():
        module = importlib.import_module("%s.%s" % (package, part))
        for name, expected in entries.items():
            try:
                ours = _described(getattr(module, name), package)
            except (AttributeError, NotImplementedError):
                ours = None
            title = "%s.%s" % (part, name)
            if isinstance(expected, dict) and isinstance(ours, dict):
                found.update({"%s.%s" % (title, method): (arguments, ours.get(method)) for method, arguments in expected.items() if ours.get(method) != arguments})
            elif ours != expected:
                found[title] = (expected, ours)
    unexplained = ["%s: Captum has (%s), we have (%s)" % (title, *pair) for title, pair in found.items() if not any(fnmatch.fnmatchcase(title, pattern) for pattern in DIFFERENCES)]
    return unexplained + ["%s is no difference any more" % pattern for pattern in DIFFERENCES if not fnmatch.filter(found, pattern)]


def _public(module):
    listed = getattr(module, "__all__", None)
    if listed is not None:
        return [name for name in listed if not inspect.ismodule(getattr(module, name))]
    return [name for name, value in vars(module).items() if not name.startswith("_") and (inspect.isclass(value) or inspect.isfunction(value)) and value.__module__ == module.__name__]


def _described(value, package):
    if not inspect.isclass(value):
        return _arguments(value)
    methods = {}
    for name in dir(value):
        owner = next((cls for cls in value.__mro__ if name in vars(cls)), object)
        if (name == "__init__" or not name.startswith("_")) and owner.__module__.partition(".")[0] == package:
            member = inspect.getattr_static(value, name)
            if isinstance(member, property):
                methods[name] = "a property"
            elif callable(getattr(value, name)) and not inspect.isclass(getattr(value, name)):
                methods[name] = _arguments(getattr(value, name))
    return methods


def _arguments(function):
    """The arguments of a function with their defaults, without what they are annotated with."""
    plain = [parameter.replace(annotation=parameter.empty, default=_default(parameter.default)) for parameter in inspect.signature(function).parameters.values()]
    return str(inspect.Signature(plain))[1:-1]


class _Function:
    def __repr__(self):
        return "a function"


def _default(value):
    return _Function() if inspect.isroutine(value) else value


if __name__ == "__main__":
    import captum

    with open(PATH, "w", encoding="utf-8") as file:
        json.dump({"version": captum.__version__, "names": table()}, file, indent=1)
        file.write("\n")
