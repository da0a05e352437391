"""The certificate that a host made for itself."""

import hashlib
import ipaddress
import ssl
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from palette_sim.common.certificates import certificate, key_usage


@dataclass(frozen=True, slots=True)
class SelfSigned:
    """A self-signed certificate for localhost and one address; its key is kept nowhere but in `context`."""

    pem: str
    fingerprint: str
    """SHA-256 of the certificate, as `AB:CD:...`."""
    context: ssl.SSLContext = field(repr=False)


def self_signed(name: str, address: str) -> SelfSigned:
    """Make a certificate with an elliptic key, cheap enough for thousands of hosts in one process."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(address))]
    made = (
        certificate(subject, subject, key.public_key(), key.public_key(), datetime.now(UTC))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage(sign_certificates=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    digest = hashlib.sha256(made.public_bytes(serialization.Encoding.DER)).hexdigest().upper()
    pairs = (digest[at : at + 2] for at in range(0, len(digest), 2))
    return SelfSigned(pem.decode("ascii"), ":".join(pairs), _context(pem, key))


def _context(pem: bytes, key: ec.EllipticCurvePrivateKey) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    form = serialization.PrivateFormat.PKCS8
    key_pem = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    with tempfile.NamedTemporaryFile() as file:  # OpenSSL reads it from a file only; nobody else may
        file.write(pem + key_pem)
        file.flush()
        context.load_cert_chain(file.name)
    return context
