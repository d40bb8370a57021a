# All tests, the programs' too, under the address and undefined behaviour sanitizers.
# shellcheck shell=sh
set -u
cd "$(dirname "$0")/../.." || exit 1
counts=$(mktemp) || exit 1
trap 'rm -f "$counts"' EXIT
COUNTS=$counts make -s -j"$(nproc)" O="${O:-build}" check-asan
if read -r p f k <"$counts" && [ "$f" -eq 0 ]; then echo "ok all tests under ASan and UBSan: $p passed, $k skipped"
else echo "not ok all tests under ASan and UBSan"; fi
