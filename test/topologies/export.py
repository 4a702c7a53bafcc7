"""Exports nets to ONNX with what torch computes for them.

    python3 export.py DIR NAME...           NAME.onnx as users export it, for one example, and NAME.json
    python3 export.py --stored DIR NAME...  NAME.onnx.gz without weights, for any number of examples, and NAME.json

The JSON has the logits and the gradients of one logit of each of two examples at some places; for stored nets also the
rules of the weights.
"""
import gzip
import io
import json
import pathlib
import sys
import warnings

import numpy as np
import torch

from nets import build, uniform, values

EXAMPLES = 2
PLACES = 200


def reference(name: str, net: torch.nn.Module, shape) -> dict:
    x = torch.from_numpy(values(f"{name} input", (EXAMPLES, *shape))).requires_grad_()
    logits = net(x)
    target = [int(np.argmax(row)) for row in logits.detach().numpy()]
    logits[torch.arange(EXAMPLES), target].sum().backward()
    gradient = x.grad.numpy().reshape(EXAMPLES, -1)
    places = sorted({int((u + 1) / 2 * gradient.shape[1]) for u in uniform(f"{name} places", PLACES).tolist()})
    return {
        "shape": list(shape),
        "target": target,
        "logits": [rounded(row) for row in logits.detach().numpy()],
        "places": places,
        "gradients": [rounded(row[places]) for row in gradient],
        "largest": rounded(np.abs(gradient).max(1)),
    }


def rounded(numbers) -> list:
    return [float(f"{number:.8g}") for number in numbers]


def exported(net, shape, **options) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(net, torch.zeros(1, *shape), buffer, input_names=["input"], output_names=["logits"], opset_version=16, **options)
    return buffer.getvalue()


def without_weights(model: bytes, net: torch.nn.Module) -> bytes:
    """The file with the initializers of the net's parameters empty."""
    import onnx

    proto = onnx.load_model_from_string(model)
    names = {name for name, value in net.state_dict().items() if value.is_floating_point()}
    for initializer in proto.graph.initializer:
        if initializer.name in names:
            initializer.ClearField("raw_data")
    for node in proto.graph.node:
        node.ClearField("doc_string")
    return proto.SerializeToString()


def main(arguments) -> None:
    stored = arguments[0] == "--stored"
    folder, *names = arguments[1:] if stored else arguments
    torch.set_num_threads(1)
    for name in names:
        net, rules, shape = build(name)
        result = reference(name, net, shape)
        if stored:
            free = {"input": {0: "batch"}, "logits": {0: "batch"}}
            model = exported(net, shape, do_constant_folding=False, training=torch.onnx.TrainingMode.PRESERVE, dynamic_axes=free)
            model = without_weights(model, net)
            result["weights"] = rules
            pathlib.Path(folder, f"{name}.onnx.gz").write_bytes(gzip.compress(model, mtime=0))
        else:
            pathlib.Path(folder, f"{name}.onnx").write_bytes(exported(net, shape))
        pathlib.Path(folder, f"{name}.json").write_text(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1:])
