# Muster in one container, with one volume and no other service:
#   docker build -t muster . && docker run -p 8080:8080 -v muster:/data muster

FROM python:3.12-slim AS build
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

FROM python:3.12-slim
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
