# SPDX-License-Identifier: Apache-2.0
"""libvirt's Python binding with a guest's agent: prints what each call returned, as one JSON object."""
import json
import sys

import libvirt
import libvirt_qemu

# Else each error is printed, the expected one too.
libvirt.registerErrorHandler(lambda context, error: None, None)
guest = libvirt.open().lookupByName(sys.argv[1])


def command(execute, timeout=100):
    return json.loads(libvirt_qemu.qemuAgentCommand(guest, json.dumps({"execute": execute}), timeout, 0))


def refused(execute):
    try:
        return command(execute)
    except libvirt.libvirtError as error:
        return error.get_error_code()


guest.agentSetResponseTimeout(100)
print(json.dumps({
    "qemuAgentCommand": command("guest-ping"),
    "qemuAgentCommand, without a limit": command("guest-ping", libvirt_qemu.VIR_DOMAIN_QEMU_AGENT_COMMAND_BLOCK),
    "qemuAgentCommand, host name": command("guest-get-host-name"),
    "qemuAgentCommand, unknown": refused("guest-nothing"),
    "guestInfo": {key: value for key, value in guest.guestInfo().items() if not key.endswith("used-bytes")},
    "interfaceAddresses": guest.interfaceAddresses(libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT),
    "hostname": guest.hostname(libvirt.VIR_DOMAIN_GET_HOSTNAME_AGENT),
    "fsInfo": guest.fsInfo(),
    "fsFreeze": guest.fsFreeze(["/mnt/sda"]),
    "fsThaw": guest.fsThaw(),
    "fSTrim": guest.fSTrim(None, 0),
    "getTime": sorted(guest.getTime()),
    "setTime": guest.setTime(flags=libvirt.VIR_DOMAIN_TIME_SYNC),
    "guestVcpus": guest.guestVcpus(),
    "setGuestVcpus": [guest.setGuestVcpus("1", 0), guest.setGuestVcpus("1", 1)],
    "vcpusFlags": guest.vcpusFlags(libvirt.VIR_DOMAIN_VCPU_GUEST),
    "authorizedSSHKeysGet": guest.authorizedSSHKeysGet("bob"),
    "setUserPassword": guest.setUserPassword("bob", "s3cret"),
}))
