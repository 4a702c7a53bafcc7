"""What users' models, tensors and engines are like on a bad day."""

import os
import shutil
import signal
import sys
import tempfile
import threading
import unittest
from unittest import mock

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(FOLDER, "..", "..", "media", "python"), FOLDER]

import torch
from torch import nn

from attribution_lens import AttributionLensError, EngineNotReachableError, ExportError, _client, _display
from attribution_lens.attr import (
    DataLoaderAttribution, FeatureAblation, FeaturePermutation, GradientShap, IntegratedGradients, KernelShap, LayerGradCam, LayerIntegratedGradients, NoiseTunnel,
    ProductBaselines, Saliency, ShapleyValueSampling,
)
from models import Lrp, Net, Tabular, Transformer, made

MIME = "application/vnd.attribution-lens.v1+json"


class Tensors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net, cls.x = made(Net), torch.rand(2, 3, 20, 20)
        cls.wanted = Saliency(cls.net).attribute(cls.x, target=1)

    def same(self, x, net=None, **tolerance):
        found = Saliency(net or self.net).attribute(x, target=1)
        self.assertEqual((found.dtype, found.requires_grad), (x.dtype, False))
        torch.testing.assert_close(found.float(), self.wanted, **(tolerance or {"rtol": 1e-4, "atol": 1e-6}))

    def test_gradients_on_and_off(self):
        self.same(self.x.clone().requires_grad_())
        self.same(nn.Parameter(self.x))
        with torch.no_grad():
            self.same(self.x)
        with torch.inference_mode():
            self.same(self.x.clone())

    def test_not_contiguous(self):
        self.same(self.x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2))
        self.same(torch.stack([self.x, self.x], -1)[..., 0])

    def test_other_floating_types(self):
        double = made(Net).double()
        self.same(self.x.double(), double)
        self.same(self.x.double(), lambda images: double(images))
        self.same(self.x.double())
        self.same(self.x.half(), made(Net).half(), rtol=0.02, atol=5e-3)
        self.same(self.x.bfloat16(), made(Net).bfloat16(), rtol=0.1, atol=0.03)
        self.assertEqual({parameter.dtype for parameter in double.parameters()}, {torch.float64})

    def test_compiled_models(self):
        for compiled in (torch.jit.script(self.net), torch.jit.trace(self.net, self.x)):
            self.same(self.x, compiled)
            torch.testing.assert_close(LayerGradCam(compiled, "conv2").attribute(self.x, target=1), LayerGradCam(self.net, "conv2").attribute(self.x, target=1))

    def test_data_parallel(self):
        self.same(self.x, nn.DataParallel(self.net))

    def test_large_inputs(self):
        model = nn.Sequential(nn.Conv2d(3, 2, 3, stride=4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 3)).eval()
        x = torch.rand(4, 3, 1024, 1024, requires_grad=True)  # 50 MB
        (wanted,) = torch.autograd.grad(model(x)[:, 1].sum(), x)
        torch.testing.assert_close(Saliency(model).attribute(x, target=1, abs=False), wanted)

    def test_token_ids_are_sent_to_their_embedding(self):
        net, ids = made(Transformer), torch.randint(0, 30, (2, 7))
        for method in (IntegratedGradients, Saliency):
            with self.assertRaisesRegex(AssertionError, r"got torch.int64.*LayerIntegratedGradients\(model, model.embedding\)"):
                method(net).attribute(ids, target=1)
        self.assertEqual(LayerIntegratedGradients(net, net.embedding).attribute(ids, target=1, n_steps=3).shape, (2, 7, 16))

    def test_what_cannot_be_read_is_refused(self):
        x = self.x
        for given, problem in (
            (x.to("meta"), "device 'meta'"), (x.to_sparse(), "to_dense"), (torch.quantize_per_tensor(x, 0.1, 0, torch.quint8), "dequantize"),
            (x.to(torch.complex64), "real numbers"), ([x], "got list"), (x.numpy(), "takes torch tensors"), (x * float("nan"), "finite"), (x[:0], "at least one example"),
        ):
            with self.assertRaisesRegex(AssertionError, problem):
                Saliency(self.net).attribute(given, target=1)
        with self.assertRaisesRegex(ExportError, "device 'meta'"):
            Saliency(made(Net).to("meta")).attribute(x, target=1)


class Interrupted(nn.Module):
    """As when the stop button is pressed while a model is exported."""

    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout()

    def forward(self, x):
        raise KeyboardInterrupt


