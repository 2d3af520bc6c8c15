"""Where a request comes from, as it is counted: an address, and the network that it lies in."""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def address_of(text: str) -> Address | None:
    """An IP address, an IPv4 one also where it is written as IPv6 (::ffff:192.0.2.1).

    None for what is no address: what a proxy says is believed as it comes.
    """
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped
    return parsed


def network_of(text: str) -> Network | None:
    """The /24 or /64 of an address: whoever has a /64 has all addresses in it."""
    address = address_of(text)
    if address is None:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        return ipaddress.IPv6Network((int(address), 64), strict=False)
    return ipaddress.IPv4Network((int(address), 24), strict=False)
