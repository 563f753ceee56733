#!/bin/sh
# Write requirements-hashed.txt: the versions of constraints.txt with the SHA-256 of each of their files on PyPI,
# for every platform. PyTorch is left out: its wheels for the CPU come from an index of their own, with other files.
#
# Usage: sh scripts/hashes.sh        needs uv and a network
set -eu
unset CDPATH
cd "$(dirname "$0")/.."

pinned=$(mktemp)
trap 'rm -f "$pinned" "$pinned.hashed"' EXIT
grep -v '^torch==' constraints.txt >"$pinned"
uv --no-config pip compile --quiet --universal --no-deps --generate-hashes --no-header --no-annotate \
    --python-version 3.11 -o "$pinned.hashed" "$pinned" >/dev/null
{
    echo '# The versions of constraints.txt with digests, but PyTorch; written by scripts/hashes.sh. To install with them:'
    echo "#   pip install --no-deps torch==$(sed -n "s/^torch==//p" constraints.txt)      from whichever index suits"
    echo '#   pip install --no-deps --require-hashes -r requirements-hashed.txt'
    echo "#   pip install --no-deps ."
    cat "$pinned.hashed"
} >requirements-hashed.txt
