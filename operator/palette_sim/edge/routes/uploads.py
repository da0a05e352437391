"""Uploads, what became of them, and the user data: `/v1/edge-mgmt/edgehosts/current`.

What a real archive looks like inside is documented nowhere. A simulated host reads YAML or JSON: the definition of a
cluster as `ArchiveSeed`, a content bundle as `BundleSeed`; a bundle that it cannot read is taken for opaque content.
"""

import hashlib
from functools import partial
from typing import cast

import yaml
from pydantic import ValidationError

from palette_sim.common.clock import timestamp
from palette_sim.common.errors import ApiError
from palette_sim.edge.bodies.hosts import CloudInit
from palette_sim.edge.call import Call, Endpoint, Reply, accepted, written
from palette_sim.edge.seed import ArchiveSeed, BundleSeed, ContentSeed
from palette_sim.edge.upload import UploadedFile, read_form
from palette_sim.edge.world.records import Archive, Host, Upload, unpacked, uploaded_path
from palette_sim.edge.world.world import broken

_CURRENT = "/v1/edge-mgmt/edgehosts/current"
_MASK = "********"
_MIB = 2**20
_GIB = 2**30


def upload_definition(call: Call) -> Reply:
    """Put the definition of a cluster in the place of the one that was uploaded before."""
    file, digest = _file(call)
    try:
        definition = ArchiveSeed.model_validate(_parsed(file))
    except ValidationError:
        raise broken("InvalidArchive", "The file is no definition of a cluster.") from None
    archive = call.host.overridden = Archive(uploaded_path(digest), definition)
    return Reply(201, {"message": "The cluster configuration is uploaded.", "uploadPath": archive.path})


def upload_content(call: Call) -> Reply:
    """Take a content bundle; what is in it is in the registry after a while."""
    file, digest = _file(call)
    host = call.host
    host.upload = Upload(file.name, digest, len(file.content), call.now_s)
    try:
        bundle = BundleSeed.model_validate(_parsed(file))
    except ValidationError:
        bundle = BundleSeed()
    host.update = unpacked(bundle, digest) or host.update
    host.pending_content = [*host.pending_content, *bundle.content]
    call.world.later(call.world.config.durations.syncing_s, partial(_synchronised, host, bundle.content))
    return Reply(201, {"message": "The content is uploaded.", "uploadPath": uploaded_path(digest)})


def show_upload(call: Call) -> Reply:
    """v1UploadedContentDetails."""
    upload = call.host.upload
    if upload is None:
        raise ApiError(404, "ContentNotFound", "No content was uploaded.")
    return Reply(
        200,
        {
            "fileName": upload.name,
            "sha256Hash": upload.sha256,
            "sizeInBytes": upload.size,
            "sizeInMiB": upload.size / _MIB,
            "sizeInGiB": upload.size / _GIB,
            "uploadDateTime": timestamp(upload.at_s),
        },
    )


def show_signing_key(call: Call) -> Reply:
    """v1ContentSigningKey; 404 for a host that takes what is not signed."""
    if not call.host.seed.signing_key:
        raise ApiError(404, "SigningKeyNotFound", "Content need not be signed.")
    created = timestamp(call.host.created_s)
    return Reply(200, {"key": call.host.seed.signing_key, "description": "", "creationTimestamp": created})


def show_user_data(call: Call) -> Reply:
    """v1CloudInit, the registry's password masked."""
    shown = call.host.user_data
    if shown.registry_credentials and shown.registry_credentials.password:
        masked = shown.registry_credentials.model_copy(update={"password": _MASK})
        shown = shown.model_copy(update={"registry_credentials": masked})
    return Reply(200, written(shown))


def add_user_data(call: Call) -> Reply:
    """Take user data over, answered with 201."""
    call.host.user_data = call.body(CloudInit)
    return accepted("The user data is updated.", 201)


def replace_user_data(call: Call) -> Reply:
    """Take user data over, answered with 200."""
    call.host.user_data = call.body(CloudInit)
    return accepted("The user data is updated.", 200)


def _file(call: Call) -> tuple[UploadedFile, str]:
    files = read_form(call.content_type, call.raw_body)
    file, signature = files.get("uploadFile"), files.get("signature")
    if file is None:
        raise broken("InvalidUpload", "uploadFile in form is required")
    if call.host.seed.signing_key and not (signature and signature.content):
        raise broken("InvalidSignature", "The content is not signed.")
    return file, hashlib.sha256(file.content).hexdigest()


def _parsed(file: UploadedFile) -> object:
    try:
        return cast("object", yaml.safe_load(file.content))
    except (yaml.YAMLError, UnicodeDecodeError):
        return None


def _synchronised(host: Host, content: list[ContentSeed], _: float) -> None:
    host.pending_content = [each for each in host.pending_content if each not in content]
    host.content = [*host.content, *(each for each in content if each not in host.content)]


ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("POST", f"{_CURRENT}/actions/upload-clusterconfig"): upload_definition,
    ("POST", f"{_CURRENT}/actions/upload-content"): upload_content,
    ("GET", f"{_CURRENT}/actions/content/signing-public-key"): show_signing_key,
    ("GET", f"{_CURRENT}/uploaded-content/details"): show_upload,
    ("GET", f"{_CURRENT}/userdata"): show_user_data,
    ("POST", f"{_CURRENT}/userdata"): add_user_data,
    ("PUT", f"{_CURRENT}/userdata"): replace_user_data,
}
