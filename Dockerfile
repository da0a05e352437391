# syntax=docker/dockerfile:1
FROM python:3.13-slim-bookworm AS build
WORKDIR /src
COPY requirements/run.lock requirements/run.lock
RUN python -m venv /opt/palette-operator \
 && /opt/palette-operator/bin/python -m pip install --no-cache-dir --require-hashes -r requirements/run.lock
COPY pyproject.toml README.md LICENSE ./
COPY operator operator
COPY deploy/crds deploy/crds
COPY examples/demo examples/demo
RUN python -m venv /opt/build \
 && /opt/build/bin/python -m pip install --no-cache-dir build \
 && /opt/build/bin/python -m build --wheel --outdir /dist \
 && /opt/palette-operator/bin/python -m pip install --no-cache-dir --no-deps /dist/*.whl \
 && /opt/palette-operator/bin/python -m pip uninstall --yes pip

FROM python:3.13-slim-bookworm
LABEL org.opencontainers.image.title="palette-operator" \
      org.opencontainers.image.description="A Kubernetes operator for Spectro Cloud Palette" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/palette-operator /opt/palette-operator
# Numeric, so that a cluster can see that it is not root.
USER 65532:65532
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
EXPOSE 8080 8081
ENTRYPOINT ["/opt/palette-operator/bin/palette-operator"]
CMD ["run"]
