"""A time-stamping authority for tests: keys, certificates and RFC 3161 answers, honest unless told otherwise."""

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, NamedTuple

from asn1crypto import algos, cms, core, tsp  # type: ignore[import-untyped]
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

BEGINS, STAMPED_AT, ENDS = (datetime(year, 11, 22, 9, tzinfo=UTC) for year in (2020, 2026, 2120))
QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"

_serials = count(1)


class Signer(NamedTuple):
    """A key and the certificate over it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)


def root(name: str = "Test Root") -> Signer:
    """Make a certificate that signs itself and others."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = _certificate(name, key, issuer=_name(name))
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return Signer(made.sign(key, hashes.SHA256()), key)


def issued(
    by: Signer,
    name: str = "Test Time",
    *,
    usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.TIME_STAMPING,
    critical: bool = True,
    ca: bool = False,
    ends: datetime = ENDS,
    serial: int | None = None,
) -> Signer:
    """Make a key and have its certificate signed: one for time stamping, unless said otherwise."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = _certificate(name, key, issuer=by.certificate.subject, ends=ends, serial=serial)
    made = made.add_extension(x509.ExtendedKeyUsage([usage]), critical=critical)
    made = made.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    return Signer(made.sign(by.key, hashes.SHA256()), key)


def reply(request: bytes, signer: Signer, *, status: int = 0, **said: Any) -> bytes:
    """Answer a request with a token; `said` is what `token` takes, in place of what the request asks for."""
    asked = tsp.TimeStampReq.load(request)
    as_asked = {"digest": asked["message_imprint"]["hashed_message"].native, "nonce": asked["nonce"].native}
    stamped = cms.ContentInfo.load(token(signer, **(as_asked | said)))
    return bytes(tsp.TimeStampResp({"status": {"status": status}, "time_stamp_token": stamped}).dump())


def rejection(*reasons: str, status: int = 2) -> bytes:
    """Answer without a token."""
    info = tsp.PKIStatusInfo({"status": status, "status_string": reasons, "fail_info": {"time_not_available"}})
    return bytes(core.SequenceOf([info], spec=tsp.PKIStatusInfo).dump())


def token(
    signer: Signer,
    text: bytes = b"",
    *,
    digest: bytes | None = None,
    nonce: int | None = None,
    at: datetime = STAMPED_AT,
    beside: Sequence[bytes] | None = None,
    algorithm: str = "sha256",
) -> bytes:
    """Return a time-stamp token; `beside` are the certificates (DER) in it, the signer's own if not said."""
    imprint = {
        "hash_algorithm": {"algorithm": algorithm},
        "hashed_message": digest or hashlib.new(algorithm, text).digest(),
    }
    info = tsp.TSTInfo(
        {
            "version": "v1",
            "policy": "1.2.3.4.1",
            "message_imprint": imprint,
            "serial_number": next(_serials),
            "gen_time": at,
            "nonce": nonce,
        }
    )
    content = cms.EncapsulatedContentInfo(
        {"content_type": "tst_info", "content": core.ParsableOctetString(info.dump())}
    )
    signed = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [algos.DigestAlgorithm({"algorithm": "sha256"})],
            "encap_content_info": content,
            "certificates": [asn1_x509.Certificate.load(der) for der in ([signer.der] if beside is None else beside)],
            "signer_infos": [_signer_info(signer, info.dump())],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())


class Answer(NamedTuple):
    """What a server sends, part by part."""

    parts: Iterable[bytes]
    status: int = 200
    media_type: str = REPLY


@contextmanager
def listening(answer: Callable[[bytes], Answer]) -> Iterator[str]:
    """Start a server on loopback that answers each request as told, and yield its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = answer(self.rfile.read(int(self.headers["Content-Length"])))
            if self.headers["Content-Type"] != QUERY:
                said = Answer([], status=415)
            with suppress(OSError):
                self.send_response(said.status)
                self.send_header("Content-Type", said.media_type)
                self.end_headers()
                for part in said.parts:
                    self.wfile.write(part)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _signer_info(signer: Signer, content: bytes) -> cms.SignerInfo:
    certificate = asn1_x509.Certificate.load(signer.der)
    signing = tsp.SigningCertificateV2({"certs": [{"cert_hash": hashlib.sha256(signer.der).digest()}]})
    attributes = cms.CMSAttributes(
        [
            cms.CMSAttribute({"type": "content_type", "values": ["tst_info"]}),
            cms.CMSAttribute({"type": "message_digest", "values": [hashlib.sha256(content).digest()]}),
            cms.CMSAttribute({"type": "signing_certificate_v2", "values": [signing]}),
        ]
    )
    return cms.SignerInfo(
        {
            "version": "v1",
            "sid": {
                "issuer_and_serial_number": {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
            },
            "digest_algorithm": {"algorithm": "sha256"},
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": signer.key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256())),
        }
    )


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, *, issuer: x509.Name, ends: datetime = ENDS, serial: int | None = None
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=_name(name),
        public_key=key.public_key(),
        serial_number=serial or next(_serials),
        not_valid_before=BEGINS,
        not_valid_after=ends,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
