"""Networks: which addresses are one sender's when they are counted."""

import ipaddress

# Whoever has one IPv6 address has all of its /64.
ONE_SENDER_BITS = 64


def sender(address: str) -> str:
    """Return who an address counts as: IPv4 addresses one by one, IPv6 by /64; what is no address as it is."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, ONE_SENDER_BITS), strict=False))
