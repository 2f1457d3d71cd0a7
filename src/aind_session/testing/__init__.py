"""Test doubles of the servers, for tests of code that uses this library.

`FakeAIND` replaces Code Ocean, DocDB and S3; in pytest it is the fixture ``fake_aind``.
`NamespaceContract` contains the tests that each namespace should pass.

>>> from aind_session import Session
>>> from aind_session.testing import FakeAIND
>>> with FakeAIND() as fake:
...     made = fake.add_session("ecephys_123456_2024-01-01_10-00-00", modalities=["ecephys"])
...     Session(made.id).raw_data_asset == made.raw_data_asset
True
"""

import lazy_loader

# pytest imports this package in every run if the library is installed, so it must be fast
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
