# SPDX-License-Identifier: Apache-2.0
"""Kills a guest's agent, and prints what libvirt tells about it until it is back and has answered."""
import json
import sys
import threading

import libvirt
import libvirt_qemu

COMES_BACK_S = 100

libvirt.virEventRegisterDefaultImpl()
connection = libvirt.open()
guest = connection.lookupByName(sys.argv[1])
states = []
is_back = threading.Event()


def loop():
    while True:
        libvirt.virEventRunDefaultImpl()


def tell(connection, domain, state, reason, opaque):
    connected = state == libvirt.VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_CONNECTED
    states.append("connected" if connected else "disconnected")
    if connected:
        is_back.set()


def command(execute, arguments={}):
    request = json.dumps({"execute": execute, "arguments": arguments})
    return json.loads(libvirt_qemu.qemuAgentCommand(guest, request, COMES_BACK_S, 0))["return"]


threading.Thread(target=loop, daemon=True).start()
connection.domainEventRegisterAny(
    guest, libvirt.VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE, tell, None)
# The parent of what it starts is the agent.
command("guest-exec", {"path": "/bin/sh", "arg": ["-c", "sleep 1; kill -9 $PPID"]})
if not is_back.wait(COMES_BACK_S):
    sys.exit(f"The agent has not come back: {states}")
# At once: whoever opens the port has to be able to answer.
print(json.dumps({"states": states, "ping": command("guest-ping")}))
