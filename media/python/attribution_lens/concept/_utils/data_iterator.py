"""Folders of examples as data loaders."""

import glob
import os

from torch.utils.data import DataLoader, IterableDataset


class CustomIterableDataset(IterableDataset):
    """The files of a folder, read one by one, or what a function makes of a single path.

    Args:
        transform_filename_to_tensor: Makes an example of a file's path; of a path that is no folder, an iterator.
        path: The folder, ending with a slash.
    """

    def __init__(self, transform_filename_to_tensor, path):
        self.path = path
        self.transform_filename_to_tensor = transform_filename_to_tensor
        self.file_itr = glob.glob(path + "*") if os.path.isdir(path) else None

    def __iter__(self):
        if self.file_itr is None:
            return self.transform_filename_to_tensor(self.path)
        return map(self.transform_filename_to_tensor, self.file_itr)


def dataset_to_dataloader(dataset, batch_size=64):
    """A data loader of a dataset."""
    return DataLoader(dataset, batch_size=batch_size)
