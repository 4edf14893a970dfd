# syntax=docker/dockerfile:1
# The production binary and the certificates of public authorities, nothing else: no shell, no stand-in, not root.
FROM golang:1.26-alpine AS build
RUN apk add --no-cache ca-certificates
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=development
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /ferryman ./cmd/ferryman

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /usr/local/go/lib/time/zoneinfo.zip /usr/share/zoneinfo.zip
ENV ZONEINFO=/usr/share/zoneinfo.zip
COPY --from=build /ferryman /ferryman
USER 65532:65532
WORKDIR /config
ENTRYPOINT ["/ferryman"]
CMD ["run"]
