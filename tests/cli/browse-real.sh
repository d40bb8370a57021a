# browse as a person drives it, installed, in a real terminal multiplexer, with a real model server: archive, video, question,
# cited moment, export.
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"

skip() { echo "skip browse with a real llama-server: $1"; exit 0; }
serve=${SEECHANGE_SHARED:-$root/../shared}/llama4-tiny/serve
[ -x "$serve" ] || skip "there is none beside the repository"
if nm "$O/seechange" | grep -qE '__(asan|tsan)_init'; then skip "tested with the plain build"; fi
. "$TESTS/kit/screen.sh"
port=$((21000 + $$ % 20000))
"$serve" --port "$port" --background --pid-file "$PWD/pid" --log-file "$PWD/log" >started 2>&1 || skip "$(tail -n 1 started)"
stop() {
    tmux kill-server 2>/dev/null
    "$serve" --port "$port" --pid-file "$PWD/pid" --stop >/dev/null 2>&1
}
trap stop EXIT

# As it is built: making it anew is another test's.
(unset MAKEFLAGS MAKELEVEL MFLAGS && make -s -C "$root" -o all O="$O" DESTDIR="$PWD/root" prefix=/usr install) >installed 2>&1
check "is installed" [ -x root/usr/bin/seechange ]
unset TMUX TMUX_PANE COLORTERM NO_COLOR
export SEECHANGE_WORKER="$PWD/root/usr/libexec/seechange-worker"
export HOME="$PWD" XDG_CACHE_HOME="$PWD/cache" XDG_CONFIG_HOME="$PWD" NO_PROXY='*'
mkdir videos
draw squares videos/squares.mkv
draw button videos/button.mkv
mv videos/*.times .
"$tools/keep" videos videos/button.mkv || exit 1
# The tiny model's words are noise, but it obeys a grammar: so its answer cites a moment.
echo '{"type":"object","properties":{"when":{"enum":["[00:04.000]"]}},"required":["when"],
"additionalProperties":false}' >when.json
browse="env TERM=screen-256color root/usr/bin/seechange browse --base-url http://127.0.0.1:$port"

terminal 100x40 "$browse --max-output-tokens 60 --schema when.json videos"
check "archive: both videos" shows '2 videos'
keys j
keys Enter
check "video: its changes" shows '4 changes, [0-9]+ pictures'
check "video: what asking would take, by the server's model" shows '[0-9] images, (about )?[0-9,]+ tokens'
keys n m n m a
typed 'what is in [00:04.000]?'
check "question: about the marked moments" shows 'what is in .*[(]2 marked moments[)]'
check "answer: whole, with its tokens" shows 'tiny-llama4 at llama-server, packed as [a-z]+: [0-9,]+ tokens'
check "answer: its citation is a link" shows '^ *00:04.000 +2 00:04.0 appear'
keys Tab Enter
check "jump: to the video" shows '4 changes, [0-9]+ pictures'
keys y
check "jump: to the cited moment" shows 'copied 00:04.000'
keys e
typed sheet.jpg
check "export: the chosen pictures" shows 'written: sheet.jpg'
check "as a picture" env SEECHANGE_WORKER="$O/seechange-worker" "$tools/likeness" sheet.jpg 0 sheet.jpg
keys q
check "back to the answer" shows 'marked moments'
keys e
typed answer.json
check "export: the answer" shows 'written: answer.json'
check "it is the service's" [ "$("$tools/json" get service <answer.json)" = llama-server ]
keys Q
check "it ends" shows 'ended 0'

terminal 100x40 "$browse --max-output-tokens 12 videos"
check "again: the archive" shows '2 videos'
keys j
keys Enter
check "again: the video" shows '4 changes'
keys a
typed 'Zebra?'
check "words of a real server" shows 'tiny-llama4 at llama-server, packed as [a-z]+: [0-9,]+ tokens'
keys a
typed 'Quagga?'
check "a further question" shows 'Quagga. [(]going on[)]'
check "is answered, by much that was sent before" shows 'tokens [(][0-9,]+ from the service.s cache[)]' Quagga
keys Q
printf 'last\nopen\nanswers\n' >typed
root/usr/bin/seechange browse --plain videos <typed >out 2>err
for question in 'what is in' Zebra Quagga; do
    check "it is in the catalogue: $question" grep -q "^$question" out
done
