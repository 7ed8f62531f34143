# 明证 · two images from one file, for two owners:
#
#     docker build --build-arg BASE=<base>@sha256:… --target platform  .   every service; the command chooses
#     docker build --build-arg BASE=<base>@sha256:… --target outsiders .   witness and monitor, built by the other bureau
#
# http-ece has no wheel: pip builds it, with the setuptools of the index.
# BASE has Python 3.11 to 3.13 as `python` with venv. The index comes from the builder's own settings: --build-arg PIP_INDEX_URL=…
# Settings of a service: docs/OPERATIONS.md. What enters the build is listed in .dockerignore, and no key is.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS installed
ARG PIP_INDEX_URL
ARG VERSION=0.2.0
WORKDIR /srv/mingzheng
COPY requirements-run.lock cli/mz/build/sbom.py /tmp/
RUN python -m venv .venv \
 && .venv/bin/python -m pip install --no-cache-dir --no-compile --no-deps --only-binary=:all: --no-binary=http-ece --require-hashes -r /tmp/requirements-run.lock \
 && .venv/bin/python -m pip uninstall --quiet --yes pip setuptools \
 && python /tmp/sbom.py /tmp/requirements-run.lock mingzheng "$VERSION" > sbom.cdx.json
COPY services.toml RELEASES LICENSE ./
COPY cli cli
COPY libs libs
COPY gateway gateway
COPY services services
COPY outsiders outsiders
# Plain folders on the path: nothing is built, and what runs is what was reviewed.
RUN for part in cli libs/common libs/ledger gateway outsiders services/*; do echo "/srv/mingzheng/$part"; done \
    > "$(echo .venv/lib/python3.*/site-packages)/mingzheng.pth"

FROM ${BASE} AS installed-outsiders
ARG PIP_INDEX_URL
ARG VERSION=0.2.0
WORKDIR /srv/mingzheng
COPY requirements-outsiders.lock cli/mz/build/sbom.py /tmp/
RUN python -m venv .venv \
 && .venv/bin/python -m pip install --no-cache-dir --no-compile --no-deps --only-binary=:all: --require-hashes -r /tmp/requirements-outsiders.lock \
 && .venv/bin/python -m pip uninstall --quiet --yes pip setuptools \
 && python /tmp/sbom.py /tmp/requirements-outsiders.lock mingzheng-outsiders "$VERSION" > sbom.cdx.json
COPY LICENSE ./
COPY libs/ledger libs/ledger
COPY outsiders outsiders
RUN for part in libs/ledger outsiders; do echo "/srv/mingzheng/$part"; done \
    > "$(echo .venv/lib/python3.*/site-packages)/mingzheng.pth"

FROM ${BASE} AS outsiders
ARG VERSION=0.2.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="mingzheng-outsiders" \
      org.opencontainers.image.description="明证账本的见证与监督 · witness and monitor of a Mingzheng ledger" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=installed-outsiders /srv/mingzheng /srv/mingzheng
ENV PATH=/srv/mingzheng/.venv/bin:/usr/local/bin:/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /srv/mingzheng
USER 10002:10002
EXPOSE 8100
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import socket; socket.create_connection(('127.0.0.1', 8100), 3)"]
CMD ["python", "-m", "outsiders.witness", "--listen", "0.0.0.0:8100"]

FROM ${BASE} AS platform
ARG VERSION=0.2.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="mingzheng" \
      org.opencontainers.image.description="明证 · lawful, provable off-site enforcement (非现场执法)" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=installed /srv/mingzheng /srv/mingzheng
ENV PATH=/srv/mingzheng/.venv/bin:/usr/local/bin:/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /srv/mingzheng
USER 10001:10001
EXPOSE 8000
# Of the gateway. Kubernetes asks each service at its own port (k8s/base/hardening).
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/livez', timeout=3)"]
ENV MINGZHENG_GATEWAY_HOST=0.0.0.0
CMD ["python", "-m", "gateway", "serve"]
