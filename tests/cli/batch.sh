# Captions through a service's batch endpoint: handed over, left, fetched; refused, expired and cancelled; killed at every
# exchange. In the end the catalogue and the files are those of a live run, and nothing was handed over twice.
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"
export OPENAI_API_KEY=sk-batch-0123456789

mkdir ar live undisturbed s
draw hue ar/a.mp4
for i in b c d; do { cat ar/a.mp4; echo $i; } >ar/$i.mp4; done
rm ar/a.mp4.times
cp ar/d.mp4 ar/copy.mp4
cp ar/* live
cp ar/* undisturbed
tr -d '\n' <<'END' >s/answer
{"id":"x","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":
"{\"title\":\"A patch\",\"summary\":\"It turns teal\",\"tags\":[\"patch\"],\"on_screen_text\":[],
\"counts\":{\"people\":0,\"vehicles\":0,\"animals\":0},
\"timeline\":[{\"start\":\"00:01.000\",\"end\":\"00:02.000\",\"text\":\"It turns\"}]}"
}}],"usage":{"prompt_tokens":1000,"completion_tokens":50,"total_tokens":1050}}
END
mkfifo hold
"$tools/batch-service" s <hold >url &
server=$!
exec 9>hold
while [ ! -s url ]; do sleep 0.05; done
set_status() { echo "$1" >s/status; }
requests() { grep -c -e "$1" s/log 2>/dev/null; }
caption() {
    "$seechange" caption --service openai --base-url "$(cat url)" --model gpt-4.1-mini --no-stream --write vtt,json \
        "$@" >out 2>err 9>&-
    code=$?
}

# What it would be
caption --dry-run ar
check "--dry-run ends well" [ "$code" -eq 0 ]
whole=$(sed -n 's/.*at most \([0-9.]*\) with.*/\1/p' err)
OPENAI_API_KEY='' caption --dry-run --batch ar
check "and needs no key" [ "$code" -eq 0 ]
check "it tells how much" said "would send 4 questions"
check "in how many files" said "in 1 file"
half=$(sed -n 's/.*at most \([0-9.]*\) with.*/\1/p' err)
check "half price ($half of $whole)" awk -v a="$whole" -v b="$half" 'BEGIN { exit !(a > 0 && b / a > 0.48 && b / a < 0.52) }'
check "nothing is sent" [ ! -e s/log ]
check "and nothing is left" [ -z "$(find ar -name '*batch*' -o -name '*.seechange.*')" ]

# Handed over
caption --batch ar
check "the questions are handed over" [ "$code" -eq 3 ]
check "which is said" said "waiting: 4 questions at openai"
check "one a content" [ "$(wc -l <s/file-0)" -eq 4 ]
check "whole answers are wanted" [ "$(grep -c '"stream":true' s/file-0)" -eq 0 ]
check "no request stays here" [ -z "$(find ar -name '*.jsonl')" ]
caption --batch ar
check "nothing is there yet" said "dealt with 0 of 4 questions (in_progress)"
caption ar
check "asking as well would cost twice" [ "$code" -eq 2 ]
check "which is said too" said "'seechange batch cancel' ends it"
expect 0 "batch list" batch list --catalog ar/seechange.db --json
check "tells of it" is questions 4
expect 0 "batch status" batch status --catalog ar/seechange.db
check "asks how far it is" grep -q 'in_progress  gpt-4.1-mini at openai' out
expect 2 "batch frobnicate" batch frobnicate --catalog ar/seechange.db
expect 2 "a batch that is none" batch cancel --catalog ar/seechange.db 0000

# Fetched, on another machine: the folder is elsewhere
mv ar moved
set_status completed
echo arne >s/plan
caption --batch moved
check "what failed is told" [ "$code" -eq 3 ]
check "three failed, the others are captioned" said " captioned, 0 unchanged, 3 failed"
check "tokens cost half" said "2,000 tokens in, 100 out, 0.0005 USD"
run archive failed --json --catalog moved/seechange.db
check "one was refused" grep -q '"class":"refused".*no such picture' out
check "one came too late" grep -q '"class":"transient".*batch_expired' out
check "one is nonsense" grep -q '"class":"refused".*obey' out
check "the batch is gone" [ -z "$(find moved -name '*batch*')" ]
: >s/plan
caption --batch moved
check "what failed is handed over again" said "waiting: 3 questions"
caption --batch moved
check "and answered" [ "$code" -eq 0 ]
caption --batch moved
check "then nothing is left to do" said "5 unchanged"
caption moved
check "for a live run neither" said "5 unchanged"
check "nothing was handed over twice" [ "$(requests 'POST /v1/batches$')" -eq 2 ]
mv moved ar

# As the live run
caption live
check "a live run" [ "$code" -eq 0 ]
# All but what an answer cost, and for the two of one content which of them was asked about: that is chance.
files() {
    (cd "$1" && find . -name '*.seechange.*' | sort | while read -r file; do
        case $file in ./copy.* | ./d.*) request='s/"request": "[0-9a-f]*"//' ;; *) request= ;; esac
        echo "$file $(sed -e 's/"cost_usd": [-0-9.e]*//' -e "$request" "$file" | sha256sum)"
    done)
}
files live >one
files ar >two
check "writes the same files" [ "$(wc -l <one)" -eq 10 ] && check "all of them" cmp -s one two
rows() { (cd "$1" && "$seechange" export --catalog seechange.db --format jsonl |
    sed -e "s|$PWD||" -e 's/"cost_usd":[^,}]*//g' -e 's/"\(asked\|done\)[a-z_]*":[^,}]*//g' | sort); }
