# Damaged media by the thousand: whatever the file says, the program ends by itself in time, with a whole answer that
# obeys its schema or one line that says what failed. A worker that dies is contained, and counted: its file is kept.
#   SEED, SOAK_SECONDS (600), SOAK_FILES (as many as fit into the time)
# shellcheck shell=sh
set -u
cd "$(dirname "$0")/../.." || exit 1
seed=${SEED:-1}
seconds=${SOAK_SECONDS:-600}
most=${SOAK_FILES:-1000000}
O=$(cd "${O:-build}" && pwd)
shared=$(cd "${SEECHANGE_SHARED:-../shared}" 2>/dev/null && pwd)/videos
make -s O="$O" "$O/tests/tools/draw" "$O/tests/tools/mutate" "$O/tests/tools/json" || exit 1
export SEECHANGE_WORKER="${SEECHANGE_WORKER:-$O/seechange-worker}" LC_ALL=C.UTF-8
work=$(mktemp -d) || exit 1
mkdir "$work/tmp"
export TMPDIR="$work/tmp"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

for ending in mp4 mkv webm gif avi ts mpg; do "$O/tests/tools/draw" tiny "$work/whole.$ending" || exit 1; done
"$O/seechange" frames "$work/whole.mkv" -o "$work/stills" >/dev/null 2>&1 || exit 1
"$O/seechange" frames "$work/whole.mkv" -o "$work/stills-png" --format png >/dev/null 2>&1
for still in "$work"/stills/*.jpg "$work"/stills-png/*.png; do
    [ -e "$still" ] && cp "$still" "$work/whole.${still##*.}"
done
# Real ones, where there are some: those that are decoded in a moment.
if [ -d "$shared/real" ]; then
    find "$shared/real" -type f -size -600k ! -name '*.json' ! -name '*.csv' | while read -r file; do
        cp "$file" "$work/whole.real-${file##*/}"
    done
fi

# One file, once: its outcome in a word, and after it what is wrong with that.
try() {
    rm -f "$work/out" "$work/said"
    timeout -k 5 60 "$O/seechange" changes "$1" --no-cache --json --progress never --stall 20s >"$work/out" 2>"$work/said"
    status=$?
    if grep -a -q 'seechange: .*\(decoder crashed\|decoder stopped\|misbehaved\|the worker .* ended\)' "$work/said"; then
        contained=crash
    elif grep -a -q 'made no progress' "$work/said"; then
        contained=stall
    else
        contained=
    fi
    case $status in
    0)
        if "$O/tests/tools/json" schema docs/json-schema/changes-1.json <"$work/out" >/dev/null 2>&1; then echo answered
        else echo "wrong an answer that disobeys its schema"; fi ;;
    1)
        if [ "$contained" ]; then echo "contained $contained"
        elif [ "$(grep -c . "$work/said")" -ge 1 ]; then echo error
        else echo "wrong failed without a word"; fi ;;
    124 | 137) echo "parent hung" ;;
    *) echo "parent exit $status" ;;
    esac
    grep -a -E 'Sanitizer|runtime error' "$work/said" | sed 's/^/parent /' | head -n 1
}

: >"$work/outcomes"
note() { # FILE KEPT-AS
    outcome=$(try "$1")
    printf '%s\n' "$outcome" | head -n 1 >>"$work/outcomes"
    case $outcome in
    answered | error) ;;
    *)
        cp "$1" "$O/soak/$2"
        echo "$O/soak/$2: $outcome: $(tail -n 1 "$work/said" | cut -c 1-200)" ;;
    esac
}
count() { grep -c "^$1" "$work/outcomes"; }

mkdir -p "$O/soak"
if [ -d "$shared/broken" ]; then
    for file in "$shared"/broken/*; do
        [ "${file##*/}" = README.tsv ] || note "$file" "broken-${file##*/}"
    done
    echo "broken files: $(count '') in all, $(count answered) answered, $(count error) clear errors," \
        "$(count contained) contained, $(count parent) parent, $(count wrong) wrong"
fi
end=$(($(date +%s) + seconds))
n=0
while [ "$(date +%s)" -lt "$end" ] && [ "$n" -lt "$most" ]; do
    for whole in "$work"/whole.*; do
        name=${whole##*/whole.}
        damaged=$work/damaged.${whole##*.}
        "$O/tests/tools/mutate" "$((seed + n))" "$whole" "$damaged" || exit 1
        note "$damaged" "$((seed + n))-$name"
        n=$((n + 1))
    done
done
left=$(find "$work/tmp" -mindepth 1 | head -n 3)
[ -z "$left" ] || echo "left behind: $left"
summary="$(count answered) answered, $(count error) clear errors, $(count contained) contained, $(count parent) parent"
summary="$summary, $(count wrong) wrong"
if [ "$(count parent)" -eq 0 ] && [ "$(count wrong)" -eq 0 ] && [ -z "$left" ]; then
    echo "ok $n damaged files, SEED=$seed: $summary"
else
    echo "not ok $n damaged files, SEED=$seed: $summary"
fi
