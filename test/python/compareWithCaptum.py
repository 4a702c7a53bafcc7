"""Runs the same cases under Captum's import and ours, and compares results: form, type, shape, numbers.

    python test/python/compareWithCaptum.py [--only TEXT] [--captum FOLDER]

Captum must be installed, or lie in FOLDER. Ends with 1 when a result differs.
"""

import argparse
import importlib
import os
import sys
import time
import traceback
import warnings

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(FOLDER, "..", "..", "media", "python"), FOLDER]


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--only", default="")
    options.add_argument("--captum")
    chosen = options.parse_args()
    if chosen.captum:
        sys.path.insert(0, chosen.captum)
    warnings.simplefilter("ignore")
    import torch

    torch.set_num_threads(1)
    try:
        from torchvision.models import resnet18
    except ImportError:
        resnet18 = None
        print("torchvision is not installed: the residual network is left out")
    import captumNames
    from cases import EXACT, cases

    def imported(package):
        modules = [importlib.import_module(package + part) for part in (".attr", ".metrics", ".robust", ".concept", ".influence", ".module")]
        return cases(*modules, resnet18)

    failures = count = 0
    if not chosen.only:
        count += 1
        problems = captumNames.problems(captumNames.table())
        failures += bool(problems)
        print("%s names, arguments and defaults%s" % ("FAIL" if problems else "ok  ", "".join("\n       " + problem for problem in problems)))
    for theirs, ours in zip(imported("captum"), imported("attribution_lens")):
        name, compute = ours[:2]
        if chosen.only not in name:
            continue
        count += 1
        begun = time.perf_counter()
        expected, problem = attempt(theirs[1])
        middle = time.perf_counter()
        if problem is None:
            found, problem = attempt(compute)
            ended = time.perf_counter()
            problem = problem or difference(expected, found, *(ours[2] if len(ours) > 2 else EXACT))
            seconds = " (%.2f s, Captum %.2f s)" % (ended - middle, middle - begun)
        else:
            problem, seconds = "Captum itself failed: " + problem, ""
        failures += problem is not None
        print("%s %s%s%s" % ("FAIL" if problem else "ok  ", name, seconds, ": " + problem if problem else ""), flush=True)
    print("%d of %d agree" % (count - failures, count))
    return 1 if failures or not count else 0


def attempt(compute):
    """The result and None, or None and what went wrong."""
    import torch

    torch.manual_seed(11)
    try:
        return compute(), None
    except Exception as error:  # whatever a case raises is its result
        place = traceback.extract_tb(error.__traceback__)[-1]
        return None, "%s: %s (%s:%d)" % (type(error).__name__, error, os.path.basename(place.filename), place.lineno)


def difference(expected, found, relative, absolute):
    """What differs; None when nothing does."""
    import torch

    if isinstance(expected, (tuple, list)):
        if type(found) is not type(expected) or len(found) != len(expected):
            return "expected a %s of %d, got a %s" % (type(expected).__name__, len(expected), type(found).__name__)
        for index, pair in enumerate(zip(expected, found)):
            problem = difference(*pair, relative, absolute)
            if problem is not None:
                return "[%d] %s" % (index, problem)
        return None
    if not isinstance(expected, torch.Tensor):
        expected = torch.tensor(expected)
        found = torch.as_tensor(found)
    if type(found) is not torch.Tensor or found.dtype != expected.dtype or found.shape != expected.shape:
        return "expected a tensor %s of %s, got %s %s of %s" % (list(expected.shape), expected.dtype, type(found).__name__, list(getattr(found, "shape", [])), getattr(found, "dtype", None))
    if found.requires_grad:
        return "requires_grad is set"
    expected, found = expected.detach().double(), found.double()
    if not expected.numel():
        return None
    scale = expected.abs().max().item()
    largest = (expected - found).abs().max().item()
    return None if largest <= absolute + relative * scale else "differs by %.3g where the largest is %.3g" % (largest, scale)


if __name__ == "__main__":
    sys.exit(main())
