#!/bin/sh
# Makes sure that Node for the example shops is here: the system's if it is new enough, else one in .venv-node.
set -eu

new_enough() { "$1" -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 9) ? 0 : 1)'; }

if command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 && new_enough node; then
    exit 0
fi
sh local/install.sh .venv-node tests/examples/node.txt
if [ -x .venv-node/bin/npm ] && new_enough .venv-node/bin/node; then
    exit 0
fi

printf '%s\n' "The example shops need Node 20.9 or newer with npm, and none is here." \
    "  Debian 13, Ubuntu 25.04 or newer:  sudo apt-get install -y nodejs npm" \
    "  macOS:                             brew install node" >&2
exit 1
