"""What is computed under both imports: `run(captum_or_ours)` gives results by name.

Random draws differ between the two, so that algorithms that draw are compared by what does not depend on the draw
(one baseline, no noise, all permutations) or within a stated distance of their means.
"""

import importlib

import torch

from casesByExamples import by_examples
from models import Decoder, Gated, Lrp, Net, Tabular, Transformer, Words, made

EXACT = (1e-4, 2e-5)
"""Relative and absolute tolerance: float32 sums in another order."""


def cases(attr, metrics, robust, concept, influence, module, resnet18=None):
    """Pairs of a name and a function that computes it."""
    yield from convolutional(attr)
    yield from tabular(attr)
    yield from relevance(attr)
    yield from transformer(attr)
    yield from gathered(attr)
    yield from language(attr)
    yield from by_examples(attr, concept, influence)
    yield from measured(attr, metrics, robust)
    yield from gates(module)
    if resnet18 is not None:
        yield from residual(attr, resnet18)


def convolutional(a):
    """On the network of the talk."""
    net = made(Net)
    torch.manual_seed(1)
    x, base = torch.rand(3, 3, 20, 20), torch.rand(3, 3, 20, 20) * 0.2
    one = x[:1]
    linear, flat = made(lambda: torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.Linear(5, 3))), x.reshape(3, -1)[:, :6]
    for method in ("gausslegendre", "riemann_left", "riemann_right", "riemann_middle", "riemann_trapezoid"):
        yield "IntegratedGradients " + method, lambda method=method: a.IntegratedGradients(net).attribute(x, base, target=[0, 1, 2], n_steps=10, method=method, return_convergence_delta=True)
    yield "IntegratedGradients local", lambda: a.IntegratedGradients(net, multiply_by_inputs=False).attribute(x, target=1, n_steps=7, internal_batch_size=6)
    yield "Saliency", lambda: a.Saliency(net).attribute(x, target=torch.tensor([0, 1, 2]))
    yield "Saliency signed", lambda: a.Saliency(net).attribute(x, target=3, abs=False)
    yield "InputXGradient", lambda: a.InputXGradient(net).attribute(x, target=(2,))
    yield "Deconvolution", lambda: a.Deconvolution(net).attribute(x, target=1)
    yield "GuidedBackprop", lambda: a.GuidedBackprop(net).attribute(x, target=1)
    yield "GuidedGradCam", lambda: a.GuidedGradCam(net, net.conv2).attribute(x, target=1)
    yield "GuidedGradCam bilinear", lambda: a.GuidedGradCam(net, net.conv2).attribute(x, target=1, interpolate_mode="bilinear")
    yield "DeepLift single pair", lambda: a.DeepLift(Separated(net)).attribute(x, base, target=1, return_convergence_delta=True)
    yield "DeepLiftShap", lambda: a.DeepLiftShap(Separated(net)).attribute(x, base[:2], target=1, return_convergence_delta=True)
    yield "GradientShap mean", lambda: a.GradientShap(Linear()).attribute(x, base[:1], n_samples=4, target=1)
    yield "FeatureAblation", lambda: a.FeatureAblation(net).attribute(x, target=1, feature_mask=squares(), perturbations_per_eval=3)
    yield "Occlusion", lambda: a.Occlusion(net).attribute(x, (3, 5, 5), strides=(3, 4, 4), baselines=0.5, target=2, perturbations_per_eval=4)
    yield "Occlusion overlapping", lambda: a.Occlusion(net).attribute(one, sliding_window_shapes=(2, 7, 7), strides=2, target=2)
    yield "ShapleyValues", lambda: a.ShapleyValues(net).attribute(one, target=1, feature_mask=quarters(), perturbations_per_eval=2)
    yield "NoiseTunnel without noise", lambda: a.NoiseTunnel(a.Saliency(net)).attribute(x, nt_samples=3, stdevs=1e-9, target=1)
    yield "NoiseTunnel squares", lambda: a.NoiseTunnel(a.IntegratedGradients(net)).attribute(x, nt_type="smoothgrad_sq", nt_samples=2, nt_samples_batch_size=1, stdevs=1e-9, baselines=base, n_steps=5, target=[1, 0, 1])
    yield "DeepLift with a function", lambda: a.DeepLift(Separated(net)).attribute(x, base, target=1, custom_attribution_func=lambda multipliers, inputs, baselines: tuple(m * (i - b) * 2 for m, i, b in zip(multipliers, inputs, baselines)))
    yield "NoiseTunnel delta", lambda: a.NoiseTunnel(a.IntegratedGradients(net)).attribute(x, nt_samples=2, stdevs=1e-9, target=1, n_steps=5, return_convergence_delta=True)
    layer = net.conv2
    yield "GradientShap of a linear model", lambda: a.GradientShap(Linear()).attribute(x, base[:1], n_samples=4, target=1, return_convergence_delta=True), (1e-4, 2e-4)
    yield "LayerGradientShap of a linear model", lambda: a.LayerGradientShap(linear, linear[0]).attribute(flat, flat[:1] * 0.5, n_samples=3, target=1)
    yield "NeuronGradientShap of a linear model", lambda: a.NeuronGradientShap(linear, linear[1]).attribute(flat, 1, flat[:1] * 0.5, n_samples=3)
    yield "LayerActivation", lambda: a.LayerActivation(net, layer).attribute(x)
    yield "LayerActivation input", lambda: a.LayerActivation(net, layer).attribute(x, attribute_to_layer_input=True)
    yield "LayerActivation list", lambda: a.LayerActivation(net, [net.conv1, net.fc1]).attribute(x)
    yield "LayerGradientXActivation", lambda: a.LayerGradientXActivation(net, layer).attribute(x, target=1)
    yield "LayerGradCam", lambda: a.LayerGradCam(net, layer).attribute(x, target=1)
    yield "LayerGradCam relu", lambda: a.LayerGradCam(net, layer).attribute(x, target=1, relu_attributions=True)
    yield "LayerGradCam interpolated", lambda: a.LayerAttribution.interpolate(a.LayerGradCam(net, layer).attribute(x, target=1), (20, 20))
    yield "LayerIntegratedGradients", lambda: a.LayerIntegratedGradients(net, layer).attribute(x, base, target=1, n_steps=10, return_convergence_delta=True)
    yield "LayerConductance", lambda: a.LayerConductance(net, layer).attribute(x, base, target=1, n_steps=10, return_convergence_delta=True)
    yield "LayerConductance input", lambda: a.LayerConductance(net, layer).attribute(x, base, target=1, n_steps=10, attribute_to_layer_input=True)
    yield "InternalInfluence", lambda: a.InternalInfluence(net, layer).attribute(x, base, target=1, n_steps=10)
    yield "LayerDeepLift", lambda: a.LayerDeepLift(Separated(net), layer).attribute(x, base, target=1, return_convergence_delta=True)
    yield "LayerDeepLiftShap", lambda: a.LayerDeepLiftShap(Separated(net), layer).attribute(x, base[:2], target=1, return_convergence_delta=True)
    yield "LayerFeatureAblation", lambda: a.LayerFeatureAblation(net, net.fc1).attribute(x, target=1)
    yield "LayerFeatureAblation mask", lambda: a.LayerFeatureAblation(net, layer).attribute(x, target=1, layer_mask=torch.arange(8).reshape(1, 8, 1, 1), layer_baselines=0.1)
    yield "NeuronGradient", lambda: a.NeuronGradient(net, layer).attribute(x, (1, 2, 3))
    yield "NeuronGradient slice", lambda: a.NeuronGradient(net, layer).attribute(x, (1, slice(0, 2), 3))
    yield "NeuronIntegratedGradients", lambda: a.NeuronIntegratedGradients(net, layer).attribute(x, (1, 2, 3), base, n_steps=10)
    yield "NeuronConductance", lambda: a.NeuronConductance(net, layer).attribute(x, (1, 2, 3), base, target=1, n_steps=10)
    yield "NeuronDeepLift", lambda: a.NeuronDeepLift(Separated(net), net.fc1).attribute(x, 3, base)
    yield "NeuronDeepLiftShap", lambda: a.NeuronDeepLiftShap(Separated(net), net.fc1).attribute(x, 3, base[:2])
    yield "NeuronGuidedBackprop", lambda: a.NeuronGuidedBackprop(net, net.fc1).attribute(x, 3)
    yield "NeuronDeconvolution", lambda: a.NeuronDeconvolution(net, net.fc1).attribute(x, 3)
    def halves(values):
        """A function that selects neurons: the difference of two halves of a layer."""
        flat = values.flatten(1)
        return flat[:, ::2].sum(1) - flat[:, 1::2].pow(2).sum(1)

    yield "NeuronGradient by a function", lambda: a.NeuronGradient(net, layer).attribute(x, halves)
    yield "NeuronGradient by a function of what the layer gets", lambda: a.NeuronGradient(net, net.fc1).attribute(x, halves, attribute_to_neuron_input=True)
    yield "NeuronIntegratedGradients by a function", lambda: a.NeuronIntegratedGradients(net, layer).attribute(x, lambda values: values[:, 2].mean((1, 2)), base, n_steps=6)
    yield "NeuronConductance slice", lambda: a.NeuronConductance(net, layer).attribute(x, (1, slice(0, 2), 3), base, target=1, n_steps=10)
    yield "NeuronConductance by a function", lambda: a.NeuronConductance(net, layer).attribute(x, lambda values: values[:, 1, 2, 3], base, target=1, n_steps=10, internal_batch_size=6)
    yield "NeuronConductance by a function of what the layer gets", lambda: a.NeuronConductance(net, net.fc1).attribute(x, halves, base, target=[0, 1, 2], n_steps=5, attribute_to_neuron_input=True)
    yield "NeuronDeepLift by a function", lambda: a.NeuronDeepLift(Separated(net), net.fc1).attribute(x, lambda values: values[:, :4].sum(1), base)
    yield "NeuronGuidedBackprop by a function", lambda: a.NeuronGuidedBackprop(net, net.fc1).attribute(x, halves)
    yield "NeuronFeatureAblation by a function", lambda: a.NeuronFeatureAblation(net, net.fc1).attribute(x, lambda values: values.max(1).values, feature_mask=squares())
    yield "NoiseTunnel of a neuron by a function", lambda: a.NoiseTunnel(a.NeuronGradient(net, layer)).attribute(x, nt_samples=2, stdevs=1e-9, neuron_selector=halves)
    yield "NeuronFeatureAblation", lambda: a.NeuronFeatureAblation(net, net.fc1).attribute(x, 3, feature_mask=squares())


