# seechange watch: growing files, pipes, streams that break off, folders; questions, clips, commands.
# shellcheck shell=sh disable=SC2154,SC2034,SC2016
set -u
. "$TESTS/kit/lib.sh"
export HOME="$PWD/home" XDG_CONFIG_HOME="$PWD/config" XDG_CACHE_HOME="$PWD/cache"

draw button button.mkv
draw button late.mp4
draw button button.ts

# wait_for COMMAND...: until it succeeds, a minute at most
wait_for() {
    tries=0
    until "$@" 2>/dev/null; do
        tries=$((tries + 1))
        [ $tries -lt 600 ] || return 1
        sleep 0.1
    done
}
# events FILE: kind, start and end of each, sorted
events() {
    while read -r line; do
        case $line in
        *'"type": "event"'*)
            printf '%s\n' "$line" >one
            echo "$("$tools/json" get kind <one) $("$tools/json" get start_s <one) $("$tools/json" get end_s <one)"
            ;;
        esac
    done <"$1" | sort
}
lines_obey() {
    while read -r line; do
        printf '%s\n' "$line" | "$tools/json" schema "$schemas/watched-1.json" || return 1
    done <"$1"
}

run changes --effort full --jsonl button.mkv
cp out whole
events whole >whole.events
check "there are changes to be told" [ "$(wc -l <whole.events)" -ge 2 ]

# A file that grows in pieces
head -c 20000 button.mkv >grow.mkv
"$seechange" watch --json --idle 4s --save clips grow.mkv >out 2>err &
pid=$!
size=$(wc -c <button.mkv)
at=20000
while [ "$at" -lt "$size" ]; do
    tail -c +$((at + 1)) button.mkv | head -c 7000 >>grow.mkv
    at=$((at + 7000))
done
wait $pid
code=$?
ended 0 "a file that grows is watched until nothing comes any more"
events out >out.events
check "its changes are those of the whole file" cmp -s whole.events out.events
check "each line obeys the schema" lines_obey out
check "each is saved" [ "$(ls clips/*.mkv | wc -l)" = "$(wc -l <whole.events)" ]
clip=$(ls clips/*.mkv | sort -t- -k2 -n | tail -n 1)
run changes --json "$clip"
check "a clip is a video with what came before" between first_s 0 0
check "and the change in it" [ "$(value last_s | cut -d. -f1)" -ge 1 ]
check "no half-written file" [ -z "$(find clips -type f ! -name '*.mkv')" ]

# Ends, and what can't be watched
cat button.mkv | "$seechange" watch --json - >out 2>err
code=$?
ended 0 "a pipe is watched to its end"
events out >out.events
check "with the same changes" cmp -s whole.events out.events
expect 1 "an MP4 file with its index at its end" watch --idle 1s late.mp4
check "is told from one that grows" said "has its index at its end"
expect 1 "what is not there" watch nowhere.ts
check "is said" said "can't open 'nowhere.ts': No such file"
expect 1 "a camera that is not there" watch rtsp://someone:secret@127.0.0.1:1/cam
check "is said" said "can't open 'rtsp://127.0.0.1:1/cam': Connection refused"
refute "without the password" said secret
expect 2 "a question without words" watch --ask '' button.mkv
expect 2 "a service without a question" watch --service x button.mkv
expect 2 "clips of a folder" watch --save clips .

# A stream that breaks off
"$tools/rtsp" button.ts 0 400000 >url 2>/dev/null &
server=$!
wait_for [ -s url ]
url=$(cat url)
port=${url#rtsp://127.0.0.1:}
"$seechange" watch --json "$url?token=secret" >out 2>err &
pid=$!
wait_for grep -q '"event"' out
check "a stream's changes are told as they come" [ -s out ]
kill $server
wait $server 2>/dev/null
wait_for grep -q 'connecting again in' err
check "that it broke off is said" said "connecting again in 1 s"
"$tools/rtsp" button.ts "${port%/cam}" 400000 >url 2>/dev/null &
server=$!
wait_for grep -q 'is there again' err
check "and that it is there again" said "is there again"
kill -TERM $pid
wait $pid
code=$?
ended 0 "a signal ends it in order"
check "each line is whole" lines_obey out
refute "no secret of the URL is told" grep -q secret out err
kill $server

# A folder
mkdir arriving
"$seechange" watch --idle 5s --on-event 'echo "$SEECHANGE_NUMBER $SEECHANGE_KIND $SEECHANGE_PATH" >>told; cat >>told.json' \
    arriving >out 2>err &
pid=$!
sleep 1
cp button.mkv 'b;touch bad.mkv'
mv 'b;touch bad.mkv' arriving/
echo 'no video' >arriving/notes.txt
wait $pid
code=$?
ended 0 "a folder is watched until nothing comes any more"
check "what arrives is told" grep -qF 'arriving/b;touch bad.mkv' out
check "the command has it in its environment" grep -qF 'arriving/b;touch bad.mkv' told
check "once for each change" [ "$(wc -l <told)" = "$(wc -l <out)" ]
check "and as JSON on standard input" lines_obey told.json
refute "nothing of a name is run" [ -e bad.mkv ]
refute "what is no media is no matter" said notes.txt

# Questions
echo '{"object":"list","data":[{"id":"any","object":"model","owned_by":"vllm"}]}' |
    { printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n' && cat; } >models
{
    printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n'
    printf '{"choices":[{"message":{"content":"A button."},"finish_reason":"stop"}],'
    printf '"usage":{"prompt_tokens":1000,"completion_tokens":10}}'
} >reply
# watched ARG...: with a server for each question
watched() {
    rm -rf requests hold url && mkdir requests && mkfifo hold
    "$tools/serve" requests /v1/models=models /v1/chat/completions=reply /v1/models=models /v1/chat/completions=reply \
        /v1/models=models /v1/chat/completions=reply <hold >url &
    server=$!
    exec 9>hold
    wait_for [ -s url ]
    "$seechange" watch --json --idle 1s --base-url "$(cat url)" --no-stream "$@" button.mkv >out 2>err 9>&-
    code=$?
    exec 9>&-
}
watched --ask 'what is it?'
wait "$server"
ended 0 "a question about each change"
check "is answered" [ "$(grep -c '"text": "A button."' out)" -ge 1 ]
check "in lines of its own" lines_obey out
check "with pictures" grep -q 'image_url' requests/*.body
watched --ask 'what is it?' --price 1000,1000 --max-cost 0.0001
kill "$server"
ended 0 "a bound on the cost"
refute "nothing is asked beyond it" grep -q '"answer": {' out
check "and that is told" grep -q 'are allowed' out
