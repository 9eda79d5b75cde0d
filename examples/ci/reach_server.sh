#!/bin/sh
# Makes the pools of a server known to pls on a fresh runner, as `ci:NAME`. From the environment:
#
#     POOL_URL     the server, such as https://build.example:9700
#     POOL_TOKEN   its token, a secret: see `pls serve init`
#     POOL_CA      its certificate as PEM; not needed when a known authority signed it
set -eu
: "${POOL_URL:?set it to the address of the server}"
: "${POOL_TOKEN:?set it to the token of the server}"

umask 077
settings=$HOME/.plasmite
mkdir -p "$settings"
printf '%s\n' "$POOL_TOKEN" > "$settings/ci.token"
ca=
if [ -n "${POOL_CA:-}" ]; then
  printf '%s\n' "$POOL_CA" > "$settings/ci.pem"
  ca=', "tls_ca": "ci.pem"'
fi
printf '{"remotes": {"ci": {"url": "%s", "token_file": "ci.token"%s}}}\n' "$POOL_URL" "$ca" \
  > "$settings/config.jsonc"