def tabular(a):
    """Two inputs, an additional argument, several activations."""
    net = made(Tabular)
    torch.manual_seed(2)
    x = (torch.randn(4, 5), torch.randn(4, 3))
    base = (torch.randn(4, 5) * 0.1, torch.zeros(1, 3))
    factor = torch.rand(4, 1) + 0.5
    arguments = dict(target=[0, 1, 2, 0], additional_forward_args=factor)
    yield "tabular IntegratedGradients", lambda: a.IntegratedGradients(net).attribute(x, base, n_steps=20, return_convergence_delta=True, **arguments)
    yield "tabular scalar baselines", lambda: a.IntegratedGradients(net).attribute(x, (0.25, -1), n_steps=5, target=1, additional_forward_args=2.0)
    yield "tabular double", lambda: a.IntegratedGradients(made(Tabular).double()).attribute(tuple(part.double() for part in x), n_steps=5, target=1)
    yield "tabular Saliency", lambda: a.Saliency(net).attribute(x, **arguments)
    yield "tabular FeatureAblation", lambda: a.FeatureAblation(net).attribute(x, base, **arguments)
    yield "tabular FeatureAblation groups", lambda: a.FeatureAblation(net).attribute(x, feature_mask=(torch.tensor([[0, 0, 1, 1, 2]]), torch.tensor([[3, 4, 4]])), target=1)
    yield "tabular FeatureAblation all outputs", lambda: a.FeatureAblation(net).attribute((x[0][:1], x[1][:1]))
    yield "tabular FeatureAblation of a function", lambda: a.FeatureAblation(lambda *values: net(*values)).attribute(x, base, **arguments)
    yield "tabular Occlusion", lambda: a.Occlusion(net).attribute(x, ((2,), (1,)), strides=((1,), 1), target=1)
    yield "tabular ShapleyValues", lambda: a.ShapleyValues(net).attribute(x, feature_mask=(torch.tensor([[0, 0, 1, 1, 2]]), torch.tensor([[2, 3, 3]])), target=1)
    yield "tabular ShapleyValueSampling sum", lambda: sum(part.sum(1) for part in a.ShapleyValueSampling(net).attribute(x, target=1, n_samples=2))
    yield "tabular KernelShap all coalitions", lambda: a.KernelShap(net).attribute((x[0][:1], x[1][:1]), feature_mask=(torch.tensor([[0, 0, 1, 1, 2]]), torch.tensor([[2, 2, 2]])), target=1, n_samples=500), (0.02, 0.01)
    yield "tabular Lime shape", lambda: torch.tensor(a.Lime(net).attribute((x[0][:1], x[1][:1]), target=1, n_samples=20, return_input_shape=False).shape)
    yield "tabular FeaturePermutation pair", lambda: a.FeaturePermutation(net).attribute((x[0][:2], x[1][:2]), target=1)
    yield "tabular FeaturePermutation by a function", lambda: a.FeaturePermutation(net, perm_func=lambda part, mask: part.flip(0) * mask + part * ~mask).attribute(x, target=1)
    yield "tabular LayerFeaturePermutation pair", lambda: a.LayerFeaturePermutation(lambda *values: net(*values)[:, 1], net.hidden).attribute((x[0][:2], x[1][:2]))
    yield "tabular LayerIntegratedGradients", lambda: a.LayerIntegratedGradients(net, net.hidden).attribute(x, base, n_steps=10, **arguments)
    yield "tabular compute_convergence_delta", lambda: a.IntegratedGradients(net).compute_convergence_delta(x, (x[0] * 0, x[1] * 0), x, target=1)


