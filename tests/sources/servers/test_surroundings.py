"""Errors name wrong files and variables of the environment, and only if they matter."""

from __future__ import annotations

import datetime
import ipaddress
import os
import shutil
import socket
import ssl
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from aind_session import CredentialsError, RemoteError, UnavailableError
from aind_session.sources import Sources, remote_sources
from aind_session.sources.protocols import RECORD_VERSIONS
from aind_session.sources.servers.surroundings import error_of_surroundings
from tests.platform import Platform
from tests.worlds import empty_world

PUBLIC, PRIVATE = "aind-open-data", "aind-ephys-data"


@pytest.fixture
def platform(stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch) -> Platform:
    world = empty_world()
    world.objects[PUBLIC]["x/y"] = b"public"
    platform = stand_in(world)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    return platform


def _credentials(path: Path) -> str:
    path.write_text("[default]\naws_access_key_id = a\naws_secret_access_key = b\n")
    return str(path)


def _asks(sources: Sources) -> list[Callable[[], object]]:
    return [
        lambda: sources.assets.search({}),
        lambda: sources.records.find(RECORD_VERSIONS[0], {}),
        lambda: sources.storage.list(PUBLIC, "x/"),
    ]


class TestAws:
    def test_a_mistyped_profile_leaves_public_data_open(
        self, platform: Platform, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_PROFILE", "nobody")
        storage = remote_sources().storage
        assert storage.read(PUBLIC, "x/y") == b"public"
        assert storage.list(PUBLIC, "x/").files == ("y",)
        assert storage.path(PUBLIC, "x/y").as_posix() == f"s3://{PUBLIC}/x/y"
        with pytest.raises(CredentialsError, match=r"\(nobody\).*AWS_PROFILE") as caught:
            storage.list(PRIVATE, "x/")
        assert caught.value.variable == "AWS_PROFILE"

    def test_a_file_that_is_no_configuration_is_named_and_leaves_public_data_open(
        self, platform: Platform, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        file = tmp_path / "config"
        file.write_bytes(b"\xff\xfe[ [ no")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
        storage = remote_sources().storage
        assert storage.read(PUBLIC, "x/y") == b"public"
        with pytest.raises(CredentialsError, match=f"{file}.*AWS_CONFIG_FILE") as caught:
            storage.list(PRIVATE, "x/")
        assert caught.value.variable == "AWS_CONFIG_FILE"

    @pytest.mark.parametrize("in_file", [False, True])
    def test_a_region_that_is_none_is_named_and_leaves_public_data_open(
        self,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
        platform: Platform,
        *,
        in_file: bool,
    ) -> None:
        monkeypatch.delenv("AWS_DEFAULT_REGION")
        file = tmp_path / "config"
        file.write_text("[default]\nregion = nowhere\n" if in_file else "")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
        if not in_file:
            monkeypatch.setenv("AWS_DEFAULT_REGION", "nowhere")
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", _credentials(tmp_path / "credentials"))
        # only for S3, since other services at AWS_ENDPOINT_URL use any region names
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", platform.url("s3"))
        monkeypatch.delenv("AWS_ENDPOINT_URL")
        storage = remote_sources().storage
        holder = str(file) if in_file else "AWS_DEFAULT_REGION"
        with pytest.raises(RemoteError, match=f"no region 'nowhere', which {holder} names"):
            storage.list(PRIVATE, "x/")
        assert storage.read(PUBLIC, "x/y") == b"public"

    def test_certificates_of_s3_that_are_not_there_are_named(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", "https://127.0.0.1:9")
        monkeypatch.setenv("AWS_CA_BUNDLE", "/none/ca.pem")
        with pytest.raises(RemoteError, match=r"AWS_CA_BUNDLE is not a file.*/none/ca\.pem"):
            remote_sources().storage.list(PUBLIC, "x/")


class TestHttp:
    @pytest.fixture
    def sources(self, monkeypatch: pytest.MonkeyPatch) -> Sources:
        monkeypatch.setenv("CODE_OCEAN_API_TOKEN", "cop_x")
        monkeypatch.setenv("CODE_OCEAN_DOMAIN", "https://127.0.0.1:9")
        monkeypatch.setenv("AIND_SESSION_DOCDB_HOST", "https://127.0.0.1:9")
        return remote_sources()

    @pytest.mark.parametrize("which", [0, 1])
    def test_certificates_that_are_not_there_are_named(
        self, sources: Sources, monkeypatch: pytest.MonkeyPatch, which: int
    ) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/none/ca.pem")
        with pytest.raises(RemoteError, match=r"REQUESTS_CA_BUNDLE is not a file.*/none/ca\.pem"):
            _asks(sources)[which]()

    @pytest.mark.parametrize("which", [0, 1])
    def test_a_proxy_that_does_not_work_is_named_without_its_password(
        self, sources: Sources, monkeypatch: pytest.MonkeyPatch, which: int
    ) -> None:
        monkeypatch.setenv("AIND_SESSION_TIMEOUT_SECONDS", "2")
        monkeypatch.setenv("HTTPS_PROXY", "http://me:pa55@127.0.0.1:9")
        monkeypatch.setenv("NO_PROXY", "")
        with pytest.raises(UnavailableError, match="the proxy of HTTPS_PROXY") as caught:
            _asks(remote_sources())[which]()
        assert "pa55" not in f"{caught.value!r} {caught.value}"

    @pytest.mark.parametrize("which", [0, 1])
    def test_a_proxy_that_refuses_the_user_is_named(
        self, sources: Sources, monkeypatch: pytest.MonkeyPatch, platform: Platform, which: int
    ) -> None:
        service = ("code_ocean", "docdb")[which]
        for variable in ("CODE_OCEAN_DOMAIN", "AIND_SESSION_DOCDB_HOST"):
            monkeypatch.setenv(variable, "http://elsewhere.example")
        proxy = platform.url(service).replace("://", "://me:pa55@")  # type: ignore[arg-type]
        monkeypatch.setenv("HTTP_PROXY", proxy)
        monkeypatch.setenv("NO_PROXY", "")
        platform.fail(service, status=407)  # type: ignore[arg-type]
        with pytest.raises(RemoteError, match="the proxy of HTTP_PROXY refuses") as caught:
            _asks(remote_sources())[which]()
        assert "pa55" not in "".join(traceback.format_exception(caught.value))

    @pytest.mark.parametrize("which", [0, 1])
    @pytest.mark.parametrize("proxy", ["http://[::1", "http://me:pa/55@host:9", "http://host:x"])
    def test_a_proxy_that_is_no_address_is_named(
        self, sources: Sources, monkeypatch: pytest.MonkeyPatch, which: int, proxy: str
    ) -> None:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        monkeypatch.setenv("NO_PROXY", "")
        with pytest.raises(RemoteError, match="the proxy of HTTPS_PROXY is not a valid address"):
            _asks(remote_sources())[which]()


ADDRESSES = [
    "http://",
    "ftp://files.example",
    "https://host:port",
    "http://127.0.0.1:99999",
    "http://::1:80",
    "http://two words.example",
    "http://me:pa/55@host",
]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    ("variable", "which"),
    [
        ("CODE_OCEAN_DOMAIN", 0),
        ("AIND_SESSION_DOCDB_HOST", 1),
        ("AWS_ENDPOINT_URL", 2),
        ("AWS_ENDPOINT_URL_S3", 2),
    ],
)
def test_the_variable_that_holds_no_address_is_named_and_no_password_is_shown(
    monkeypatch: pytest.MonkeyPatch, platform: Platform, variable: str, which: int, address: str
) -> None:
    monkeypatch.setenv(variable, address)
    asks = _asks(remote_sources())
    with pytest.raises(RemoteError, match=f"{variable} is not a valid URL") as caught:
        asks[which]()
    assert "pa/55" not in "".join(traceback.format_exception(caught.value))
    for other in {0, 1, 2} - {which}:
        asks[other]()


# -- certificates of servers --

DAY = datetime.timedelta(days=1)


class _Authority:
    """Signs certificates for servers on this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("of the tests")
        self.file = self._made("authority", self._key, is_authority=True)

    def certificate(self, name: str, *, days: int = 1, address: str = "127.0.0.1") -> str:
        return self._made(name, ec.generate_private_key(ec.SECP256R1()), days, address)

    def _made(
        self,
        name: str,
        key: ec.EllipticCurvePrivateKey,
        days: int = 1,
        address: str = "127.0.0.1",
        *,
        is_authority: bool = False,
    ) -> str:
        until = datetime.datetime.now(datetime.timezone.utc) + days * DAY
        made = (
            x509.CertificateBuilder()
            .subject_name(self._name if is_authority else _name("a server"))
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(until - 2 * DAY)
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]),
                critical=False,
            )
            # without the following, Python 3.13 trusts none
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), False
            )
            .add_extension(_use(is_authority=is_authority), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        parts = [
            made.public_bytes(serialization.Encoding.PEM),
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
        ]
        file = self._folder / f"{name}.pem"
        file.write_bytes(b"".join(parts))
        return str(file)


def _use(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> _Authority:
    return _Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        yield opened


def _serve(listener: socket.socket, certificate: str | None) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if certificate is not None:
        context.load_cert_chain(certificate)

    def refuse(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with suppress(OSError), connection:
                if certificate is None:
                    refuse(connection)
                else:
                    with context.wrap_socket(connection, server_side=True) as talk:
                        refuse(talk)

    threading.Thread(target=serve, daemon=True).start()


each_server = pytest.mark.parametrize("which", [0, 1, 2], ids=["Code Ocean", "DocDB", "S3"])


@each_server
@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"days": -1}, r"out of date \(certificate has expired\), or the clock"),
        ({"days": 30}, r"out of date \(certificate is not yet valid\), or the clock"),
        ({"address": "10.0.0.1"}, "belongs to another server"),
    ],
    ids=["expired", "too early", "another"],
)
def test_the_error_says_why_a_certificate_is_refused(
    authority: _Authority,
    listener: socket.socket,
    monkeypatch: pytest.MonkeyPatch,
    which: int,
    how: dict[str, int | str],
    said: str,
) -> None:
    _serve(listener, authority.certificate("server", **how))  # type: ignore[arg-type]
    with pytest.raises(RemoteError, match=said):
        _ask_over_tls(listener, monkeypatch, which, authority.file)


@each_server
def test_a_server_without_tls_is_no_fault_of_the_certificates(
    authority: _Authority,
    listener: socket.socket,
    monkeypatch: pytest.MonkeyPatch,
    which: int,
) -> None:
    _serve(listener, None)
    with pytest.raises(UnavailableError, match="the connection failed") as caught:
        _ask_over_tls(listener, monkeypatch, which, authority.file)
    assert "certificate" not in str(caught.value)


@each_server
def test_a_server_that_leaves_is_no_fault_of_the_certificates(
    authority: _Authority,
    listener: socket.socket,
    monkeypatch: pytest.MonkeyPatch,
    which: int,
) -> None:
    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with suppress(OSError), connection:
                    connection.recv(65536)

    threading.Thread(target=serve, daemon=True).start()
    with pytest.raises(UnavailableError, match="the connection failed") as caught:
        _ask_over_tls(listener, monkeypatch, which, authority.file)
    assert "certificate" not in str(caught.value)


def test_an_end_of_a_connection_is_no_fault_of_the_certificates(
    authority: _Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", authority.file)
    end = ssl.SSLEOFError(8, "EOF occurred in violation of protocol (_ssl.c:2427)")
    assert error_of_surroundings("Code Ocean", end, "https://127.0.0.1") is None


@each_server
def test_certificates_that_are_no_file_are_named_and_hang_nothing(
    authority: _Authority,
    listener: socket.socket,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    which: int,
) -> None:
    _serve(listener, authority.certificate("server"))
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(RemoteError, match="REQUESTS_CA_BUNDLE is not a file of certificates"):
        _ask_over_tls(listener, monkeypatch, which, str(tmp_path / "fifo"))
    with pytest.raises((CredentialsError, RemoteError), match="403"):  # the server's answer
        _ask_over_tls(listener, monkeypatch, which, authority.file)


@each_server
def test_a_file_of_the_surroundings_that_is_not_there_is_named(
    authority: _Authority,
    listener: socket.socket,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    which: int,
) -> None:
    _serve(listener, authority.certificate("server"))
    monkeypatch.setenv("SSLKEYLOGFILE", "/nowhere/keys")
    not_read_before = shutil.copy(authority.file, tmp_path / "certificates.pem")
    with pytest.raises(RemoteError, match="No such file or directory: /nowhere/keys"):
        _ask_over_tls(listener, monkeypatch, which, str(not_read_before))


def _ask_over_tls(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch, which: int, certificates: str
) -> None:
    for variable in ("CODE_OCEAN_DOMAIN", "AIND_SESSION_DOCDB_HOST", "AWS_ENDPOINT_URL"):
        monkeypatch.setenv(variable, f"https://127.0.0.1:{listener.getsockname()[1]}")
    monkeypatch.setenv("CODE_OCEAN_API_TOKEN", "cop_x")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificates)
    monkeypatch.setenv("AIND_SESSION_TIMEOUT_SECONDS", "2")
    _asks(remote_sources())[which]()
