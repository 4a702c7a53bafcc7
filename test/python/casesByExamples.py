"""What is computed under both imports of explanations by concepts and by training examples; see cases."""

import importlib
import tempfile

import torch

from models import Lrp, Net, made


def by_examples(a, concept, influence):
    """Concepts, and training examples."""
    net = made(Net)
    torch.manual_seed(9)
    bright, dark = torch.rand(12, 3, 20, 20) * 0.3 + 0.7, torch.rand(12, 3, 20, 20) * 0.3
    x = torch.rand(4, 3, 20, 20)

    def tested():
        """All gradients at the layer point towards what is bright, so that the draws of the classifier do not matter."""
        concepts = [concept.Concept(index, name, torch.utils.data.DataLoader(examples.reshape(200, -1)[:, :6], batch_size=30)) for index, (name, examples) in enumerate((("bright", bright), ("dark", dark)))]
        model = torch.nn.Sequential(torch.nn.Linear(6, 6), torch.nn.ReLU(), torch.nn.Linear(6, 2)).eval()
        with torch.no_grad():
            model[0].weight.copy_(torch.eye(6))
            model[2].weight.abs_()
        with tempfile.TemporaryDirectory() as folder:
            found = concept.TCAV(model, ["0", "1"], save_path=folder + "/").interpret(x.reshape(-1, 6)[:5], [concepts], target=1)
        return [found["0-1"][layer]["sign_count"] for layer in ("0", "1")] + [found["0-1"]["0"]["magnitude"].sign()]

    yield "TCAV", tested

    class Means(concept.Classifier):
        """A linear classifier of one's own: a concept's direction is its mean's, seen from the mean of all."""

        def __init__(self):
            self.learned = 0

        def train_and_eval(self, dataloader, scale=1.0):
            activations, labels = (torch.cat(column) for column in zip(*dataloader))
            self.found = scale * torch.stack([activations[labels == index].mean(0) - activations.mean(0) for index in labels.unique()])
            self.names = labels.unique().tolist()
            self.learned += 1
            return {"accs": torch.tensor(1.0)}

        def weights(self):
            return self.found

        def classes(self):
            return self.names

    def by_means(*results, sets=((0, 1), (2, 1, 0)), **options):
        """Scores and vectors of concepts of which none is drawn."""
        grey = torch.rand(9, 3, 20, 20) * 0.1 + 0.5
        concepts = [concept.Concept(index, name, torch.utils.data.DataLoader(examples, batch_size=5)) for index, (name, examples) in enumerate((("bright", bright), ("dark", dark), ("grey", grey)))]
        with tempfile.TemporaryDirectory() as folder:
            classifier, tested_sets = Means(), [[concepts[index] for index in ids] for ids in sets]
            tcav = concept.TCAV(net, ["conv2", "fc1"], "net", classifier, save_path=folder + "/", scale=2.0, **options)
            scores = tcav.interpret(x, tested_sets, target=[0, 1, 2, 3])
            again = concept.TCAV(net, ["conv2", "fc1"], "net", classifier, save_path=folder + "/").compute_cavs(tested_sets)
            forced = tcav.compute_cavs(tested_sets[:1], force_train=True)["0-1"]["fc1"]
            read = concept.CAV.load(folder + "/", "net", tested_sets[0], "fc1")
            vectors = [again["2-1-0"]["conv2"].stats["weights"], forced.stats["weights"], forced.stats["accs"], read.stats["weights"], read.concepts[1].id, classifier.learned]
        return [scores[key][layer][kind] for key in ("0-1", "2-1-0") for layer in ("conv2", "fc1") for kind in ("sign_count", "magnitude")] + vectors

    yield "TCAV with a classifier of one's own", by_means
    yield "TCAV of what layers get", lambda: by_means(attribute_to_layer_input=True)
    yield "TCAV by a layer attribution", lambda: by_means(layer_attr_method=a.LayerIntegratedGradients(net, None, multiply_by_inputs=False))

    def alike(**options):
        with tempfile.TemporaryDirectory() as folder:
            source = torch.utils.data.TensorDataset(bright)
            found = influence.SimilarityInfluence(net, ["conv2", "fc1"], [row[0] for row in source], folder, model_id="net", batch_size=4, **options).influence(x, top_k=3)
        return [found["conv2"][0], found["conv2"][1], found["fc1"][1]]

    yield "SimilarityInfluence", alike
    yield "SimilarityInfluence by distance", lambda: alike(similarity_metric=lambda test, train: torch.cdist(test.flatten(1), train.flatten(1)), similarity_direction="min")

    lrp = made(Lrp)
    states = [{name: value * scale for name, value in lrp.state_dict().items()} for scale in (0.8, 1.0)]
    rows, labels = torch.randn(9, 6), torch.randint(0, 3, (9,))
    train, tests = torch.utils.data.TensorDataset(rows[:6], labels[:6]), (rows[6:], labels[6:])

    def load(model, index):
        model.load_state_dict(states[index])
        return 0.1 * (index + 1)

    own = torch.nn.CrossEntropyLoss(reduction="none")

    def traced(kind=influence.TracInCP, *arguments, **options):
        return kind(lrp, *arguments, train, [0, 1], load, **dict(dict(loss_fn=own, batch_size=3), **options))

    final = lrp.layers[4]
    fast = dict(loss_fn=torch.nn.CrossEntropyLoss(reduction="sum"))
    yield "TracInCP", lambda: traced().influence(tests)
    yield "TracInCP layers", lambda: traced(layers=["layers.2"]).influence(tests)
    yield "TracInCP aggregated", lambda: traced().influence(tests, aggregate=True)
    yield "TracInCP proponents", lambda: list(traced().influence(tests, k=2))
    yield "TracInCP opponents", lambda: list(traced().influence(tests, k=2, proponents=False))
    yield "TracInCP self influence", lambda: traced().self_influence()
    yield "TracInCP squared error", lambda: influence.TracInCP(lrp, torch.utils.data.TensorDataset(rows[:6], rows[:6, :3]), [0, 1], load, loss_fn=torch.nn.MSELoss(), batch_size=2, sample_wise_grads_per_batch=True).influence((rows[6:], rows[6:, :3]))
    def products(found):
        return found @ found.T

    class Huber(torch.nn.Module):
        """A loss of one's own, of each example."""

        def forward(self, output, labels):
            return torch.nn.functional.smooth_l1_loss(output.softmax(1), torch.nn.functional.one_hot(labels, 3).float(), reduction="none").sum(1)

    weighted = torch.nn.CrossEntropyLoss(weight=torch.tensor([0.5, 2.0, 1.0]), reduction="sum")
    binary = torch.utils.data.TensorDataset(rows[:6], (rows[:6, :3] > 0).float())
    yield "TracInCP with a loss of one's own", lambda: traced(loss_fn=Huber()).influence(tests)
    yield "TracInCP with a function", lambda: traced(loss_fn=lambda output, labels: -output.log_softmax(1).gather(1, labels[:, None])[:, 0] ** 2).influence(tests)
    yield "TracInCP with weights of classes", lambda: traced(loss_fn=weighted, sample_wise_grads_per_batch=True).influence(tests)
    yield "TracInCP with another loss of tests", lambda: traced(test_loss_fn=lambda output, labels: output[:, 1]).influence(tests)
    yield "TracInCP by what the model returns", lambda: influence.TracInCP(made(Regression), torch.utils.data.TensorDataset(rows[:6, :2], labels[:6]), [0], lambda model, _: 0.5, batch_size=3).influence((rows[6:, :2], labels[6:]))
    yield "TracInCP mean of logits", lambda: influence.TracInCP(lrp, binary, [0, 1], load, loss_fn=torch.nn.BCEWithLogitsLoss(), batch_size=6, sample_wise_grads_per_batch=True).influence((rows[6:], (rows[6:, :3] > 0).float()))
    yield "TracInCP inner products of intermediate quantities", lambda: products(traced().compute_intermediate_quantities(tests))
    yield "TracInCPFast with label smoothing", lambda: traced(influence.TracInCPFast, final, loss_fn=torch.nn.CrossEntropyLoss(label_smoothing=0.1, reduction="sum")).influence(tests)

    values = torch.utils.data.TensorDataset(rows[:6, :2], rows[:6, 2:3])
    asked = (rows[6:, :2], rows[6:, 2:3])

    def functions(kind=influence.NaiveInfluenceFunction, model=None, data=values, **options):
        return kind(model or made(Regression), data, "checkpoint", lambda model, _: 1.0, **dict(dict(loss_fn=torch.nn.MSELoss(reduction="sum"), batch_size=6, sample_wise_grads_per_batch=True), **options))

    arnoldi = importlib.import_module(influence.__name__ + "._core.arnoldi_influence_function").ArnoldiInfluenceFunction
    inverted = (2e-3, 1e-3)  # an inverse Hessian in float32
    yield "NaiveInfluenceFunction", lambda: functions().influence(asked), inverted
    yield "NaiveInfluenceFunction of few eigenvalues", lambda: functions(projection_dim=2).influence(asked), inverted
    yield "NaiveInfluenceFunction proponents", lambda: list(functions().influence(asked, k=2)), inverted
    yield "NaiveInfluenceFunction self influence", lambda: functions().self_influence(), inverted
    yield "NaiveInfluenceFunction of other examples", lambda: functions(hessian_dataset=torch.utils.data.TensorDataset(rows[3:, :2], rows[3:, 2:3])).influence(asked), inverted
    yield "NaiveInfluenceFunction of a layer", lambda: functions(layers=["last"], loss_fn=torch.nn.MSELoss()).influence(asked), inverted
    yield "NaiveInfluenceFunction inner products of intermediate quantities", lambda: products(functions().compute_intermediate_quantities(asked)), inverted
    yield "NaiveInfluenceFunction summed", lambda: functions().compute_intermediate_quantities(asked, aggregate=True).norm(), inverted
    yield "NaiveInfluenceFunction of classes", lambda: functions(model=lrp, data=train, layers=["layers.4"], loss_fn=own, sample_wise_grads_per_batch=False, hessian_reg=0.1).influence(tests), inverted
    yield "NaiveInfluenceFunction with a loss of one's own", lambda: functions(model=lrp, data=train, layers=["layers.4"], loss_fn=Huber(), sample_wise_grads_per_batch=False, hessian_reg=0.1).influence(tests), inverted
    yield "ArnoldiInfluenceFunction of the whole space", lambda: functions(arnoldi, arnoldi_tol=1e-6).influence(asked), (0.01, 0.005)
    yield "TracInCPFast", lambda: traced(influence.TracInCPFast, final, **fast).influence(tests)
    yield "TracInCPFast self influence", lambda: traced(influence.TracInCPFast, final, **fast).self_influence()


class Regression(torch.nn.Module):
    """A small model of one number, whose Hessian can be inverted."""

    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(2, 2)
        self.last = torch.nn.Linear(2, 1)

    def forward(self, x):
        return self.last(torch.tanh(self.first(x)))
