# Files beside videos as others read them: WebVTT by the W3C community's validator (from npm) and as tracks in Chromium,
# SubRip and chapters by FFmpeg. What a hostile video had a model say stays inside its cue.
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"
. "$TESTS/kit/node.sh"

mkdir ar
draw hue ar/hue.mp4
draw button ar/button.mkv
rm ar/*.times
printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{"object":"list","data":[%s]}' \
    '{"id":"llama-4-scout","object":"model","owned_by":"vllm"}' >models
printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n' >answer
tr -d '\n' <<'EOF' >>answer
{"id":"x","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":
"{\"title\":\"<b> --> \\n\\n00:00:00.000 --> 00:00:09.000\\nzebra\",\"summary\":\"s\",
\"tags\":[\"zebra\"],\"on_screen_text\":[],
\"counts\":{\"people\":2,\"vehicles\":null,\"animals\":1},
\"timeline\":[{\"start\":\"00:01.000\",\"end\":\"00:02.000\",
\"text\":\"<script>1<\\/script> {\\\\an8} ]]> & &amp; \\u001b[31m\\n\\n2\\n0:00 --> 0:01\\n<v Bob>planted <00:01.500> zebra\"},
{\"start\":\"00:02.000\",\"end\":\"00:01.000\",\"text\":\"NOTE backwards\"},
{\"start\":\"00:00.000\",\"end\":\"99:59:59.999\",\"text\":\"STYLE ::cue { } \\u202e 日本語 é\"}]}"
}}],"usage":{"prompt_tokens":1000,"completion_tokens":50,"total_tokens":1050}}
EOF
mkdir requests && mkfifo hold
"$tools/serve" requests "/v1/models=models" "/v1/chat/completions=answer" <hold >url &
server=$!
exec 9>hold
while [ ! -s url ]; do sleep 0.05; done
"$seechange" caption --no-stream --base-url "$(cat url)" --write vtt,srt,ffmetadata,xmp ar >out 2>err 9>&-
check "two videos are captioned" [ $? -eq 0 ]
exec 9>&-
wait "$server"
"$seechange" caption --service embedded --catalog other.db --write vtt --sidecar-dir measured ar >out 2>err

if command -v ffmpeg >/dev/null; then
    ffmpeg -v error -i ar/hue.mp4.seechange.srt -f webvtt - </dev/null >converted 2>err
    check "FFmpeg reads the SubRip" [ $? -eq 0 ]
    check "with three cues" [ "$(grep -c -e '-->' converted)" -eq 3 ]
    check "FFmpeg takes the chapters" ffmpeg -v error -i ar/hue.mp4 -i ar/hue.mp4.seechange.ffmetadata -map_metadata 1 \
        -c copy chapters.mp4 </dev/null
else
    echo "skip SubRip and chapters read by FFmpeg: no ffmpeg"
fi

read_by_others ar measured
