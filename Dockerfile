# syntax=docker/dockerfile:1
# The image of agents. Everything is locked by hash and installed from wheels; what the
# final stage adds to its base has neither pip nor sources, and needs no shell, no root and no writable
# file system but the journal's.
# tests/image runs these steps without a Docker engine.

FROM python:3.13.9-slim-bookworm AS build
WORKDIR /src
ENV PIP_CACHE_DIR=/var/cache/pip
COPY requirements/build.txt requirements/image.txt requirements/
RUN --mount=type=cache,target=/var/cache/pip \
    python -m venv /opt/build && \
    /opt/build/bin/pip install --require-hashes --only-binary :all: -r requirements/build.txt
# Dependencies before the program: they change less often.
RUN --mount=type=cache,target=/var/cache/pip \
    python -m venv --without-pip /opt/alarminati && \
    /opt/build/bin/pip --python /opt/alarminati/bin/python install --require-hashes --only-binary :all: -r requirements/image.txt
COPY pyproject.toml README.md LICENSE ./
COPY alarminati alarminati
RUN /opt/build/bin/python -m hatchling build -t wheel -d /wheels && \
    /opt/build/bin/pip --python /opt/alarminati/bin/python install --no-index --no-deps /wheels/*.whl

FROM python:3.13.9-slim-bookworm
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="alarminati" \
      org.opencontainers.image.description="Alarms for people who run several Kubernetes clusters" \
      org.opencontainers.image.source="https://github.com/dongdorrong/alarminati" \
      org.opencontainers.image.documentation="https://github.com/dongdorrong/alarminati/blob/main/docs/kubernetes.md" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /opt/alarminati /opt/alarminati
# Volumes that are mounted here take over the owner.
RUN install -d -m 0700 -o 10001 -g 10001 /var/lib/alarminati /etc/alarminati/tls
# The journal lies in /var/lib/alarminati unless the configuration says otherwise.
ENV PATH=/opt/alarminati/bin:/usr/local/bin:/usr/bin:/bin \
    XDG_STATE_HOME=/var/lib \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
VOLUME ["/var/lib/alarminati"]
EXPOSE 7443 8080 8081
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s CMD ["/opt/alarminati/bin/python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8081/h', timeout=2)"]
ENTRYPOINT ["/opt/alarminati/bin/alarminati"]
CMD ["agent"]
