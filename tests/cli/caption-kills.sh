# A run of captions killed at random moments, the program, its worker or the server that it asks, and gone on with until it
# comes to its end; then anew, until there were so many kills. Each time the catalogue and the files are those of an
# undisturbed run, and no answer was paid for twice but those that were under way at a kill.
#   KILLS (6), SEED
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"
kills=${KILLS:-6}

"$tools/draw" tiny drawn.mkv || exit 1
mkdir -p fresh/x
for i in 1 2 3 4 5 6 7 8; do
    { cat drawn.mkv; echo "$i"; } >"fresh/x/clip $i.mkv"
done
serve() {
    rm -f hold url
    mkfifo hold
    "$tools/latency" 100 "$PWD/asked" <hold >url &
    server=$!
    exec 9>hold
    while [ ! -s url ]; do sleep 0.05; done
}
# Answers are not remembered but by the catalogue: what is asked twice is seen.
begin() {
    "$seechange" caption --no-cache --no-stream --requests 2 --jobs 2 --base-url "$(cat url)" --write vtt,json "$@" \
        >out 2>err 9>&- &
    program=$!
}
end() {
    wait $program 2>/dev/null
    code=$?
}
rows() { (cd "$1" && "$seechange" export --catalog seechange.db --format jsonl | sed "s|$PWD||" | sort); }
files() { (cd "$1" && find x -name '*.seechange.*' -exec sha256sum {} + | sort); }

: >asked
serve
cp -r fresh undisturbed
started=$(date +%s%N)
begin undisturbed
end
check "an undisturbed run" [ "$code" -eq 0 ]
took=$((($(date +%s%N) - started) / 1000000))
check "asks about each" [ "$(sort -u asked | wc -l)" -eq 8 ]
rows undisturbed >all.rows
files undisturbed >all.files
check "and captions it" [ "$(wc -l <all.rows)" -eq 8 ]

