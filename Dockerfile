# syntax=docker/dockerfile:1
#
# Every step is taken in an empty folder by `make image-check`, without a container engine.
#
# The base is pinned to a patch version. To pin what is in it, too, look its digest up where you build, and give both:
#   docker buildx imagetools inspect python:3.13.18-slim-bookworm --format '{{.Manifest.Digest}}'
#   docker build --build-arg PYTHON=python:3.13.18-slim-bookworm@sha256:... .
ARG PYTHON=python:3.13.18-slim-bookworm

FROM ${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY requirements/run.lock requirements/build.lock requirements/
# pip stays outside of both environments. What is installed is what the locks' hashes say.
RUN python -m venv --without-pip /opt/palette-operator \
 && python -m venv --without-pip /opt/build \
 && python -m pip --python /opt/palette-operator install --quiet --no-compile --require-hashes -r requirements/run.lock \
 && python -m pip --python /opt/build install --quiet --no-compile --require-hashes -r requirements/build.lock
COPY pyproject.toml README.md LICENSE ./
# Without the simulators: the demo is not for an image.
COPY operator/palette_operator operator/palette_operator
COPY deploy/crds deploy/crds
COPY examples/demo examples/demo
# Bytecode that is not compared with its source, since nothing can write it anew where the root is read-only.
RUN /opt/build/bin/python -m hatchling build --target wheel --directory /dist \
 && python -m pip --python /opt/palette-operator install --quiet --no-compile --no-index --no-deps /dist/*.whl \
 && python -m compileall -q -f --invalidation-mode unchecked-hash /opt/palette-operator/lib

FROM ${PYTHON}
# The base has no bytecode of Python's own library, and tools to install packages that nobody needs here.
RUN python -m pip uninstall --yes --quiet --root-user-action ignore setuptools wheel pip \
 && library=$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))') \
 && rm -rf "$library/ensurepip" \
 && python -m compileall -q -f --invalidation-mode unchecked-hash "$library"
COPY --from=build /opt/palette-operator /opt/palette-operator
# A home, though there is none: Kubernetes' client asks for it, and a number that no file knows has none of its own.
ENV HOME=/nonexistent PATH=/opt/palette-operator/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# Numeric, so that a cluster can see that it is not root. Any other number does as well: nothing is written.
USER 65532:65532
EXPOSE 8080 8081
ENTRYPOINT ["/opt/palette-operator/bin/palette-operator"]
CMD ["run"]
ARG VERSION="" REVISION="" SOURCE=""
LABEL org.opencontainers.image.title="palette-operator" \
      org.opencontainers.image.description="A Kubernetes operator for Spectro Cloud Palette" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.source="$SOURCE"
