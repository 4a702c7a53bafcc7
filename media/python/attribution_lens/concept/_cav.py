"""Concept activation vectors, and the files that they are kept in."""

import inspect
import os
import pickle

from .._errors import InvalidArgumentError
from ._concept import Concept, concepts_to_str


class CAV:
    """Concept activation vectors (Kim et al., ICML 2018): orthogonal to the boundaries between concepts in the space of a layer.

    Args:
        concepts: The concepts that were told apart.
        layer: The name of the layer.
        stats: `weights` [concepts, features], the vectors; `classes`, the concept's id of each; and what else the classifier told.
        save_path: The folder that vectors are kept in.
        model_id: Tells models apart there.
    """

    def __init__(self, concepts, layer, stats=None, save_path="./cav/", model_id="default_model_id"):
        self.concepts = concepts
        self.layer = layer
        self.stats = stats
        self.save_path = save_path
        self.model_id = model_id

    @staticmethod
    def assemble_save_path(path, model_id, concepts, layer):
        """The file of the vectors of concepts at a layer: `path/model_id/0-1-layer.pkl`."""
        return os.path.join(path, model_id, concepts_to_str(concepts) + "-" + layer + ".pkl")

    @staticmethod
    def create_cav_dir_if_missing(save_path, model_id):
        """Makes the folder that vectors are kept in."""
        os.makedirs(os.path.join(save_path, model_id), exist_ok=True)

    def save(self):
        """Writes the vectors, with the ids and names of the concepts, as Captum does."""
        import torch

        kept = {"concept_ids": [concept.id for concept in self.concepts], "concept_names": [concept.name for concept in self.concepts], "layer": self.layer, "stats": self.stats}
        torch.save(kept, self.assemble_save_path(self.save_path, self.model_id, self.concepts, self.layer))

    @staticmethod
    def load(cavs_path, model_id, concepts, layer):
        """Reads what `save` wrote: a CAV, or None where there is no file. Nothing in a file is run.

        Raises InvalidArgumentError for a file that holds anything but tensors, arrays and plain values.
        """
        path = CAV.assemble_save_path(cavs_path, model_id, concepts, layer)
        if not os.path.exists(path):
            return None
        kept = _read(path)
        if kept is None:
            return None
        found = [Concept(id, name, None) for id, name in zip(kept["concept_ids"], kept["concept_names"])]
        return CAV(found, kept["layer"], kept["stats"], cavs_path, model_id)


def _read(path):
    """The content of a file; None where this torch has no way to read it without running what it holds (before 1.13)."""
    import torch

    if "weights_only" not in inspect.signature(torch.load).parameters:
        return None
    try:
        with _arrays_allowed():
            return torch.load(path, weights_only=True)
    except (pickle.UnpicklingError, RuntimeError) as error:
        raise InvalidArgumentError(
            "The vectors in '%s' cannot be read: the file is damaged, or holds more than tensors and plain values (with torch 2.4 or newer, also arrays). Remove it, or choose another save_path or model_id, to compute them anew" % path
        ) from error


def _arrays_allowed():
    """What Captum's files hold besides tensors: NumPy arrays of whole numbers."""
    import contextlib

    import torch

    if not hasattr(torch.serialization, "safe_globals"):
        return contextlib.nullcontext()
    import numpy

    core = getattr(numpy, "_core", None) or numpy.core
    allowed = [core.multiarray._reconstruct, numpy.ndarray, numpy.dtype]
    allowed += [getattr(numpy.dtypes, name) for name in ("Int64DType", "Int32DType", "UInt32DType")] if hasattr(numpy, "dtypes") else []
    return torch.serialization.safe_globals(allowed)
