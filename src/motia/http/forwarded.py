"""Who sent a request, where proxies that the project trusts stand between (HTTP-13, `trustProxy`)."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from typing import Final

Trust = bool | int | tuple[str, ...]

# Names for networks, as Express knows them.
_NAMED: Final = {
    "loopback": ("127.0.0.0/8", "::1/128"),
    "linklocal": ("169.254.0.0/16", "fe80::/10"),
    "uniquelocal": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
}
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def client_address(trust: Trust) -> Callable[[str, str | None], str]:
    """A function (peer, `x-forwarded-for`) → the address of the first hop, from here, that is not trusted.

    `trust`: True trusts every hop, a number that many, otherwise those with these addresses, networks or names.

    Raises:
        ValueError: a text is no address, network or known name.
    """
    if trust is False or trust == 0:
        return lambda peer, _: peer
    trusts = _trusts(trust)

    def address(peer: str, forwarded: str | None) -> str:
        hops = [hop.strip() for hop in (forwarded or "").split(",") if hop.strip()]
        path = [peer, *reversed(hops)]
        for index, hop in enumerate(path):
            if index == len(path) - 1 or not trusts(hop, index):
                return hop
        return peer

    return address


def _trusts(trust: Trust) -> Callable[[str, int], bool]:
    if trust is True:
        return lambda _hop, _index: True
    if isinstance(trust, int):
        return lambda _hop, index: index < trust
    networks = [network for each in trust for network in _networks(each)]
    return lambda hop, _index: _is_in(hop, networks)


def _networks(text: str) -> Iterable[_Network]:
    return [ipaddress.ip_network(each, strict=False) for each in _NAMED.get(text, (text,))]


def _is_in(hop: str, networks: list[_Network]) -> bool:
    try:
        address = ipaddress.ip_address(hop)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return any((mapped or address) in network for network in networks)
