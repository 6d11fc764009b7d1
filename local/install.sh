#!/bin/sh
# Makes a virtual environment and installs one lock into it: sh local/install.sh <environment> <lock>
# Each way in which this fails on a fresh machine says what is missing and the line to type.
set -eu
environment=$1
lock=$2

say() { printf '%s\n' "$@" >&2; }

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14 python; do
        if new_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    found=$(python3 --version 2>/dev/null || echo "no Python")
    say "Python 3.11 or newer is needed; found here: $found." \
        "  Debian 12, Ubuntu 24.04 or newer:  apt-get install -y python3 python3-venv" \
        "  macOS:                             brew install python@3.13" \
        "If it lies elsewhere, name it:       make run PYTHON=/path/to/python3"
    exit 1
}

make_environment() {
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        say "$python cannot make virtual environments: its module venv (or ensurepip) is missing." \
            "  Debian, Ubuntu:  apt-get install -y python3-venv"
        exit 1
    fi
    rm -rf "$environment"
    "$python" -m venv "$environment"
}

"$environment/bin/python" -m pip --version >/dev/null 2>&1 && new_enough "$environment/bin/python" || make_environment

echo "Installing $lock into $environment (a minute or so, once) ..."
if ! "$environment/bin/python" -m pip install -qq --disable-pip-version-check --no-input --no-deps --require-hashes \
    --requirement "$lock"; then
    say "" "The packages of $lock could not be installed." \
        "  No network, or a proxy:      set HTTPS_PROXY, or set an index of your own with pip config, then type it again." \
        "  An answer about hashes:      a package differs from the one that was checked; do not go on without asking why."
    exit 1
fi
