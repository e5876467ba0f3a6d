# One image for the API and the worker: `stanchion api` (the default) or `stanchion worker`.
# The Python is the one that constraints.txt was resolved for.
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS build
WORKDIR /build
RUN python -m venv /opt/stanchion
ENV PATH=/opt/stanchion/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY constraints.txt ./
RUN python -m pip install --constraint constraints.txt --upgrade pip
COPY pyproject.toml README.md LICENSE ./
COPY definitions ./definitions
COPY workflows ./workflows
COPY activities ./activities
COPY api ./api
RUN python -m pip install --constraint constraints.txt --build-constraint constraints.txt .

FROM ${PYTHON}
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/stanchion stanchion
COPY --from=build /opt/stanchion /opt/stanchion
ENV PATH=/opt/stanchion/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /var/lib/stanchion
USER 10001
EXPOSE 8700
# The API answers for itself; a worker has no port, and is ready when the API's /readyz says so.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f'http://127.0.0.1:{os.environ.get(\"STANCHION_PORT\", \"8700\")}/healthz', timeout=4)"]
ENTRYPOINT ["stanchion"]
CMD ["api"]
