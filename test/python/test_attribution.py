"""Attributions of PyTorch models and of plain functions, through a real engine."""

import os
import sys
import unittest
import warnings

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(FOLDER, "..", "..", "media", "python"), FOLDER]

import numpy as np
import torch
from torch import nn

import attribution_lens
from attribution_lens import _client
from attribution_lens.attr import Attribution, FeatureAblation, IntegratedGradients, InputXGradient, KernelShap, LRP, LayerActivation, LayerGradCam, LayerGradientXActivation, LayerIntegratedGradients, Lime, LimeBase, NeuronGradient, NoiseTunnel, Saliency
from attribution_lens.attr._core.lime import get_exp_kernel_similarity_function
from attribution_lens.metrics import infidelity
from attribution_lens._utils.models.linear_model import SGDLinearRegression, SkLearnRidge
from models import Gated, Net, Tabular, Transformer, made


class Branching(nn.Module):
    """Decides by a value."""

    def forward(self, x):
        return x * 3 if x.sum() > 0 else x * -1


class Spectral(nn.Module):
    """Uses an operation that ONNX export does not know."""

    def __init__(self):
        super().__init__()
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        return self.out(torch.linalg.eigvalsh(x[:, :, None] * x[:, None, :]))


class Noisy(nn.Module):
    """Differs between training and evaluation."""

    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.5)
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        return self.out(self.drop(x))


class Forms(unittest.TestCase):
    def setUp(self):
        self.net = made(Net)
        self.x = torch.rand(2, 3, 20, 20)

    def test_tensor_for_tensor(self):
        found = IntegratedGradients(self.net).attribute(self.x, target=1, n_steps=5)
        self.assertIs(type(found), torch.Tensor)
        self.assertFalse(found.requires_grad)
        self.assertEqual((found.shape, found.dtype, found.device), (self.x.shape, self.x.dtype, self.x.device))

    def test_tuple_for_tuple(self):
        found, delta = IntegratedGradients(self.net).attribute((self.x,), target=1, n_steps=5, return_convergence_delta=True)
        self.assertIs(type(found), tuple)
        self.assertEqual(delta.shape, (2,))

    def test_double_for_double(self):
        found = Saliency(made(Net).double()).attribute(self.x.double(), target=1)
        self.assertEqual(found.dtype, torch.float64)
        torch.testing.assert_close(found.float(), Saliency(self.net).attribute(self.x, target=1))

    def test_gradients_of_torch(self):
        x = self.x.clone().requires_grad_()
        (wanted,) = torch.autograd.grad(self.net(x)[:, 2].sum(), x)
        torch.testing.assert_close(Saliency(self.net).attribute(x, target=2, abs=False), wanted)

    def test_targets_in_all_forms(self):
        method = Saliency(self.net)
        wanted = method.attribute(self.x, target=[2, 2])
        for target in (2, (2,), torch.tensor(2), torch.tensor([2]), torch.tensor([2, 2]), [(2,), (2,)]):
            torch.testing.assert_close(method.attribute(self.x, target=target), wanted)

    def test_layers_by_module_and_name(self):
        by_module = LayerGradCam(self.net, self.net.conv2).attribute(self.x, target=1)
        by_name = LayerGradCam(self.net, "conv2").attribute(self.x, target=1)
        torch.testing.assert_close(by_module, by_name)
        self.assertEqual(by_module.shape, (2, 1, 6, 6))

    def test_neurons_by_a_function(self):
        method = NeuronGradient(self.net, self.net.fc1)
        found = method.attribute(self.x, lambda values: values[:, 1] * 2 - values[:, 4])
        torch.testing.assert_close(found, 2 * method.attribute(self.x, 1) - method.attribute(self.x, 4))
        with self.assertRaisesRegex(AssertionError, r"must return one number for each example, shape \[%d\], got \[%d, 16\]" % (len(self.x), len(self.x))):
            method.attribute(self.x, lambda values: values * 2)
        with self.assertRaisesRegex(TypeError, "Model 'function': its ONNX export computes something else"):
            method.attribute(self.x, lambda values: values.sum(1) if values.abs().sum() > 0 else values.sum(1) + 1)

    def test_layer_list(self):
        found = LayerActivation(self.net, [self.net.conv1, self.net.fc1]).attribute(self.x)
        self.assertIs(type(found), list)
        torch.testing.assert_close(found[0], self.net.conv1(self.x).detach())

    def test_function_around_a_model(self):
        net = made(Transformer)
        tokens = torch.randint(0, 30, (2, 7))
        found = LayerIntegratedGradients(lambda ids: net(ids)[:, :2], net.embedding).attribute(tokens, target=1, n_steps=5)
        self.assertEqual(found.shape, (2, 7, 16))

    def test_additional_arguments_of_any_kind(self):
        net = made(Tabular)
        x = (torch.randn(3, 5), torch.randn(3, 3))
        for factor in (2.0, torch.full((3, 1), 2.0)):
            found = InputXGradient(net).attribute(x, target=0, additional_forward_args=factor)
            doubled = [part.clone().requires_grad_() for part in x]
            gradients = torch.autograd.grad(net(*doubled, 2.0)[:, 0].sum(), doubled)
            for part, value, gradient in zip(found, x, gradients):
                torch.testing.assert_close(part, value * gradient)