def gathered(a):
    """Metrics of data sets, and statistics over batches."""
    net = made(Tabular)
    torch.manual_seed(8)
    rows = (torch.randn(10, 5), torch.randn(10, 3), torch.randint(0, 3, (10,)))
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(*rows), batch_size=4)

    def right(state, output, batch):
        return (state or 0) + output[range(len(output)), batch[2]].sum()

    method = a.DataLoaderAttribution(a.FeatureAblation(net))
    yield "DataLoaderAttribution", lambda: method.attribute(loader, input_roles=(0, 0, 2), reduce=right)
    yield "DataLoaderAttribution joined", lambda: method.attribute(torch.utils.data.DataLoader(torch.utils.data.TensorDataset(*rows[:2]), batch_size=4), perturbations_per_pass=3)
    yield "DataLoaderAttribution masked", lambda: method.attribute(
        loader, input_roles=(0, 1, 2), baselines=torch.full((1, 5), 0.5), feature_mask=torch.tensor([[0, 0, 1, 1, 2]]), reduce=right, to_metric=lambda state: torch.stack([state, state * 2]), return_input_shape=False
    )

    def summary(of):
        summarizer = a.Summarizer([a.Count(), a.Sum(), a.MSE(), a.Var(), a.StdDev(), *a.CommonStats()])
        for part in of:
            summarizer.update(part)
        return summarizer.summary

    def listed(found):
        return [found[name] for name in ("count", "sum", "mse", "variance", "std_dev", "mean", "sample_variance", "sample_std_dev", "min", "max")]

    yield "Summarizer", lambda: listed(summary(rows[0]))
    yield "Summarizer of tuples", lambda: [listed(found) for found in summary(zip(*rows[:2]))]

    def by_class():
        summarizer = a.ClassSummarizer([a.Mean(), a.StdDev()])
        summarizer.update(rows[0], labels=rows[2].tolist())
        return [found[0]["mean"] for _, found in sorted(summarizer.class_summaries.items())] + [summarizer.summary[0]["std_dev"]]

    yield "ClassSummarizer", by_class

    def own_lime():
        lime = a.Lime(net, similarity_func=lambda original, perturbed, sample, **_: float(sample.sum() + 1), perturb_func=coalitions)
        return lime.attribute((rows[0][:2], rows[1][:2]), target=[1, 2], feature_mask=(torch.tensor([[0, 0, 1, 1, 2]]), torch.tensor([[2, 2, 3]])), n_samples=16)

    def coalitions(original, **kwargs):
        for number in range(2 ** kwargs["num_interp_features"]):
            yield torch.tensor([[number >> place & 1 for place in range(kwargs["num_interp_features"])]])

    yield "Lime with parts of one's own", own_lime

    def descent(name, **options):
        """What Captum's descent ends at when it is given the time is what is minimized exactly here."""
        models = importlib.import_module(a.__name__.replace(".attr", "._utils.models.linear_model"))
        features = torch.cat(list(coalitions(None, num_interp_features=4))).float()
        data = torch.utils.data.TensorDataset(features, features @ torch.tensor([2.0, -1.0, 0.1, 0.5]) + features.prod(1) + 0.3, torch.linspace(0.5, 1.5, 16))
        model = getattr(models, name)()
        model.fit(torch.utils.data.DataLoader(data, batch_size=16), initial_lr=0.2, max_epoch=4000, patience=4000, reduce_lr=True, **options)
        return [model.representation(), model.bias(), model(features).detach()]

    yield "SGDLinearRegression", lambda: descent("SGDLinearRegression"), (1e-3, 1e-3)
    yield "SGDLasso", lambda: descent("SGDLasso", alpha=0.05), (5e-3, 5e-3)
    yield "SGDRidge", lambda: descent("SGDRidge", alpha=0.2), (1e-3, 1e-3)


