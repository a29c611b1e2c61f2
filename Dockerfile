# The container image: built and put together in Debian 12, shipped as nothing but what the program needs (less than 30 MB). The program
# links to Debian's shared libraries, so that the list of packages in the image is also the list of what may need an update.
FROM debian:12-slim AS build
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends ca-certificates python3
WORKDIR /src
COPY . .
RUN ./dev image

FROM scratch
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Dayfly" \
      org.opencontainers.image.description="Keeps preview environments on Fly.io equal to YAML files" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="scratch"
COPY --from=build /src/build/image /
USER 65532:65532
EXPOSE 8080
ENV DAYFLY_LISTEN=0.0.0.0:8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["/usr/bin/dayfly", "probe", "livez"]
ENTRYPOINT ["/usr/bin/dayfly"]
CMD ["controller"]