class Interruptions(unittest.TestCase):
    def test_export_can_be_interrupted(self):
        model = Interrupted().train()
        with self.assertWarnsRegex(UserWarning, "training mode"), self.assertRaises(KeyboardInterrupt):
            Saliency(model).attribute(torch.rand(2, 4), target=0)
        self.assertTrue(model.drop.training)
        self.assertEqual(Saliency(made(Lrp)).attribute(torch.rand(2, 6), target=0).shape, (2, 6))

    def test_engine_that_is_killed(self):
        net, x = made(Net), torch.rand(1, 3, 20, 20)
        named = os.environ.pop("ATTRIBUTION_LENS_ENDPOINT", None)
        runtime, home = os.environ.get("XDG_RUNTIME_DIR"), os.environ.get("HOME")
        empty = tempfile.mkdtemp()
        os.environ.update(XDG_RUNTIME_DIR=empty, HOME=empty)  # no engine but one of its own
        before, _client._shared = _client._shared, None
        try:
            wanted = Saliency(net).attribute(x, target=1)
            engine = _client.client().endpoint.pid
            killed = []

            def kill(*progress):
                if not killed:
                    killed.append(os.kill(engine, signal.SIGTERM if os.name == "nt" else signal.SIGKILL))

            with mock.patch.object(_display.Progress, "__call__", kill), self.assertRaisesRegex(EngineNotReachableError, "Run the cell again"):
                IntegratedGradients(net).attribute(x.repeat(30, 1, 1, 1), target=1, n_steps=100000, method="riemann_middle", internal_batch_size=30)
            torch.testing.assert_close(Saliency(net).attribute(x, target=1), wanted)
            self.assertNotEqual(_client.client().endpoint.pid, engine)
        finally:
            _client._shared.close()
            _client._shared = before
            shutil.rmtree(empty, ignore_errors=True)
            for name, value in (("ATTRIBUTION_LENS_ENDPOINT", named), ("XDG_RUNTIME_DIR", runtime), ("HOME", home)):
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value

    def test_two_notebooks_at_once(self):
        net, x = made(Net), torch.rand(2, 3, 20, 20)
        other = _client.Client()
        try:
            model = other.load_model(_onnx(net, x), "other")
            wanted = Saliency(net).attribute(x, target=1)
            found = []
            threads = [threading.Thread(target=lambda: found.append(Saliency(net).attribute(x, target=1))) for _ in range(3)]
            threads.append(threading.Thread(target=lambda: found.append(other.method(other.construct("Saliency", model["handle"]), "attribute", x, {"target": 1}).value.torch())))
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            for result in found:
                torch.testing.assert_close(result, wanted, rtol=1e-4, atol=1e-6)
            self.assertEqual(len(found), 4)
        finally:
            other.close()


def _onnx(net, x):
    from attribution_lens import _torch_export

    return _torch_export.export(net, [x], [], "Model", _torch_export.exporters()[0]).content


class Pictures(unittest.TestCase):
    """What a picture's controls ask for: the request goes to the engine, and a new picture comes back."""

    def bundle(self, found):
        from attribution_lens import _display

        picture = _display.picture_of(found)
        return picture._client, picture._explanation, picture.bundle()[MIME]

    def test_method_options_target_and_baseline_can_be_changed(self):
        x = torch.rand(2, 3, 20, 20)
        client, explanation, shown = self.bundle(IntegratedGradients(made(Net)).attribute(x, target=1, n_steps=8))
        self.assertEqual((shown["method"]["name"], shown["method"]["options"]["nSteps"]), ("IntegratedGradients", 8))
        changed = client.recompute(explanation, {"options": {"nSteps": 3}})[MIME]
        self.assertEqual(changed["method"]["options"]["nSteps"], 3)
        changed = client.recompute(explanation, {"method": "Saliency"})[MIME]
        self.assertEqual(changed["method"]["name"], "Saliency")
        changed = client.recompute(explanation, {"target": [3], "baseline": "mean"})[MIME]
        self.assertEqual([example["target"]["index"] for example in changed["examples"]], [[3], [3]])
        self.assertNotEqual(changed["id"], shown["id"])

    def test_of_a_function(self):
        client, explanation, _ = self.bundle(FeatureAblation(lambda rows: rows * torch.tensor([1.0, 2.0, 3.0])).attribute(torch.rand(2, 3), target=1))
        changed = client.recompute(explanation, {"method": "ShapleyValues", "target": [2]})[MIME]
        self.assertEqual(changed["method"]["name"], "ShapleyValues")
        with self.assertRaisesRegex(AttributionLensError, "gradient"):
            client.recompute(explanation, {"method": "Saliency"})


class Randomness(unittest.TestCase):
    def test_manual_seed_repeats(self):
        net, x = made(Tabular), (torch.rand(3, 5), torch.rand(3, 3))
        for attribute in (
            lambda: GradientShap(net).attribute(x, tuple(part * 0 for part in x), stdevs=0.1, target=1),
            lambda: NoiseTunnel(Saliency(net)).attribute(x, target=1),
            lambda: ShapleyValueSampling(net).attribute(x, target=1, n_samples=2),
            lambda: KernelShap(net).attribute(tuple(part[:1] for part in x), target=1),
            lambda: FeaturePermutation(net).attribute(x, target=1),
        ):
            torch.manual_seed(3)
            first, second = attribute(), attribute()
            torch.manual_seed(3)
            torch.testing.assert_close(attribute(), first, rtol=0, atol=0)
            self.assertFalse(torch.equal(first[0], second[0]))

    def test_others_leave_the_generator_alone(self):
        net = made(Lrp)
        torch.manual_seed(3)
        wanted = torch.rand(2)
        torch.manual_seed(3)
        IntegratedGradients(net).attribute(torch.ones(1, 6), target=1, n_steps=3)
        torch.testing.assert_close(torch.rand(2), wanted)


class DataSets(unittest.TestCase):
    def test_batches_of_one_tensor(self):
        weights = torch.tensor([1.0, -2.0, 0.5])
        found = DataLoaderAttribution(FeatureAblation(lambda rows: rows @ weights)).attribute([torch.ones(2, 3), torch.ones(4, 3)], to_metric=torch.mean)
        torch.testing.assert_close(found, weights[None])

    def test_other_methods_are_refused(self):
        with self.assertRaisesRegex(AssertionError, "Saliency: give a FeatureAblation"):
            DataLoaderAttribution(Saliency(made(Lrp)))

    def test_product_baselines(self):
        draw = ProductBaselines({"animal": ["cat", "dog"], ("city", "state"): [("Seattle", "WA"), ("Texas City", "TX")]})
        for _ in range(8):
            drawn = draw()
            self.assertEqual(set(drawn), {"animal", "city", "state"})
            self.assertIn((drawn["city"], drawn["state"]), [("Seattle", "WA"), ("Texas City", "TX")])
        self.assertIn(ProductBaselines([[1, 2], [3]]).sample(), [[1, 3], [2, 3]])


if __name__ == "__main__":
    unittest.main()
