"""A side of the comparison that runs in Python: told by lines of JSON what to do, it answers each with one.

    python peer.py captum.attr | attribution_lens.attr
"""

import importlib
import json
import os
import sys
import time
import warnings

FOLDER = os.path.dirname(os.path.abspath(__file__))
SHIM = os.path.join(FOLDER, "..", "..", "..", "media", "python")


class Peer:
    """Prepares and runs one workload."""

    def __init__(self, package):
        self.package = importlib.import_module(package)
        self.engine = None
        if package.startswith("attribution_lens"):
            endpoint = importlib.import_module("attribution_lens._endpoint")
            started = endpoint.start_engine(os.environ["ATTRIBUTION_LENS_ENGINE"])  # one of its own, not that of an open window
            os.environ["ATTRIBUTION_LENS_ENDPOINT"] = started.path
            self.engine = started.pid

    def export(self, model, onnx, input):
        """Writes a model as the shim exports it, and its input."""
        import numpy
        from attribution_lens import _torch_export
        from models import made

        module, x = made(model)
        with open(onnx, "wb") as file:
            file.write(_torch_export.export(module, [x], [], model, _torch_export.exporters()[0]).content)
        numpy.save(input, x.numpy())

    def prepare(self, workload, threads=None):
        import torch
        from models import made

        if threads:
            torch.set_num_threads(threads)
        model, self.x = made(workload["model"])
        self.options = {name: tuple(value) if isinstance(value, list) else value for name, value in workload["options"].items()}
        if self.engine is None:
            self.options.update(workload.get("captum") or {})
        self.algorithm = getattr(self.package, workload["method"])(model, **workload.get("settings") or {})
        if workload.get("noiseTunnel"):
            self.algorithm = self.package.NoiseTunnel(self.algorithm)
            self.options.update(workload["noiseTunnel"])
        forget_peak()
        self.before = memory("self", "VmRSS")
        return {"threads": torch.get_num_threads()}

    def run(self):
        processor, started = self.processor(), time.perf_counter()
        self.result = self.algorithm.attribute(self.x, target=1, **self.options)
        elapsed = time.perf_counter() - started
        return {"elapsed": elapsed * 1000, "processor": (self.processor() - processor) * 1000}

    def processor(self):
        """Seconds of all threads, those of the engine's process too."""
        engine = 0.0
        if self.engine is not None and os.path.exists("/proc/%d/stat" % self.engine):
            with open("/proc/%d/stat" % self.engine) as file:
                user, system = file.read().rpartition(")")[2].split()[11:13]
            engine = (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
        return time.process_time() + engine

    def finish(self, result):
        """Writes the result. The memory that attribution added: the growth of this process, and the engine's process."""
        import numpy

        self.result.detach().numpy().astype(numpy.float32).tofile(result)
        engine = memory(self.engine, "VmHWM") if self.engine else 0
        return {"bytes": max(0, memory("self", "VmHWM") - self.before) + engine}


def forget_peak():
    """Lets the peak begin at what is held now, where the system can."""
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        pass


def memory(process, field):
    """Bytes of a process, as Linux counts them; elsewhere the peak of this process, and 0 for others."""
    try:
        with open("/proc/%s/status" % process) as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith(field))
    except OSError:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        return peak if process == "self" else 0


def main():
    sys.path[:0] = [SHIM, FOLDER]
    warnings.simplefilter("ignore")
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    peer = Peer(sys.argv[1])
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer = getattr(peer, command.pop("do"))(**command) or {}
        except Exception as error:  # whatever an algorithm raises is the answer
            answer = {"error": "%s: %s" % (type(error).__name__, error)}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
