#!/bin/sh
# Put what the JavaScript package is tested with into js/node_modules; when it is there, leave it alone.
#
# From npm's registry, in the versions of js/package-lock.json: onnxruntime-web, ONNX Runtime in WebAssembly. No script of a package is run, and nothing else is fetched. Where there is no npm, or no
# registry, it says so and ends well: the tests that need it skip, and say why.
set -eu
unset CDPATH
cd "$(dirname "$0")/../js"

done_file=node_modules/.opinia-done
wanted=$(cksum <package-lock.json)
if [ "$wanted" = "$(cat "$done_file" 2>/dev/null)" ]; then
    exit 0
fi
if ! command -v npm >/dev/null 2>&1; then
    echo "opinia: there is no npm: tests of the JavaScript package skip" >&2
    exit 0
fi
echo "opinia: setting up js/node_modules, once" >&2
if npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2; then
    printf '%s\n' "$wanted" >"$done_file"
else
    echo "opinia: npm fetched nothing: tests of the JavaScript package skip" >&2
fi
