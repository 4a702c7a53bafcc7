"""Influence functions: influence by gradients and the inverse of the Hessian."""

from .. import _arguments
from ._data_influence import InfluenceByGradients, examples_of, load_flexible_state_dict
from ._results import gathered


class _InfluenceFunction(InfluenceByGradients):
    """What influence functions have in common.

    The Hessian H of the loss summed over examples is approximated by its largest eigenvalues, H^-1 = R R^T.
    """

    def __init__(self, model, train_dataset, checkpoint, checkpoints_load_func, layers, loss_fn, batch_size, hessian_dataset, test_loss_fn, sample_wise_grads_per_batch, options):
        super().__init__(model, train_dataset, checkpoints_load_func, loss_fn, batch_size, test_loss_fn)
        self.checkpoint = checkpoint
        self.layers = layers
        self.hessian_dataset = hessian_dataset
        self.sample_wise_grads_per_batch = sample_wise_grads_per_batch
        for name, value in options.items():
            setattr(self, name, value)
        self._options = options

    def influence(self, inputs, k=None, proponents=True, show_progress=False):
        """How much upweighting each training example would lower the loss of each test example.

        Args:
            inputs: The test examples with their labels: a tuple of tensors, or a data loader.
            k: How many training examples are returned for each. Default: the scores of all.
            proponents: Whether these are those that help most, not those that hurt most.
            show_progress: Taken for Captum's sake.

        Returns:
            [tests, training examples]; with `k` a KMostInfluentialResults of indices and influence_scores.
        """
        return self._influence(inputs, k, proponents)

    def self_influence(self, inputs_dataset=None, show_progress=False):
        """How much an example influences itself, [examples]. Default: the training examples. Large for outliers and wrong labels."""
        return self._self_influence(inputs_dataset)

    def compute_intermediate_quantities(self, inputs_dataset, aggregate=False, show_progress=False, return_on_cpu=True, test=False):
        """R^T gradient of each example, whose inner products are influence: [examples, at most projection_dim].

        Args:
            inputs_dataset: Examples with their labels: a tuple of tensors, or a data loader.
            aggregate: Whether they are summed, into one row.
            show_progress: Taken for Captum's sake.
            return_on_cpu: Whether the result lies in the memory of the CPU, not where the training examples are.
            test: Whether the loss is test_loss_fn.
        """
        found = self._quantities(inputs_dataset, aggregate, test=bool(test))
        return found.cpu() if return_on_cpu else found

    def _loaded_checkpoints(self):
        return [self.checkpoint]

    def _construct(self, client, models, rates, losses):
        options = dict({_arguments.camel(name): value for name, value in self._options.items()}, **losses)
        if self.layers is not None:
            options["layers"] = [models[0].layer_name(layer) for layer in self.layers]
        if self.hessian_dataset is not None:
            options["hessianDataset"] = examples_of(gathered(self.hessian_dataset, "hessian_dataset"))
        return client.construct(type(self).__name__, models[0].handle, examples_of(self._train), options)


class NaiveInfluenceFunction(_InfluenceFunction):
    """Influence functions (Koh, Liang, ICML 2017) with the whole Hessian, for small models or few layers.

    Influence of a training example z on a test example z' is gradient(z')^T H^-1 gradient(z), of their losses.

    Args:
        model: A torch module.
        train_dataset: A dataset, or a data loader, of inputs and labels.
        checkpoint: What checkpoints_load_func takes.
        checkpoints_load_func: Loads the checkpoint into the model.
        layers: The names of the layers whose parameters count. Default: all.
        loss_fn: The loss of outputs and labels: one of torch's, or a function that returns one loss for each example.
        batch_size: Taken for Captum's sake: the engine plans batches.
        hessian_dataset: The examples that the Hessian is computed from. Default: the training examples.
        test_loss_fn: The loss of test examples. Default: loss_fn.
        sample_wise_grads_per_batch: Taken for Captum's sake.
        projection_dim: The most eigenvalues that are kept.
        seed: Taken for Captum's sake: nothing is drawn.
        hessian_reg: Added to the Hessian's diagonal.
        hessian_inverse_tol: Eigenvalues up to this are left out.
        projection_on_cpu: Taken for Captum's sake.
        show_progress: Taken for Captum's sake.
    """

    def __init__(
        self, model, train_dataset, checkpoint, checkpoints_load_func=load_flexible_state_dict, layers=None, loss_fn=None, batch_size=1, hessian_dataset=None, test_loss_fn=None,
        sample_wise_grads_per_batch=False, projection_dim=50, seed=42, hessian_reg=1e-6, hessian_inverse_tol=1e-5, projection_on_cpu=True, show_progress=False,
    ):
        options = {"projection_dim": projection_dim, "hessian_reg": hessian_reg, "hessian_inverse_tol": hessian_inverse_tol}
        super().__init__(model, train_dataset, checkpoint, checkpoints_load_func, layers, loss_fn, batch_size, hessian_dataset, test_loss_fn, sample_wise_grads_per_batch, options)


class ArnoldiInfluenceFunction(_InfluenceFunction):
    """Influence functions by Arnoldi iteration (Schioppa et al., "Scaling Up Influence Functions", AAAI 2022): for many parameters.

    Args:
        seed: The same seed begins at the same vector.
        arnoldi_dim: The most vectors that span the subspace in which the Hessian is inverted.
        arnoldi_tol: The iteration ends when what a step adds is shorter than this. The others are as for NaiveInfluenceFunction.
    """

    def __init__(
        self, model, train_dataset, checkpoint, checkpoints_load_func=load_flexible_state_dict, layers=None, loss_fn=None, batch_size=1, hessian_dataset=None, test_loss_fn=None,
        sample_wise_grads_per_batch=False, projection_dim=50, seed=0, arnoldi_dim=200, arnoldi_tol=1e-1, hessian_reg=1e-3, hessian_inverse_tol=1e-4, projection_on_cpu=True, show_progress=False,
    ):
        options = {"projection_dim": projection_dim, "hessian_reg": hessian_reg, "hessian_inverse_tol": hessian_inverse_tol, "arnoldi_dim": arnoldi_dim, "arnoldi_tol": arnoldi_tol, "seed": seed}
        super().__init__(model, train_dataset, checkpoint, checkpoints_load_func, layers, loss_fn, batch_size, hessian_dataset, test_loss_fn, sample_wise_grads_per_batch, options)
