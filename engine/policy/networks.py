"""Internet addresses as 32 hex digits, IPv4 mapped into IPv6: ranges compare exactly as text."""

from __future__ import annotations

import ipaddress

_MAPPED = 0xFFFF << 32


def digits(ip: str) -> str | None:
    """The address as 32 hex digits; None when the text is no address."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
        return None
    return _hex(int(address), address.version)


def cidr_range(cidr: str) -> tuple[str, str] | None:
    """First and last address of a range; None when the text is no range (host bits set included)."""
    try:
        network = ipaddress.ip_network(cidr)
    except ValueError:
        return None
    first, last = int(network.network_address), int(network.broadcast_address)
    return _hex(first, network.version), _hex(last, network.version)


def first_address(first: str) -> str:
    """An address in dotted or colon form from its 32 hex digits."""
    number = int(first, 16)
    if number >> 32 == 0xFFFF:
        return str(ipaddress.IPv4Address(number & 0xFFFFFFFF))
    return str(ipaddress.IPv6Address(number))


def _hex(number: int, version: int) -> str:
    return f"{number | _MAPPED if version == 4 else number:032x}"
