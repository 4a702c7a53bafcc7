"""A real IPython kernel, whose cells' outputs are collected."""

import os
import signal
import sys

from jupyter_client.manager import KernelManager

FOLDER = os.path.dirname(os.path.abspath(__file__))
#: Longer than a slow machine needs for what ends, in seconds.
WAIT = 300


class Kernel:
    """Starts a kernel of this Python with our package on its path."""

    def __init__(self, environment=None, cwd=None):
        paths = [os.path.join(FOLDER, "..", "..", "media", "python"), FOLDER]
        self._manager = KernelManager(kernel_name="python3")
        self._manager.kernel_cmd = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        environment = dict(os.environ, PYTHONPATH=os.pathsep.join(os.path.abspath(path) for path in paths), **(environment or {}))
        self._manager.start_kernel(env=environment, cwd=cwd)
        self.client = self._manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=WAIT)

    def run(self, code, timeout=WAIT, on_output=None):
        """The outputs of a cell as a notebook keeps them: display updates are applied, streams joined."""
        identifier = self.client.execute(code)
        outputs = []
        while True:
            message = self.client.get_iopub_msg(timeout=timeout)
            if message["parent_header"].get("msg_id") != identifier:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                self.client.get_shell_msg(timeout=timeout)
                return outputs
            if kind in ("execute_result", "display_data", "error", "stream"):
                outputs.append(dict(content, type=kind))
            elif kind == "update_display_data":
                for output in outputs:
                    if output.get("transient", {}).get("display_id") == content["transient"]["display_id"]:
                        output.setdefault("history", []).append(output["data"])
                        output["data"] = content["data"]
            if on_output is not None:
                on_output(kind, content)

    def interrupt_soon(self):
        """As the stop button of a notebook; may be called while a cell's outputs are read."""
        os.kill(self._manager.provisioner.process.pid, signal.SIGINT)

    def stop(self):
        """Ends the kernel."""
        self.client.stop_channels()
        self._manager.shutdown_kernel(now=True)
