"""The SDK's models without its client: other users see the same modules and names."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from importlib.metadata import version

import pytest

from aind_session.sources.servers.limits import OFF_VARIABLE

OLDEST, NEWEST = (0, 12), (0, 17)
"""Tested releases of the SDK. For a newer one, run this file, and add it here."""

ASKED = "from aind_session.sources.servers.decode import decode_asset; decode_asset({'id': 'a'})"
SHOW = (
    "import json, sys; names = sorted(m for m in sys.modules if m.partition('.')[0] == 'codeocean')"
)


def run(code: str, off: str = "") -> object:
    """Run code in a separate process; return the JSON that it prints."""
    environment = {**os.environ, OFF_VARIABLE: off}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    assert "Traceback" not in done.stderr, done.stderr  # a failed thread does no more than print it
    return json.loads(done.stdout)


def test_the_installed_release_is_one_that_was_tried() -> None:
    major, minor = version("codeocean").split(".")[:2]
    assert OLDEST <= (int(major), int(minor)) <= NEWEST, f"try codeocean {major}.{minor}"


def test_an_asset_needs_no_client_of_the_sdk() -> None:
    assert "codeocean.client" not in run(f"{ASKED}; {SHOW}; print(json.dumps(names))")  # type: ignore[operator]


@pytest.mark.parametrize("off", ["1", "yes"])
def test_switched_off_the_sdk_is_imported_as_it_is(off: str) -> None:
    assert "codeocean.client" in run(f"{ASKED}; {SHOW}; print(json.dumps(names))", off)  # type: ignore[operator]


@pytest.mark.parametrize(
    "imported",
    [
        "import codeocean; codeocean.CodeOcean",
        "from codeocean import CodeOcean",
        "from codeocean import *",
        "import codeocean; codeocean.client.CodeOcean",
        "import codeocean; dir(codeocean)",
        "import codeocean; hasattr(codeocean, 'CodeOcean')",
        "import codeocean.client; codeocean.CodeOcean",
        "import codeocean, importlib; importlib.reload(codeocean); codeocean.CodeOcean",
        "from aind_session.utils import get_codeocean_client; import codeocean",
        "import aind_session.sources.servers.sdk_client, codeocean",
    ],
)
def test_whoever_imports_the_sdk_afterwards_has_it_as_always(imported: str) -> None:
    show = (
        f"{SHOW}; import codeocean; print(json.dumps([names, sorted(vars(codeocean)), "
        "isinstance(codeocean, type(sys)), type(codeocean.__loader__).__name__, "
        "codeocean.CodeOcean.__module__, "
        "codeocean.data_asset.DataAsset is type(asset) if 'asset' in globals() else True, "
        "any(getattr(f, 'is_on', False) for f in sys.meta_path)]))"
    )
    asked = ASKED.replace("decode_asset({", "asset = decode_asset({")
    assert run(f"{asked}; {imported}; {show}") == run(f"{imported}; {show}")


def test_an_sdk_that_was_imported_before_is_left_alone() -> None:
    code = f"import codeocean; {ASKED}; import json; print(json.dumps(str(type(codeocean))))"
    assert run(code) == "<class 'module'>"


def test_a_name_that_the_sdk_lacks_is_an_attribute_error() -> None:
    code = (
        f"{ASKED}; import json, codeocean; print(json.dumps([hasattr(codeocean, 'nothing')] * 2))"
    )
    assert run(code) == [False, False]


HAS_MODELS = importlib.util.find_spec("codeocean.models") is not None
needs_models = pytest.mark.skipif(not HAS_MODELS, reason="before SDK 0.14, there are no models")

JSON = "print(json.dumps([n for n in ('dataclasses_json', 'marshmallow') if n in sys.modules]))"


@needs_models
def test_an_asset_needs_nothing_that_reads_or_writes_json() -> None:
    assert run(f"{ASKED}; import json, sys; {JSON}") == []


@needs_models
def test_switched_off_the_models_are_imported_as_they_are() -> None:
    assert run(f"{ASKED}; import json, sys; {JSON}", "1") == ["dataclasses_json", "marshmallow"]


@pytest.mark.parametrize(
    "used",
    [
        "DataAsset.from_dict(body).name",
        "DataAsset.from_json(json.dumps(body)).name",
        "DataAsset.from_dict(body).to_dict()",
        "json.loads(decode_asset(body).to_json())",
        "decode_asset(body).to_dict()",
        "DataAsset.schema().dump(decode_asset(body))['name']",
        "[decode_asset(body).to_dict() for _ in range(2)]",
        "type('Sub', (DataAsset,), {}).from_dict(body).to_dict()",
        "AWSS3Source(bucket='b', prefix='p').to_dict()",
        "DataAssetSearchParams(limit=1).to_dict()",
        "[c.__name__ for c in (DataAsset, Source) if hasattr(c, 'to_json')]",
        "sorted(n for n in dir(DataAsset) if not n.startswith('_'))",
        "DataAsset(**vars(DataAsset.from_dict(body))) == DataAsset.from_dict(body)",
    ],
)
def test_models_are_read_from_json_and_written_as_json_as_always(used: str) -> None:
    body = {"id": "a", "name": "n", "created": 1, "mount": "m", "state": "ready", "tags": ["t"]}
    body |= {
        "type": "dataset",
        "owner": "o",
        "last_used": 2,
        "description": "d",
        "files": 3,
        "size": 4,
    }
    code = (
        f"{ASKED}; import json; from codeocean.data_asset import *; body = {body!r};"
        f" print(json.dumps({used}))"
    )
    assert run(code) == run(code, "1")


@needs_models
def test_no_other_module_sees_the_other_decorator() -> None:
    code = (
        f"{ASKED}; import builtins, json, dataclasses_json, codeocean.models.data_asset as models\n"
        "from codeocean.models import capsule\n"
        "print(json.dumps([dataclasses_json.dataclass_json.__module__, "
        "capsule.dataclass_json.__module__, vars(models)['__builtins__'] is vars(builtins), "
        "type(models.__loader__).__module__.startswith('aind')]))"
    )
    real = "dataclasses_json.api"
    assert run(code) == [real, real, True, False]


def test_threads_that_import_it_at_the_same_time_all_have_it() -> None:
    code = (
        "import json, threading\n"
        "def ask(): from aind_session.sources.servers.decode import decode_asset;"
        " found.append(type(decode_asset({'id': 'a'})))\n"
        "def use():\n import codeocean\n found.append(codeocean.CodeOcean)\n"
        "found = []\n"
        "threads = [threading.Thread(target=f) for f in (ask, use) * 8]\n"
        "for t in threads: t.start()\n"
        "for t in threads: t.join()\n"
        "print(json.dumps([len(found), len(set(found))]))"
    )
    assert run(code) == [16, 2]
