# syntax=docker/dockerfile:1
# docker build -t slungd .
# docker run -p 2077:2077 -p 2078:2078 -v slungd:/data slungd

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
ARG CPU=v3
WORKDIR /src
RUN apt-get update && apt-get install -y --no-install-recommends clang libc6-dev zlib1g-dev ca-certificates \
 && rm -rf /var/lib/apt/lists/*
COPY . .
# The tests run what image-root lays out in a chroot; the final stage is exactly these files.
RUN if [ "$(uname -m)" = x86_64 ]; then ./build.sh build --cpu "$CPU"; else ./build.sh build; fi \
 && ./build.sh image-root /image

FROM scratch
COPY --from=build /image/root/ /
COPY --from=build --chown=65532:65532 /image/data/ /data/
USER 65532:65532
VOLUME /data
EXPOSE 2077 2078
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s --retries=3 CMD ["/slungd", "health"]
ENTRYPOINT ["/slungd"]
# Loopback would be unreachable from outside the container. Publish the ports to trusted networks only, or mount a file of
# tokens and give `--tokens FILE` instead of `--insecure` (docs/security.md).
CMD ["serve", "--listen", "0.0.0.0:2077", "--http", "0.0.0.0:2078", "--data", "/data", "--insecure"]