def language(a):
    """Answers of a language model."""
    net = made(Decoder)
    words = Words("Dave Sarah lives in Rome Oslo likes golf music and".split())
    template = a.TextTemplateInput("{name} lives in {city} and {verb}", {"name": "Dave", "city": "Rome", "verb": "likes"}, baselines={"name": "Sarah", "city": "Oslo", "verb": "and"})
    grouped = a.TextTemplateInput("{} lives in {} and {}", ["Dave", "Rome", "likes"], mask=[0, 1, 0])
    tokens = a.TextTokenInput("Dave lives in Rome and likes", words, skip_tokens=[1])

    golf = torch.tensor(words.convert_tokens_to_ids(["golf", "music", "and"]))  # versions differ in whether a text begins with <s>

    def parts(result):
        return [result.seq_attr] + ([] if result.token_attr is None else [result.token_attr])

    yield "LLMAttribution FeatureAblation", lambda: parts(a.LLMAttribution(a.FeatureAblation(net), words).attribute(template, golf, use_cached_outputs=False))
    yield "LLMAttribution of tokens", lambda: parts(a.LLMAttribution(a.FeatureAblation(net), words, attr_target="prob").attribute(tokens, target=torch.tensor([9, 11]), use_cached_outputs=False))
    yield "LLMAttribution generated", lambda: parts(a.LLMAttribution(a.ShapleyValues(net), words).attribute(grouped, use_cached_outputs=False))
    yield "LLMAttribution ShapleyValueSampling sum", lambda: a.LLMAttribution(a.ShapleyValueSampling(net), words).attribute(template, golf, n_samples=2, use_cached_outputs=False).token_attr.sum(1)
    yield "LLMAttribution KernelShap", lambda: parts(a.LLMAttribution(a.KernelShap(net), words).attribute(template, golf[:1], n_samples=300, use_cached_outputs=False)), (0.05, 0.01)
    yield "LLMGradientAttribution LayerIntegratedGradients", lambda: parts(a.LLMGradientAttribution(a.LayerIntegratedGradients(net, net.embedding), words).attribute(tokens, golf, n_steps=8))
    yield "LLMGradientAttribution LayerGradientXActivation", lambda: parts(a.LLMGradientAttribution(a.LayerGradientXActivation(net, net.embedding), words).attribute(tokens, golf[:2]))

    def shap(baselines, target=golf, n_samples=1, **options):
        """One sample of several tokens, or several of one: Captum repeats target tokens with the samples, and explains others."""
        return parts(a.LLMGradientAttribution(a.LayerGradientShap(net, net.embedding, **options), words).attribute(tokens, target, baselines=baselines, n_samples=n_samples))

    removed = torch.zeros_like(tokens.to_tensor())
    yield "LLMGradientAttribution LayerGradientShap", lambda: shap(removed)
    yield "LLMGradientAttribution LayerGradientShap samples", lambda: shap(removed, golf[:1], 4)
    yield "LLMGradientAttribution LayerGradientShap from half a prompt", lambda: shap(torch.arange(removed.numel())[None] % 2)
    yield "LLMGradientAttribution LayerGradientShap local", lambda: shap(removed, multiply_by_inputs=False)


