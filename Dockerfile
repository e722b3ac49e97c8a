# A node on port 3030, for what starts nearprotocol's sandbox image:
#   docker build --tag keyway .
#   docker run --rm --publish 127.0.0.1:3030:3030 keyway
# NEAR_ROOT_ACCOUNT, NEAR_TEST_SEED and NEAR_CHAIN_ID (each `sandbox` by default) name a new chain; /data keeps it.
FROM rust:1.95-slim-bookworm AS build
RUN apt-get update && apt-get install --yes --no-install-recommends build-essential pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN cargo build --release --locked --config packaging/dist.toml --package keyway-cli

FROM debian:bookworm-slim
LABEL org.opencontainers.image.source="https://github.com/keyway/keyway" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY --from=build /src/target/release/keyway /usr/local/bin/keyway
COPY packaging/docker-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
# Scripts of the other image call the binary by this name. The health check is curl's.
RUN apt-get update && apt-get install --yes --no-install-recommends curl \
    && rm -rf /var/lib/apt/lists/* \
    && ln -s keyway /usr/local/bin/near-sandbox \
    && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin keyway \
    && install --directory --owner keyway --group keyway /data
USER keyway
WORKDIR /data
VOLUME /data
EXPOSE 3030
HEALTHCHECK --interval=2s --timeout=5s --start-period=10s --retries=5 \
    CMD ["curl", "--fail", "--silent", "--output", "/dev/null", "http://127.0.0.1:3030/status"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["docker-entrypoint.sh"]
