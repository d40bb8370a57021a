# seechange caption: how much goes on at once, what ends a run, and clocks that are set while it goes on.
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"

draw hue drawn.mp4
mkdir ar bad
for i in 1 2 3 4 5 6 7 8; do { cat drawn.mp4; echo $i; } >ar/$i.mp4; done
for i in 1 2 3 4 5 6; do { head -c 2000 drawn.mp4; echo $i; } >bad/$i.mp4; done

# serving MILLISECONDS COMMAND...: against a server that needs so long for each answer; $served tells of its questions
serving() {
    rm -f hold url
    mkfifo hold
    "$tools/latency" "$1" <hold >url &
    server=$!
    exec 9>hold
    while [ ! -s url ]; do sleep 0.05; done
    shift
    "$@" --no-cache --no-stream --base-url "$(cat url)" >out 2>err 9>&-
    code=$?
    exec 9>&-
    wait "$server"
    served=$(tail -n 1 url)
}

serving 1000 "$seechange" caption --requests 3 --jobs 2 ar
check "a run against a slow server" [ "$code" -eq 0 ]
check "asks each once, as many at once as --requests allows ($served)" [ "$served" = "8 questions, 3 at once" ]
serving 0 "$seechange" caption ar
check "and nothing twice" [ "$served" = "0 questions, 0 at once" ]

run caption --service embedded --max-failures 2 --jobs 1 bad
check "--max-failures ends a run" [ "$code" -eq 3 ]
check "with its reason" said "stopped: 2 videos failed, as many as --max-failures allows"
run archive status --json --catalog bad/seechange.db
check "when so many failed" is failed 2

faked=$(find /usr/lib -name libfaketime.so.1 2>/dev/null | head -n 1)
if [ -z "$faked" ] || [ -n "${ASAN_OPTIONS-}" ]; then
    echo "skip --until and clocks that are set: no libfaketime"
    exit 0
fi
# The program's clock is the one in the file.
at() { printf '@%s' "$1" >clock; }
fake() {
    env LD_PRELOAD="$faked" FAKETIME_TIMESTAMP_FILE="$PWD/clock" FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 \
        SEECHANGE_WORKER="$worker" "$@"
}
# The worker keeps the real clock: it is confined, and reads no file.
worker=$PWD/worker
printf '#!/bin/sh\nunset LD_PRELOAD\nexec "%s" "$@"\n' "${SEECHANGE_WORKER:-$O/seechange-worker}" >worker
chmod +x worker

at "2026-01-01 05:59:55"
serving 1500 fake "$seechange" caption --requests 1 --until 06:00 --catalog until.db ar
check "--until ends a run" [ "$code" -eq 3 ]
check "with its reason" said "stopped: its time is over"
run archive status --json --catalog until.db
kept=$(value captioned)
serving 0 "$seechange" caption --catalog until.db ar
check "another run does the rest" [ "$code" -eq 0 ]
check "and asks for no more than that" [ "${served%% *}" = "$((8 - kept))" ]

at "2026-03-01 12:00:00"
(sleep 0.6; at "2026-02-27 12:00:00"; sleep 0.6; at "2031-01-01 00:00:00"; sleep 0.6; at "1999-12-31 23:59:59") &
setter=$!
serving 300 fake timeout 60 "$seechange" caption --requests 1 --catalog clock.db ar
wait $setter
check "a clock that is set back and forth holds up nothing" [ "$code" -eq 0 ]
check "all are asked once" [ "$served" = "8 questions, 1 at once" ]
run archive status --json --catalog clock.db
check "and captioned" is captioned 8
expect 0 "the catalogue is whole" archive verify --catalog clock.db
serving 0 "$seechange" caption --catalog clock.db ar
check "and nothing is done again with the clock as it was" [ "$served" = "0 questions, 0 at once" ]