def relevance(a):
    """LRP, where Captum has rules for every layer, and where functions are called that it passes by their gradient."""
    net = made(Lrp)
    torch.manual_seed(3)
    x = torch.rand(3, 6)
    yield "LRP", lambda: a.LRP(net).attribute(x, target=1, return_convergence_delta=True)
    yield "LayerLRP", lambda: a.LayerLRP(net, net.layers[2]).attribute(x, target=1, return_convergence_delta=True)

    def gamma():
        rules = __import__(a.__name__ + "._utils.lrp_rules", fromlist=["GammaRule"])
        net.layers[0].rule = rules.GammaRule()
        net.layers[2].rule = rules.EpsilonRule(0.1)
        return a.LRP(net).attribute(x, target=1)

    yield "LRP with rules", gamma
    gated = made(Gated)
    words = torch.rand(2, 3, 4) - 0.3
    yield "LRP of functions", lambda: a.LRP(gated).attribute(words, target=1, return_convergence_delta=True)
    yield "LayerLRP of functions", lambda: a.LayerLRP(gated, gated.gate).attribute(words, target=1)
    yield "LayerLRP of functions, what the layer gets", lambda: a.LayerLRP(gated, gated.gate).attribute(words, target=1, attribute_to_layer_input=True)


def transformer(a):
    """Token ids, attributed at the embedding and in the encoder."""
    net = made(Transformer)
    torch.manual_seed(4)
    tokens, reference = torch.randint(0, 30, (2, 7)), torch.zeros(2, 7, dtype=torch.long)
    yield "transformer LayerIntegratedGradients", lambda: a.LayerIntegratedGradients(net, net.embedding).attribute(tokens, reference, target=1, n_steps=20, return_convergence_delta=True)
    yield "transformer LayerGradientXActivation", lambda: a.LayerGradientXActivation(net, net.embedding).attribute(tokens, target=1)
    yield "transformer LayerActivation", lambda: a.LayerActivation(net, net.encoder).attribute(tokens)
    yield "transformer inside the encoder", lambda: a.LayerGradientXActivation(net, net.encoder.linear1).attribute(tokens, target=1)
    yield "transformer FeatureAblation", lambda: a.FeatureAblation(net).attribute(tokens, reference, target=1)
    def embedded():
        layer = a.configure_interpretable_embedding_layer(net, "embedding")
        try:
            return a.IntegratedGradients(net).attribute(layer.indices_to_embeddings(tokens), layer.indices_to_embeddings(reference), target=1, n_steps=5)
        finally:
            a.remove_interpretable_embedding_layer(net, layer)

    yield "transformer with embeddings as inputs", embedded
    yield "transformer by logits", lambda: a.LayerIntegratedGradients(lambda ids: torch.softmax(net(ids), dim=1), net.embedding).attribute(tokens, reference, target=[0, 2], n_steps=5)


