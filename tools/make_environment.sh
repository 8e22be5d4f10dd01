#!/bin/sh
# Makes .venv from requirements.lock: with uv where there is one, else with Python 3.10 and its pip.
# Does nothing when .venv was already made from this very lock. Called by the Makefile, in the folder of the project.
set -eu

made_from=.venv/made-from.lock
python=.venv/bin/python

works() { # a pyenv shim can be there and yet refuse to run
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 10))' >/dev/null 2>&1
}

find_python() {
    for candidate in python3.10 \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.10*/bin/python3.10 \
        /opt/homebrew/bin/python3.10 /usr/local/bin/python3.10 /opt/local/bin/python3.10 \
        /Library/Frameworks/Python.framework/Versions/3.10/bin/python3.10 python3 python; do
        if works "$candidate"; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}

if [ -f "$made_from" ] && cmp -s "$made_from" requirements.lock && "$python" -c '' 2>/dev/null; then
    exit 0
fi

began=$(date +%s)
rm -f "$made_from"
if command -v uv >/dev/null 2>&1; then
    echo "Making .venv with uv from requirements.lock (about 2.6 GB; the first time takes a few minutes)…"
    if ! "$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 10))' 2>/dev/null; then
        rm -rf .venv
        uv venv --quiet --python 3.10 .venv
    fi
    uv pip sync --quiet --require-hashes --compile-bytecode --python "$python" requirements.lock
elif found=$(find_python); then
    echo "Making .venv with $("$found" --version) and pip from requirements.lock (about 2.6 GB; the first time takes a few minutes)…"
    if ! "$python" -c 'import sys, pip; sys.exit(sys.version_info[:2] != (3, 10))' 2>/dev/null; then
        rm -rf .venv
        "$found" -m venv .venv
    fi
    "$python" -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
else
    echo "安行 needs Python 3.10 (Rasa runs on no newer one) and found none: install uv, which brings its own" \
        "(https://docs.astral.sh/uv/), or run 'pyenv install 3.10', or on macOS 'brew install python@3.10'; then" \
        "start again." >&2
    exit 1
fi
cp requirements.lock "$made_from"
echo ".venv is ready after $(($(date +%s) - began)) s."
