#!/bin/sh
# Makes sure that the Debian packages for one purpose are installed:
#
#     server/packages.sh run|test|judges|lint|cover|bench
#
# With everything in place it only asks dpkg, which takes a moment. Otherwise it installs what is missing
# with apt-get, as root or through sudo. On a system without apt it names what to install and stops with
# status 1; CONVENED_PACKAGES=installed then says that this has been done.
set -eu

# A word is a package, or package:command where any installation of the command will do.
# (Not so for Python: the build calls /usr/bin/python3, which sees the packaged PyYAML.)
build='gcc:gcc libc6-dev make:make pkg-config:pkg-config libcivetweb-dev libjansson-dev uthash-dev libsqlite3-dev
    libsodium-dev libjwt-dev libssl-dev zlib1g-dev libqrencode-dev libmd4c-dev libexpat1-dev python3 python3-yaml tzdata
    ca-certificates'
unit='libcmocka-dev libical-dev libxml2-utils:xmllint'
proxies='nginx-light:nginx caddy:caddy'

usage() {
    echo "usage: server/packages.sh run|test|judges|lint|cover|bench" >&2
    exit 2
}

# Node 18 is what Debian 12 has; a newer one from elsewhere brings its own npm, which Debian's would fight.
node_packages() {
    major=$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p')
    if [ "${major:-0}" -lt 18 ]; then
        echo "nodejs npm:npm"
    else
        echo "npm:npm"
    fi
}

# The words of the purpose $1.
wanted() {
    case $1 in
    run) echo "$build" ;;
    test) echo "$build $unit $proxies $(node_packages) curl:curl jq:jq openssl:openssl git:git" ;;
    cover) echo "$build $unit $proxies $(node_packages) curl:curl jq:jq openssl:openssl git:git gcovr:gcovr" ;;
    judges)
        echo "$build $(node_packages) curl:curl chromium:chromium fonts-dejavu-core poppler-utils:pdfinfo" \
            "zbar-tools:zbarimg libreoffice-calc-nogui libreoffice-writer-nogui"
        ;;
    lint)
        echo "$build $unit $(node_packages) clang-format:clang-format clang-tidy:clang-tidy" \
            "cppcheck:cppcheck shellcheck:shellcheck"
        ;;
    bench) echo "$build curl:curl wrk:wrk nginx-light:nginx" ;;
    *) usage ;;
    esac
}

# Names the packages among the words "$@" that are not there, one a line.
missing() {
    names=
    for word in "$@"; do
        names="$names ${word%%:*}"
    done
    # shellcheck disable=SC2086 # one argument a package
    have=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $names 2>/dev/null || true)
    for word in "$@"; do
        case "
$have
" in
        *"
${word%%:*} installed
"*) continue ;;
        esac
        case $word in
        *:*) command -v "${word#*:}" >/dev/null 2>&1 && continue ;;
        esac
        echo "${word%%:*}"
    done
}

# What the purpose $1 needs, in words that other systems' package managers will recognise.
explain() {
    cat >&2 <<'END'
This system has no apt-get. Please install:
  - a C compiler (gcc or clang), make, pkg-config
  - with their headers: civetweb 1.15+, jansson 2.14+, sqlite 3.40+, libsodium 1.0.18+, libjwt 1.10 (1.x),
    openssl 3, zlib, expat, qrencode (libqrencode), md4c 0.4.8+
  - python 3 with PyYAML, the time zone database (tzdata), CA certificates
END
    case $1 in
    test | cover) echo "  - cmocka, libical, node 18+ with npm, curl, jq, openssl, git, nginx, caddy" >&2 ;;
    judges) echo "  - node 18+ with npm, curl, chromium, poppler (pdfinfo), zbar (zbarimg), libreoffice" >&2 ;;
    lint) echo "  - cmocka, node 18+ with npm, clang-format 14, clang-tidy 14, cppcheck, shellcheck" >&2 ;;
    bench) echo "  - curl, wrk, nginx" >&2 ;;
    esac
    case $1 in
    cover) echo "  - gcovr" >&2 ;;
    esac
    echo "and run the command again with CONVENED_PACKAGES=installed in its environment." >&2
}

# Runs apt-get with the rights it needs; `env` because sudo drops the environment.
apt() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 \
        -o Acquire::Retries=3 "$@" </dev/null >&2
}

[ $# -eq 1 ] || usage
# Programs of the system (nginx) live in sbin, which is not on everyone's path.
PATH=$PATH:/usr/sbin:/sbin
words=$(wanted "$1")
[ "${CONVENED_PACKAGES:-}" != installed ] || exit 0

if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-query >/dev/null 2>&1; then
    explain "$1"
    exit 1
fi

# shellcheck disable=SC2086 # one argument a word
todo=$(missing $words)
[ -n "$todo" ] || exit 0
todo=$(echo "$todo" | tr '\n' ' ')

as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "Missing packages; please have root run:" >&2
        echo "    apt-get update && apt-get install --no-install-recommends $todo" >&2
        exit 1
    fi
    as_root=sudo
fi

echo "Installing: $todo" >&2
apt update
# shellcheck disable=SC2086 # one argument a package
apt install -y --no-install-recommends $todo

# nginx and caddy come as services that may have started, or failed to for want of port 80: neither is in the
# way, because the tests start their own on free ports.
# shellcheck disable=SC2086 # one argument a word
todo=$(missing $words)
if [ -n "$todo" ]; then
    echo "Still missing after apt-get: $todo" >&2
    exit 1
fi
