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


def main():
    manager = KernelManager(kernel_name="python3")
    manager.kernel_cmd = [sys.executable, "-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    manager.start_kernel(cwd=os.getcwd())
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    names = {}
    lock = threading.Lock()

    def tell(**message):
        with lock:
            sys.stdout.write(json.dumps(message, default=str) + "\n")
            sys.stdout.flush()

    def read_outputs():
        while True:
            try:
                message = client.get_iopub_msg(timeout=1)
            except queue.Empty:
                if not manager.is_alive():
                    tell(type="status", status="dead")
                    return
                continue
            name = names.get(message["parent_header"].get("msg_id"))
            kind, content = message["msg_type"], message["content"]
            if kind == "status":
                tell(type="status", status=content["execution_state"], id=name)
            elif kind in ("stream", "display_data", "execute_result", "update_display_data", "error", "clear_output"):
                tell(id=name, type=kind, content=content)

    def read_replies():
        while True:
            try:
                message = client.get_shell_msg(timeout=1)
            except queue.Empty:
                continue
            name = names.get(message["parent_header"].get("msg_id"))
            if name is not None:
                tell(id=name, type="done", status=message["content"]["status"], count=message["content"].get("execution_count"))

    for target in (read_outputs, read_replies):
        threading.Thread(target=target, daemon=True).start()
    tell(type="ready")
    for line in sys.stdin:
        request = json.loads(line)
        if "execute" in request:
            with lock:
                identifier = client.execute(request["code"], store_history=request["history"], allow_stdin=False)
                names[identifier] = request["execute"]
        elif "interrupt" in request:
            manager.interrupt_kernel()
        elif "restart" in request:
            manager.restart_kernel(now=True)
            client.wait_for_ready(timeout=60)
            tell(type="restarted")
    client.stop_channels()
    manager.shutdown_kernel(now=True)


main()