class Steps(nn.Module):
    """Takes [time, batch, 4], as layers of torch do by default."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.TransformerEncoderLayer(4, 2, 8)
        self.head = nn.Linear(4, 3)

    def forward(self, x, mask=None):
        return self.head(self.encoder(x, src_key_padding_mask=mask).mean(0))


class Tagger(nn.Module):
    """Scores for each step: [time, batch, 4] gives [time, batch, 6]."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(4, 6)

    def forward(self, x):
        return self.rnn(x)[0]


class TimeFirst(unittest.TestCase):
    """Layers and inputs with the examples on axis 1."""

    def test_inputs(self):
        net, x, baselines = made(Steps), torch.randn(5, 3, 4), torch.randn(5, 3, 4)
        mask = torch.zeros(3, 5).bool()
        mask[1, 3:] = True
        leaf = x.clone().requires_grad_()
        (wanted,) = torch.autograd.grad(net(leaf, mask)[:, 1].sum(), leaf)
        torch.testing.assert_close(Saliency(net).attribute(x, target=1, abs=False, additional_forward_args=mask), wanted)

        turned = lambda values: net(values.transpose(0, 1))
        options = {"target": [0, 1, 2], "n_steps": 7, "return_convergence_delta": True}
        found, delta = IntegratedGradients(net).attribute(x, baselines, **options)
        wanted, wanted_delta = IntegratedGradients(turned).attribute(x.transpose(0, 1), baselines.transpose(0, 1), **options)
        torch.testing.assert_close((found, delta), (wanted.transpose(0, 1), wanted_delta))
        torch.testing.assert_close(IntegratedGradients(net).compute_convergence_delta(found, baselines, x, target=[0, 1, 2]), delta, atol=1e-5, rtol=1e-4)
        alone = IntegratedGradients(net).attribute(x[:, 1:2], baselines[:, 1:2], target=1, n_steps=7)
        torch.testing.assert_close(alone, found[:, 1:2], atol=1e-5, rtol=1e-4)
        steps = torch.arange(5).view(5, 1, 1)
        found = FeatureAblation(net).attribute(x, target=1, feature_mask=steps)
        torch.testing.assert_close(found[2, :, 0], (net(x) - net(torch.where(steps == 2, torch.zeros(()), x)))[:, 1].detach(), atol=1e-5, rtol=1e-4)

    def test_layers(self):
        net, x = made(Steps), torch.randn(5, 3, 4)
        values = []
        hook = net.encoder.register_forward_hook(lambda _, __, output: values.append(output))
        net(x)
        hook.remove()
        (gradient,) = torch.autograd.grad(net.head(values[0].mean(0))[:, 1].sum(), values[0])
        torch.testing.assert_close(LayerActivation(net, net.encoder).attribute(x), values[0].detach(), atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(LayerGradientXActivation(net, net.encoder).attribute(x, target=1), (values[0] * gradient).detach(), atol=1e-5, rtol=1e-4)

        leaf = x.clone().requires_grad_()
        (wanted,) = torch.autograd.grad(net.encoder(leaf)[0, :, 2].sum(), leaf)
        turned = lambda values: net(values.transpose(0, 1))
        for model, given, back in ((net, x, wanted), (turned, x.transpose(0, 1), wanted.transpose(0, 1))):
            torch.testing.assert_close(NeuronGradient(model, net.encoder).attribute(given, (0, 2)), back, atol=1e-5, rtol=1e-4)
            torch.testing.assert_close(NeuronGradient(model, net.encoder).attribute(given, lambda layer: layer[0, :, 2]), back, atol=1e-5, rtol=1e-4)

    def test_metrics_and_outputs_for_each_step_are_told(self):
        with self.assertRaisesRegex(AssertionError, "examples on axis 1"):
            infidelity(made(Steps), lambda x: (x, x), torch.randn(5, 3, 4), torch.randn(5, 3, 4), target=1)
        with self.assertWarnsRegex(UserWarning, "axis 0 of the inputs is taken for the examples"):
            Saliency(made(Tagger)).attribute(torch.randn(5, 3, 4), target=(1, 2))


class Exports(unittest.TestCase):
    def test_changed_weights_are_noticed(self):
        net, x = made(Net), torch.rand(1, 3, 20, 20)
        before = Saliency(net).attribute(x, target=1)
        with torch.no_grad():
            net.fc2.weight.mul_(2)
        torch.testing.assert_close(Saliency(net).attribute(x, target=1), before * 2)
        net.fc2.weight.data.mul_(2)
        torch.testing.assert_close(Saliency(net).attribute(x, target=1), before * 4)

    def test_exchanged_weights_that_torch_does_not_count_are_noticed(self):
        model, x = torch.nn.Linear(300, 40), torch.rand(1, 300)
        gradients = Saliency(model).attribute(x, target=3, abs=False)
        version, weights = model.weight._version, model.weight.detach().numpy()
        weights[:, [10, 11, 250, 251]] = weights[:, [250, 251, 10, 11]]
        self.assertEqual(model.weight._version, version)
        exchanged = gradients.clone()
        exchanged[:, [10, 11, 250, 251]] = gradients[:, [250, 251, 10, 11]]
        torch.testing.assert_close(Saliency(model).attribute(x, target=3, abs=False), exchanged)

    def test_unchanged_models_are_exported_once(self):
        net, x = made(Net), torch.rand(1, 3, 20, 20)
        loads = []
        original = _client.Client.load_model
        _client.Client.load_model = lambda self, *args, **kwargs: loads.append(1) or original(self, *args, **kwargs)
        try:
            for batch in (x, x.repeat(3, 1, 1, 1)):
                IntegratedGradients(net).attribute(batch, target=1, n_steps=3)
        finally:
            _client.Client.load_model = original
        self.assertEqual(len(loads), 1)

    def test_training_mode_is_told_and_restored(self):
        model = Noisy().train()
        model.out.eval()
        with self.assertWarnsRegex(UserWarning, "training mode") as seen:
            found = Saliency(model).attribute(torch.rand(2, 4), target=1, abs=False)
        self.assertEqual(os.path.basename(seen.filename), "test_attribution.py")
        torch.testing.assert_close(found, model.out.weight[1].detach().expand(2, 4))
        self.assertEqual((model.training, model.drop.training, model.out.training), (True, True, False))

    def test_functions_without_a_rule_are_told_and_modules_refused(self):
        x = torch.rand(2, 3, 4)
        with self.assertWarnsRegex(UserWarning, "LRP has no rule for MatMul, Softmax.*not conserved") as seen:
            LRP(made(Gated)).attribute(x, target=1)
        self.assertEqual(os.path.basename(seen.filename), "test_attribution.py")
        with self.assertRaisesRegex(attribution_lens.AttributionLensError, "LRP has no default rule"):
            LRP(nn.Sequential(nn.Linear(4, 3), nn.Sigmoid()).eval()).attribute(x[:, 0], target=1)

    def test_operation_that_stops_export_is_named(self):
        with self.assertRaisesRegex(attribution_lens.ExportError, r"'Spectral'.*aten::\w*linalg_eig\w*.*FeatureAblation"):
            Saliency(Spectral().eval()).attribute(torch.rand(2, 4), target=0)

    def test_perturbation_works_without_export(self):
        model, x = Spectral().eval(), torch.rand(2, 4)
        found = FeatureAblation(model).attribute(x, target=0)
        without = x.clone()
        without[:, 1] = 0
        torch.testing.assert_close(found[:, 1], (model(x) - model(without))[:, 0].detach())

    def test_export_that_computes_something_else_is_refused(self):
        with self.assertRaisesRegex(attribution_lens.ExportError, "computes something else"):
            Saliency(Branching()).attribute(torch.tensor([[1.0], [2.0], [-9.0]]))

    def test_outputs_of_several_tensors_are_refused(self):
        net = made(Net)
        with self.assertRaisesRegex(attribution_lens.ExportError, "must return a tensor, got tuple"):
            Saliency(nn.Sequential(net, Pair())).attribute(torch.rand(1, 3, 20, 20), target=0)


class Pair(nn.Module):
    def forward(self, x):
        return x, x


class Functions(unittest.TestCase):
    def test_numpy_function(self):
        x = np.random.rand(3, 4)
        found = FeatureAblation(lambda rows: rows * [1, 2, 3, 4]).attribute(x, target=2)
        self.assertIs(type(found), np.ndarray)
        self.assertEqual(found.dtype, np.float64)
        np.testing.assert_allclose(found[:, 2], x[:, 2] * 3, rtol=1e-5)
        np.testing.assert_allclose(found[:, 1], 0)

    def test_gradients_of_numpy_function_are_refused(self):
        with self.assertRaisesRegex(attribution_lens.ExportError, "function of numpy"):
            Saliency(lambda rows: rows).attribute(np.ones((1, 2)), target=0)

    def test_exceptions_of_a_function_come_back(self):
        def fails(_):
            raise KeyError("mine")

        with self.assertRaisesRegex(KeyError, "mine"):
            FeatureAblation(fails).attribute(np.ones((1, 2)))

    def test_lime_with_chosen_parts(self):
        for model in (SkLearnRidge(alpha=1e-6), SGDLinearRegression()):
            found = Lime(lambda x: x @ torch.tensor([1.0, -2.0, 0.5]), model, get_exp_kernel_similarity_function("euclidean", 2.0)).attribute(torch.ones(1, 3), n_samples=60)
            torch.testing.assert_close(found, torch.tensor([[1.0, -2.0, 0.5]]), rtol=1e-3, atol=1e-3)

    def test_kernel_shap_of_a_linear_function(self):
        found = KernelShap(lambda x: x @ torch.tensor([1.0, -2.0, 0.5])).attribute(torch.ones(1, 3), n_samples=60)
        torch.testing.assert_close(found, torch.tensor([[1.0, -2.0, 0.5]]), rtol=1e-3, atol=1e-3)

    def test_lime_base_in_python(self):
        class Mean:
            def fit(self, loader):
                self.seen = next(iter(loader))

            def representation(self):
                features, outputs, weights = self.seen
                return ((features * weights[:, None]).sum(0) / weights.sum() * outputs.mean())[None]

        base = LimeBase(lambda x: x.sum(1), Mean(), lambda original, perturbed, sample, **_: 2.0, lambda original, **_: original + 1, False, None, lambda sample, original, **_: sample)
        torch.testing.assert_close(base.attribute(torch.ones(1, 3), n_samples=4), torch.full((1, 3), 12.0))


class Errors(unittest.TestCase):
    def setUp(self):
        self.net, self.x = made(Net), torch.rand(1, 3, 20, 20)

    def test_target_out_of_range(self):
        with self.assertRaisesRegex(IndexError, "from 0 to 3.*got 9"):
            Saliency(self.net).attribute(self.x, target=9)

    def test_missing_target(self):
        with self.assertRaisesRegex(AssertionError, "Target not provided"):
            Saliency(self.net).attribute(self.x)

    def test_unknown_layer(self):
        with self.assertRaisesRegex(AssertionError, "'conv9'.*conv"):
            LayerActivation(self.net, "conv9").attribute(self.x)

    def test_options_are_named_as_in_python(self):
        with self.assertRaisesRegex(AssertionError, "n_steps"):
            IntegratedGradients(self.net).attribute(self.x, target=0, n_steps=0)

    def test_unknown_argument(self):
        with self.assertRaisesRegex(TypeError, "n_step"):
            IntegratedGradients(self.net).attribute(self.x, target=0, n_step=3)


class Own(Attribution):
    """An algorithm of one's own, as in the talk."""

    def attribute(self, inputs, target=None):
        inputs = inputs.detach().requires_grad_()
        (gradients,) = torch.autograd.grad(self.forward_func(inputs)[:, target].sum(), inputs)
        return gradients * inputs.detach()


class OwnAlgorithms(unittest.TestCase):
    def test_alone_and_in_noise(self):
        net, x = made(Net), torch.rand(2, 3, 20, 20)
        wanted = InputXGradient(net).attribute(x, target=1)
        torch.testing.assert_close(Own(net).attribute(x, target=1), wanted)
        torch.testing.assert_close(NoiseTunnel(Own(net)).attribute(x, nt_samples=3, nt_samples_batch_size=2, stdevs=1e-7, target=1), wanted, rtol=1e-3, atol=1e-5)

    def test_subclass_without_own_attribute(self):
        class Mine(IntegratedGradients):
            pass

        net, x = made(Net), torch.rand(1, 3, 20, 20)
        torch.testing.assert_close(Mine(net).attribute(x, target=1, n_steps=4), IntegratedGradients(net).attribute(x, target=1, n_steps=4))


if __name__ == "__main__":
    warnings.simplefilter("error", ResourceWarning)
    unittest.main()
