# Every fuzz target with libFuzzer.
#   SEED, FUZZ_SECONDS (60) each
# shellcheck shell=sh
set -u
cd "$(dirname "$0")/../.." || exit 1
if ! command -v clang >/dev/null; then
    echo "skip fuzzing: no clang here"
    exit 0
fi
make -s O="${O:-build}" T="${FUZZ_SECONDS:-60}" fuzz
