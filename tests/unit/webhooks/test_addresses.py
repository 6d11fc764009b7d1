"""Where no webhook goes: addresses that would reach into our own networks, in every disguise that URLs allow."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.addresses import AddressRefused, check_address, target_of
from gateway.domain.webhooks import Outcome
from tests.webhook_world import WebhookWorld

REFUSED_URLS = (
    # other schemes
    *("http://shop.example/", "ftp://shop.example/", "file:///etc/passwd", "gopher://shop.example/", "//shop.example/"),
    *("javascript:alert(1)", "data:text/plain,x", "ws://shop.example/", "https:shop.example", "https:///path", ""),
    # this machine
    *("https://localhost/", "https://LOCALHOST/", "https://localhost.localdomain/", "https://shop.localhost/"),
    *("https://127.0.0.1/", "https://127.255.255.254/", "https://0.0.0.0/", "https://0/", "https://[::1]/"),
    *("https://[::]/", "https://[0:0:0:0:0:0:0:1]/", "https://127.0.0.1.:443/", "https://localhost./"),
    # numbers in disguise
    *("https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/", "https://0177.0.0.1/", "https://127.1/"),
    *("https://017700000001/", "https://127.0.1/", "https://3232235521/", "https://0xa9fea9fe/", "https://1.2.3/"),
    *("https://00000127.0.0.1/", "https://256.256.256.256/", "https://1.2.3.4.5/", "https://0x/", "https://8.8.8.0x8/"),
    # metadata and link-local
    *("https://169.254.169.254/latest/meta-data/", "https://169.254.170.2/v2/credentials", "https://[fe80::1]/"),
    *("https://[fe80::1%25eth0]/", "https://[fd00:ec2::254]/", "https://100.100.100.200/", "https://168.63.129.16/"),
    *("https://metadata.google.internal/", "https://metadata/", "https://instance-data.ec2.internal/"),
    # private, shared, reserved
    *("https://10.0.0.1/", "https://172.16.0.1/", "https://172.31.255.255/", "https://192.168.1.1/"),
    *("https://100.64.0.1/", "https://100.127.255.255/", "https://192.0.0.192/", "https://192.0.2.1/"),
    *("https://198.18.0.1/", "https://198.51.100.7/", "https://203.0.113.9/", "https://192.88.99.1/"),
    *("https://224.0.0.1/", "https://239.255.255.250/", "https://240.0.0.1/", "https://255.255.255.255/"),
    # IPv4 inside of IPv6
    *(
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[::ffff:a9fe:a9fe]/",
        "https://[::127.0.0.1]/",
    ),
    *(
        "https://[64:ff9b::7f00:1]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://[64:ff9b:1::1]/",
        "https://[2002:7f00:1::]/",
    ),
    *("https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/", "https://[fc00::1]/", "https://[fdff:ffff::1]/"),
    *(
        "https://[ff02::1]/",
        "https://[2001:db8::1]/",
        "https://[3fff::1]/",
        "https://[100::1]/",
        "https://[::ffff:8.8.8.8]/",
    ),
    # names of private networks
    *("https://intranet/", "https://printer.local/", "https://db.internal/", "https://nas.lan/", "https://x.corp/"),
    *("https://router.home.arpa/", "https://127.in-addr.arpa/", "https://host.docker.internal/", "https://a.private/"),
    # parts of a URL that lie
    *(
        "https://user:pass@shop.example/",
        "https://shop.example@127.0.0.1/",
        "https://:@shop.example/",
        "https://@x.example/",
    ),
    *("https://shop.example/#part", "https://shop.example#@127.0.0.1/", "https://shop.example\\@127.0.0.1/"),
    *(
        "https://shop.example/ path",
        "https://shop .example/",
        "https://shop.example\t/",
        "https://shop.example\n.evil/",
    ),
    *("https://shöp.example/", "https://①②⑦.⓪.⓪.①/", "https://127。0。0。1/", "https://shop%2eexample/"),
    *(
        "https://-shop.example/",
        "https://shop-.example/",
        "https://shop..example/",
        "https://.example/",
        "https://a_b/",
    ),
    "https://" + "a" * 64 + ".example/",
    "https://" + ".".join(["abcdefgh"] * 30) + ".example/",
    "https://shop.example/" + "x" * 2048,
    # ports of other services
    *("https://shop.example:22/", "https://shop.example:25/", "https://shop.example:80/", "https://shop.example:0/"),
    *(
        "https://shop.example:65536/",
        "https://shop.example:-1/",
        "https://shop.example:x/",
        "https://shop.example:1023/",
    ),
)
ALLOWED_URLS = (
    *("https://shop.example/api/mpesa", "https://shop.example", "https://shop.example:8443/a?b=c", "https://8.8.8.8/"),
    *(
        "https://xn--shp-sna.example/",
        "https://a.b.c.shop.example/",
        "https://[2606:4700:4700::1111]/",
        "https://1e100.net/",
    ),
    *("HTTPS://Shop.Example/Api", "https://hooks_1.shop.example/", "https://172.32.0.1/", "https://100.128.0.1/"),
)
REFUSED_ADDRESSES = (
    *(
        "127.0.0.1",
        "10.1.2.3",
        "172.20.0.1",
        "192.168.0.10",
        "169.254.169.254",
        "169.254.170.2",
        "100.64.0.1",
        "0.0.0.0",
    ),
    *(
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "198.18.0.1",
        "168.63.129.16",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
    ),
    *(
        "fc00::1",
        "fd00:ec2::254",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::",
        "ff02::1",
    ),
    *("2001::1", "2001:db8::1", "not an address", ""),
)


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_a_url_that_leads_elsewhere_than_to_the_public_internet_is_refused(url: str) -> None:
    """By its text alone, before any name is looked up."""
    with pytest.raises(AddressRefused):
        target_of(url, loopback=False)


@pytest.mark.parametrize("url", ALLOWED_URLS)
def test_a_url_of_the_public_internet_is_taken(url: str) -> None:
    """Names, public addresses, other ports of https."""
    assert "https" == target_of(url, loopback=False).scheme


@pytest.mark.parametrize("address", REFUSED_ADDRESSES)
def test_a_name_that_has_such_an_address_is_refused(address: str) -> None:
    """Whatever the name looks like."""
    with pytest.raises(AddressRefused):
        check_address(address, loopback=False)


@pytest.mark.parametrize("address", ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2a00:1450::1"])
def test_a_public_address_is_taken(address: str) -> None:
    """Nothing is raised, and None is what comes back."""
    assert check_address(address, loopback=False) is None  # type: ignore[func-returns-value]  # raises if not


def test_the_corpus_is_large_enough() -> None:
    """Each of them once."""
    assert len(set(REFUSED_URLS)) == len(REFUSED_URLS) >= 60
    assert len(set(REFUSED_URLS) | set(REFUSED_ADDRESSES)) >= 140


@pytest.mark.parametrize("url", ["http://127.0.0.1:7071/shop/webhooks", "http://localhost:7071/", "http://[::1]:9000/"])
def test_the_local_run_may_send_to_this_machine(url: str) -> None:
    """And still to nothing else that is private."""
    assert "http" == target_of(url, loopback=True).scheme
    for other in ("http://10.0.0.1/", "http://shop.example/", "https://169.254.169.254/"):
        with pytest.raises(AddressRefused):
            target_of(other, loopback=True)
    with pytest.raises(AddressRefused):
        check_address("10.0.0.1", loopback=True)


# --- at the moment of sending -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "10.0.0.7", "::ffff:169.254.169.254", "fd00::1"])
def test_a_name_that_points_inside_by_now_gets_nothing(address: str) -> None:
    """The address was public when the endpoint was made; the name moved since. The try says so in the log."""
    world = WebhookWorld()
    world.endpoint()
    world.names.known["shop.example"] = (address,)
    event = world.happened()
    world.settle()

    assert [] == world.sender.posts
    assert [Outcome.ADDRESS_REFUSED] == [tried.outcome for tried in world.delivery(event).tries]


def test_one_inner_address_among_public_ones_is_enough_to_refuse() -> None:
    """Else whoever answers for the name could wait for the inner one to be picked."""
    world = WebhookWorld()
    world.endpoint()
    world.names.known["shop.example"] = ("93.184.215.14", "10.0.0.7")
    world.happened()
    world.settle()

    assert [] == world.sender.posts


def test_the_name_is_looked_up_once_and_that_address_is_used() -> None:
    """DNS rebinding: the second answer would be an inner address, and nobody asks for it."""
    answers = iter([("93.184.215.14",), ("127.0.0.1",)])
    world = WebhookWorld()
    world.endpoint()
    world.names.known["shop.example"] = lambda: next(answers)
    world.happened()
    world.settle()

    assert ["shop.example"] == world.names.asked
    assert ["93.184.215.14"] == [post.address for post in world.sender.posts]


def test_an_unknown_name_is_a_failure_like_others() -> None:
    """It may be known again in five minutes."""
    world = WebhookWorld()
    world.endpoint()
    world.names.known["shop.example"] = None
    event = world.happened()
    world.settle()

    assert [Outcome.NAME_UNKNOWN] == [tried.outcome for tried in world.delivery(event).tries]


def test_a_url_that_an_older_rule_let_in_is_judged_again() -> None:
    """Stored is not allowed."""
    world = WebhookWorld()
    world.keep(replace(world.endpoint(), url="https://metadata.google.internal/"))
    world.happened()
    world.settle()

    assert ([], []) == (world.sender.posts, world.names.asked)
