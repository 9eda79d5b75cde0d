#!/bin/sh
# Installs pls for this user, from the archives of a release:
#
#     curl -fsSL https://github.com/plasmite/pls/releases/latest/download/install.sh | sh
#
# or, with options, `| sh -s -- --version 0.1.0`. It downloads the archive for this machine and
# SHA256SUMS, compares, tries what it got, and puts it into place in one step. Until then nothing
# is changed, and whatever fails leaves nothing behind. It needs no root, and asks for none.
#
# Everything is in functions, and the last line starts them: half a script does nothing.
set -eu

repository=plasmite/pls
releases=https://github.com/$repository/releases
scratch=
staged=

usage() {
  cat <<'EOF'
Usage: install.sh [--version X.Y.Z] [--uninstall]

Installs pls into ~/.local/bin, or replaces the one that is there.

Options:
  --version X.Y.Z   That release instead of the latest one.
  --uninstall       Remove pls again. Pools stay.
  -h, --help        Print this.

Environment:
  PLS_INSTALL_DIR   Where to put it, instead of ~/.local/bin.
  PLS_VERSION       The same as --version.
  PLS_BASE_URL      A mirror of https://github.com/plasmite/pls/releases, with the archives in
                    latest/download/ and download/vX.Y.Z/.
EOF
}

say() {
  printf '%s\n' "$*" >&2
}

fail() {
  say "install.sh: $*"
  exit 1
}

is_command() {
  command -v "$1" >/dev/null 2>&1
}

# Whatever way it ends.
clean_up() {
  [ -z "$scratch" ] || rm -rf "$scratch"
  [ -z "$staged" ] || rm -f "$staged"
}

# The target of this machine, as the archives are named.
find_target() {
  system=$(uname -s)
  machine=$(uname -m)
  case $system in
    Linux) vendor=unknown-linux-gnu ;;
    Darwin) vendor=apple-darwin ;;
    MINGW* | MSYS* | CYGWIN*)
      fail "this is for Linux and macOS. On Windows, run in PowerShell: irm $releases/latest/download/install.ps1 | iex" ;;
    *) fail "there is no pls for $system. It runs from source: https://github.com/$repository" ;;
  esac
  case $machine in
    x86_64 | amd64) processor=x86_64 ;;
    aarch64 | arm64) processor=aarch64 ;;
    *) fail "there is no pls for $machine processors, but for x86_64 and aarch64" ;;
  esac
  if [ "$system" = Darwin ]; then
    # A shell that is translated says x86_64 on Apple's own processors, too.
    if [ "$(sysctl -n hw.optional.arm64 2>/dev/null || echo 0)" = 1 ]; then processor=aarch64; fi
  else
    refuse_other_linux
  fi
  target=$processor-$vendor
}

# A Linux without glibc, or with 32-bit programs on a 64-bit kernel, would say no more than
# "not found" later.
refuse_other_linux() {
  if is_command ldd && ldd --version 2>&1 | grep -qi musl; then
    fail "this Linux uses musl, and pls needs glibc. With Deno from your package manager, pls runs" \
      "from source: https://github.com/$repository"
  fi
  if is_command getconf && [ "$(getconf LONG_BIT 2>/dev/null || echo 64)" = 32 ]; then
    fail "there is no pls for a 32-bit system"
  fi
}

# Where the files are. Over plain HTTP only from this machine: anyone in between could change
# archive and sum together.
find_source() {
  base=${PLS_BASE_URL:-$releases}
  base=${base%/}
  case $base in
    https://*) ;;
    http://127.0.0.1[:/]* | http://localhost[:/]* | "http://[::1]"[:/]*) ;;
    *) fail "PLS_BASE_URL must begin with https://: $base" ;;
  esac
  if [ -z "$version" ]; then
    source=$base/latest/download
    return
  fi
  version=${version#v}
  case $version in
    *[!0-9A-Za-z.+-]* | [!0-9]*) fail "not a version: $version" ;;
  esac
  source=$base/download/v$version
}

# Downloads a file of the release, or fails.
download() {
  say "downloading $source/$1"
  if is_command curl; then
    # A redirect must not lead away from HTTPS.
    protocol='=https'
    case $source in http:*) protocol='=http' ;; esac
    curl -fsSL --proto "$protocol" --connect-timeout 30 --speed-limit 1 --speed-time 60 \
      -o "$scratch/$1" "$source/$1" || fail "could not download $source/$1"
  elif is_command wget; then
    wget -q -T 60 -t 3 -O "$scratch/$1" "$source/$1" || fail "could not download $source/$1"
  else
    fail "curl or wget is needed to download pls: install one of them"
  fi
}

