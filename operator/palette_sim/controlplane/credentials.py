"""What one control plane and its users know each other by: made afresh for each start, kept in one folder."""

import base64
import ipaddress
import os
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from palette_sim.common.certificates import certificate, key_usage

ADMINISTRATOR = "admin"
PERSON = "person"
"""A user who may do nothing until somebody grants it."""

_OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True)
class Credentials:
    """The files that kube-apiserver is started with, and the users' tokens."""

    ca: Path
    serving_certificate: Path
    serving_key: Path
    service_account_key: Path
    tokens: Path
    token: str = field(repr=False)
    """The administrator's."""
    person_token: str = field(repr=False)


def create_credentials(folder: Path, now: datetime) -> Credentials:
    """Write a CA, a serving certificate for loopback, a service-account key and the users' tokens to `folder`.

    The certificates are our own, since those that kube-apiserver signs for itself lack the key identifiers that Python
    3.13 and later insist on. Keys and tokens are readable by their owner only; a second call replaces all.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = Credentials(
        ca=folder / "ca.crt",
        serving_certificate=folder / "apiserver.crt",
        serving_key=folder / "apiserver.key",
        service_account_key=folder / "service-account.key",
        tokens=folder / "tokens.csv",
        token=secrets.token_urlsafe(32),
        person_token=secrets.token_urlsafe(32),
    )
    ca_key, serving_key, service_account_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    ca = _sign_ca(ca_key, now)
    serving = _sign_serving(serving_key, ca, ca_key, now)
    made.ca.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    made.serving_certificate.write_bytes(serving.public_bytes(serialization.Encoding.PEM))
    write_private(made.serving_key, _pem(serving_key))
    write_private(made.service_account_key, _pem(service_account_key))
    administrator = f"{made.token},{ADMINISTRATOR},{ADMINISTRATOR},system:masters\n"
    write_private(made.tokens, f"{administrator}{made.person_token},{PERSON},{PERSON}\n")
    return made


def write_kubeconfig(path: Path, *, server: str, credentials: Credentials, user: str = ADMINISTRATOR) -> None:
    """Write a kubeconfig that kubectl and every Kubernetes client accept, readable by its owner only."""
    token = credentials.person_token if user == PERSON else credentials.token
    name = "genuine"
    cluster = {"server": server, "certificate-authority-data": _base64(credentials.ca)}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": name, "user": {"token": token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": "default"}}],
        "current-context": name,
    }
    write_private(path, yaml.safe_dump(content, sort_keys=False))


def write_private(path: Path, content: str) -> None:
    """Write `content` to a new file that nobody but its owner can ever open; what was there is replaced."""
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
    partial.replace(path)


def _sign_ca(key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "palette-operator test CA")])
    return (
        certificate(subject, subject, key.public_key(), key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage(sign_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )


def _sign_serving(
    key: ec.EllipticCurvePrivateKey, ca: x509.Certificate, ca_key: ec.EllipticCurvePrivateKey, now: datetime
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kube-apiserver")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    return (
        certificate(subject, ca.subject, key.public_key(), ca_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(sign_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(ca_key, hashes.SHA256())
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    # SEC 1: kube-apiserver finds the public half of a service-account key in this form, and not in PKCS #8.
    sec1 = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, sec1, serialization.NoEncryption()).decode("ascii")


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode("ascii")
