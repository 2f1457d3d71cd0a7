"""A machine without a network: nothing is sent, and mounted data answer."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from aind_session.sources.servers.surroundings import has_route, need_network
from tests.capsules import Mount
from tests.sources.test_mounted import RAW_ID, SORTED

TITLES = "Iface\tDestination\tGateway \tFlags\n"
LOOPBACK_6 = f"{'0' * 32} 00 {'0' * 32} 00 {'0' * 32} ffffffff 00000001 00000000 00200200 lo\n"


@pytest.mark.parametrize(
    ("routes", "routes_6", "expected"),
    [
        ("", "", False),
        (TITLES, LOOPBACK_6, False),
        (TITLES, None, False),
        (f"{TITLES}lo\t0000007F\t00000000\t0001\n", LOOPBACK_6, False),
        (f"{TITLES}eth0\t00000000\t010200C0\t0003\n", LOOPBACK_6, True),
        (TITLES, LOOPBACK_6 + LOOPBACK_6.replace("lo", "eth0"), True),
        (None, None, True),
    ],
)
def test_routes(routes: str | None, routes_6: str | None, expected: bool) -> None:
    assert has_route(routes, routes_6) == expected


def test_nothing_is_refused_with_a_network() -> None:
    need_network("DocDB", lambda: "http://127.0.0.1:1")


PROGRAM = f"""
import sys, warnings
from aind_session import Session, Subject, meter
warnings.simplefilter("ignore")
one = Session({DEMO_SESSION!r})
def attempt(ask):
    try:
        return ask()
    except Exception as error:
        return f"{{error}}"
with meter() as cost:
    print(one.raw_data_asset.id)
    print(one.raw_data_dir.as_posix())
    print(one.metadata.subject["genotype"])
    print(one.modalities)
    print(one.is_uploaded)
    print(one.ecephys.sorted_data_asset.sorter_name)
    print(one.ecephys.sorted_data_asset.sorted_probes[0])
    print([len(asset.name) for asset in one.data_assets])
    print(one.docdb["data_description"]["data_level"])
    print(one.subject.sessions[0].id)
    print(attempt(lambda: Session("ecephys_676909_2023-12-14_12-43-11").raw_data_dir))
print(cost.requests, "requests")
"""

EXPECTED = """\
16d46411-540a-4122-b47f-8cb2a15d593a
s3://aind-ephys-data/ecephys_676909_2023-12-13_13-43-40
Pvalb-IRES-Cre/wt;Ai32(RCL-ChR2(H134R)_EYFP)/wt
('behavior', 'behavior_videos', 'ecephys')
True
kilosort2_5
ProbeA
[61, 34]
raw
ecephys_676909_2023-12-13_13-43-40
"""


def without_network(*command: str) -> list[str]:
    """Return a command that runs in a namespace without network interfaces; skip if forbidden."""
    unshare = shutil.which("unshare")
    for options in ("-n", "-rn"):
        if (
            unshare
            and not subprocess.run([unshare, options, "true"], capture_output=True).returncode
        ):
            return [unshare, options, *command]
    pytest.skip("no namespace without a network may be made here")


def test_a_capsule_without_network_and_token(
    capsule: Mount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    capsule(demo_world(), ecephys_session=RAW_ID, sorted=SORTED)
    monkeypatch.setenv("HOME", str(tmp_path))
    hidden = ("AWS_", "CODE_OCEAN", "HTTP", "http")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(hidden)}
    environment = {k: v for k, v in environment.items() if not k.lower().endswith("_proxy")}
    environment["no_proxy"] = "localhost"  # names no proxy
    program = without_network(sys.executable, "-c", PROGRAM)
    done = subprocess.run(program, capture_output=True, text=True, env=environment)
    *answers, failure, cost = done.stdout.splitlines(keepends=True)
    assert ("".join(answers), done.stderr) == (EXPECTED, "")
    assert "because this machine has no network" in failure
    assert cost == "0 requests\n"


POLICY = """\
ip link set lo up && ip route add default dev lo table 9 && ip rule add from all table 9 || exit 9
exec "$0" -c 'from aind_session.sources.servers.surroundings import need_network
need_network("DocDB", lambda: "https://example.org")'
"""


def test_a_route_of_another_table_is_a_network() -> None:
    """The main table, which Linux lists, is empty on some machines with policy routing."""
    program = without_network("sh", "-c", POLICY, sys.executable)
    done = subprocess.run(program, capture_output=True, text=True)
    if done.returncode in (9, 127):
        pytest.skip("no route may be made here")
    assert (done.returncode, done.stderr) == (0, "")
