"""DataFrames of pandas as inputs: the model gets tables with the same columns, and attributions come back as one."""

import sys

from ._errors import InvalidArgumentError


def is_table(value):
    """Whether a value is a DataFrame."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


def hint(value):
    """What is known of an input for its picture: the names of a DataFrame's columns."""
    return {"features": [str(name) for name in value.columns]} if is_table(value) and len(value.columns) > 0 else {}


def numbers(table):
    """The numbers of a DataFrame as a NumPy array: float32 where that is the type of all columns, else float64.

    Raises InvalidArgumentError for a column that holds none, or that lacks some.
    """
    import numpy
    import pandas

    for name, column in table.items():
        if not pandas.api.types.is_numeric_dtype(column.dtype) or pandas.api.types.is_complex_dtype(column.dtype):
            raise InvalidArgumentError(
                "Column '%s' must hold numbers, got %s: encode it first (pandas.get_dummies, or the first steps of a pipeline: pipeline[:-1].transform),"
                " and attribute the model behind (pipeline[-1].predict_proba)" % (name, column.dtype)
            )
        if column.hasnans:
            raise InvalidArgumentError("Column '%s' must not lack values: fill them first (DataFrame.fillna)" % name)
    is_single = len(table.columns) > 0 and all(dtype == numpy.float32 for dtype in table.dtypes)
    return table.to_numpy(dtype="float32" if is_single else "float64")


def like(example, array, dtypes=None):
    """A DataFrame with the columns of an example, and its index where it has as many rows; an array where the shape is another.

    `dtypes` are the types of its columns. Default: that of the example's numbers.
    """
    import pandas

    if array.ndim != 2 or array.shape[1] != example.shape[1]:
        return array.copy()
    index = example.index if len(example) == len(array) else None
    if dtypes is None or isinstance(dtypes, str):
        return pandas.DataFrame(array.astype(dtypes or numbers(example[:0]).dtype), index=index, columns=example.columns)
    columns = [pandas.Series(array[:, place], index=index).astype(dtype) for place, dtype in enumerate(dtypes)]
    return pandas.concat(columns, axis=1, keys=range(len(columns))).set_axis(example.columns, axis=1)