sha256_of() {
  if is_command sha256sum; then
    sha256sum "$1"
  elif is_command shasum; then
    shasum -a 256 "$1"
  elif is_command openssl; then
    openssl dgst -sha256 -r "$1"
  else
    fail "sha256sum, shasum or openssl is needed to check the download: install one of them"
  fi
}

# Compares the file with its line in SHA256SUMS.
check_sum() {
  wanted=$(awk -v name="$1" '$2 == name || $2 == "*" name { print $1 }' "$scratch/SHA256SUMS")
  case $wanted in
    *[!0-9a-f]* | '') fail "SHA256SUMS has no sum of $1: nothing was installed" ;;
  esac
  [ ${#wanted} -eq 64 ] || fail "SHA256SUMS has no sum of $1: nothing was installed"
  actual=$(sha256_of "$scratch/$1")
  actual=${actual%% *}
  [ "$actual" = "$wanted" ] ||
    fail "$1 is damaged or was changed: its SHA-256 is $actual, and should be $wanted." \
      "Nothing was installed."
}

install_pls() {
  find_target
  find_source
  archive=pls-$target.tar.gz
  is_command tar || fail "tar is needed to unpack pls: install it"
  scratch=$(mktemp -d "${TMPDIR:-/tmp}/pls-install.XXXXXX") || fail "no directory for downloads"
  download SHA256SUMS
  download "$archive"
  check_sum "$archive"
  tar -xzf "$scratch/$archive" -C "$scratch" pls || fail "could not unpack $archive"
  put_in_place
}

# The new one is tried where it will be, and takes the place of the old one in one step.
put_in_place() {
  [ ! -d "$directory/pls" ] || fail "$directory/pls is a directory: set PLS_INSTALL_DIR"
  mkdir -p "$directory" || fail "could not make $directory: set PLS_INSTALL_DIR"
  staged=$directory/.pls.$$
  cp "$scratch/pls" "$staged" || fail "could not write to $directory: set PLS_INSTALL_DIR"
  chmod 755 "$staged"
  said=$("$staged" --version </dev/null) || fail "what was downloaded does not run here; nothing was installed"
  mv -f "$staged" "$directory/pls"
  staged=
  say "installed $said as $directory/pls"
  tell_path
  if is_command gh; then
    say "to see where it was built: gh attestation verify $directory/pls --repo $repository"
  fi
}

# The PATH is the user's to change.
tell_path() {
  case :$PATH: in
    *":$directory:"*) ;;
    *)
      say "$directory is not in your PATH. Add this to the file that your shell reads at start:"
      # shellcheck disable=SC2016 # the shell that reads it expands it
      say "    export PATH=\"$directory:\$PATH\""
      return
      ;;
  esac
  found=$(command -v pls) || return 0
  [ "$found" = "$directory/pls" ] || say "another pls comes first in your PATH: $found"
}

uninstall_pls() {
  [ -f "$directory/pls" ] || fail "there is no $directory/pls. Set PLS_INSTALL_DIR to where it is."
  rm -f "$directory/pls" || fail "could not remove $directory/pls"
  say "removed $directory/pls. Pools stay where they are: by default in ~/.plasmite"
}

main() {
  version=${PLS_VERSION:-}
  action=install_pls
  while [ $# -gt 0 ]; do
    case $1 in
      --version)
        [ -n "${2:-}" ] || fail "--version needs a version, such as 0.1.0"
        version=$2
        shift
        ;;
      --version=*) version=${1#*=} ;;
      --uninstall) action=uninstall_pls ;;
      -h | --help)
        usage
        exit 0
        ;;
      *)
        usage >&2
        fail "not understood: $1"
        ;;
    esac
    shift
  done
  directory=${PLS_INSTALL_DIR:-}
  if [ -z "$directory" ]; then
    [ -n "${HOME:-}" ] || fail "HOME is not set: set PLS_INSTALL_DIR to where pls should go"
    directory=$HOME/.local/bin
  fi
  case $directory in
    /*) ;;
    *) directory=$PWD/$directory ;;
  esac
  trap clean_up EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  "$action"
}

{
  main "$@"
}
