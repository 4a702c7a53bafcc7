"""Runs one IPython kernel, and speaks JSON lines: requests on stdin, the kernel's messages on stdout.

Requests: {"execute": id, "code": ..., "history": bool} | {"interrupt": true} | {"restart": true}.
Answers: {"id": ..., "type": "stream" | "display_data" | "execute_result" | "update_display_data" | "error" | "clear_output", "content": ...},
{"id": ..., "type": "done", "status": "ok" | "error", "count": n}, {"type": "status", "status": "busy" | "idle" | ...}.
"""

import json
import os
import queue
import sys
import threading

from jupyter_client.manager import KernelManager

OUTPUTS = ("stream", "display_data", "execute_result", "update_display_data", "error", "clear_output")
#: How long messages of the kernel are waited for before requests are looked at, in seconds.
TURN = 0.02


def tell(**message):
    """Writes one line."""
    sys.stdout.write(json.dumps(message, default=str) + "\n")
    sys.stdout.flush()


class Bridge:
    """The kernel and its client; all sockets belong to one thread."""

    def __init__(self):
        self.manager = KernelManager(kernel_name="python3")
        self.manager.kernel_cmd = [sys.executable, "-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        self.manager.start_kernel(cwd=os.getcwd())
        self.names = {}
        self.client = None
        self.connect()
        tell(type="ready")

    def connect(self):
        """A client that has heard of the kernel."""
        if self.client is not None:
            self.client.stop_channels()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=300)

    def take(self, request):
        """Does what is asked."""
        if "execute" in request:
            identifier = self.client.execute(request["code"], store_history=request["history"], allow_stdin=False)
            self.names[identifier] = request["execute"]
        elif "interrupt" in request:
            self.manager.interrupt_kernel()
        elif "restart" in request:
            self.manager.restart_kernel(now=True)
            self.connect()
            tell(type="restarted")

    def listen(self):
        """Tells what the kernel has said since the last time."""
        try:
            while True:
                self.hear_output(self.client.get_iopub_msg(timeout=TURN))
        except queue.Empty:
            pass
        try:
            while True:
                message = self.client.get_shell_msg(timeout=0)
                name = self.names.get(message["parent_header"].get("msg_id"))
                if name is not None:
                    tell(id=name, type="done", status=message["content"]["status"], count=message["content"].get("execution_count"))
        except queue.Empty:
            pass

    def hear_output(self, message):
        """Tells of a status or an output."""
        name = self.names.get(message["parent_header"].get("msg_id"))
        kind, content = message["msg_type"], message["content"]
        if kind == "status":
            tell(type="status", status=content["execution_state"], id=name)
        elif kind in OUTPUTS:
            tell(id=name, type=kind, content=content)


def main():
    """Runs until standard input ends."""
    requests = queue.Queue()

    def read():
        for line in sys.stdin:
            requests.put(json.loads(line))
        requests.put(None)

    threading.Thread(target=read, daemon=True).start()
    bridge = Bridge()
    try:
        while True:
            while not requests.empty():
                request = requests.get()
                if request is None:
                    return
                bridge.take(request)
            bridge.listen()
    finally:
        bridge.client.stop_channels()
        bridge.manager.shutdown_kernel(now=True)


main()