def residual(a, resnet18):
    """A residual network of torchvision."""
    net = made(lambda: resnet18(num_classes=5), seed=7)
    torch.manual_seed(5)
    x, base = torch.randn(2, 3, 40, 40), torch.zeros(2, 3, 40, 40)
    loose = (1e-3, 2e-4)
    yield "resnet IntegratedGradients", lambda: a.IntegratedGradients(net).attribute(x, base, target=1, n_steps=8, return_convergence_delta=True), loose
    yield "resnet Saliency", lambda: a.Saliency(net).attribute(x, target=1), loose
    yield "resnet GuidedBackprop", lambda: a.GuidedBackprop(net).attribute(x, target=1), loose
    yield "resnet LayerGradCam", lambda: a.LayerGradCam(net, net.layer4).attribute(x, target=1), loose
    yield "resnet LayerGradCam named", lambda: a.LayerGradCam(net, net.layer1[0].conv1).attribute(x, target=1), loose
    yield "resnet LayerActivation", lambda: a.LayerActivation(net, net.layer2[1].bn2).attribute(x), loose
    yield "resnet LayerConductance", lambda: a.LayerConductance(net, net.layer2[0].conv1).attribute(x, base, target=1, n_steps=6), loose
    yield "resnet Occlusion", lambda: a.Occlusion(net).attribute(x, (3, 20, 20), strides=(3, 10, 10), target=1), loose
    yield "resnet NeuronGradient", lambda: a.NeuronGradient(net, net.layer3).attribute(x, (3, 1, 1)), loose


