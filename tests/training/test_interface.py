"""The interface that reaches the first process is found, or a person is told how to name it."""

import pytest

from backproof.errors import UserError
from backproof.training.ranks import interface
from backproof.training.ranks.interface import name_interface

HERE = {"lo": "127.0.0.1", "eth0": "10.1.2.3", "docker0": "172.17.0.1"}


def found(monkeypatch: pytest.MonkeyPatch, own: str, **environment: str) -> dict[str, str]:
    monkeypatch.setattr(interface, "addresses", lambda: HERE)
    monkeypatch.setattr(interface, "own_address", lambda host, port: own)
    given = {"MASTER_ADDR": "first", "MASTER_PORT": "29500"} | environment
    name_interface(given)
    return given


def test_the_one_that_reaches_the_first_process_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for own, name in (("10.1.2.3", "eth0"), ("127.0.0.1", "lo"), ("127.0.1.1", "lo")):
        given = found(monkeypatch, own)
        assert given["GLOO_SOCKET_IFNAME"] == given["NCCL_SOCKET_IFNAME"] == name


def test_a_persons_choice_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(monkeypatch, "10.1.2.3", GLOO_SOCKET_IFNAME="ib0")["GLOO_SOCKET_IFNAME"] == "ib0"


def test_other_machines_do_not_reach_the_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"MASTER_ADDR=first is 127.0.1.1 here.*one of: lo .*eth0 \(10.1.2.3\)"):
        found(monkeypatch, "127.0.1.1", GROUP_WORLD_SIZE="2")


def test_an_address_without_an_interface(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"reached from 10\.9\.9\.9, which no interface has; set GLOO_SOCKET_IFNAME"):
        found(monkeypatch, "10.9.9.9")


def test_a_host_that_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"MASTER_ADDR=no.such.host.invalid: .*set GLOO_SOCKET_IFNAME to one of"):
        name_interface({"MASTER_ADDR": "no.such.host.invalid", "MASTER_PORT": "1"})


def test_this_machine() -> None:
    assert interface.addresses().get("lo") == "127.0.0.1"
    assert interface.own_address("127.0.0.1", 1) == "127.0.0.1"
