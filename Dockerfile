# The server as an image that runs as nobody in particular, on a read-only root:
#
#     docker build -t convened .
#     docker run --read-only --cap-drop ALL --security-opt no-new-privileges \
#         -v convened:/data -p 127.0.0.1:8080:8080 convened
#
# Set CONVENED_PROXY to the proxy's address as the container sees it, so that its X-Forwarded-For is believed.
# Everything that must outlive the container is in /data. TLS is for the proxy in front (server/deploy/). The
# first start prints a one-time set-up link; with `demo --data /data --listen 0.0.0.0:8080` after the image's
# name it serves the demo event instead. tests/smoke/deploy.sh performs these steps without an engine, so keep
# RUN and COPY plain.

FROM debian:12-slim AS build
WORKDIR /src
COPY server/packages.sh server/packages.sh
RUN server/packages.sh run
COPY . .
RUN make build/convened

FROM debian:12-slim
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        ca-certificates libcivetweb1 libexpat1 libjansson4 libjwt0 libmd4c0 libqrencode4 libsodium23 libsqlite3-0 libssl3 \
        tzdata zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin convened \
    && install -d -o 10001 -g 10001 -m 0700 /data
COPY --from=build /src/build/convened /usr/local/bin/convened
COPY --from=build /src/LICENSE /usr/local/share/convened/LICENSE
COPY --from=build /src/seed-data /usr/local/share/convened/seed-data
# `demo` and `seed` look for seed-data where they are started.
WORKDIR /usr/local/share/convened
# Large sorts spill where something may be written.
ENV SQLITE_TMPDIR=/data
USER 10001:10001
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["convened", "healthcheck", "--listen", "127.0.0.1:8080"]
ENTRYPOINT ["convened"]
CMD ["serve", "--data", "/data", "--listen", "0.0.0.0:8080"]