def measured(a, metrics, robust):
    """Metrics and attacks."""
    net = made(Net)
    torch.manual_seed(6)
    x = torch.rand(3, 3, 20, 20)
    explained = torch.rand(3, 3, 20, 20)

    def shift(inputs):
        noise = torch.linspace(-0.1, 0.1, inputs[0].numel()).reshape(inputs[0].shape).expand_as(inputs)
        return noise, inputs - noise

    yield "infidelity", lambda: metrics.infidelity(net, shift, x, explained, target=[0, 1, 2], n_perturb_samples=3)
    yield "infidelity normalized", lambda: metrics.infidelity(net, shift, x, explained, target=1, n_perturb_samples=4, max_examples_per_batch=6, normalize=True)
    yield "infidelity decorated", lambda: metrics.infidelity(net, metrics.infidelity_perturb_func_decorator(True)(lambda inputs: inputs * 0.9), x, explained, target=1)
    yield "sensitivity_max", lambda: metrics.sensitivity_max(a.Saliency(net).attribute, x, perturb_func=lambda inputs, radius: tuple(part * (1 + radius) for part in inputs) if isinstance(inputs, tuple) else inputs * (1 + radius), target=[0, 1, 2], n_perturb_samples=3)
    probabilities = torch.nn.Sequential(net, torch.nn.Softmax(dim=1))
    yield "FGSM", lambda: robust.FGSM(probabilities, lower_bound=0.0, upper_bound=1.0).perturb(x, epsilon=0.05, target=[0, 1, 2])
    yield "FGSM targeted", lambda: robust.FGSM(net, torch.nn.CrossEntropyLoss(reduction="none")).perturb(x, epsilon=0.05, target=torch.tensor([0, 1, 2]), targeted=True, mask=squares() % 2)
    yield "PGD", lambda: robust.PGD(net, torch.nn.CrossEntropyLoss(reduction="none"), lower_bound=0.0).perturb(x, radius=0.1, step_size=0.03, step_num=4, target=torch.tensor([0, 1, 2])), (1e-4, 2e-5)
    yield "PGD L2", lambda: robust.PGD(probabilities).perturb(x, radius=0.5, step_size=0.03, step_num=3, target=1, norm="L2")

    def compared():
        comparator = robust.AttackComparator(net, lambda output, labels: output.argmax(dim=1).eq(labels).float())
        comparator.add_attack(lambda inputs: inputs * 0, "Dark")
        comparator.add_attack(lambda inputs: inputs.flip(0), "Flip", num_attempts=2)
        results = comparator.evaluate(x, labels=torch.tensor([0, 1, 2]))
        summary = comparator.summary()
        return [results["Original"], results["Dark"]["mean"], results["Flip"]["min"], results["Flip"]["max"], summary["Dark"]["mean"], summary["Original"]["mean"]]

    yield "AttackComparator", compared

    def smallest():
        label = net(x[:1]).argmax(dim=1)
        found, epsilon = robust.MinParamPerturbation(net, robust.FGSM(net, torch.nn.CrossEntropyLoss(reduction="none")), "epsilon", 0.0, 0.5, 0.02).evaluate(x[:1], target=label, attack_kwargs={"target": label})
        return [found, torch.tensor(epsilon)]

    yield "MinParamPerturbation", smallest


