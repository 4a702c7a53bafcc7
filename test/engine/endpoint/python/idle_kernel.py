"""A kernel between two cells: shows attributions of a function, says the id of the output, and waits for a line."""

import array
import sys
import threading

from attribution_lens import _client
from attribution_lens._values import Tensor

seen = []


def formula(rows):
    seen.append(threading.current_thread() is threading.main_thread())
    return [3 * a + b * c for a, b, c, _ in rows.tolist()]


client = _client.client()
model = client.function_model(formula, "formula", [-1])
algorithm = client.construct("FeatureAblation", model["handle"])
result = client.method(algorithm, "attribute", Tensor("F32", (1, 4), array.array("f", [1, 2, 3, 4])), {})
bundle = client.present(result.explanation)
print(bundle["application/vnd.attribution-lens.v1+json"]["id"], all(seen), flush=True)
del seen[:]
sys.stdin.readline()
print(len(seen) > 0, any(seen), flush=True)