rows live >one
rows ar >two
check "and keeps the same captions" [ "$(wc -l <one)" -eq 5 ]
check "but for the price" cmp -s one two
expect 0 "the catalogue is whole" archive verify --catalog ar/seechange.db

# Ended
cp -r undisturbed ended
set_status in_progress
caption --batch ended
expect 0 "batch cancel" batch cancel --catalog ended/seechange.db
check "tells of the price" said "is billed"
: >s/log
echo axxx >s/plan
caption --batch ended
check "what was answered is fetched" said "1 captioned"
check "what was not is said" said "3 questions were not answered"
check "nothing is handed over by that" [ "$(requests 'POST /v1/batches$')" -eq 0 ]
: >s/plan
set_status failed
caption --batch ended
caption --batch ended
check "a batch that is not taken" [ "$code" -eq 3 ]
check "says why" said "too many at once"

# Bounded
cp -r undisturbed bounded
set_status in_progress
caption --batch --max-cost "$(awk -v a="$half" 'BEGIN { print a * 0.6 }')" bounded
check "--max-cost hands over what it pays for" said "of --max-cost"
run batch list --json --catalog bounded/seechange.db
check "two of four" is questions 2
expect 2 "a service without batches" caption --batch --service llama-server --base-url "$(cat url)" --model x bounded
expect 2 "and no service at all" caption --batch --service embedded bounded

# Parts with a batch each, and their catalogues joined
cp -r undisturbed parts && rm parts/copy.mp4
: >s/log
for k in 1 2; do
    caption --batch --shard $k/2 --catalog part.db parts
    check "part $k is handed over" said "waiting: "
done
for times in once again; do
    expect 0 "their catalogues are joined $times" archive merge --catalog joined.db part.1-of-2.db part.2-of-2.db
    run batch list --json --catalog joined.db
    check "all of their questions are known" is questions 4
    caption --catalog joined.db parts
    check "and asking as well would cost twice" [ "$code" -eq 2 ]
done
set_status completed
caption --batch --catalog joined.db parts
check "both are fetched with the joined one" said "4 captioned, 0 unchanged, 0 failed"
check "nothing was handed over again" [ "$(requests 'POST /v1/batches$')" -eq 2 ]
files parts >one
files live | grep -v '^./copy' >two
check "the files are those of a live run" cmp -s one two
expect 0 "joined with what is fetched already" archive merge --catalog joined.db part.1-of-2.db part.2-of-2.db
caption --batch --catalog joined.db parts
check "there is nothing left to do" said "4 unchanged"
for k in 1 2; do
    caption --batch --shard $k/2 --catalog part.db parts
    check "part $k fetches its own as well" said " captioned, 0 unchanged, 0 failed"
done
check "which hands over nothing" [ "$(requests 'POST /v1/batches$')" -eq 2 ]
expect 0 "and joined once more" archive merge --catalog joined.db part.1-of-2.db part.2-of-2.db
run archive status --json --catalog joined.db
check "is each answer once" is answers 4
expect 0 "in a whole catalogue" archive verify --catalog joined.db
rm -rf k && cp -r undisturbed k
echo "1 before" >s/kill
: >s/pid
"$seechange" caption --service openai --base-url "$(cat url)" --model gpt-4.1-mini --batch k >out 2>err 9>&- &
echo $! >s/pid
wait $! 2>/dev/null
rm -f s/kill
expect 2 "a batch that is not handed over" archive merge --catalog other.db k/seechange.db
check "is not joined, because two would do that" said "is not handed over yet"
check "nor is anything else" [ "$("$seechange" export --catalog other.db --format jsonl | wc -l)" -eq 0 ]

# Killed at every exchange, and while requests are written
n=0
for at in "1 before" "1 after" "2 before" "2 after"; do
    for then in "1 before" "2 before" "2 after" "3 after"; do
        n=$((n + 1))
        [ $((n % 3)) -eq 1 ] || [ "$at$then" = "2 after2 after" ] || continue
        rm -rf k && cp -r undisturbed k
        : >s/log
        for state in in_progress completed; do
            set_status $state
            if [ $state = in_progress ]; then echo "$at" >s/kill; else echo "$then" >s/kill; fi
            : >s/pid
            "$seechange" caption --service openai --base-url "$(cat url)" --model gpt-4.1-mini --no-stream \
                --write vtt,json --batch k >out 2>err 9>&- &
            program=$!
            echo $program >s/pid
            wait $program 2>/dev/null
            killed=$?
            [ $killed -eq 137 ] || not_ok "it is killed at $state ($killed)"
            caption --batch k
        done
        rm -f s/kill
        check "killed at exchange $at, then at $then: it comes to its end" [ "$code" -eq 0 ]
        check "handed over once" [ "$(requests 'POST /v1/batches$')" -eq 1 ]
        files k >two
        files live >one
        check "with all files" cmp -s one two
        check "and nothing left" [ -z "$(find k -name '*batch*')" ]
    done
done
set_status in_progress
rm -rf k && cp -r undisturbed k
: >s/log
for pause in 0.02 0.1 0.2 0.3; do
    "$seechange" caption --service openai --base-url "$(cat url)" --model gpt-4.1-mini --batch k >out 2>err 9>&- &
    program=$!
    sleep $pause
    kill -9 $program 2>/dev/null
    wait $program 2>/dev/null
done
caption --batch k
set_status completed
caption --batch k
check "killed at any time: it comes to its end" [ "$code" -eq 0 ]
check "and was handed over once" [ "$(requests 'POST /v1/batches$')" -eq 1 ]
exec 9>&-
wait $server
refute "the key is in no file" grep -rqF "$OPENAI_API_KEY" .
