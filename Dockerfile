# A gateway with the simulated market, for a look; settings are environment variables, see docs/reference/settings.md.
FROM python:3.11-slim-bookworm

RUN useradd --create-home --uid 10001 tapecast
WORKDIR /opt/tapecast
COPY --chown=root:root setup.cfg pyproject.toml README.md LICENSE ./
COPY auth auth
COPY components components
COPY crossbar-config crossbar-config
COPY router router
COPY web web
COPY clients/js clients/js
RUN PYBJDATA_NO_EXTENSION=1 PYUBJSON_NO_EXTENSION=1 pip install --no-cache-dir --editable . \
    && install -d -o tapecast -g tapecast -m 0700 /var/lib/tapecast

USER tapecast
ENV TAPECAST_HOST=0.0.0.0 \
    TAPECAST_METRICS_HOST=0.0.0.0 \
    TAPECAST_DATA_DIR=/var/lib/tapecast \
    TAPECAST_LOG_FORMAT=json
VOLUME /var/lib/tapecast
EXPOSE 8080 8001
STOPSIGNAL SIGINT
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD python -c "import os, ssl, urllib.request as u; scheme = 'https' if os.environ.get('TAPECAST_TLS_CERTIFICATE') else 'http'; u.urlopen(f'{scheme}://127.0.0.1:{os.environ.get(\"TAPECAST_PORT\", 8080)}/health', timeout=2, context=ssl._create_unverified_context())"
CMD ["tapecast", "start"]
