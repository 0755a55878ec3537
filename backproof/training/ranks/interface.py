"""The network interface by which the first process is reached: gloo and NCCL otherwise guess it by the host's name."""

import fcntl
import socket
import struct
from collections.abc import MutableMapping

from backproof.errors import UserError

VARIABLES = ("GLOO_SOCKET_IFNAME", "NCCL_SOCKET_IFNAME")
SIOCGIFADDR = 0x8915  # Linux: the address of an interface
LOOPBACK = "127."


def name_interface(environment: MutableMapping[str, str]) -> str:
    """Name the interface in the environment, unless a person did, and return its name.

    Raises UserError, with the names of all interfaces, where none is found, or where other machines cannot reach it.
    """
    if given := environment.get(VARIABLES[0]):
        return given
    master, port = environment["MASTER_ADDR"], int(environment["MASTER_PORT"])
    known = addresses()
    listed = ", ".join(f"{name} ({address})" for name, address in known.items()) or "none with an address"
    advice = f"set {VARIABLES[0]} to one of: {listed}"
    try:
        own = own_address(master, port)
    except OSError as error:
        raise UserError(f"MASTER_ADDR={master}: {error}; {advice}") from None
    if own.startswith(LOOPBACK) and int(environment.get("GROUP_WORLD_SIZE", "1")) > 1:
        raise UserError(f"MASTER_ADDR={master} is {own} here, which other machines cannot reach; {advice}")
    found = next((name for name, address in known.items() if address == own), None)
    if found is None and own.startswith(LOOPBACK):
        found = next((name for name, address in known.items() if address.startswith(LOOPBACK)), None)
    if found is None:
        raise UserError(f"MASTER_ADDR={master} is reached from {own}, which no interface has; {advice}")
    for name in VARIABLES:
        environment.setdefault(name, found)
    return found


def own_address(host: str, port: int) -> str:
    """Return the address of this machine from which a host is reached; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        way.connect((host, port or 1))
        return str(way.getsockname()[0])


def addresses() -> dict[str, str]:
    """Return the IPv4 address of each interface that has one."""
    found = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        for _, name in socket.if_nameindex():
            try:
                answer = fcntl.ioctl(way.fileno(), SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
            except OSError:
                continue
            found[name] = socket.inet_ntoa(answer[20:24])
    return found
