#!/bin/sh
# Make, mend or extend one of the project's environments; when it is in order, leave it alone.
#
# Usage: [PYTHON=python3] [TORCH_INDEX=URL] sh scripts/environment.sh run|dev|keras|peers
#   run    .venv with what judging needs: no PyTorch
#   dev    the same .venv with training, tests and checks
#   keras  .venv-keras with the peer that the benchmarks measure against
#   peers  .venv-peers with the other peers: scikit-learn, VADER, and PyTorch as others use it
set -eu
unset CDPATH
cd "$(dirname "$0")/.."
# A set-up that read stdin would eat the reviews of `printf '...' | make run`, and one that wrote
# to stdout would stand between the answers.
exec </dev/null >&2

kind=${1:-run}
python=${PYTHON:-python3}
case $kind in
    run | dev) environment=.venv sources='pyproject.toml constraints.txt' ;;
    keras) environment=.venv-keras sources=benchmarks/requirements-keras.txt ;;
    peers) environment=.venv-peers sources='benchmarks/requirements-peers.txt constraints.txt' ;;
    *)
        echo "opinia: environments are run, dev, keras and peers. Received: $kind"
        exit 2
        ;;
esac
unfinished=$environment/.unfinished
place_file=$environment/.place
done_file=$environment/.$kind-done

stop() {
    echo "opinia: $*"
    exit 1
}

# Launchers and the editable install hold absolute paths, and packages lie in a folder named after
# the Python: an environment that was moved, or whose Python changed, is of no use.
place() {
    pwd -P
    "$environment/bin/python" -S -c 'import sys; print(sys.version_info[:2])' 2>/dev/null
}

# shellcheck disable=SC2086 # two names, split on purpose
wanted() {
    cat $sources | cksum
}

if [ ! -e "$unfinished" ] && here=$(place) && [ "$here" = "$(cat "$place_file" 2>/dev/null)" ] &&
    [ "$(wanted)" = "$(cat "$done_file" 2>/dev/null)" ]; then
    exit 0
fi

is_sound() {
    [ ! -e "$unfinished" ] && here=$(place) || return 1
    [ ! -e "$place_file" ] || [ "$here" = "$(cat "$place_file")" ] || return 1
    "$environment/bin/python" -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

create() {
    command -v "$python" >/dev/null 2>&1 ||
        stop "Python 3.11 or newer is needed, and there is no $python: name another, as in make run PYTHON=python3.12"
    found=$("$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null) ||
        stop "Python 3.11 or newer is needed, and $python does not start: name another, as in make run PYTHON=python3.12"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        stop "Python 3.11 or newer is needed, and $python is $found: name another, as in make run PYTHON=python3.12"
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        stop "Python $found lacks ensurepip and makes no environments: on Debian and Ubuntu, apt install python3-venv"
    rm -rf "$environment"
    mkdir "$environment"
    : >"$unfinished"
    "$python" -m venv "$environment"
}

# pip says much; a person at a terminal sees that something moves, a log only what went wrong.
# `user = yes` in somebody's pip.conf makes pip refuse to install into an environment.
pip() {
    if [ -t 2 ]; then quiet=; else quiet=--quiet; fi
    # shellcheck disable=SC2086 # nothing or one option
    PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 "$environment/bin/python" -m pip $quiet "$@"
}

# On Linux the default index gives PyTorch with gigabytes of CUDA, and training here needs none.
# A wheel in a folder that pip knows (PIP_FIND_LINKS) comes before any index. The question whether TORCH_INDEX answers is a short one, without retries, so that a closed network
# costs seconds; the download itself keeps pip's retries, lest one hiccup bring the gigabytes.
install_torch() {
    version=$(sed -n 's/^torch==//p' constraints.txt)
    "$environment/bin/python" -c "
from importlib.metadata import version
raise SystemExit(version('torch').split('+')[0] != '$version')" 2>/dev/null && return
    pip install --no-index --no-deps "torch==$version" 2>/dev/null && return
    if [ "$(uname -s)" = Linux ] && [ -n "${TORCH_INDEX:-}" ]; then
        # Not through pip(), whose --quiet would silence the answer.
        if "$environment/bin/python" -m pip index versions --index-url "$TORCH_INDEX" \
            --retries 0 --timeout 15 torch 2>/dev/null | grep -qF "$version"; then
            pip install --no-deps --index-url "$TORCH_INDEX" "torch==$version"
            return
        fi
        echo "opinia: $TORCH_INDEX has no torch $version for this machine, or cannot be reached: taking pip's own"
    fi
    pip install --no-deps "torch==$version"
}

is_sound || create
echo "opinia: setting up $environment for '$kind', once"
: >"$unfinished"
rm -f "$done_file"
place >"$place_file"
case $kind in
    run)
        pip install -c constraints.txt -e .
        ;;
    dev)
        # Older pips, such as those that come with Python 3.11 and 3.12, know no dependency groups.
        pip install -c constraints.txt pip
        install_torch
        pip install -c constraints.txt -e '.[train,teacher,files,serve]' --group dev
        ;;
    keras)
        pip install -r "$sources"
        ;;
    peers)
        pip install -r benchmarks/requirements-peers.txt
        install_torch
        pip install -c constraints.txt torch
        ;;
esac
wanted >"$done_file"
rm -f "$unfinished"
