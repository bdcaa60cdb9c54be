# Muster in one container, with one volume and no other service:
#   docker build -t muster . && docker run -p 8080:8080 -v muster:/data muster

FROM python:3.12-slim-trixie AS build
ARG UV_VERSION=0.13.9
RUN pip install --no-cache-dir --root-user-action=ignore "uv==${UV_VERSION}"
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1 \
    UV_PROJECT_ENVIRONMENT=/opt/muster \
    UV_PYTHON_DOWNLOADS=never
WORKDIR /src
# What it depends on changes seldom, and is a layer of its own.
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --no-install-project
COPY README.md LICENSE ./
COPY bot bot
COPY adapters adapters
COPY storage storage
RUN uv sync --frozen --no-dev --no-editable

# PostgreSQL's client, for `muster db backup` and `restore`: the three programs, without the Perl that
# Debian's package brings along. Of the version of the server in deploy/compose.
FROM python:3.12-slim-trixie AS client
WORKDIR /client
RUN apt-get update \
    && apt-get download postgresql-client-17 \
    && dpkg-deb --extract postgresql-client-17_*.deb .

FROM python:3.12-slim-trixie
# What the three programs need; the versions are those of the Debian that is named above.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        liblz4-1 libpq5 libreadline8t64 libssl3t64 libzstd1 zlib1g \
    && rm -rf /var/lib/apt/lists/*
COPY --from=client /client/usr/lib/postgresql/17/bin/pg_dump \
    /client/usr/lib/postgresql/17/bin/pg_restore \
    /client/usr/lib/postgresql/17/bin/psql \
    /usr/local/bin/
RUN pg_dump --version && pg_restore --version && psql --version
RUN useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin muster \
    && install --directory --mode=0700 --owner=muster --group=muster /data
COPY --from=build /opt/muster /opt/muster
ENV PATH=/opt/muster/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MUSTER_HOME=/data \
    MUSTER_HOST=0.0.0.0
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import http.client, os, sys; muster = http.client.HTTPConnection('127.0.0.1', int(os.environ.get('MUSTER_PORT', '8080')), timeout=4); muster.request('GET', '/healthz'); sys.exit(muster.getresponse().status != 200)"]
ENTRYPOINT ["muster"]
CMD ["run"]
