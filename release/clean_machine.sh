#!/usr/bin/env bash
# Does what the README says on a machine that has Node and nothing else of ours: an empty HOME,
# empty caches, a fresh clone, and no Deno on the PATH. `clean_machine.sh [REVISION]`; needs git,
# npm and a way to the npm registry. The commands come out of README.md and
# docs/installing.md.
set -euo pipefail

project=$(cd "$(dirname "$0")/.." && pwd)
revision=${1:-HEAD}
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
mkdir "$place/home" "$place/path"

# What a shell script needs, and Node; whatever else is on this machine stays out of sight.
for tool in node npm npx git sh env bash uname mktemp mkdir rm cat sed grep ls head dirname; do
  found=$(command -v "$tool") || continue
  ln -s "$found" "$place/path/$tool"
done
cat >"$place/run" <<'END'
set -eu
cd "$HOME"
git clone --quiet "$1" pls
cd pls
git checkout --quiet "$2"
if command -v deno >/dev/null; then echo "there is a Deno on the PATH" >&2; exit 1; fi
command() { # the documentation's line that begins with $1
  line=$(grep -h -m 1 "^$1" README.md docs/installing.md | head -n 1)
  [ -n "$line" ] || { echo "README.md and docs/installing.md have no line: $1" >&2; exit 1; }
  echo "\$ $line" >&2
  eval "$line"
}
expect() { # fails unless standard input has the text $1
  grep -q "$1" || { echo "this should have been printed: $1" >&2; exit 1; }
}
command 'npx -y deno@[0-9.]* task pls feed' | expect '"seq":1'
command 'npx -y deno@[0-9.]* task install' | expect "$HOME/.local/bin/pls"
PATH="$HOME/.local/bin:$PATH"
cd "$HOME"
pls fetch work 1 | expect '"seq"'
pls feed work '{"from": "what was installed"}' | expect '"seq":2'
pls --version | expect '^pls [0-9]'
cd pls
command 'npx -y deno@[0-9.]* task uninstall' | expect "removed $HOME/.local/bin/pls"
if [ -e "$HOME/.local/bin/pls" ]; then echo "pls is still there" >&2; exit 1; fi
ls "$HOME/.plasmite/pools/work.plasmite"
END

# How this machine reaches the registry counts as the machine's, not as ours.
reach=()
for name in npm_config_registry NODE_EXTRA_CA_CERTS SSL_CERT_FILE DENO_CERT DENO_TLS_CA_STORE \
  HTTP_PROXY HTTPS_PROXY NO_PROXY; do
  [ -z "${!name:-}" ] || reach+=("$name=${!name}")
done
env -i HOME="$place/home" PATH="$place/path" NO_COLOR=1 TERM=dumb "${reach[@]}" \
  bash "$place/run" "$project" "$(git -C "$project" rev-parse "$revision")"
echo "ok: README's commands in an empty HOME, at $revision"
