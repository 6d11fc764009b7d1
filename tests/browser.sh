#!/bin/sh
# Makes sure that a browser for the tests is here; installs Debian's chromium when it may. Never passes without one.
set -eu

for candidate in "${BROWSER_PATH:-}" chromium chromium-browser google-chrome \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
    if [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1; then
        exit 0
    fi
done

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing chromium from the system's packages (once) ..."
    if apt-get install -y -qq chromium >/dev/null 2>&1 ||
        { apt-get update -qq && apt-get install -y -qq chromium >/dev/null; }; then
        exit 0
    fi
fi

printf '%s\n' "The tests drive a real browser, and none is here." \
    "  Debian:  sudo apt-get install -y chromium" \
    "  macOS:   brew install --cask google-chrome" \
    "  elsewhere: BROWSER_PATH=/path/to/chromium make test" >&2
exit 1
