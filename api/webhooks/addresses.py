"""
An address is where a webhook is delivered: a URL of https, whose host is looked up before every delivery.

What a caller wrote never makes us speak to a machine of our own network: an address that isn't public is refused, also
where a name leads there, and the connection is made to the address that was checked. Where receivers are in our own
network on purpose, a setting says so; plain http is for loopback alone.
"""

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from typing import ClassVar, NamedTuple
from urllib.parse import urlsplit

from domain.errors import Malformed, Refused

URL_CHARACTERS_MAX = 2_000
_PORTS = {"https": 443, "http": 80}
_NOT_PUBLIC = "leads to an address that isn't public"
_TRANSLATED = tuple(ipaddress.ip_network(each) for each in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16"))
"""Addresses that stand for one of IPv4, which may be anybody's."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(eq=False, kw_only=True)
class WebhookUrlMalformed(Malformed):
    """The URL of a webhook is of https, names a host, and has neither credentials nor a fragment."""

    code: ClassVar[str] = "webhook.url_malformed"
    problem: str


@dataclass(eq=False, kw_only=True)
class WebhookUrlForbidden(Refused):
    """The URL leads into a network that nothing is delivered to; LEDGER_WEBHOOK_PRIVATE=yes would allow it."""

    code: ClassVar[str] = "webhook.url_forbidden"
    host: str
    problem: str


class Place(NamedTuple):
    """A URL taken apart: what is looked up, and what the request says. path: with its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        """Return the host as a request names it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def at(self, address: str) -> str:
        """Return the URL with the host's address in place of its name."""
        host = f"[{address}]" if ":" in address else address
        return f"{self.scheme}://{host}:{self.port}{self.path}"


def place_of(url: str) -> Place:
    """
    Return a webhook's URL taken apart.

    Raises: WebhookUrlMalformed.
    """
    if len(url) > URL_CHARACTERS_MAX or not url.isascii() or any(each <= " " or each == "\x7f" for each in url):
        raise WebhookUrlMalformed(problem="not printable ASCII without spaces, or too long")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise WebhookUrlMalformed(problem=str(error)) from None
    if parts.scheme not in _PORTS or not host or port == 0:
        raise WebhookUrlMalformed(problem="not a URL of https with a host")
    if parts.username is not None or parts.password is not None:
        raise WebhookUrlMalformed(problem="credentials don't belong into a URL: the signature says who we are")
    if parts.fragment:
        raise WebhookUrlMalformed(problem="a fragment is never sent")
    if parts.scheme == "http" and not _is_loopback(host):
        raise WebhookUrlMalformed(problem="http is for loopback alone")
    path = parts.path or "/"
    return Place(parts.scheme, host, port or _PORTS[parts.scheme], f"{path}?{parts.query}" if parts.query else path)


async def address_of(place: Place, *, private: bool) -> str:
    """
    Look a place up and return the address to connect to. private: whether it may be one that isn't public.

    Raises: WebhookUrlForbidden where any of its addresses isn't public; OSError where the name isn't known.
    """
    found = await asyncio.get_running_loop().getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    addresses = [str(each[4][0]) for each in found]
    if not private and not all(is_public(each) for each in addresses):
        raise WebhookUrlForbidden(host=place.host, problem=_NOT_PUBLIC)
    return addresses[0]


def is_public(address: str) -> bool:
    """Return whether an address, given as text, is of the public network."""
    read = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(read, ipaddress.IPv6Address) and read.ipv4_mapped:
        read = read.ipv4_mapped
    translated = any(read in network for network in _TRANSLATED if network.version == read.version)
    return read.is_global and not (read.is_multicast or read.is_reserved or translated)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