def gates(module):
    """Layers that select features: the same draws, values, regularizations and gradients."""
    torch.manual_seed(13)
    x, mask = torch.rand(4, 2, 3), torch.tensor([[[0, 0, 1], [1, 2, 2]]])

    def gated(name, count, train, **options):
        torch.manual_seed(12)
        layer = getattr(module, name)(count, **options).train(train)
        found, regularization = layer(x)
        (found.sum() + regularization.sum()).backward()
        return [found.detach(), regularization.detach(), layer.get_gate_values(), layer.get_gate_values(clamp=False), layer.get_gate_active_probs(), next(layer.parameters()).grad]

    for name, own in (("BinaryConcreteStochasticGates", dict(temperature=0.5, reg_reduction="mean")), ("GaussianStochasticGates", dict(std=0.3, reg_reduction="none"))):
        yield name, lambda name=name: gated(name, 6, True, reg_weight=0.1)
        yield name + " of groups", lambda name=name, own=own: gated(name, 3, True, mask=mask, **own)
        yield name + " after training", lambda name=name: gated(name, 6, False, reg_reduction="mean")


class Separated(torch.nn.Module):
    """The same network with a multiplication between ReLUs and pools: Captum loses the rule of the second of two modules in a row."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        net = self.net
        x = net.pool1(net.relu1(net.conv1(x)) * 1.0)
        x = net.pool2(net.relu2(net.conv2(x * 1.0)) * 1.0)
        return net.fc2(net.relu3(net.fc1((x * 1.0).flatten(1))) * 1.0)


class Linear(torch.nn.Module):
    """A linear model, whose expected gradients do not depend on what is drawn."""

    def __init__(self):
        super().__init__()
        self.weights = torch.nn.Parameter(torch.linspace(-1, 1, 3 * 20 * 20 * 2).reshape(1200, 2))

    def forward(self, x):
        return x.flatten(1) @ self.weights


def squares():
    """Features of 5 x 5 pixels."""
    rows = torch.arange(20) // 5
    return (rows[:, None] * 4 + rows[None, :]).expand(1, 3, 20, 20)


def quarters():
    """Features of a quarter of the image."""
    rows = torch.arange(20) // 10
    return (rows[:, None] * 2 + rows[None, :]).expand(1, 3, 20, 20)