chance() { awk -v seed="$((${SEED:-1} + n * 7919))" -v most="$1" 'BEGIN { srand(seed); printf "%.3f\n", rand() * most }'; }
n=0 rounds=0 twice=0 bad=0 hit_program=0 hit_worker=0 hit_server=0
new_round() {
    rm -rf ar
    cp -r fresh ar
    : >asked
    under_way=0
}
wrong() {
    echo "    round $rounds, kill $n: $1"
    bad=$((bad + 1))
}
# It came to its end: is all as it should be?
compare() {
    rounds=$((rounds + 1))
    rows ar | cmp -s - all.rows || wrong "the catalogue is another"
    files ar | cmp -s - all.files || wrong "the files are others"
    [ -z "$(find ar -name '*.seechange.*.*')" ] || wrong "a file is half written"
    "$seechange" archive verify --catalog ar/seechange.db >said 2>&1 || wrong "the catalogue has a fault"
    [ "$(sort -u asked | wc -l)" -eq 8 ] || wrong "the questions are others"
    more=$(($(wc -l <asked) - 8))
    [ "$more" -le "$under_way" ] || wrong "$more answers paid for twice, and at most $under_way were under way"
    twice=$((twice + more))
}
# How it ended; and what it says of itself.
go_on() {
    end
    case $code in
    0) compare; new_round ;;
    3) "$seechange" archive retry --catalog ar/seechange.db >said 2>&1 || wrong "retry" ;;
    137) ;;
    1) grep -q "nobody answers" err || wrong "exit 1" ;; # the server was killed before it had told its model
    *) wrong "exit $code" ;;
    esac
}
new_round
while [ "$n" -lt "$kills" ]; do
    n=$((n + 1))
    begin ar
    sleep "$(chance "$(awk -v ms="$took" 'BEGIN { print ms / 1000 }')")"
    case $((n % 3)) in
    0)
        worker=$(cat /proc/"$program"/task/*/children 2>/dev/null | head -n 1)
        # shellcheck disable=SC2086
        [ -n "$worker" ] && kill -9 $worker 2>/dev/null && hit_worker=$((hit_worker + 1))
        go_on
        ;;
    1)
        kill -9 $program 2>/dev/null
        under_way=$((under_way + 2))
        go_on
        [ "$code" -eq 137 ] && hit_program=$((hit_program + 1))
        ;;
    2)
        [ -d /proc/$program/task/$program/fd ] && hit_server=$((hit_server + 1))
        kill -9 $server 2>/dev/null
        wait $server 2>/dev/null
        exec 9>&-
        under_way=$((under_way + 2))
        go_on
        serve
        ;;
    esac
done
for _ in 1 2 3; do
    begin ar
    end
    [ "$code" -eq 0 ] && break
    "$seechange" archive retry --catalog ar/seechange.db >said 2>&1
done
check "after $n kills a run comes to its end" [ "$code" -eq 0 ]
compare
exec 9>&-
wait $server
echo "    $hit_program programs, $hit_worker workers and $hit_server servers were killed in their work; $rounds runs came to" \
    "their end, $twice answers of $((8 * rounds)) were paid for twice"
check "each time the catalogue and the files are those of the undisturbed run" [ $bad -eq 0 ]

# Two runs at once share the work.
cp -r fresh/x both
"$seechange" caption --service embedded both >out1 2>err1 &
first=$!
"$seechange" caption --service embedded both >out2 2>err2
second=$?
wait "$first"
check "two runs at once both end well" [ $? -eq 0 ] && check "the second too" [ "$second" -eq 0 ]
run archive status --json --catalog both/seechange.db
check "and all is done" is captioned 8
check "nothing twice" [ "$(cat out1 out2 | wc -l)" -eq 8 ]

# No space
if mkdir full && mount -t tmpfs -o size=4m none full 2>/dev/null; then
    "$seechange" caption --service embedded --catalog full/c.db --include '*1.mkv,*2.mkv' both >out 2>err
    head -c 10000000 /dev/zero >full/rest 2>/dev/null
    run caption --redo --service embedded --write vtt --sidecar-dir full/side --catalog full/c.db both
    check "a full disk is said" grep -qi 'no space' err
    check "and ends in an error" [ "$code" -ne 0 ]
    check "which is no crash" [ "$code" -lt 128 ]
    rm -f full/rest
    expect 0 "with space again it goes on" caption --service embedded --catalog full/c.db both
    run archive status --json --catalog full/c.db
    check "until all is done" is captioned 8
    expect 0 "with a whole catalogue" archive verify --catalog full/c.db
    umount full
else
    echo "skip a full disk: nothing can be mounted here"
fi

# A card that is read only, with the videos and then the files beside them
mkdir card side data
if mount -t tmpfs -o size=16m none card 2>/dev/null && mount -t tmpfs -o size=16m none side; then
    cp -r fresh/x card/x
    mount -o remount,ro card
    mount -o remount,ro side
    : >asked
    serve
    export XDG_DATA_HOME="$PWD/data"
    begin --sidecar-dir side card
    end
    check "files that can't be written are failures" [ "$code" -eq 3 ]
    check "each with its reason" [ "$(grep -c 'clip .*mkv: .*[Rr]ead-only' err)" -eq 8 ]
    check "the catalogue of a read-only card is elsewhere, which is said" grep -q "catalogue $PWD/data/seechange/" err
    check "what was paid for is kept" [ "$("$seechange" search --in card --json teal | grep -c path)" -ge 8 ]
    mount -o remount,rw side
    # As a killed run may leave one, and a file of somebody else's
    mkdir side/x
    touch "side/x/clip 1.mkv.seechange.vtt.new-a1B2c3" "side/x/clip 1.mkv.seechange.vtt.backup"
    begin --sidecar-dir side card
    end
    check "when they can be written, a run does so" [ "$(find side -name '*.seechange.vtt' | wc -l)" -eq 8 ]
    check "and ends well" [ "$code" -eq 0 ]
    check "what a write that was cut off left is gone" [ ! -e "side/x/clip 1.mkv.seechange.vtt.new-a1B2c3" ]
    check "and nothing else" [ -e "side/x/clip 1.mkv.seechange.vtt.backup" ]
    check "nothing is asked again" [ "$(wc -l <asked)" -eq 8 ]
    exec 9>&-
    wait $server
    umount side
else
    echo "skip a read-only card: nothing can be mounted here"
fi
umount card 2>/dev/null
