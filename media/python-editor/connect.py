"""Makes the package attribution_lens importable, and tells it where the engine listens."""

import os
import platform
import socket


def main(request):
    """The request has `folder`, which holds the package, and `endpoint`, the path of the endpoint file."""
    facts = {"python": platform.python_version(), "host": socket.gethostname(), "problem": None}
    torch = sys.modules.get("torch")
    facts["torch"] = getattr(torch, "__version__", None) and str(torch.__version__)
    if not os.path.isdir(os.path.join(request["folder"], "attribution_lens")) or not os.path.isfile(request["endpoint"]):
        facts["problem"] = "elsewhere"
        return facts
    if request["folder"] not in sys.path:
        sys.path.append(request["folder"])
    os.environ["ATTRIBUTION_LENS_ENDPOINT"] = request["endpoint"]
    try:
        from attribution_lens._endpoint import open_socket, read_endpoint

        open_socket(read_endpoint(request["endpoint"])).close()
    except Exception as error:
        facts["problem"] = str(error)
    return facts
