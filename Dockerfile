# The portal as an image: `web` (also worker, migrations and backups) and `proxy` (nginx before it). See docs/operations.md.
# The tags are of Debian 13, which gets security fixes under the same name: build anew from time to time. Whoever needs the
# very same image twice names it by its digest: --build-arg BASE=debian@sha256:…
ARG BASE=debian:13-slim
ARG PROXY=nginxinc/nginx-unprivileged:1.28

FROM ${BASE} AS build
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
# hadolint ignore=DL3008 # Debian's newest fixes, not a version
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 python3-venv ca-certificates \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/nanhu/current
COPY requirements-sms.txt ./
RUN python3 -m venv .venv \
    && .venv/bin/pip install --quiet --no-cache-dir --disable-pip-version-check --require-hashes -r requirements-sms.txt
COPY . .
# The keys are of this step alone: the settings ask for some.
RUN DATABASE_URL=postgres://none@none/none DEMO=1 CONTACT_KEYS=only-to-collect-static-files-0123456789 \
    SECRET_KEY=only-to-collect-static-files-0123456789-0123456789-abc \
    .venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
    && .venv/bin/python -m compileall -q . \
    && chmod -R u=rwX,go=rX .

FROM ${BASE} AS web
# hadolint ignore=DL3008 # as above
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 ca-certificates tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --home-dir /var/lib/nanhu --shell /usr/sbin/nologin nanhu \
    && install -d -o nanhu -g nanhu -m 0750 /var/lib/nanhu /var/lib/nanhu/media /var/lib/nanhu/backups
COPY --from=build /opt/nanhu/current /opt/nanhu/current
WORKDIR /opt/nanhu/current
ENV PATH=/opt/nanhu/current/.venv/bin:/usr/bin:/bin LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    MEDIA_ROOT=/var/lib/nanhu/media SETTINGS_FILE=/var/lib/nanhu/settings.env
USER 10001:10001
VOLUME /var/lib/nanhu
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["deploy/serve-web", "8000", "0.0.0.0"]

FROM ${PROXY} AS proxy
COPY deploy/nginx/log.conf deploy/nginx/portal.conf /etc/nginx/nanhu/
COPY deploy/docker/nginx.conf /etc/nginx/conf.d/default.conf
USER 0
# What goes to files on a server goes to the log of the container here.
RUN sed -i -e 's#/var/log/nginx/nanhu/portal.log#/dev/stdout#' -e 's#/var/log/nginx/nanhu/portal-error.log#/dev/stderr#' \
    /etc/nginx/nanhu/portal.conf
USER 101:101
ENV TZ=UTC
EXPOSE 8080 8443
