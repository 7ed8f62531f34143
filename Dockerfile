# One image for every service; the command chooses: `python -m device_registry serve`.
# A service listens on loopback unless MINGZHENG_<SERVICE>_HOST=0.0.0.0 says otherwise; all settings: docs/OPERATIONS.md.
# The index comes from the builder's own pip settings: --build-arg PIP_INDEX_URL=…
FROM python:3.11-slim
ARG PIP_INDEX_URL
WORKDIR /srv/mingzheng
COPY requirements.lock ./
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY pyproject.toml services.toml hatch_build.py ./
COPY cli cli
COPY libs libs
COPY outsiders outsiders
COPY gateway gateway
COPY services services
RUN pip install --no-cache-dir --no-deps --no-build-isolation --no-index -e . \
 && useradd --system --no-create-home mingzheng
USER mingzheng
EXPOSE 8000
CMD ["python", "-m", "gateway", "serve"]
